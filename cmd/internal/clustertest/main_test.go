package clustertest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store/postgres/pgtest"
)

// shared is what takes long to make: the binary, and a server on which each
// test has its own database.
var shared struct {
	binary    string
	server    *pgtest.Server
	databases atomic.Int64
}

func TestMain(m *testing.M) {
	if issuer := os.Getenv(issuerVariable); issuer != "" {
		serveProvider(issuer, os.Getenv(addrVariable))
	}
	os.Exit(run(m))
}

func run(m *testing.M) (code int) {
	failed := func(err error) bool {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		return err != nil
	}
	dir, err := os.MkdirTemp("", "orglogin")
	if failed(err) {
		return
	}
	defer func() { failed(os.RemoveAll(dir)) }()
	if shared.binary, err = Build(dir); failed(err) {
		return
	}
	if shared.server, err = pgtest.NewServer(); failed(err) {
		return
	}
	defer func() { failed(shared.server.Close()) }()
	if failed(shared.server.Roles()) {
		return
	}
	return m.Run()
}

// crowd is how many people there are beside ann and bea.
const crowd = 200

// places are acme, of ann, bea and the crowd, and beta, of bea.
func places() []Place {
	acme := Place{Slug: "acme", Members: []string{"ann", "bea"}}
	for n := range crowd {
		acme.Members = append(acme.Members, guest(n))
	}
	return []Place{acme, {Slug: "beta", Members: []string{"bea"}}}
}

func guest(n int) string { return fmt.Sprintf("guest%d", n) }

// fixture is one cluster, its database and its Redis.
type fixture struct {
	*Cluster
	server *pgtest.Server
	db     pgtest.Database
	redis  *Redis

	killing        atomic.Bool // instances are killed: answers may be lost
	databaseKilled atomic.Bool // its answers may have been lost
}

// newFixture starts three instances on the shared server, changed as wanted.
// They must end in good order when the test does.
func newFixture(t *testing.T, change func(*Config)) *fixture {
	t.Helper()
	return newFixtureOn(t, shared.server, change)
}

func newFixtureOn(t *testing.T, server *pgtest.Server, change func(*Config)) *fixture {
	t.Helper()
	db, err := NewDatabase(t.Context(), server, fmt.Sprintf("cluster%d", shared.databases.Add(1)))
	if err != nil {
		t.Fatal(err)
	}
	redis, err := NewRedis()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := redis.Close(); err != nil {
			t.Error(err)
		}
	})
	c := Config{
		Binary: shared.binary, Owner: db.Owner, Runtime: db.Runtime, API: db.API, Redis: redis.URL(), Instances: 3, Places: places(),
	}
	if change != nil {
		change(&c)
	}
	f, err := Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			for _, i := range f.Instances {
				t.Logf("%s said last:\n%s", filepath.Base(i.Addr), last(i.Said(), 4000))
			}
		}
	})
	return &fixture{Cluster: f, server: server, db: db, redis: redis}
}

func last(s string, n int) string { return s[max(0, len(s)-n):] }

// sql changes the database as an operator does by hand.
func (f *fixture) sql(t *testing.T, statement string) {
	t.Helper()
	if err := f.server.Exec(f.db.Name, statement); err != nil {
		t.Fatal(err)
	}
}

// count asks the database, past every policy.
func (f *fixture) count(t *testing.T, query string) (n int) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), f.db.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	if err := db.QueryRow(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// soon is how long anything that must happen may take on a machine that is
// busy with something else. What the product promises is far below; the tests
// log what they measured.
const soon = 2 * time.Minute

// withinBound is the longest that a change may take to reach every instance on a
// machine that may be busy. Lookups are cached for five minutes (CACHE_TTL), so
// only a notification is this fast. The tests log what they measured.
const withinBound = 30 * time.Second

// eventually returns how long it took until holds.
func eventually(t *testing.T, what string, holds func() bool) time.Duration {
	t.Helper()
	begun := time.Now()
	for !holds() {
		if time.Since(begun) > soon {
			t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(begun)
}

// get, login and verify are the browser's own, which must be answered.
type visitor struct {
	*Browser
	t *testing.T
}

func (f *fixture) visitor(t *testing.T, person string) visitor { return visitor{f.Browser(person), t} }

func (v visitor) get(addr, to string) Answer {
	v.t.Helper()
	a, err := v.Get(v.t.Context(), addr, to)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

func (v visitor) login(addr, query string) Answer {
	v.t.Helper()
	a, err := v.Login(v.t.Context(), addr, query)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

func (v visitor) verify(addr, label string) Answer {
	v.t.Helper()
	a, err := v.Verify(v.t.Context(), addr, label)
	if err != nil {
		v.t.Fatal(err)
	}
	return a
}

func (v visitor) begin(addr, query string) (callback string) {
	v.t.Helper()
	callback, a, err := v.Begin(v.t.Context(), addr, query)
	if err != nil || callback == "" {
		v.t.Fatalf("%d %v\n%s", a.Status, err, a.Body)
	}
	return callback
}

// landed fails unless the answer sends the browser exactly there.
func landed(t *testing.T, a Answer, want string) {
	t.Helper()
	if a.Status != 302 || a.Location() != want {
		t.Fatalf("got %d to %q, want %q\n%.600s", a.Status, a.Location(), want, a.Body)
	}
}
