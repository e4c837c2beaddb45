package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// draft adds a connection to an organization and returns it as the store does.
func (f *fixture) draft(o store.Organization, name string) store.Connection {
	f.Helper()
	n, err := f.addConnection(o, name)
	f.must(err)
	return store.Connection{
		ID: n.ID, OrganizationID: o.ID, Name: name, Issuer: n.Issuer, ClientID: n.ClientID, SealedSecret: "sealed " + n.ID,
		EmailVerified: n.EmailVerified, UserInfo: true, HostedDomains: n.HostedDomains, State: store.ConnectionDraft, Revision: 1, CreatedAt: f.now,
	}
}

// active is a connection that was tested and activated.
func (f *fixture) active(o store.Organization) store.Connection {
	f.Helper()
	c := f.draft(o, "Their provider")
	f.must(f.s.FinishConnectionTest(f.Context(), c.ID, c.Revision))
	f.must(f.activate(c.ID))
	c.State = store.ConnectionActive
	return c
}

// wantConnection waits until the store returns the connection: a cache may be late.
func (f *fixture) wantConnection(want store.Connection) {
	f.Helper()
	f.eventually(func() string {
		got, err := f.s.Connection(f.Context(), want.ID)
		f.must(err)
		return cmp.Diff(want, got)
	})
}

// wantActive waits until the organization has these active connections.
func (f *fixture) wantActive(o store.Organization, want ...store.Connection) {
	f.Helper()
	f.eventually(func() string {
		got, err := f.s.OrganizationConnections(f.Context(), o.ID)
		f.must(err)
		return cmp.Diff(want, got)
	})
}

func connections() []behaviour {
	return slices.Concat(lifeOfConnections(), limitsOfConnections())
}

func lifeOfConnections() []behaviour {
	return []behaviour{
		{"begin as drafts, which open nothing", func(f *fixture) {
			o := f.organization(store.Verified)
			f.wantActive(o)
			c := f.draft(o, "Their provider")
			f.wantConnection(c)
			f.wantActive(o)
		}},
		{"become active after a test of their revision", func(f *fixture) {
			o := f.organization(store.Verified)
			c := f.draft(o, "Their provider")
			f.is(f.s.FinishConnectionTest(f.Context(), c.ID, c.Revision+1), store.ErrConflict)
			f.must(f.s.FinishConnectionTest(f.Context(), c.ID, c.Revision))
			c.State = store.ConnectionTested
			f.wantConnection(c)
			for range 2 {
				f.must(f.activate(c.ID))
			}
			c.State = store.ConnectionActive
			f.wantConnection(c)
			f.wantActive(o, c)
		}},
		{"are disabled and activated again without another test", func(f *fixture) {
			o := f.organization(store.Verified)
			c := f.active(o)
			f.wantActive(o, c)
			for range 2 {
				f.must(f.deactivate(c.ID))
			}
			f.wantActive(o)
			f.must(f.activate(c.ID))
			f.wantActive(o, c)
		}},
		{"that are removed are not found", func(f *fixture) {
			o := f.organization(store.Verified)
			c := f.active(o)
			f.wantConnection(c)
			f.must(f.removeConnection(c.ID))
			f.eventually(func() string {
				if _, err := f.s.Connection(f.Context(), c.ID); err == nil {
					return "the connection is found"
				}
				return ""
			})
			f.wantActive(o)
			f.is(f.removeConnection(c.ID), store.ErrNotFound)
		}},
		{"that are unknown are not found", func(f *fixture) {
			for _, id := range []string{"", store.DefaultConnection, "c-'; DROP TABLE x", store.NewConnectionID()} {
				_, err := f.s.Connection(f.Context(), id)
				f.is(err, store.ErrNotFound)
				f.is(f.activate(id), store.ErrNotFound)
				_, err = f.testConnection(id, 0)
				f.is(err, store.ErrNotFound)
				f.is(f.s.FinishConnectionTest(f.Context(), id, 1), store.ErrConflict)
			}
		}},
	}
}

