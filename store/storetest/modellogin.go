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

	p, first, invitation, refused := w.personOf(id), false, store.NotGiven, store.Reason("")
	var offer store.Offer
	if given {
		offer = w.offerTo(o, p, id.Email, id.EmailVerified)
		invitation = offer.Reason
	}
	switch {
	case p != nil && p.disabled:
		refused = store.DisabledUser
	case w.bound[id.Subject] == nil && !id.EmailVerified:
		refused = store.EmailNotVerified
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
		p.id = c.Snapshot.Profile.ID
		if !given && l.Signup == store.SignupOrganization && !known {
			if len(c.Snapshot.Memberships) != 1 {
				w.Fatalf("got memberships %+v, want an organization of their own", c.Snapshot.Memberships)
			}
			p.roles[c.Snapshot.Memberships[0].Organization.ID] = "owner"
		}
		w.people = append(w.people, p)
	}
	w.bound[id.Subject] = p
	p.verified = id.EmailVerified
	w.take(o, p, offer)
	l.Session.UserID = p.id
	p.sessions[l.Session.ID] = l.Session
	w.wantReason(c.Invitation, invitation)
	if c.FirstLogin != first || c.Snapshot.Profile.ID != p.id {
		w.Errorf("got profile %s, first %v, want %s, %v", c.Snapshot.Profile.ID, c.FirstLogin, p.id, first)
	}
	if d := cmp.Diff(p.roles, roles(c.Snapshot)); d != "" {
		w.Error(d)
	}
}

// personOf is the person whom an identity signs in, nil for a new one.
func (w *world) personOf(id store.Identity) *person {
	if p := w.bound[id.Subject]; p != nil || !id.Authoritative || !id.EmailVerified {
		return p
	}
	for _, k := range w.known(id.Email) {
		if k.imported && !w.isBound(k) {
			return k
		}
	}
	return nil
}

// offerTo is what the offer, nil for an unknown token, means for a person, nil
// without a profile.
func (w *world) offerTo(o *modelOffer, p *person, email string, verified bool) store.Offer {
	if o == nil {
		return (*store.Invitation)(nil).For(store.Invitee{}, w.now)
	}
	i := store.Invitation{Email: o.entry.Email, Role: o.entry.Role, ExpiresAt: o.entry.ExpiresAt, Revoked: o.revoked}
	if o.accepted != nil {
		i.AcceptedBy = o.accepted.id
	}
	who := store.Invitee{Email: email, EmailVerified: verified}
	if p != nil {
		who.ProfileID, who.Role = p.id, p.roles[o.place.ID]
	}
	return i.For(who, w.now)
}

// take accepts the offer where that changes something.
func (w *world) take(o *modelOffer, p *person, offer store.Offer) {
	if offer.Changes {
		o.accepted = p
		p.roles[o.place.ID] = o.entry.Role
		delete(p.inactive, o.place.ID)
	}
}

// removed revokes what is pending for a person who was removed from a place.
func (w *world) removed(p *person, placeID string) {
	for _, o := range w.offers {
		if o.place.ID == placeID && o.entry.Email == p.email && o.accepted == nil {
			o.revoked = true
		}
	}
}
