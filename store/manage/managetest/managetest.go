// Package managetest says what every operation of an operator must do, as tests. Each database runs the whole of it.
package managetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
)

// Opened is an empty, migrated database.
type Opened struct {
	Owner  Owner
	Manage manage.Database
	// Kill ends the connection of a transaction as a crash of the process would.
	Kill func(tx manage.Tx) error
}

// Owner is the database as its owner sees it.
type Owner interface {
	store.OperatorStore
	// Rows returns every row of every table as text.
	Rows(ctx context.Context) (map[string][]string, error)
}

// Run tests the database that open returns: each time another one, open until the test ends.
func Run(t *testing.T, open func(t *testing.T) Opened) {
	for _, b := range []struct {
		name string
		test func(t *testing.T, db database)
	}{
		{"an organization is made, changed and deleted", organizationLife},
		{"a logo and a colour are set and removed", brandLife},
		{"the last owner stays", lastOwner},
		{"a person is deleted whole", personDeleted},
		{"an invitation is sent again and revoked", invitationLife},
		{"an invitation names who invited", invitedBy},
		{"connections and domains of an organization", connectionsAndDomains},
		{"tokens, and requests that are repeated", tokensAndOnce},
		{"lists in pages", pages},
		{"a caller of one organization sees no other", bound},
		{"a transaction that is killed changes nothing", killed},
		{"one hundred writers at once", atOnce},
		{"what is kept for a day is deleted", swept},
	} {
		t.Run(b.name, func(t *testing.T) { b.test(t, newDatabase(open(t))) })
	}
}

// database is one database under test.
type database struct {
	owner Owner
	kill  func(manage.Tx) error
	*manage.Manager
}

// command is a caller at a command line.
var command = manage.Caller{Name: manage.Command}

func newDatabase(opened Opened) database {
	return database{owner: opened.Owner, kill: opened.Kill, Manager: NewManager(opened.Manage, time.Now)}
}

// NewManager returns a manager that seals nothing, sends no requests, and finds the record of every domain.
func NewManager(db manage.Database, now func() time.Time) *manage.Manager {
	return &manage.Manager{
		Database: db, Now: now, Reserved: []string{"front"}, PublicURL: "https://login.example.test",
		Seal: func(name, value string) (string, error) { return name + "|" + value, nil },
		Open: func(name, sealed string) (string, error) {
			value, ok := strings.CutPrefix(sealed, name+"|")
			if !ok {
				return "", errors.New("sealed for another name")
			}
			return value, nil
		},
		SealSecret:    func(id, secret string) (string, error) { return "sealed " + id, nil },
		CheckProvider: func(store.Connection) []manage.Field { return nil },
		DomainName: func(text string) (string, error) {
			name, ok := store.NormalizeDomain(text)
			if !ok {
				return "", errors.New("is not a domain name")
			}
			return name, nil
		},
		CheckDomain:  func(context.Context, string, string) (store.DomainVerdict, string) { return store.DomainProved, "" },
		MailProvider: func(domain string) bool { return domain == "gmail.com" },
		SendMail:     true,
	}
}

// reason is that of a refusal, empty for none.
func reason(err error) string {
	var refused *manage.Error
	if errors.As(err, &refused) {
		return refused.Reason
	}
	if err != nil {
		return "no refusal: " + err.Error()
	}
	return ""
}

