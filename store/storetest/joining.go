package storetest

import (
	"errors"
	"slices"

	"orglogin/store"
)

// at is a person with an address in a domain, whose provider may speak for it.
func at(domain string) store.Identity {
	id := vouched()
	id.Email = word("ann") + "@" + domain
	return id
}

// joined is what a login came to: its refusal, the place that it joined, and its memberships.
type joined struct {
	refused     store.Reason
	byDomain    bool
	memberships int
	role        string // in the organization of the domain
	first       bool
}

func (f *fixture) joins(o store.Organization, l store.Login) joined {
	f.Helper()
	foreseen, known := f.foreseesJoin(l)
	c := f.complete(l)
	if known && foreseen != (c.Joined != "") {
		f.Errorf("LoginDomain says before the login that it joins: %t; it joined: %q", foreseen, c.Joined)
	}
	if c.Joined != "" && c.Joined != o.ID {
		f.Errorf("the login joined %s, want %s", c.Joined, o.ID)
	}
	m, _ := c.Snapshot.Membership(o.ID)
	return joined{c.Refused, c.Joined != "", len(c.Snapshot.Memberships), m.Role, c.FirstLogin}
}

// foreseesJoin is what [store.Operator.LoginDomain] says of a login that was not made yet. It is not
// known where an invitation comes first, and whose login it is where two profiles have the address.
func (f *fixture) foreseesJoin(l store.Login) (joins, known bool) {
	f.Helper()
	profiles, err := f.s.Profiles(f.Context(), l.Identity.Email)
	f.must(err)
	id := ""
	if len(profiles) == 1 {
		id = profiles[0].ID
	}
	d, may, err := f.s.LoginDomain(f.Context(), l.Identity, id)
	if !errors.Is(err, store.ErrNotFound) {
		f.must(err)
	}
	return d.Join == store.JoinAuto && may, len(profiles) < 2 && len(l.Invitation) == 0
}

func (f *fixture) want(got, want joined) {
	f.Helper()
	if got != want {
		f.Errorf("got %+v, want %+v", got, want)
	}
}

// firstLogins are first logins by the operator's connection with an address in a verified domain.
func firstLogins() []behaviour {
	member := joined{byDomain: true, memberships: 1, role: "member", first: true}
	own := joined{memberships: 1, first: true} // an organization of their own
	alone, refused := joined{first: true}, joined{refused: store.SignupIsClosed}
	cases := []struct {
		name   string
		mode   store.JoinMode
		signup store.Signup
		change func(f *fixture, o store.Organization, d store.Domain, id *store.Identity)
		want   joined
	}{
		{"joins under auto", store.JoinAuto, store.SignupProfile, nil, member},
		{"joins under auto and makes no organization", store.JoinAuto, store.SignupOrganization, nil, member},
		{"joins under auto where sign-up is closed", store.JoinAuto, store.SignupClosed, nil, member},
		{"makes the profile alone under request", store.JoinByRequest, store.SignupOrganization, nil, alone},
		{"is refused under request where sign-up is closed", store.JoinByRequest, store.SignupClosed, nil, refused},
		{"makes an organization under off", store.JoinOff, store.SignupOrganization, nil, own},
		{"is refused under off where sign-up is closed", store.JoinOff, store.SignupClosed, nil, refused},
		{"does not join with an address of a subdomain", store.JoinAuto, store.SignupOrganization, func(_ *fixture, _ store.Organization, d store.Domain, id *store.Identity) {
			id.Email = "ann@sub." + d.Name
		}, own},
		{"does not join with an address of a longer domain", store.JoinAuto, store.SignupOrganization, func(_ *fixture, _ store.Organization, d store.Domain, id *store.Identity) {
			id.Email = "ann@" + d.Name + ".evil.test"
		}, own},
		{"does not join where the provider may not speak for the address", store.JoinAuto, store.SignupOrganization, func(_ *fixture, _ store.Organization, _ store.Domain, id *store.Identity) {
			id.Authoritative = false
		}, own},
		{"does not join an organization that requires its own provider", store.JoinAuto, store.SignupOrganization, func(f *fixture, o store.Organization, _ store.Domain, _ *store.Identity) {
			f.active(o)
			f.must(f.setSSO(o, store.SSORequired))
		}, own},
		{"does not join by a domain that has lapsed", store.JoinAuto, store.SignupOrganization, func(f *fixture, o store.Organization, d store.Domain, _ *store.Identity) {
			f.check(o, d.Name, store.DomainMissing, 0)
			f.check(o, d.Name, store.DomainMissing, store.DomainGrace)
		}, own},
		{"does not join by a domain that another organization claims too", store.JoinAuto, store.SignupClosed, func(f *fixture, o store.Organization, d store.Domain, _ *store.Identity) {
			other := f.organization(store.Verified)
			f.claim(other, d.Name)
			f.setJoin(other, d.Name, store.JoinAuto)
			f.must(f.removeDomain(o, d.Name))
		}, refused},
	}
	var all []behaviour
	for _, c := range cases {
		all = append(all, behaviour{c.name, func(f *fixture) {
			o := f.organization(store.Verified)
			d := f.verified(o, c.mode)
			id := at(d.Name)
			if c.change != nil {
				c.change(f, o, d, &id)
			}
			l := f.arrival(id)
			l.Signup = c.signup
			f.want(f.joins(o, l), c.want)
		}})
	}
	return all
}