func limitsOfConnections() []behaviour {
	return []behaviour{
		{"are at most ten of an organization", func(f *fixture) {
			o := f.organization(store.Verified)
			for i := range store.MaxConnections {
				f.draft(o, fmt.Sprintf("Provider %d", i))
			}
			_, err := f.addConnection(o, "One more")
			f.is(err, store.ErrConflict)
			_, err = f.addConnection(store.Organization{Slug: word("ghost")}, "One more")
			f.is(err, store.ErrNotFound)
		}},
		{"keep a sealed secret that is sealed again, and stay active", func(f *fixture) {
			o := f.organization(store.Verified)
			c := f.active(o)
			_, err := f.manager().ResealSecrets(f.Context(), command, func(_, sealed string) (string, error) { return sealed, nil })
			f.must(err)
			_, err = f.manager().ResealSecrets(f.Context(), command, func(id, sealed string) (string, error) {
				if id == c.ID {
					return "sealed again", nil
				}
				return sealed, nil
			})
			f.must(err)
			c.SealedSecret = "sealed again"
			f.wantConnection(c)
		}},
	}
}

func connectionTests() []behaviour {
	return []behaviour{
		{"are taken once, by their own connection, before they expire", func(f *fixture) {
			c, other := f.draft(f.organization(store.Verified), "Theirs"), f.draft(f.organization(store.Verified), "Another")
			token, err := f.testConnection(c.ID, 0)
			f.must(err)
			late, err := f.testConnection(c.ID, time.Hour)
			f.must(err)
			for _, wrong := range []struct {
				id   string
				hash []byte
			}{{other.ID, token}, {c.ID, hash()}, {c.ID, late}, {c.ID, nil}} {
				_, err := f.s.TakeConnectionTest(f.Context(), wrong.id, wrong.hash, f.now)
				f.is(err, store.ErrNotFound)
			}
			got, err := f.s.TakeConnectionTest(f.Context(), c.ID, token, f.now)
			f.must(err)
			if d := cmp.Diff(c, got); d != "" {
				f.Error(d)
			}
			_, err = f.s.TakeConnectionTest(f.Context(), c.ID, token, f.now)
			f.is(err, store.ErrNotFound)
		}},
	}
}

// wantSSO waits until every reading of the organization has the value.
func (f *fixture) wantSSO(o store.Organization, member string, want store.SSO) {
	f.Helper()
	f.eventually(func() string {
		got, err := f.s.OrganizationBySlug(f.Context(), o.Slug)
		f.must(err)
		snapshot, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: member, Slugs: []string{o.Slug}})
		f.must(err)
		m, _ := snapshot.Membership(o.ID)
		return cmp.Diff([]store.SSO{want, want, want}, []store.SSO{got.SSO, snapshot.Organizations[o.Slug].SSO, m.Organization.SSO})
	})
}

func ssoOfOrganizations() []behaviour {
	return []behaviour{
		{"is in every reading of the organization", func(f *fixture) {
			o := f.organization(store.Verified)
			ann := f.member(someone(), "member", o)
			f.wantSSO(o, ann.ID, "")
			for _, c := range []struct{ set, want store.SSO }{
				{store.SSOOptional, store.SSOOptional}, {store.SSOOff, ""}, {store.SSOOptional, store.SSOOptional},
			} {
				f.must(f.setSSO(o, c.set))
				f.wantSSO(o, ann.ID, c.want)
			}
			got, err := f.s.Invitation(f.Context(), f.invite(o, someone().Email, "member").hash)
			f.must(err)
			if got.Organization.SSO != store.SSOOptional {
				f.Errorf("the invitation's organization is %+v", got.Organization)
			}
		}},
		{"is not required without an active connection, and never weakens by itself", func(f *fixture) {
			o := f.organization(store.Verified)
			ann := f.member(someone(), "member", o)
			f.is(f.setSSO(o, store.SSORequired), store.ErrConflict)
			f.draft(o, "Their provider")
			f.is(f.setSSO(o, store.SSORequired), store.ErrConflict)
			c := f.active(o)
			f.must(f.setSSO(o, store.SSORequired))
			f.wantSSO(o, ann.ID, store.SSORequired)
			f.must(f.removeConnection(c.ID))
			f.wantSSO(o, ann.ID, store.SSORequired)
		}},
		{"that is no such word, or of an unknown organization, is refused", func(f *fixture) {
			o := f.organization(store.Verified)
			f.is(f.setSSO(o, "always"), store.ErrInvalid)
			f.is(f.setSSO(store.Organization{Slug: word("ghost")}, store.SSOOff), store.ErrNotFound)
		}},
	}
}
