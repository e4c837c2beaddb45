package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// wantSlug waits until a slug answers with an organization.
func (f *fixture) wantSlug(slug string, o store.Organization) {
	f.Helper()
	f.eventually(func() string {
		got, err := f.s.OrganizationBySlug(f.Context(), slug)
		if err != nil {
			return err.Error()
		}
		return cmp.Diff(o, got)
	})
}

// rename gives an organization another slug, and returns it and the old slug.
func (f *fixture) rename(o store.Organization) (store.Organization, string) {
	f.Helper()
	old := o.Slug
	o.Slug = word("renamed")
	f.must(f.hand().Rename(f.Context(), old, o.Slug))
	return o, old
}

func byHand() []behaviour {
	return slices.Concat(slugsByHand(), rowsByHand(), whatIsStored())
}

func slugsByHand() []behaviour {
	return []behaviour{
		{"an old slug answers with the organization under its new one", func(f *fixture) {
			o := f.organization(store.Verified)
			f.wantSlug(o.Slug, o)
			once, first := f.rename(o)
			twice, second := f.rename(once)
			for _, slug := range []string{first, second, twice.Slug} {
				f.wantSlug(slug, twice)
			}
			ann := f.member(someone(), "member", twice)
			f.eventually(func() string {
				got, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: ann.ID, Slugs: []string{first, twice.Slug}})
				f.must(err)
				return cmp.Diff(map[string]store.Organization{first: twice, twice.Slug: twice}, got.Organizations)
			})
		}},
		{"a slug in another organization's history is refused by import", func(f *fixture) {
			_, old := f.rename(f.organization(store.Verified))
			err := f.s.Import(f.Context(), store.ImportFile{Organizations: []store.ImportOrganization{{Slug: old, Name: "Squatter"}}}, f.now)
			f.is(err, store.ErrConflict)
		}},
		{"a slug in another organization's history is refused to a change by hand", func(f *fixture) {
			o, old := f.rename(f.organization(store.Verified))
			other := f.organization(store.Verified)
			if err := f.hand().Rename(f.Context(), other.Slug, old); err == nil {
				f.Error("it was taken")
			}
			f.wantSlug(old, o)
			f.wantSlug(other.Slug, other)
		}},
		{"an organization may take its own old slug back", func(f *fixture) {
			o := f.organization(store.Verified)
			renamed, old := f.rename(o)
			f.must(f.hand().Rename(f.Context(), renamed.Slug, old))
			f.wantSlug(old, o)
			f.wantSlug(renamed.Slug, o)
			again, _ := f.rename(o)
			for _, slug := range []string{old, renamed.Slug, again.Slug} {
				f.wantSlug(slug, again)
			}
		}},
		{"a slug that the operator took out of the history is free", func(f *fixture) {
			_, old := f.rename(f.organization(store.Verified))
			f.must(f.hand().ForgetSlug(f.Context(), old))
			f.load(store.ImportFile{Organizations: []store.ImportOrganization{{Slug: old, Name: "Heir"}}})
			f.eventually(func() string {
				got, err := f.s.OrganizationBySlug(f.Context(), old)
				if err != nil {
					return err.Error()
				}
				return cmp.Diff("Heir", got.Name)
			})
		}},
	}
}

func rowsByHand() []behaviour {
	return []behaviour{
		{"an old slug still names the organization in memberships and invitations", func(f *fixture) {
			o, old := f.rename(f.organization(store.Verified))
			id := someone()
			ann := f.profile(id)
			f.load(store.ImportFile{Memberships: []store.ImportMembership{{Organization: old, Email: id.Email}}})
			f.wantRole(ann.ID, o, "member")
			i := f.invite(store.Organization{Slug: old}, id.Email, "member")
			inv, err := f.s.Invitation(f.Context(), i.hash)
			f.must(err)
			if d := cmp.Diff(o, inv.Organization); d != "" {
				f.Error(d)
			}
		}},
		{"every organization has one workspace, however it was made", func(f *fixture) {
			before := f.rows()
			l := f.arrival(someone())
			l.Signup = store.SignupOrganization
			f.complete(l)
			file, _ := whole(f.now)
			f.load(file)
			f.load(file)
			after := f.rows()
			made := len(after["organizations"]) - len(before["organizations"])
			if got := len(after["workspaces"]) - len(before["workspaces"]); got != 3 || made != 3 {
				f.Errorf("%d organizations, %d workspaces, want 3", made, got)
			}
		}},
		{"a second login adds a session and no other row", func(f *fixture) {
			l := f.arrival(someone())
			l.Signup = store.SignupOrganization
			f.complete(l)
			before := f.rows()
			l.Session = f.session()
			f.complete(l)
			after := f.rows()
			if len(after["sessions"]) != len(before["sessions"])+1 {
				f.Error("no session was added")
			}
			for _, table := range []string{"sessions", "session_connections"} {
				delete(before, table)
				delete(after, table)
			}
			if d := cmp.Diff(before, after); d != "" {
				f.Error(d)
			}
		}},
	}
}

