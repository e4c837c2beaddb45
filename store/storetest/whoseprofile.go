package storetest

import (
	"slices"

	"orglogin/store"
)

// tenant is an organization with a connection of its own and a verified domain.
type tenant struct {
	store.Organization
	connection store.Connection
	domain     store.Domain
}

func (f *fixture) tenant(mode store.JoinMode) tenant {
	f.Helper()
	o := f.organization(store.Verified)
	return tenant{o, f.active(o), f.verified(o, mode)}
}

// colleague is a member of the tenant by import, who has signed in by the operator's connection.
func (f *fixture) colleague(t tenant, email string) store.Profile {
	f.Helper()
	id := vouched()
	id.Email = email
	return f.member(id, "member", t.Organization)
}

// whoseProfile is whom a first login by an organization's own connection signs in, with an
// address in its verified domain.
func whoseProfile() []behaviour {
	var all []behaviour
	for _, c := range slices.Concat(boundMembers(), refusedMembers(), unboundMembers(), joiningTenants()) {
		all = append(all, behaviour{c.name, func(f *fixture) {
			t := f.tenant(c.mode)
			l := f.arrival(through(t.connection, at(t.domain.Name)))
			profileID := c.prepare(f, t, &l)
			before, err := f.s.Profiles(f.Context(), l.Identity.Email)
			f.must(err)
			f.want(f.joins(t.Organization, l), c.want)
			after, err := f.s.Profiles(f.Context(), l.Identity.Email)
			f.must(err)
			if made := len(after) - len(before); made != map[bool]int{true: 1}[c.want.first] {
				f.Errorf("the login made %d profiles", made)
			}
			if profileID == "" {
				return
			}
			l.Session, l.Replaces = f.session(), ""
			if got := f.complete(l).Snapshot.Profile; got.ID != profileID || !slices.Contains(before, got) {
				f.Errorf("it belongs to %+v, want %s, unchanged", got, profileID)
			}
		}})
	}
	return all
}

// tenantLogin is a first login by the connection of a tenant.
type tenantLogin struct {
	name string
	mode store.JoinMode
	// prepare changes the login and returns the profile that it belongs to, which is empty
	// for a new one or none.
	prepare func(f *fixture, t tenant, l *store.Login) (profileID string)
	want    joined
}

func boundMembers() []tenantLogin {
	return []tenantLogin{
		{"binds the one member whose address it is", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			return f.colleague(t, l.Identity.Email).ID
		}, joined{memberships: 1, role: "member"}},
		{"binds the person of the live session rather than another of the address", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			f.colleague(t, l.Identity.Email)
			id := someone() // an address that its provider may not speak for
			id.Email = l.Identity.Email
			first := f.arrival(id)
			first.Invitation = f.invite(t.Organization, id.Email, "admin").hash
			l.Replaces = first.Session.ID
			return f.complete(first).Snapshot.Profile.ID
		}, joined{memberships: 1, role: "admin"}},
		{"binds no person of a session that has ended", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			p := f.unconfirmed(t, l)
			f.must(f.s.EndSession(f.Context(), p.ID, l.Replaces, f.now))
			return ""
		}, joined{refused: store.NotInvited}},
		{"binds no person of a session that has expired", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			f.unconfirmed(t, l)
			l.Now = f.now.Add(f.session().ExpiresAt.Sub(f.now))
			return ""
		}, joined{refused: store.NotInvited}},
		{"binds no person of a session with another address", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			f.unconfirmed(t, l)
			l.Identity.Email = "x" + l.Identity.Email
			return ""
		}, joined{refused: store.NotInvited}},
	}
}

