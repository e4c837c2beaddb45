package cache_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
)

// watched is a real store whose questions are counted, and can be made to fail
// or to wait.
type watched struct {
	store.OperatorStore
	mu     sync.Mutex
	counts map[string]int
	failed error
	// paused, if set, is called after a question was answered by the store and
	// before the cache gets the answer.
	paused func(op string)
}

var errAway = errors.New("the database is away")

func (w *watched) enter(op string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[op]++
	return w.failed
}

// state is what a write fails with; it is not counted.
func (w *watched) state() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

func (w *watched) Ping(ctx context.Context) error {
	return errors.Join(w.state(), w.OperatorStore.Ping(ctx))
}

func (w *watched) TouchSession(ctx context.Context, userID, id string, at time.Time) error {
	if err := w.state(); err != nil {
		return err
	}
	return w.OperatorStore.TouchSession(ctx, userID, id, at)
}

func (w *watched) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	if err := w.state(); err != nil {
		return err
	}
	return w.OperatorStore.MarkUsed(ctx, userID, organizationID, at)
}

func (w *watched) leave(op string) {
	w.mu.Lock()
	paused := w.paused
	w.mu.Unlock()
	if paused != nil {
		paused(op)
	}
}

func (w *watched) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = err
}

func (w *watched) pause(f func(op string)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = f
}

// asked returns how many questions reached the store since the last time.
func (w *watched) asked() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := w.counts
	w.counts = map[string]int{}
	return counts
}

func (w *watched) OrganizationBySlug(ctx context.Context, slug string) (store.Organization, error) {
	if err := w.enter("organization"); err != nil {
		return store.Organization{}, err
	}
	defer w.leave("organization")
	return w.OperatorStore.OrganizationBySlug(ctx, slug)
}

func (w *watched) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	if err := w.enter("snapshot"); err != nil {
		return store.AccessSnapshot{}, err
	}
	defer w.leave("snapshot")
	return w.OperatorStore.AccessSnapshot(ctx, q)
}

func (w *watched) Session(ctx context.Context, userID string, hash []byte) (store.Session, error) {
	if err := w.enter("session"); err != nil {
		return store.Session{}, err
	}
	defer w.leave("session")
	return w.OperatorStore.Session(ctx, userID, hash)
}

func (w *watched) TakeFlow(ctx context.Context, id string, expires time.Time) (bool, error) {
	if err := w.enter("flow"); err != nil {
		return false, err
	}
	return w.OperatorStore.TakeFlow(ctx, id, expires)
}

// clock is a time that the test moves.
type clock struct{ offset atomic.Int64 }

var began = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func (c *clock) Now() time.Time          { return began.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// world is one database in SQLite with some things in it, and caches over it.
type world struct {
	testing.TB
	path    string
	clock   *clock
	inner   *watched // the store under the first cache
	cache   *cache.Store
	results *tally
	acme    store.Organization
	other   store.Organization // without members
	ann     store.Profile      // a member of acme
	session store.Session
	id      store.Identity
}

// tally counts the results of lookups.
type tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (y *tally) add(source store.Source, result cache.Result) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.counts[string(source)+" "+string(result)]++
}

// of is one of the counts.
func (y *tally) of(what string) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.counts[what]
}

// take returns the counts since the last time.
func (y *tally) take() map[string]int {
	y.mu.Lock()
	defer y.mu.Unlock()
	counts := y.counts
	y.counts = map[string]int{}
	return counts
}

const (
	ttl   = 5 * time.Minute
	grace = 10 * time.Minute
	idle  = 2 * time.Hour
)

