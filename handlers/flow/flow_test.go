package flow

import (
	"crypto/rand"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orglogin/handlers/seal"
	"orglogin/store"
)

// An intent comes out as it went in, byte for byte, and nothing else is one.
func FuzzParseIntent(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Add(Intent{Redirect: []string{"/x\xff"}, Invitation: "token", Organization: "acme", Connection: "corp"}.appendBinary(nil))
	f.Add([]byte{2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{3, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := parseIntent(b)
		if err != nil {
			return
		}
		again, err := parseIntent(in.appendBinary(nil))
		if err != nil || cmp.Diff(in, again) != "" {
			t.Fatalf("%+v came back as %+v: %v", in, again, err)
		}
		if len(in.Redirect) > 2 {
			t.Fatalf("%d redirects", len(in.Redirect))
		}
	})
}

// What we did not seal opens to nothing; what we did, to itself.
func FuzzOpenState(f *testing.F) {
	key := make([]byte, 32)
	rand.Read(key) // each process of a fuzz run its own: what another sealed is foreign too
	box, err := seal.NewBox([][]byte{key})
	if err != nil {
		f.Fatal(err)
	}
	fl := New(box, "")
	good := fl.State("flow-id", Intent{Redirect: []string{"/x"}})
	f.Add(good, "/x")
	f.Add(good[:len(good)-1], "")
	f.Add(good+"A", "//x")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, state, value string) {
		if id, in, err := fl.OpenState(state); err == nil && state != good {
			t.Fatalf("opened %q: %s %+v", state, id, in)
		}
		if len(value) > 1000 { // IntentOf bounds what is sealed to less than Seal takes
			return
		}
		in := Intent{Redirect: []string{value}, Invitation: value, Organization: value, Connection: value}
		id, got, err := fl.OpenState(fl.State("id", in))
		if err != nil || id != "id" || cmp.Diff(in, got) != "" {
			t.Fatalf("%+v came back as %s %+v: %v", in, id, got, err)
		}
	})
}

// Parameters become an intent that is bounded, and that its own URL tells again.
func FuzzIntentOf(f *testing.F) {
	f.Add("redirect=%2Fx&invitation=t&organization=acme&prompt=login&login_hint=a%40b.test&connection=corp")
	f.Add("redirect=a&redirect=b&redirect=c")
	f.Add("redirect=%00%ff&prompt=none;x")
	f.Fuzz(func(t *testing.T, raw string) {
		q, _ := url.ParseQuery(raw)
		in := IntentOf(q)
		if len(in.Redirect) > 2 || len(in.Invitation) > maxInvitation+1 || len(in.Organization) > maxSlug+1 || len(in.Connection) > maxConnection+1 || len(in.LoginHint) > store.MaxEmail {
			t.Fatalf("%+v", in)
		}
		for _, v := range in.Redirect {
			if len(v) > MaxRedirect+1 {
				t.Fatalf("a redirect of %d bytes", len(v))
			}
		}
		if d := cmp.Diff(in, IntentOf(in.query())); d != "" {
			t.Fatal(d)
		}
		if p := in.Path("/login"); strings.ContainsAny(p, "\r\n \"<>") || strings.Contains(p[1:], "//") {
			t.Fatalf("%q", p)
		}
	})
}