func refusedMembers() []tenantLogin {
	return []tenantLogin{
		{"is refused where two members have the address", store.JoinAuto, func(f *fixture, t tenant, l *store.Login) string {
			f.colleague(t, l.Identity.Email)
			f.colleague(t, l.Identity.Email)
			l.Invitation = f.invite(t.Organization, l.Identity.Email, "admin").hash
			return ""
		}, joined{refused: store.Ambiguous}},
		{"is refused where the one member is disabled", store.JoinAuto, func(f *fixture, t tenant, l *store.Login) string {
			p := f.colleague(t, l.Identity.Email)
			yes := true
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: p.Email, Disabled: &yes}}})
			return ""
		}, joined{refused: store.DisabledUser}},
		{"binds a member who accepted an invitation of the organization to the address", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			p := f.unconfirmed(t, l)
			l.Replaces = ""
			reason, err := f.s.AcceptInvitation(f.Context(), p.ID, f.invite(t.Organization, p.Email, "admin").hash, f.now)
			f.must(err)
			f.wantReason(reason, store.OK)
			return p.ID
		}, joined{memberships: 1, role: "admin"}},
		{"binds no member whose address no one has confirmed", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			f.unconfirmed(t, l)
			l.Replaces = ""
			return ""
		}, joined{refused: store.NotInvited}},
	}
}

func unboundMembers() []tenantLogin {
	return []tenantLogin{
		{"binds no person who is not an active member", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			p := f.colleague(t, l.Identity.Email)
			f.setActive(t.Organization, p.Email, false)
			return ""
		}, joined{refused: store.NotInvited}},
		{"binds no member who has another identity of the connection", store.JoinAuto, func(f *fixture, t tenant, l *store.Login) string {
			p := f.colleague(t, l.Identity.Email)
			f.complete(*l)
			l.Identity.Subject, l.Session = word("another"), f.session()
			if c := f.complete(*l); c.Snapshot.Profile.ID == p.ID {
				f.Error("it binds the member")
			}
			l.Session = f.session()
			return ""
		}, joined{memberships: 1, role: "member"}},
		{"binds no member with an address that is not verified", store.JoinAuto, func(f *fixture, t tenant, l *store.Login) string {
			f.colleague(t, l.Identity.Email)
			l.Identity.EmailVerified = false
			return ""
		}, joined{refused: store.EmailNotVerified}},
		{"binds no member with an address outside the verified domains", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			l.Identity.Email = "ann@sub." + t.domain.Name
			f.colleague(t, l.Identity.Email)
			return ""
		}, joined{refused: store.NotInvited}},
		{"binds no member by the domain of another organization", store.JoinOff, func(f *fixture, t tenant, l *store.Login) string {
			l.Identity.Email = at(f.tenant(store.JoinAuto).domain.Name).Email
			f.colleague(t, l.Identity.Email)
			return ""
		}, joined{refused: store.NotInvited}},
	}
}

func joiningTenants() []tenantLogin {
	return []tenantLogin{
		{"joins under auto where sign-up is closed", store.JoinAuto, func(_ *fixture, _ tenant, l *store.Login) string {
			l.Signup = store.SignupClosed
			return ""
		}, joined{byDomain: true, memberships: 1, role: "member", first: true}},
		{"joins under auto an organization that requires its own provider", store.JoinAuto, func(f *fixture, t tenant, _ *store.Login) string {
			f.must(f.setSSO(t.Organization, store.SSORequired))
			return ""
		}, joined{byDomain: true, memberships: 1, role: "member", first: true}},
		{"makes the profile alone under request", store.JoinByRequest, func(_ *fixture, _ tenant, l *store.Login) string {
			l.Signup = store.SignupOrganization
			return ""
		}, joined{first: true}},
		{"is refused under request where sign-up is closed", store.JoinByRequest, func(_ *fixture, _ tenant, l *store.Login) string {
			l.Signup = store.SignupClosed
			return ""
		}, joined{refused: store.NotInvited}},
		{"is refused under auto where the person was removed", store.JoinAuto, func(f *fixture, t tenant, l *store.Login) string {
			p := f.colleague(t, l.Identity.Email)
			f.setActive(t.Organization, p.Email, false)
			return ""
		}, joined{refused: store.NotInvited}},
	}
}

// unconfirmed is a member who has taken the address of the login since, from a provider that may
// not speak for it, and whose session the browser of the login has.
func (f *fixture) unconfirmed(t tenant, l *store.Login) store.Profile {
	f.Helper()
	id := someone()
	first := f.arrival(id)
	first.Invitation = f.invite(t.Organization, id.Email, "member").hash
	f.wantReason(f.complete(first).Invitation, store.OK)
	id.Email = l.Identity.Email
	second := f.arrival(id)
	l.Replaces = second.Session.ID
	return f.complete(second).Snapshot.Profile
}