// joining is what logins of known people, and invitations, do beside a domain with the mode auto.
func joining() []behaviour {
	return slices.Concat(joinedByDomain(), joinedAfterRemoval())
}

func joinedByDomain() []behaviour {
	return []behaviour{
		{"a known person joins at the next login, once, and keeps the other places", func(f *fixture) {
			o, place := f.organization(store.Verified), f.organization(store.Verified)
			d := f.verified(o, store.JoinAuto)
			id := at(d.Name)
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject}},
				Memberships: []store.ImportMembership{{Organization: place.Slug, Email: id.Email, Role: "owner"}},
			})
			f.want(f.joins(o, f.arrival(id)), joined{byDomain: true, memberships: 2, role: "member"})
			f.want(f.joins(o, f.arrival(id)), joined{memberships: 2, role: "member"})
		}},
		{"an imported address in upper case joins by its own domain", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinAuto).Name)
			id.Email = "ANN" + id.Email
			f.want(f.joins(o, f.arrival(id)), joined{byDomain: true, memberships: 1, role: "member", first: true})
		}},
		{"a login by a connection that is not active has no domain", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinAuto).Name)
			for connection, want := range map[string]error{f.draft(o, "Theirs").ID: store.ErrNotFound, f.active(o).ID: nil, store.DefaultConnection: nil} {
				id.Connection = connection
				if _, _, err := f.s.LoginDomain(f.Context(), id, ""); !errors.Is(err, want) {
					f.Errorf("by %s: %v, want %v", connection, err, want)
				}
			}
		}},
		{"a member keeps the role", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinAuto).Name)
			f.member(id, "admin", o)
			f.want(f.joins(o, f.arrival(id)), joined{memberships: 1, role: "admin"})
		}},
		{"an invitation to the organization of the domain gives its role, one to another is accepted too", func(f *fixture) {
			o, other := f.organization(store.Verified), f.organization(store.Verified)
			d := f.verified(o, store.JoinAuto)
			ann, bob := at(d.Name), at(d.Name)
			l := f.arrival(ann)
			l.Invitation = f.invite(o, ann.Email, "admin").hash
			f.want(f.joins(o, l), joined{memberships: 1, role: "admin", first: true})
			l = f.arrival(bob)
			l.Invitation = f.invite(other, bob.Email, "owner").hash
			f.want(f.joins(o, l), joined{byDomain: true, memberships: 2, role: "member", first: true})
		}},
	}
}

func joinedAfterRemoval() []behaviour {
	return []behaviour{
		{"who was removed does not join again, by no profile of the address, until made active again", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinAuto).Name)
			p := f.member(id, "member", o)
			f.setActive(o, p.Email, false)
			f.want(f.joins(o, f.arrival(id)), joined{})
			second := at("people.test")
			second.Email = id.Email
			f.want(f.joins(o, f.arrival(second)), joined{first: true})
			f.setActive(o, p.Email, true)
			f.want(f.joins(o, f.arrival(id)), joined{memberships: 1, role: "member"})
			f.want(f.joins(o, f.arrival(second)), joined{byDomain: true, memberships: 1, role: "member"})
		}},
	}
}