func whatIsStored() []behaviour {
	return []behaviour{
		{"a refused login changes no row", func(f *fixture) {
			closed := f.arrival(someone())
			closed.Signup = store.SignupClosed
			id := vouched()
			yes := true
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Disabled: &yes}}})
			before := f.rows()
			f.wantReason(f.complete(closed).Refused, store.SignupIsClosed)
			f.wantReason(f.complete(f.arrival(id)).Refused, store.DisabledUser)
			if d := cmp.Diff(before, f.rows()); d != "" {
				f.Error(d)
			}
		}},
		{"a token is stored only as a hash (K1)", func(f *fixture) {
			i := f.invite(f.organization(store.Verified), someone().Email, "member")
			for table, rows := range f.rows() {
				for _, row := range rows {
					if strings.Contains(row, i.entry.Token) {
						f.Errorf("the token is in %s", table)
					}
				}
			}
		}},
	}
}

func (f *fixture) rows() map[string][]string {
	f.Helper()
	rows, err := f.hand().Rows(f.Context())
	f.must(err)
	return rows
}

// failures makes each write of each transaction fail in turn and wants every
// row as it was; then the same call without the fault must do its work.
func failures(t *testing.T, open func(t *testing.T) Store) {
	for _, c := range writingScenarios() {
		t.Run(c.name, func(t *testing.T) { c.fail(t, open(t)) }) // a store of its own, because all rows are read for each fault
	}
}

// call does once more what a scenario prepared.
type call func(ctx context.Context) error

type writingScenario struct {
	name    string
	prepare func(f *fixture) call
	// writes are the writes that the scenario cannot do without.
	writes []string
}

func writingScenarios() []writingScenario {
	return []writingScenario{
		{"a first login", func(f *fixture) call {
			old := f.arrival(someone())
			f.complete(old)
			l := f.arrival(someone())
			l.Signup, l.Replaces = store.SignupOrganization, old.Session.ID
			return func(ctx context.Context) error {
				_, err := f.s.CompleteLogin(ctx, l)
				return err
			}
		}, []string{
			"INSERT profiles", "INSERT identities", "INSERT organizations", "INSERT memberships", "INSERT workspaces",
			"INSERT sessions", "UPDATE sessions",
		}},
		{"a first login with an invitation", func(f *fixture) call {
			l := f.arrival(someone())
			l.Invitation = f.invite(f.organization(store.Verified), l.Identity.Email, "member").hash
			return func(ctx context.Context) error {
				_, err := f.s.CompleteLogin(ctx, l)
				return err
			}
		}, []string{"INSERT profiles", "INSERT identities", "INSERT memberships", "UPDATE invitations", "INSERT sessions"}},
		{"the binding of an imported person", func(f *fixture) call {
			id := vouched()
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email}}})
			return func(ctx context.Context) error {
				_, err := f.s.CompleteLogin(ctx, f.arrival(id))
				return err
			}
		}, []string{"INSERT identities", "UPDATE profiles", "INSERT sessions"}},
		{"an acceptance", func(f *fixture) call {
			id := someone()
			ann := f.profile(id)
			i := f.invite(f.organization(store.Verified), id.Email, "member")
			return func(ctx context.Context) error {
				_, err := f.s.AcceptInvitation(ctx, ann.ID, i.hash, f.now)
				return err
			}
		}, []string{"INSERT memberships", "UPDATE invitations"}},
		{"an import", func(f *fixture) call {
			file, _ := whole(f.now)
			return func(ctx context.Context) error { return f.s.Import(ctx, file, f.now) }
		}, []string{"INSERT organizations", "INSERT workspaces", "INSERT profiles", "INSERT identities", "INSERT memberships", "INSERT invitations"}},
	}
}

// broken does what a scenario prepared while operations on a table fail.
func (f *fixture) broken(do call, table string, operations ...string) error {
	repair, err := f.hand().Break(f.Context(), table, operations...)
	f.must(err)
	failed := do(f.Context())
	f.must(repair())
	return failed
}

// fail breaks one write after the other.
func (c writingScenario) fail(t *testing.T, s Store) {
	operations := []string{"INSERT", "UPDATE", "DELETE"}
	var broke []string
	for table := range newFixture(t, s).rows() {
		if f := newFixture(t, s); f.broken(c.prepare(f), table, operations...) == nil {
			continue // it writes nothing there
		}
		for _, operation := range operations {
			f := newFixture(t, s)
			do := c.prepare(f)
			before := f.rows()
			failed := f.broken(do, table, operation)
			if failed == nil {
				continue
			}
			what := operation + " " + table
			broke = append(broke, what)
			if errors.Is(failed, store.ErrNotFound) || errors.Is(failed, store.ErrConflict) || errors.Is(failed, store.ErrInvalid) {
				t.Errorf("%s: the failure reads as an answer: %v", what, failed)
			}
			if d := cmp.Diff(before, f.rows()); d != "" {
				t.Errorf("%s: rows were left: %s", what, d)
			}
			if err := do(f.Context()); err != nil {
				t.Errorf("%s: it does not work after the fault: %v", what, err)
			}
		}
	}
	for _, w := range c.writes {
		if !slices.Contains(broke, w) {
			t.Errorf("no failure of %s was noticed, only of %v", w, broke)
		}
	}
}