// newWorld makes a world; change changes the configuration of its cache.
func newWorld(t testing.TB, change func(*cache.Config)) *world {
	t.Helper()
	w := &world{TB: t, path: filepath.Join(t.TempDir(), "db"), clock: &clock{}, results: &tally{counts: map[string]int{}}}
	sqlitetest.Migrate(t, w.path)
	w.inner = w.open()
	w.cache = w.newCache(w.inner, change)
	must(t, w.inner.Import(t.Context(), store.ImportFile{Organizations: []store.ImportOrganization{
		{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified},
		{Slug: "other", Name: "Other", SubdomainStatus: store.Verified},
	}}, w.clock.Now()))
	var err error
	w.acme, err = w.inner.OrganizationBySlug(t.Context(), "acme")
	must(t, err)
	w.other, err = w.inner.OrganizationBySlug(t.Context(), "other")
	must(t, err)
	w.id = store.Identity{Issuer: "https://op.test", Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true, Name: "Ann"}
	must(t, w.inner.Import(t.Context(), store.ImportFile{
		Users:       []store.ImportUser{{Email: w.id.Email, Name: "Ann", Issuer: w.id.Issuer, Subject: w.id.Subject}},
		Memberships: []store.ImportMembership{{Organization: "acme", Email: w.id.Email, Role: "owner"}},
	}, w.clock.Now()))
	l := w.login()
	done, err := w.inner.CompleteLogin(t.Context(), l)
	must(t, err)
	w.ann, w.session = done.Snapshot.Profile, l.Session
	w.inner.asked()
	return w
}

func (w *world) open() *watched {
	w.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Config{Path: w.path, Now: w.clock.Now})
	must(w, err)
	w.Cleanup(func() { s.Close() })
	return &watched{OperatorStore: s, counts: map[string]int{}}
}

// newCache makes one more instance.
func (w *world) newCache(inner *watched, change func(*cache.Config)) *cache.Store {
	w.Helper()
	config := cache.Config{
		Store: inner, Secret: secret, Environment: "test", TTL: ttl, Grace: grace, Idle: idle, Now: w.clock.Now,
		Observe: cache.Observe{Lookup: w.results.add},
	}
	if change != nil {
		change(&config)
	}
	s, err := cache.New(config)
	must(w, err)
	w.Cleanup(func() { s.Close() })
	return s
}

func (w *world) login() store.Login {
	now := w.clock.Now()
	return store.Login{
		Identity: w.id, Signup: store.SignupProfile, Now: now,
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken(store.NewID()), BrowserHash: store.HashToken(store.NewID()),
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(12 * time.Hour),
		},
	}
}

// rename changes acme as the operator does, of which no cache is notified.
func (w *world) setName(name string) {
	w.Helper()
	must(w, w.inner.Import(w.Context(), store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "acme", Name: name}}}, w.clock.Now()))
}

func (w *world) setActive(active bool) {
	w.Helper()
	must(w, w.inner.Import(w.Context(), store.ImportFile{Memberships: []store.ImportMembership{{Organization: "acme", Email: w.id.Email, Active: &active}}}, w.clock.Now()))
}

// invite offers ann the organization, and returns the hash of the token.
func (w *world) invite(slug string) []byte {
	w.Helper()
	const token = "a token of more than 32 characters"
	must(w, w.inner.Import(w.Context(), store.ImportFile{Invitations: []store.ImportInvitation{
		{Organization: slug, Email: w.id.Email, Token: token, ExpiresAt: w.clock.Now().Add(time.Hour)},
	}}, w.clock.Now()))
	return store.HashToken(token)
}

func (w *world) organization(s *cache.Store, slug string) store.Organization {
	w.Helper()
	o, err := s.OrganizationBySlug(w.Context(), slug)
	must(w, err)
	return o
}

func (w *world) snapshot(s *cache.Store, slugs ...string) store.AccessSnapshot {
	w.Helper()
	got, err := s.AccessSnapshot(w.Context(), store.AccessQuery{UserID: w.ann.ID, Slugs: slugs})
	must(w, err)
	return got
}

func (w *world) sessionRow(s *cache.Store) store.Session {
	w.Helper()
	got, err := s.Session(w.Context(), w.ann.ID, w.session.SecretHash)
	must(w, err)
	return got
}

// wantAsked asserts exactly which questions reached the store.
func (w *world) wantAsked(want map[string]int) {
	w.Helper()
	got := w.inner.asked()
	if len(got) != len(want) {
		w.Errorf("the store was asked %v, want %v", got, want)
		return
	}
	for op, n := range want {
		if got[op] != n {
			w.Errorf("the store was asked %v, want %v", got, want)
			return
		}
	}
}

func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	for range 6000 {
		if check() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
