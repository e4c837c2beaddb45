package cache_test

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
	"orglogin/store/storetest"
)

var secret = bytes.Repeat([]byte("k"), 32)

// Whoever changes an SQLite file behind the cache's back in the same process
// says so.
func TestConformanceOverSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return overSQLite(t, nil)
	})
}

func TestConformanceOverSQLiteWithRedis(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return overSQLite(t, server.patient())
	})
}

func TestConformanceOverPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return overPostgres(t, nil)
	})
}

func TestConformanceOverPostgreSQLWithRedis(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	storetest.Run(t, func(t *testing.T) storetest.Store {
		return overPostgres(t, server.patient())
	})
}

func overSQLite(t *testing.T, client redis.UniversalClient) storetest.Store {
	path := filepath.Join(t.TempDir(), "db")
	sqlitetest.Migrate(t, path)
	open := func() *sqlite.Store {
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		must(t, err)
		return s
	}
	operator := open()
	s := run(t, cache.Config{
		Store: open(), Redis: client, Budget: patience, Secret: secret, Environment: store.NewID(), TTL: time.Hour,
	})
	return &operated{
		Store: s, Operator: operator, manage: operator.Manage(), hand: openHand(t, "sqlite", "file:"+path+"?_pragma=busy_timeout(60000)&_pragma=foreign_keys(1)", ""),
		heard: s.ForgetAll, close: closing(t, s.Close, operator.Close),
	}
}

func overPostgres(t *testing.T, client redis.UniversalClient) storetest.Store {
	db := pgtest.New(t)
	operator, err := postgres.OpenOperator(t.Context(), postgres.Config{URL: db.Owner, QueryTimeout: time.Minute})
	must(t, err)
	inner := openPostgres(t, db.Runtime)
	hand := openHand(t, "pgx", db.Owner, "orglogin.")
	ear := newEar(t, hand, listen(inner))
	s := run(t, cache.Config{
		Store: inner, Listen: ear.listen, Redis: client, Budget: patience, Secret: secret, Environment: store.NewID(), TTL: time.Hour,
	})
	return &operated{Store: s, Operator: operator, manage: operator.Manage(), hand: hand, heard: ear.heard, close: closing(t, s.Close, operator.Close)}
}

// ear is a listener that tells when it has heard all that was changed until
// now: it says a word of its own in the database, and waits for it.
type ear struct {
	t      testing.TB
	hand   hand
	inner  cache.Listen
	mu     sync.Mutex
	awaits map[string]chan struct{}
}

func newEar(t testing.TB, h hand, inner cache.Listen) *ear {
	return &ear{t: t, hand: h, inner: inner, awaits: map[string]chan struct{}{}}
}

func (e *ear) listen(ctx context.Context, changed func(cache.Change), connected func()) error {
	return e.inner(ctx, func(c cache.Change) {
		changed(c)
		e.mu.Lock()
		defer e.mu.Unlock()
		if word, ok := e.awaits[c.ID]; ok {
			close(word)
			delete(e.awaits, c.ID)
		}
	}, connected)
}

func (e *ear) heard() {
	e.t.Helper()
	id, word := store.NewID(), make(chan struct{})
	e.mu.Lock()
	e.awaits[id] = word
	e.mu.Unlock()
	must(e.t, e.hand.exec(context.Background(), `SELECT pg_notify('orglogin_changes', json_build_object('kind', 'session', 'id', $1::text)::text)`, id))
	select {
	case <-word:
	case <-time.After(time.Minute):
		e.t.Error("the listener hears nothing")
	}
}

func openPostgres(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Config{URL: url, QueryTimeout: time.Minute})
	must(t, err)
	return s
}

// listen is how the service wires the listener of PostgreSQL.
func listen(s *postgres.Store) cache.Listen {
	return func(ctx context.Context, changed func(cache.Change), connected func()) error {
		return s.Listen(ctx, func(c postgres.Change) { changed(cache.Change(c)) }, connected)
	}
}

// run makes a cache that hears of changes until the test ends, and returns when
// it does.
func run(t testing.TB, config cache.Config) *cache.Store {
	t.Helper()
	connected := make(chan struct{})
	if inner := config.Listen; inner != nil {
		var once sync.Once
		config.Listen = func(ctx context.Context, changed func(cache.Change), forgetAll func()) error {
			return inner(ctx, changed, func() { forgetAll(); once.Do(func() { close(connected) }) })
		}
	} else {
		close(connected)
	}
	s, err := cache.New(config)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(ctx) // ends with ctx, whose error it returns
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		s.Close()
	})
	select {
	case <-connected:
	case <-time.After(time.Minute):
		t.Fatal("there is no listener")
	}
	return s
}

// closing closes all, once by the test or else at its end.
func closing(t *testing.T, all ...func() error) func() error {
	var once sync.Once
	do := func() error {
		once.Do(func() {
			for _, c := range all {
				must(t, c())
			}
		})
		return nil
	}
	t.Cleanup(func() { _ = do() })
	return do
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
