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
	"orglogin/store/storetest"
)

var secret = bytes.Repeat([]byte("k"), 32)

// With SQLite the operator works on the file behind the cache's back, and is
// seen when the answers have become too old.
func TestConformanceOverSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.OperatorStore {
		return overSQLite(t, nil)
	})
}

func TestConformanceOverSQLiteWithRedis(t *testing.T) {
	server := newServer(t)
	storetest.Run(t, func(t *testing.T) store.OperatorStore {
		return overSQLite(t, server.open())
	})
}

func TestConformanceOverPostgreSQL(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.OperatorStore {
		return overPostgres(t, nil)
	})
}

func TestConformanceOverPostgreSQLWithRedis(t *testing.T) {
	server := newServer(t)
	storetest.Run(t, func(t *testing.T) store.OperatorStore {
		return overPostgres(t, server.open())
	})
}

// operated is a cached store, and the operator beside it.
type operated struct {
	store.Store
	store.Operator
	close func() error
}

func (o *operated) Close() error { return o.close() }

func overSQLite(t *testing.T, client redis.UniversalClient) store.OperatorStore {
	path := filepath.Join(t.TempDir(), "db")
	must(t, sqlite.Migrate(t.Context(), path))
	open := func() *sqlite.Store {
		s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path})
		must(t, err)
		return s
	}
	operator := open()
	s := run(t, cache.Config{Store: open(), Redis: client, Secret: secret, Environment: store.NewID(), TTL: 300 * time.Millisecond})
	return &operated{Store: s, Operator: operator, close: closing(t, s.Close, operator.Close)}
}

func overPostgres(t *testing.T, client redis.UniversalClient) store.OperatorStore {
	db := pgtest.New(t)
	operator, err := postgres.OpenOperator(t.Context(), postgres.Config{URL: db.Owner, QueryTimeout: time.Minute})
	must(t, err)
	inner := openPostgres(t, db.Runtime)
	s := run(t, cache.Config{
		Store: inner, Listen: listen(inner), Redis: client, Secret: secret, Environment: store.NewID(), TTL: time.Hour,
	})
	return &operated{Store: s, Operator: operator, close: closing(t, s.Close, operator.Close)}
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
		t.Fatal("nobody listens")
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
