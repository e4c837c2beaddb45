package storetest

import (
	"strings"
	"time"

	"orglogin/store"
)

// removal are the ways to remove a person from an organization. Each revokes the pending
// invitations of that organization to the person's address, and no other; and the person
// does not join by the organization's domain again.
func removal() []behaviour {
	var all []behaviour
	for _, way := range waysToRemove() {
		all = append(all, behaviour{way.name + " revokes the pending invitations to that organization, and prevents joining by its domain", way.revokesInvitations})
	}
	return append(all, afterRemoval()...)
}

// wayToRemove removes a person from an organization, by hand or by an operation of every store.
type wayToRemove struct {
	name   string
	byHand bool
	remove func(f *fixture, o store.Organization, p store.Profile)
}

func waysToRemove() []wayToRemove {
	return []wayToRemove{
		{"an import with active false", false, func(f *fixture, o store.Organization, p store.Profile) {
			f.setActive(o, p.Email, false)
		}},
		{"an UPDATE of active", true, func(f *fixture, o store.Organization, p store.Profile) {
			f.statement(`UPDATE %smemberships SET active = FALSE WHERE profile_id = $1 AND organization_id = $2`, p.ID, o.ID)
		}},
		{"a DELETE of the membership", true, func(f *fixture, o store.Organization, p store.Profile) {
			f.statement(`DELETE FROM %smemberships WHERE profile_id = $1 AND organization_id = $2`, p.ID, o.ID)
		}},
		{"a DELETE of a membership that is not active", true, func(f *fixture, o store.Organization, p store.Profile) {
			f.setActive(o, p.Email, false)
			f.invite(o, p.Email, "admin")
			f.statement(`DELETE FROM %smemberships WHERE profile_id = $1 AND organization_id = $2`, p.ID, o.ID)
		}},
		{"a membership that is moved to another organization", true, func(f *fixture, o store.Organization, p store.Profile) {
			f.statement(`UPDATE %smemberships SET organization_id = $3 WHERE profile_id = $1 AND organization_id = $2`,
				p.ID, o.ID, f.organization(store.Verified).ID)
		}},
		{"a membership that is moved to another person", true, func(f *fixture, o store.Organization, p store.Profile) {
			f.statement(`UPDATE %smemberships SET profile_id = $3 WHERE profile_id = $1 AND organization_id = $2`,
				p.ID, o.ID, f.profile(someone()).ID)
		}},
		{"a DELETE of the profile", true, func(f *fixture, _ store.Organization, p store.Profile) {
			f.statement(`DELETE FROM %sprofiles WHERE id = $1`, p.ID)
		}},
	}
}

func (way wayToRemove) revokesInvitations(f *fixture) {
	if _, ok := f.s.(Hand); way.byHand && !ok {
		return // such a store is tested with the import alone
	}
	o, other := f.organization(store.Verified), f.organization(store.Verified)
	id := at(f.verified(o, store.JoinAuto).Name)
	ann := f.member(id, "member", o)
	first, second := f.invite(o, strings.ToUpper(id.Email), "owner"), f.invite(o, id.Email, "member")
	elsewhere, bobs := f.invite(other, id.Email, "member"), f.invite(o, someone().Email, "member")
	way.remove(f, o, ann)
	for _, i := range []offer{first, second} {
		if got := f.state(i); got != store.InvitationRevoked {
			f.Errorf("it is %s", got)
		}
	}
	for _, i := range []offer{elsewhere, bobs} {
		if got := f.state(i); got != store.InvitationPending {
			f.Errorf("one of another organization or another person is %s", got)
		}
	}
	l := f.arrival(id)
	l.Invitation = first.hash
	done := f.complete(l)
	f.wantReason(done.Invitation, store.Revoked)
	if again := done.Joined == o.ID; again != done.FirstLogin { // a person who was deleted is another one
		f.Errorf("got %+v", done)
	}
}

func afterRemoval() []behaviour {
	return []behaviour{
		{"a person who was removed returns by a new invitation", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.member(id, "member", o)
			f.setActive(o, id.Email, false)
			f.setActive(o, id.Email, false)
			reason, err := f.s.AcceptInvitation(f.Context(), ann.ID, f.invite(o, id.Email, "admin").hash, f.now)
			f.must(err)
			f.wantReason(reason, store.OK)
			f.wantRole(ann.ID, o, "admin")
		}},
		{"a change of the role, of the address or of the person's name revokes nothing", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			f.member(id, "member", o)
			i := f.inviteUntil(o, id.Email, "owner", f.now.Add(time.Hour))
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject, Name: "New"}},
				Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email, Role: "admin"}},
			})
			if got := f.state(i); got != store.InvitationPending {
				f.Errorf("it is %s", got)
			}
		}},
	}
}

// statement runs SQL by hand; %s before a table is its schema.
func (f *fixture) statement(query string, args ...any) {
	f.Helper()
	f.must(f.hand().Statement(f.Context(), query, args...))
}
