package storetest

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// steps is how many random operations one run of the model does.
const steps = 400

// model does random operations on the store and on a model of it in memory,
// and compares after each. STORETEST_SEED repeats a run.
func model(t *testing.T, s store.OperatorStore) {
	seed := rand.Uint64()
	if given := os.Getenv("STORETEST_SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("STORETEST_SEED=%d", seed)
	w := &world{fixture: newFixture(t, s), random: rand.New(rand.NewPCG(seed, 0)), bound: map[string]*person{}}
	for range 3 {
		w.places = append(w.places, w.organization(store.Verified))
	}
	for range 5 {
		w.identities = append(w.identities, vouched())
	}
	// Two more subjects of known addresses.
	for _, id := range w.identities[:2] {
		id.Subject, id.Authoritative = word("twin"), false
		w.identities = append(w.identities, id)
	}
	for step := range steps {
		w.now = w.now.Add(time.Duration(w.random.IntN(3)) * time.Minute)
		name := w.step()
		w.compare()
		if t.Failed() {
			t.Fatalf("after step %d, %s", step, name)
		}
	}
}

// person is a profile of the model.
type person struct {
	id       string
	email    string
	verified bool
	disabled bool
	imported bool
	roles    map[string]string // organization id → role, active memberships alone
	inactive map[string]string // the role that a removed membership keeps
	sessions map[string]store.Session
}

// world is the model beside the store.
type world struct {
	*fixture
	random     *rand.Rand
	places     []store.Organization
	identities []store.Identity
	people     []*person // oldest first
	bound      map[string]*person
	offers     []*modelOffer
}

type modelOffer struct {
	offer
	place    store.Organization
	accepted *person
	revoked  bool
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (w *world) step() string {
	steps := []struct {
		name   string
		weight int
		do     func()
	}{
		{"login", 8, w.login},
		{"invite", 4, w.newOffer},
		{"accept", 4, w.accept},
		{"revoke", 1, w.revokeOne},
		{"import a person", 1, w.importPerson},
		{"import a membership", 3, w.importMembership},
		{"disable or enable", 1, w.switchPerson},
		{"log out", 2, w.logout},
		{"log out everywhere", 1, w.logoutEverywhere},
	}
	total := 0
	for _, s := range steps {
		total += s.weight
	}
	n := w.random.IntN(total)
	for _, s := range steps {
		if n -= s.weight; n < 0 {
			s.do()
			return s.name
		}
	}
	panic("unreachable")
}

// known returns the profiles of an address.
func (w *world) known(email string) (all []*person) {
	for _, p := range w.people {
		if p.email == email {
			all = append(all, p)
		}
	}
	return all
}

func (w *world) isBound(p *person) bool {
	for _, b := range w.bound {
		if b == p {
			return true
		}
	}
	return false
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

func newPerson(email string) *person {
	return &person{email: email, roles: map[string]string{}, inactive: map[string]string{}, sessions: map[string]store.Session{}}
}

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
	want := store.DisabledUser
	if !p.disabled {
		want = w.verdict(o, p, p.email, p.verified)
	}
	w.wantReason(got, want)
	if want == store.OK {
		w.take(o, p)
	}
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

// compare asks the store for everybody and wants what the model has.
func (w *world) compare() {
	w.Helper()
	for _, p := range w.people {
		w.eventually(func() string {
			s := w.standing(p.id)
			return cmp.Diff(p.roles, roles(s)) + cmp.Diff(p.disabled, s.Profile.Disabled)
		})
		all, err := w.s.SessionsOf(w.Context(), p.id)
		w.must(err)
		live := map[string]store.Session{}
		for _, s := range all {
			if s.EndedAt.IsZero() {
				live[s.ID] = s
			}
		}
		if d := cmp.Diff(slices.Sorted(maps.Keys(p.sessions)), slices.Sorted(maps.Keys(live))); d != "" {
			w.Errorf("live sessions: %s", d)
		}
	}
	if len(w.offers) == 0 {
		return
	}
	o := pick(w.random, w.offers)
	got, err := w.s.Invitation(w.Context(), o.hash)
	w.must(err)
	acceptedBy := ""
	if o.accepted != nil {
		acceptedBy = o.accepted.id
	}
	if got.AcceptedBy != acceptedBy || got.Revoked != o.revoked {
		w.Errorf("got invitation %+v, want accepted by %q, revoked %v", got, acceptedBy, o.revoked)
	}
}

// roles are the active memberships as organization id → role.
func roles(s store.Standing) map[string]string {
	m := map[string]string{}
	for _, p := range s.Memberships {
		m[p.Organization.ID] = p.Role
	}
	return m
}
