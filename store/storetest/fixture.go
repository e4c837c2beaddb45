package storetest

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"orglogin/store"
)

// fixture is one test and the store that it shares with others: everything
// it makes carries names of its own.
type fixture struct {
	*testing.T
	s   Store
	now time.Time // to the microsecond, which every store keeps
}

func newFixture(t *testing.T, s Store) *fixture {
	return &fixture{T: t, s: s, now: time.Now().UTC().Truncate(time.Microsecond)}
}

// hand is the store as a [Hand]; only the groups by hand ask for it.
func (f *fixture) hand() Hand { return f.s.(Hand) }

func (f *fixture) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// is asserts the error that a store must give.
func (f *fixture) is(err, want error) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Fatalf("got error %v, want %v", err, want)
	}
}

// eventually waits for check to say nothing: deferred writes and caches may
// be late.
func (f *fixture) eventually(check func() string) {
	f.Helper()
	var complaint string
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if complaint = check(); complaint == "" {
			return
		}
		if time.Now().After(deadline) {
			f.Fatal(complaint)
		}
	}
}

// word returns prefix with ten random characters, a valid slug.
func word(prefix string) string { return prefix + "-" + store.NewReceiptID()[:10] }

func hash() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// someone is a person of an issuer that verifies addresses but is not
// authoritative for them.
func someone() store.Identity {
	w := word("ann")
	return store.Identity{
		Issuer: "https://op.test", Subject: w, Email: w + "@people.test", EmailVerified: true,
		Name: "Ann " + w, Picture: "https://op.test/" + w + ".png",
	}
}

// vouched is a person whose provider may speak for the address.
func vouched() store.Identity {
	id := someone()
	id.Authoritative = true
	return id
}

// session is a fresh row for a login at now by the default connection, as a store
// returns it.
func (f *fixture) session() store.Session {
	return store.Session{
		ID: store.NewID(), SecretHash: hash(), BrowserHash: hash(),
		CreatedAt: f.now, LastSeenAt: f.now, ExpiresAt: f.now.Add(12 * time.Hour),
		Connections: []store.SessionConnection{{ConnectionID: store.DefaultConnection, At: f.now}},
	}
}

// arrival is a login under SIGNUP=profile, for tests that bring the places themselves.
func (f *fixture) arrival(id store.Identity) store.Login {
	return store.Login{Identity: id, Signup: store.SignupProfile, Session: f.session(), Now: f.now}
}

func (f *fixture) complete(l store.Login) store.Completed {
	f.Helper()
	c, err := f.s.CompleteLogin(f.Context(), l)
	f.must(err)
	return c
}

// profile logs the person in and returns the profile.
func (f *fixture) profile(id store.Identity) store.Profile {
	f.Helper()
	if !id.EmailVerified { // only an identity that is bound may log in so
		verified := id
		verified.EmailVerified = true
		f.profile(verified)
	}
	c := f.complete(f.arrival(id))
	if c.Refused != "" {
		f.Fatalf("the login was refused: %s", c.Refused)
	}
	return c.Snapshot.Profile
}

func (f *fixture) load(file store.ImportFile) {
	f.Helper()
	f.must(f.s.Import(f.Context(), file, f.now))
}

// organization imports one and returns it as the store tells it.
func (f *fixture) organization(status store.SubdomainStatus) store.Organization {
	f.Helper()
	slug := word("acme")
	f.load(store.ImportFile{Organizations: []store.ImportOrganization{
		{Slug: slug, Name: "Organization " + slug, SubdomainStatus: status},
	}})
	o, err := f.s.OrganizationBySlug(f.Context(), slug)
	f.must(err)
	return o
}

// member imports the person with a membership and logs them in.
func (f *fixture) member(id store.Identity, role string, places ...store.Organization) store.Profile {
	f.Helper()
	file := store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Name: id.Name, Issuer: id.Issuer, Subject: id.Subject}}}
	for _, o := range places {
		file.Memberships = append(file.Memberships, store.ImportMembership{Organization: o.Slug, Email: id.Email, Role: role})
	}
	f.load(file)
	return f.profile(id)
}

// setActive changes a membership as the operator does.
func (f *fixture) setActive(o store.Organization, email string, active bool) {
	f.Helper()
	f.load(store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: email, Active: &active}}})
}

// offer is an invitation: its token and the hash that finds it.
type offer struct {
	entry store.ImportInvitation
	hash  []byte
}

// invite offers o to an address, for a day.
func (f *fixture) invite(o store.Organization, email, role string) offer {
	f.Helper()
	return f.inviteUntil(o, email, role, f.now.Add(24*time.Hour))
}

func (f *fixture) inviteUntil(o store.Organization, email, role string, expires time.Time) offer {
	f.Helper()
	token := strings.Repeat(word("token"), 2)
	entry := store.ImportInvitation{Organization: o.Slug, Email: email, Role: role, Token: token, ExpiresAt: expires}
	f.load(store.ImportFile{Invitations: []store.ImportInvitation{entry}})
	return offer{entry: entry, hash: store.HashToken(token)}
}

func (f *fixture) revoke(i offer) {
	f.Helper()
	i.entry.Revoked = true
	f.load(store.ImportFile{Invitations: []store.ImportInvitation{i.entry}})
}

// state reads the invitation back.
func (f *fixture) state(i offer) store.InvitationState {
	f.Helper()
	inv, err := f.s.Invitation(f.Context(), i.hash)
	f.must(err)
	return inv.State(f.now)
}

func (f *fixture) snapshot(userID string) store.AccessSnapshot {
	f.Helper()
	s, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: userID})
	f.must(err)
	return s
}

// role is the person's role in o, empty without an active membership.
func (f *fixture) role(userID string, o store.Organization) string {
	f.Helper()
	m, _ := f.snapshot(userID).Membership(o.ID)
	return m.Role
}

// wantRole waits for the role: a cache may be late by a moment.
func (f *fixture) wantRole(userID string, o store.Organization, want string) {
	f.Helper()
	f.eventually(func() string {
		if got := f.role(userID, o); got != want {
			return "the role is " + quoted(got) + ", want " + quoted(want)
		}
		return ""
	})
}

func (f *fixture) wantReason(got, want store.Reason) {
	f.Helper()
	if got != want {
		f.Fatalf("got reason %q, want %q", got, want)
	}
}

// live tells whether the session's row is there and not ended.
func (f *fixture) live(userID string, s store.Session) bool {
	f.Helper()
	got, err := f.s.Session(f.Context(), userID, s.SecretHash)
	if errors.Is(err, store.ErrNotFound) {
		return false
	}
	f.must(err)
	return got.Live(f.now, time.Hour)
}

func quoted(s string) string { return `"` + s + `"` }

// allowed asserts that err is nil or one of these.
func (f *fixture) allowed(err error, these ...error) {
	f.Helper()
	if err == nil {
		return
	}
	for _, e := range these {
		if errors.Is(err, e) {
			return
		}
	}
	f.Errorf("got error %v, want none or one of %v", err, these)
}
