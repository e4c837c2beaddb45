package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

const contractFile = `{
  "organizations": [{"slug": "acme", "name": "Acme", "subdomain_status": "verified"}],
  "users": [{"email": "ann@acme.test", "name": "Ann", "issuer": "https://op.test", "subject": "ann-1"}],
  "memberships": [{"organization": "acme", "email": "ann@acme.test", "role": "owner", "active": true}],
  "invitations": [{"organization": "acme", "email": "bob@acme.test", "role": "member", "token": "at-least-22-characters-long", "expires_at": "2030-01-01T00:00:00Z", "revoked": false}]
}
`

func TestParseImportReadsTheFileOfTheContract(t *testing.T) {
	got, _, err := store.ParseImport(strings.NewReader(contractFile))
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := store.ImportFile{
		Organizations: []store.ImportOrganization{{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified}},
		Users:         []store.ImportUser{{Email: "ann@acme.test", Name: "Ann", Issuer: "https://op.test", Subject: "ann-1"}},
		Memberships:   []store.ImportMembership{{Organization: "acme", Email: "ann@acme.test", Role: "owner", Active: &yes}},
		Invitations: []store.ImportInvitation{{
			Organization: "acme", Email: "bob@acme.test", Role: "member", Token: "at-least-22-characters-long",
			ExpiresAt: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestParseImportLeavesEmptyWhatIsNotGiven(t *testing.T) {
	got, _, err := store.ParseImport(strings.NewReader(`{"organizations":[{"slug":"acme"}],"users":[{"email":"a@b.test"}],"memberships":[{"organization":"acme","email":"a@b.test"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := store.ImportFile{
		Organizations: []store.ImportOrganization{{Slug: "acme"}},
		Users:         []store.ImportUser{{Email: "a@b.test"}},
		Memberships:   []store.ImportMembership{{Organization: "acme", Email: "a@b.test"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, _, err := store.ParseImport(strings.NewReader(`{}`)); err != nil {
		t.Errorf("an empty object: %v", err)
	}
}

func TestParseImportRefuses(t *testing.T) {
	const invitation = `{"invitations":[{"organization":"acme","email":"b@c.test","token":"at-least-22-characters-long","expires_at":"2030-01-01T00:00:00Z"`
	for name, c := range map[string]struct{ file, says string }{
		"nothing":                             {"", "line 1"},
		"what is not JSON":                    {"{\n\n\"users\": oops}", "line 3"},
		"a list":                              {"[]", "the file"},
		"null":                                {"null", "the file"},
		"an unknown list":                     {`{"groups":[]}`, `"groups"`},
		"an unknown member, named with entry": {`{"users":[{"email":"a@b.test"},{"email":"c@d.test","admin":true}]}`, `users[1]: the member "admin"`},
		"a member in other case":              {`{"users":[{"Email":"a@b.test"}]}`, `"Email"`},
		"a list that is there twice":          {`{"users":[],"users":[]}`, `"users" is there twice`},
		"a member that is there twice":        {`{"users":[{"email":"a@b.test","email":"c@d.test"}]}`, `users[0]: the member "email" is there twice`},
		"a member twice, once escaped":        {`{"users":[{"email":"a@b.test","\u0065mail":"c@d.test"}]}`, `is there twice`},
		"a number for a string":               {`{"users":[{"email":1}]}`, "users[0].email: a string"},
		"null for a string":                   {`{"users":[{"email":null}]}`, "users[0].email"},
		"a list for a string":                 {`{"users":[{"email":["a@b.test","c@d.test"]}]}`, "users[0].email"},
		"a string for true":                   {`{"memberships":[{"organization":"acme","email":"a@b.test","active":"true"}]}`, "memberships[0].active"},
		"null for true":                       {`{"users":[{"email":"a@b.test","disabled":null}]}`, "users[0].disabled"},
		"an object for a list":                {`{"users":{}}`, "users"},
		"a string for an entry":               {`{"users":["a@b.test"]}`, "users[0]"},
		"a time that is none":                 {strings.Replace(invitation, "2030-01-01T00:00:00Z", "tomorrow", 1) + "}]}", `"tomorrow"`},
		"something after the object":          {`{} {}`, "follows"},
		"a comma too many":                    {`{"users":[],}`, "line 1"},
		"an end too early":                    {`{"users":[`, "line 1"},
		"invalid UTF-8":                       {"{\"users\":[{\"email\":\"a@b.test\",\"name\":\"\xff\"}]}", "UTF-8"},
		"a byte order mark":                   {"\ufeff{}", "line 1"},
		"a name with NUL":                     {`{"users":[{"email":"a@b.test","name":"a\u0000"}]}`, "users[0]"},
		"a reserved slug":                     {`{"organizations":[{"slug":"www"}]}`, `"www"`},
		"an unknown status":                   {`{"organizations":[{"slug":"acme","subdomain_status":"VERIFIED"}]}`, `"VERIFIED"`},
		"an address that is two":              {`{"users":[{"email":"a@b.test, c@d.test"}]}`, "users[0]"},
		"an issuer alone":                     {`{"users":[{"email":"a@b.test","issuer":"https://op.test"}]}`, "users[0]"},
		"a role of two words":                 {`{"memberships":[{"organization":"acme","email":"a@b.test","role":"a b"}]}`, "memberships[0]"},
		"a token that ends in punctuation":    {strings.Replace(invitation, "at-least-22-characters-long", "at-least-22-characters-long.", 1) + "}]}", "invitations[0]"},
		"a token that is short":               {strings.Replace(invitation, "at-least-22-characters-long", strings.Repeat("t", 21), 1) + "}]}", "invitations[0]"},
		"a token that is there twice": {
			invitation + `},{"organization":"acme","email":"c@d.test","token":"at-least-22-characters-long","expires_at":"2030-01-01T00:00:00Z"}]}`,
			"invitations[1]",
		},
		"an inviter that is no address": {invitation + `,"invited_by":"Ann"}]}`, "invitations[0].invited_by"},
		"an inviter whose address two users have": {
			invitation + `,"invited_by":"a@b.test"}],"users":[{"email":"a@b.test","issuer":"i","subject":"1"},{"email":"a@b.test","issuer":"i","subject":"2"}]}`,
			"invitations[0].invited_by",
		},
		"an invitation without an end": {`{"invitations":[{"organization":"acme","email":"b@c.test","token":"at-least-22-characters-long"}]}`, "expires_at"},
		"a user by address twice":      {`{"users":[{"email":"a@b.test"},{"email":"A@B.test"}]}`, "users[1]"},
		"a user by address and by subject": {
			`{"users":[{"email":"a@b.test"},{"email":"a@b.test","issuer":"https://op.test","subject":"1"}]}`, "users[1]",
		},
		"a membership whose address two users have": {
			`{"users":[{"email":"a@b.test","issuer":"i","subject":"1"},{"email":"a@b.test","issuer":"i","subject":"2"}],"memberships":[{"organization":"acme","email":"a@b.test"}]}`,
			"memberships[0]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := store.ParseImport(strings.NewReader(c.file))
			if !errors.Is(err, store.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
			if err != nil && strings.Contains(err.Error(), "at-least-22") {
				t.Errorf("the error holds a token: %v", err)
			}
		})
	}
}

func TestParseImportIsBounded(t *testing.T) {
	_, _, err := store.ParseImport(io.MultiReader(strings.NewReader(`{"users":[`), endless{}))
	if !errors.Is(err, store.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestParseImportOfABrokenReaderIsAPlainError(t *testing.T) {
	broken := errors.New("broken pipe")
	_, _, err := store.ParseImport(io.MultiReader(strings.NewReader(`{`), failing{broken}))
	if !errors.Is(err, broken) || errors.Is(err, store.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// endless is blanks without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzParseImport(f *testing.F) {
	f.Add(contractFile)
	f.Add(`{"users":[{"email":"a@b.test","disabled":true}]}`)
	f.Add(`{"organizations":[{"slug":"www"}],"organizations":[]}`)
	f.Add(`{"memberships":[{"organization":"acme","email":"a@b.test","active":false}]} x`)
	f.Fuzz(func(t *testing.T, s string) {
		got, _, err := store.ParseImport(strings.NewReader(s))
		if err != nil {
			if !errors.Is(err, store.ErrInvalid) {
				t.Fatalf("a file that is read is ErrInvalid or taken, got %v", err)
			}
			return
		}
		if err := got.Check(nil); err != nil {
			t.Fatalf("what was taken is refused: %v", err)
		}
		// A lenient reader sees the same: nothing was folded, lost or overwritten.
		var lenient store.ImportFile
		if err := json.Unmarshal([]byte(s), &lenient); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(lenient, got); d != "" {
			t.Fatal(d)
		}
		returns(t, got)
	})
}

// returns wants f written and read again to be f.
func returns(t *testing.T, f store.ImportFile) {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := store.ParseImport(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if d := cmp.Diff(f, again); d != "" {
		t.Fatal(d)
	}
}

func TestAnImportFileThatIsWrittenIsReadAgain(t *testing.T) {
	yes, no := true, false
	at := time.Date(2030, 1, 1, 1, 2, 3, 4000, time.FixedZone("", 3600))
	for name, f := range map[string]store.ImportFile{
		"nothing":     {},
		"empty lists": {Organizations: []store.ImportOrganization{}, Users: []store.ImportUser{}, Memberships: []store.ImportMembership{}, Invitations: []store.ImportInvitation{}},
		"the least of each": {
			Organizations: []store.ImportOrganization{{Slug: "acme"}},
			Users:         []store.ImportUser{{Email: "ann@acme.test"}},
			Memberships:   []store.ImportMembership{{Organization: "acme", Email: "ann@acme.test"}},
			Invitations:   []store.ImportInvitation{{Organization: "acme", Email: "bob@acme.test", Token: "at-least-22-characters-long", ExpiresAt: at}},
		},
		"all of each": {
			Organizations: []store.ImportOrganization{{Slug: "acme", Name: "<Acme> & \u00a0Söhne", SubdomainStatus: store.Verified}},
			Users: []store.ImportUser{
				{Email: "ann@acme.test", Name: "Ann", Issuer: "https://op.test", Subject: "ann-1", Disabled: &yes},
				{Email: "bob@acme.test", Disabled: &no},
			},
			Memberships: []store.ImportMembership{
				{Organization: "acme", Email: "ann@acme.test", Role: "owner", Active: &yes},
				{Organization: "acme", Email: "bob@acme.test", Active: &no},
			},
			Invitations: []store.ImportInvitation{{Organization: "acme", Email: "cleo@acme.test", Role: "member", Token: "at-least-22-characters-long", ExpiresAt: at, Revoked: true, InvitedBy: "ann@acme.test"}},
		},
	} {
		t.Run(name, func(t *testing.T) { returns(t, f) })
	}
}
