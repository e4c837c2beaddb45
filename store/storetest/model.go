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
func model(t *testing.T, s Store) {
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

func newPerson(email string) *person {
	return &person{email: email, roles: map[string]string{}, inactive: map[string]string{}, sessions: map[string]store.Session{}}
}

// compare asks the store for everybody and wants what the model has.
func (w *world) compare() {
	w.Helper()
	for _, p := range w.people {
		w.eventually(func() string {
			s := w.snapshot(p.id)
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
func roles(s store.AccessSnapshot) map[string]string {
	m := map[string]string{}
	for _, p := range s.Memberships {
		m[p.Organization.ID] = p.Role
	}
	return m
}
