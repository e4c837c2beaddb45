package storetest

import (
	"slices"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// through is a person of the organization's own provider.
func through(c store.Connection, id store.Identity) store.Identity {
	id.Connection, id.Issuer = c.ID, c.Issuer
	return id
}

// asserted is the connection of a session of the person at the organization, made at the time
// of the fixture.
func (f *fixture) asserted(o store.Organization, id store.Identity) store.SessionConnection {
	return store.SessionConnection{
		ConnectionID: id.Connection, OrganizationID: o.ID, At: f.now, Email: id.Email, Name: id.Name, Picture: id.Picture,
	}
}

func organizationLogin() []behaviour {
	return slices.Concat(startedByConnection(), endedWithConnection())
}

func startedByConnection() []behaviour {
	return []behaviour{
		{"is refused where the person is not invited, and stores nothing", func(f *fixture) {
			id := vouched()
			f.member(id, "owner", f.organization(store.Verified))
			c := f.active(f.organization(store.Verified))
			l := f.arrival(through(c, id))
			l.Signup = store.SignupOrganization
			f.wantReason(f.complete(l).Refused, store.NotInvited)
			profiles, err := f.s.Profiles(f.Context(), id.Email)
			f.must(err)
			if len(profiles) != 1 {
				f.Errorf("got profiles %+v", profiles)
			}
		}},
		{"is refused by a connection that is not active", func(f *fixture) {
			o := f.organization(store.Verified)
			id := through(f.draft(o, "Their provider"), someone())
			l := f.arrival(id)
			l.Invitation = f.invite(o, id.Email, "member").hash
			f.wantReason(f.complete(l).Refused, store.UnknownConnection)
		}},
		{"with an invitation makes a profile that no other organization trusts", func(f *fixture) {
			o := f.organization(store.Verified)
			c := f.active(o)
			id := through(c, vouched())
			l := f.arrival(id)
			l.Signup, l.Invitation = store.SignupOrganization, f.invite(o, id.Email, "member").hash
			done := f.complete(l)
			p := done.Snapshot.Profile
			if !done.FirstLogin || done.Invitation != store.OK || len(done.Snapshot.Memberships) != 1 || p.EmailVerified || p.Authoritative {
				f.Errorf("got %+v", done)
			}
			f.wantConnections(p.ID, l, f.asserted(o, id))
			changed := id
			changed.Email, changed.Name, changed.Picture = "victim@people.test", "Victim, \"of\" them {all}", ""
			l = f.arrival(changed)
			done = f.complete(l)
			if d := cmp.Diff(p, done.Snapshot.Profile); d != "" {
				f.Errorf("the organization's provider changed the profile: %s", d)
			}
			if d := cmp.Diff([]store.SessionConnection{f.asserted(o, changed)}, done.Connections); d != "" {
				f.Errorf("the connections of the login: %s", d)
			}
			f.wantConnections(p.ID, l, f.asserted(o, changed))
		}},
		{"accepts no invitation of another organization", func(f *fixture) {
			o, other := f.organization(store.Verified), f.organization(store.Verified)
			id := through(f.active(o), someone())
			l := f.arrival(id)
			offer := f.invite(other, id.Email, "owner")
			l.Invitation = offer.hash
			done := f.complete(l)
			f.wantReason(done.Refused, store.NotInvited)
			if f.state(offer) != store.InvitationPending {
				f.Error("the invitation is not pending")
			}
		}},
	}
}

func endedWithConnection() []behaviour {
	return []behaviour{
		{"ends when the connection is disabled, and no other session of the person does", func(f *fixture) {
			o := f.organization(store.Verified)
			c := f.active(o)
			id := through(c, someone())
			l := f.arrival(id)
			l.Invitation = f.invite(o, id.Email, "member").hash
			ann := f.complete(l).Snapshot.Profile
			bystander := f.arrival(someone())
			bob := f.complete(bystander).Snapshot.Profile
			if !f.live(ann.ID, l.Session) {
				f.Fatal("the session is not live")
			}
			f.must(f.deactivate(c.ID))
			f.eventually(func() string {
				if f.live(ann.ID, l.Session) {
					return "the session of a disabled connection is live"
				}
				return ""
			})
			if !f.live(bob.ID, bystander.Session) {
				f.Error("a session by another connection has ended")
			}
			f.wantReason(f.complete(f.arrival(id)).Refused, store.UnknownConnection)
		}},
		{"by an operator connection does not join an organization that requires its own", func(f *fixture) {
			o := f.organization(store.Verified)
			f.active(o)
			f.must(f.setSSO(o, store.SSORequired))
			id := someone()
			l := f.arrival(id)
			l.Invitation = f.invite(o, id.Email, "member").hash
			if done := f.complete(l); done.Invitation != store.SSORequiredReason || len(done.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", done)
			}
		}},
	}
}