func (d database) organization(t *testing.T, slug string) manage.Organization {
	t.Helper()
	o, err := d.CreateOrganization(t.Context(), command, manage.NewOrganization{Slug: slug, Name: strings.ToUpper(slug), Status: store.Verified})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// member imports a person with a membership and returns the membership.
func (d database) member(t *testing.T, slug, email, role string) manage.Member {
	t.Helper()
	err := d.owner.Import(t.Context(), store.ImportFile{
		Users:       []store.ImportUser{{Email: email, Name: email}},
		Memberships: []store.ImportMembership{{Organization: slug, Email: email, Role: role}},
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	found, err := d.Members(t.Context(), command, slug, email, manage.List{})
	if err != nil || len(found.Items) != 1 {
		t.Fatalf("got %+v, %v", found, err)
	}
	return found.Items[0]
}

// actions are those of the audit log, the newest first.
func (d database) actions(t *testing.T) []string {
	t.Helper()
	all, err := d.Audit(t.Context(), command, "", manage.List{Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all.Items {
		names = append(names, e.Action)
	}
	return names
}

func organizationLife(t *testing.T, db database) {
	made := db.organization(t, "acme")
	got, err := db.Organization(t.Context(), command, "acme")
	if err != nil || got != made {
		t.Fatalf("got %+v, %v, want %+v", got, err, made)
	}
	slug, name := "globex", "Globex"
	done, err := db.UpdateOrganization(t.Context(), command, made.ID, manage.OrganizationChange{Slug: &slug, Name: &name})
	if err != nil || done.After.Slug != "globex" || done.Before != made {
		t.Fatalf("got %+v, %v", done, err)
	}
	if old, err := db.Organization(t.Context(), command, "acme"); err != nil || old != done.After {
		t.Errorf("the old slug finds %+v, %v", old, err)
	}
	again, err := db.UpdateOrganization(t.Context(), command, "globex", manage.OrganizationChange{Name: &name})
	if err != nil || again.Before != again.After {
		t.Errorf("the same name changed %+v, %v", again, err)
	}
	if _, err := db.CreateOrganization(t.Context(), command, manage.NewOrganization{Slug: "acme", Name: "Other"}); reason(err) != "slug_taken" {
		t.Errorf("a slug of the past: %v", err)
	}
	gone, err := db.DeleteOrganization(t.Context(), command, "globex")
	if err != nil || gone.Organization != done.After {
		t.Errorf("got %+v, %v", gone, err)
	}
	if _, err := db.Organization(t.Context(), command, made.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	want := "[organization.delete organization.update organization.create]"
	if got := fmt.Sprint(db.actions(t)); got != want {
		t.Errorf("the audit log has %s, want %s", got, want)
	}
}

func lastOwner(t *testing.T, db database) {
	db.organization(t, "acme")
	ann := db.member(t, "acme", "ann@acme.test", "owner")
	bob := db.member(t, "acme", "bob@acme.test", "member")
	inactive, member := false, "member"
	for name, err := range map[string]error{
		"remove":     second(db.RemoveMember(t.Context(), command, "acme", ann.ProfileID)),
		"deactivate": second(db.UpdateMember(t.Context(), command, "acme", ann.ProfileID, manage.MemberChange{Active: &inactive})),
		"role":       second(db.UpdateMember(t.Context(), command, "acme", ann.ProfileID, manage.MemberChange{Role: &member})),
		"delete":     second(db.DeletePerson(t.Context(), command, ann.ProfileID, true)),
	} {
		if reason(err) != "last_owner" {
			t.Errorf("%s: %v", name, err)
		}
	}
	owner := "owner"
	if _, err := db.UpdateMember(t.Context(), command, "acme", bob.ProfileID, manage.MemberChange{Role: &owner}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.RemoveMember(t.Context(), command, "acme", ann.ProfileID); err != nil {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

func personDeleted(t *testing.T, db database) {
	db.organization(t, "acme")
	db.organization(t, "solo")
	db.member(t, "acme", "bob@acme.test", "owner")
	ann := db.member(t, "acme", "ann@acme.test", "admin")
	db.member(t, "solo", "ann@acme.test", "owner")
	sent, err := db.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "Ann@acme.test", Send: true})
	if err != nil || len(sent.Members) != 1 || !strings.HasPrefix(sent.Link, "https://login.example.test/login?invitation=") || sent.Mail != manage.MailQueued {
		t.Fatalf("got %+v, %v", sent, err)
	}
	done, err := db.owner.CompleteLogin(t.Context(), store.Login{
		Identity: store.Identity{Issuer: "https://op.test", Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true, Authoritative: true, Name: "Ann"},
		Signup:   store.SignupProfile, Now: time.Now(),
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken("s"), BrowserHash: store.HashToken("b"),
			CreatedAt: time.Now(), LastSeenAt: time.Now(), ExpiresAt: time.Now().Add(time.Hour),
		},
	})
	if err != nil || done.Snapshot.Profile.ID != ann.ProfileID {
		t.Fatalf("the login found %+v, %v", done, err)
	}
	receipt := store.Receipt{ID: store.NewReceiptID(), UserID: ann.ProfileID, At: time.Now(), Decision: []byte("{}")}
	if err := db.owner.SaveReceipt(t.Context(), receipt); err != nil {
		t.Fatal(err)
	}
	record, err := db.Person(t.Context(), command, ann.ProfileID)
	if err != nil || len(record.Memberships) != 2 || len(record.Invitations) != 1 ||
		len(record.Sessions) != 1 || len(record.Identities) != 1 || len(record.Receipts) != 1 {
		t.Fatalf("got %+v, %v", record, err)
	}
	if _, err := db.DeletePerson(t.Context(), command, ann.ProfileID, false); reason(err) != "last_owner" {
		t.Fatalf("got %v", err)
	}
	gone, err := db.DeletePerson(t.Context(), command, ann.ProfileID, true)
	if err != nil || len(gone.Organizations) != 1 || gone.Organizations[0].Slug != "solo" {
		t.Fatalf("got %+v, %v", gone, err)
	}
	if _, err := db.Person(t.Context(), command, ann.ProfileID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	for table, rows := range db.rows(t) {
		for _, row := range rows {
			if strings.Contains(row, "ann@") || strings.Contains(row, ann.ProfileID) && table != "audit" {
				t.Errorf("%s still has %s", table, row)
			}
		}
	}
}

func connectionsAndDomains(t *testing.T, db database) {
	o := db.organization(t, "acme")
	made, err := db.AddConnection(t.Context(), command, "acme", manage.NewConnection{
		Name: "Okta", Issuer: "https://acme.okta.test", ClientID: "1", ClientSecret: "s", HostedDomains: []string{"acme.test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := db.Connection(t.Context(), command, o.ID, made.ID)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(made) {
		t.Fatalf("got %+v, %v, want %+v", got, err, made)
	}
	active, required := store.ConnectionActive, store.SSORequired
	if _, err := db.UpdateConnection(t.Context(), command, "", made.ID, manage.ConnectionChange{Status: &active}); reason(err) != "not_tested" {
		t.Errorf("got %v", err)
	}
	if _, err := db.UpdateOrganization(t.Context(), command, "acme", manage.OrganizationChange{SSO: &required}); reason(err) != "conflict" {
		t.Errorf("got %v", err)
	}
	if test, err := db.TestConnection(t.Context(), command, "acme", made.ID); err != nil || !strings.Contains(test.URL, "/auth/start?connection="+made.ID) {
		t.Errorf("got %+v, %v", test, err)
	}
	if err := db.owner.FinishConnectionTest(t.Context(), made.ID, 1); err != nil {
		t.Fatal(err)
	}
	if done, err := db.UpdateConnection(t.Context(), command, "acme", made.ID, manage.ConnectionChange{Status: &active}); err != nil || done.After.Status != active {
		t.Fatalf("got %+v, %v", done, err)
	}
	if done, err := db.UpdateOrganization(t.Context(), command, "acme", manage.OrganizationChange{SSO: &required}); err != nil || done.After.SSO != required {
		t.Errorf("got %+v, %v", done, err)
	}
	if _, err := db.RemoveConnection(t.Context(), command, "acme", made.ID); err != nil {
		t.Error(err)
	}

	claim, err := db.AddDomain(t.Context(), command, "acme", "Acme.TEST")
	if err != nil || claim.Domain != "acme.test" || claim.Status != store.DomainPending || len(claim.Value) != len("orglogin-verification=")+32 {
		t.Fatalf("got %+v, %v", claim, err)
	}
	if d, err := db.VerifyDomain(t.Context(), command, "acme", "acme.test"); err != nil || d.Status != store.DomainVerified {
		t.Fatalf("got %+v, %v", d, err)
	}
	auto := store.JoinAuto
	if done, err := db.UpdateDomain(t.Context(), command, "acme", "acme.test", manage.DomainChange{Join: &auto}); err != nil || done.After.Join != auto {
		t.Errorf("got %+v, %v", done, err)
	}
	if all, err := db.Domains(t.Context(), command, "", manage.List{}); err != nil || len(all.Items) != 1 {
		t.Errorf("got %+v, %v", all, err)
	}
	if _, err := db.RemoveDomain(t.Context(), command, "acme", "acme.test"); err != nil {
		t.Error(err)
	}
	if all, err := db.JoinRequests(t.Context(), command, "acme", manage.List{}); err != nil || len(all.Items) != 0 {
		t.Errorf("got %+v, %v", all, err)
	}
}

func tokensAndOnce(t *testing.T, db database) {
	made, err := db.CreateToken(t.Context(), command, manage.NewToken{Name: "backend", Scopes: []string{"organizations:write"}})
	if err != nil {
		t.Fatal(err)
	}
	by, token, err := db.Authenticate(t.Context(), made.Secret)
	if err != nil || !token.Allows("organizations:read") || token.Allows("members:read") {
		t.Fatalf("got %+v, %v", token, err)
	}
	by.Once = &manage.Once{Key: "k", Fingerprint: "f"}
	first, err := db.CreateOrganization(t.Context(), by, manage.NewOrganization{Slug: "acme", Name: "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := db.CreateOrganization(t.Context(), by, manage.NewOrganization{Slug: "acme", Name: "Acme"})
	if err != nil || again != first || !by.Once.Replayed {
		t.Errorf("got %+v, %v, want %+v", again, err, first)
	}
	if _, err := db.RevokeToken(t.Context(), command, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Authenticate(t.Context(), made.Secret); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a revoked token: %v", err)
	}
}
