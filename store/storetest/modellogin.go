package storetest

import (
	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func (w *world) login() {
	id := pick(w.random, w.identities)
	id.EmailVerified = w.random.IntN(8) != 0
	l := w.arrival(id)
	l.Signup = pick(w.random, []store.Signup{store.SignupOrganization, store.SignupProfile, store.SignupClosed})
	given, o := w.random.IntN(2) == 0, (*modelOffer)(nil)
	if given {
		l.Invitation = hash()
		if len(w.offers) > 0 && w.random.IntN(8) != 0 {
			o = pick(w.random, w.offers)
			l.Invitation = o.hash
		}
	}
	c := w.complete(l)

	p, first, invitation, refused := w.bound[id.Subject], false, store.NotGiven, store.Reason("")
	if p == nil && id.Authoritative && id.EmailVerified {
		for _, k := range w.known(id.Email) {
			if k.imported && !w.isBound(k) {
				p = k
				break
			}
		}
	}
	if given {
		invitation = w.verdict(o, p, id.Email, id.EmailVerified)
	}
	switch {
	case p != nil && p.disabled:
		refused = store.DisabledUser
	case p == nil && l.Signup == store.SignupClosed && invitation != store.OK:
		refused = store.SignupIsClosed
	}
	w.wantReason(c.Refused, refused)
	if refused != "" {
		return
	}
	if p == nil {
		first = true
		known := len(w.known(id.Email)) > 0
		p = newPerson(id.Email)
		p.id = c.Standing.Profile.ID
		if !given && l.Signup == store.SignupOrganization && !known {
			if len(c.Standing.Memberships) != 1 {
				w.Fatalf("got memberships %+v, want an organization of their own", c.Standing.Memberships)
			}
			p.roles[c.Standing.Memberships[0].Organization.ID] = "owner"
		}
		w.people = append(w.people, p)
	}
	w.bound[id.Subject] = p
	p.verified = id.EmailVerified
	if invitation == store.OK {
		w.take(o, p)
	}
	l.Session.UserID = p.id
	p.sessions[l.Session.ID] = l.Session
	w.wantReason(c.Invitation, invitation)
	if c.FirstLogin != first || c.Standing.Profile.ID != p.id {
		w.Errorf("got profile %s, first %v, want %s, %v", c.Standing.Profile.ID, c.FirstLogin, p.id, first)
	}
	if d := cmp.Diff(p.roles, roles(c.Standing)); d != "" {
		w.Error(d)
	}
}

// verdict is the brief's order of reasons.
func (w *world) verdict(o *modelOffer, p *person, email string, verified bool) store.Reason {
	switch {
	case o == nil:
		return store.Unknown
	case o.accepted != nil && o.accepted == p && p.roles[o.place.ID] != "":
		return store.OK
	case o.accepted != nil:
		return store.Used
	case o.revoked:
		return store.Revoked
	case !w.now.Before(o.entry.ExpiresAt):
		return store.Expired
	case o.entry.Email != email:
		return store.EmailMismatch
	case !verified:
		return store.EmailNotVerified
	}
	return store.OK
}

func (w *world) take(o *modelOffer, p *person) {
	if o.accepted == nil {
		o.accepted = p
		if p.roles[o.place.ID] == "" {
			p.roles[o.place.ID] = o.entry.Role
			delete(p.inactive, o.place.ID)
		}
	}
}
