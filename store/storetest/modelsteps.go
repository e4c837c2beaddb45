package storetest

import (
	"slices"
	"time"

	"orglogin/store"
)

func (w *world) newOffer() {
	o, id := pick(w.random, w.places), pick(w.random, w.identities)
	role := pick(w.random, []string{"owner", "admin", "member", "guest"})
	w.offers = append(w.offers, &modelOffer{
		offer: w.inviteUntil(o, id.Email, role, w.now.Add(time.Duration(w.random.IntN(60))*time.Minute)), place: o,
	})
}

func (w *world) accept() {
	if len(w.people) == 0 || len(w.offers) == 0 {
		return
	}
	p, o := pick(w.random, w.people), pick(w.random, w.offers)
	got, err := w.s.AcceptInvitation(w.Context(), p.id, o.hash, w.now)
	w.must(err)
	if p.disabled {
		w.wantReason(got, store.DisabledUser)
		return
	}
	offer := w.offerTo(o, p, p.email, p.verified)
	w.wantReason(got, offer.Reason)
	w.take(o, p, offer)
}

func (w *world) revokeOne() {
	if len(w.offers) == 0 {
		return
	}
	o := pick(w.random, w.offers)
	w.revoke(o.offer)
	o.revoked = o.accepted == nil || o.revoked
}

func (w *world) importPerson() {
	id := pick(w.random, w.identities)
	if len(w.known(id.Email)) > 0 {
		return
	}
	w.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Name: "Imported"}}})
	profiles, err := w.s.Profiles(w.Context(), id.Email)
	w.must(err)
	p := newPerson(id.Email)
	p.id, p.imported = profiles[0].ID, true
	w.people = append(w.people, p)
}

func (w *world) importMembership() {
	o, id := pick(w.random, w.places), pick(w.random, w.identities)
	var candidates []*person
	for _, p := range w.known(id.Email) {
		if p.imported || p.verified {
			candidates = append(candidates, p)
		}
	}
	if i := slices.IndexFunc(candidates, func(p *person) bool { return p.imported }); i >= 0 {
		candidates = candidates[i : i+1]
	}
	active := w.random.IntN(2) == 0
	role := pick(w.random, []string{"", "admin", "member"})
	err := w.s.Import(w.Context(), store.ImportFile{Memberships: []store.ImportMembership{
		{Organization: o.Slug, Email: id.Email, Role: role, Active: &active},
	}}, w.now)
	switch len(candidates) {
	case 0:
		w.is(err, store.ErrInvalid)
		return
	case 1:
		w.must(err)
	default:
		w.is(err, store.ErrConflict)
		return
	}
	p := candidates[0]
	for _, before := range []string{p.roles[o.ID], p.inactive[o.ID], "member"} {
		if role == "" {
			role = before
		}
	}
	if p.roles[o.ID] != "" && !active {
		w.removed(p, o.ID)
	}
	delete(p.roles, o.ID)
	delete(p.inactive, o.ID)
	if active {
		p.roles[o.ID] = role
	} else {
		p.inactive[o.ID] = role
	}
}

func (w *world) switchPerson() {
	id := pick(w.random, w.identities)
	p := w.bound[id.Subject]
	if p == nil {
		return
	}
	p.disabled = !p.disabled
	w.disable(id, p.disabled)
	if p.disabled {
		clear(p.sessions)
	}
}

func (w *world) logout() {
	if len(w.people) == 0 {
		return
	}
	p := pick(w.random, w.people)
	for id := range p.sessions {
		w.must(w.s.EndSession(w.Context(), p.id, id, w.now))
		delete(p.sessions, id)
		return
	}
}

func (w *world) logoutEverywhere() {
	if len(w.people) == 0 {
		return
	}
	p := pick(w.random, w.people)
	n, err := w.s.EndSessions(w.Context(), p.id, w.now)
	w.must(err)
	want := 0
	for _, s := range p.sessions {
		if w.now.Before(s.ExpiresAt) {
			want++
		}
	}
	if n != want {
		w.Errorf("ended %d sessions, want %d", n, want)
	}
	clear(p.sessions)
}
