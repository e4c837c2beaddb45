package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// listener is a store that listens, from the moment it is returned.
type listener struct {
	changes   chan postgres.Change
	connected chan struct{}
}

func listen(t *testing.T, s *postgres.Store) listener {
	t.Helper()
	l := listener{make(chan postgres.Change, 1000), make(chan struct{}, 10)}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() {
		done <- s.Listen(ctx, func(c postgres.Change) { l.changes <- c }, func() { l.connected <- struct{}{} })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Listen returned %v", err)
		}
	})
	l.await(t)
	return l
}

// await waits until it listens.
func (l listener) await(t *testing.T) {
	t.Helper()
	select {
	case <-l.connected:
	case <-time.After(time.Minute):
		t.Fatal("it does not listen")
	}
}

// want waits for a change, passing over others.
func (l listener) want(t *testing.T, kind, id, user string, slugs ...string) {
	t.Helper()
	for deadline := time.After(time.Minute); ; {
		select {
		case c := <-l.changes:
			if c.Kind == kind && c.ID == id && c.UserID == user && slices.Equal(c.Slugs, slugs) {
				return
			}
		case <-deadline:
			t.Fatalf("no notification of %s %s %s %v", kind, id, user, slugs)
		}
	}
}

func TestListenReportsEveryChange(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	l := listen(t, s)

	login := arrival(ann)
	done, err := s.CompleteLogin(t.Context(), login)
	if err != nil {
		t.Fatal(err)
	}
	user, acme := done.Snapshot.Profile.ID, done.Snapshot.Memberships[0].Organization
	l.want(t, "profile", user, user) // the first login verified the address

	for _, c := range []struct {
		change         string
		kind, id, user string
		slugs          []string
	}{
		{`UPDATE orglogin.organizations SET slug = 'apex' WHERE slug = 'acme'`, "organization", acme.ID, "", []string{"acme", "apex"}},
		{`UPDATE orglogin.organizations SET subdomain_status = 'failed' WHERE slug = 'apex'`, "organization", acme.ID, "", []string{"apex"}},
		{`UPDATE orglogin.organizations SET name = 'Apex' WHERE slug = 'apex'`, "organization", acme.ID, "", []string{"apex"}},
		{`DELETE FROM orglogin.organization_slugs WHERE slug = 'acme'`, "organization", acme.ID, "", []string{"acme"}},
		{`UPDATE orglogin.memberships SET active = false WHERE organization_id = '` + acme.ID + `'`, "membership", acme.ID, user, nil},
		{`DELETE FROM orglogin.memberships WHERE organization_id = '` + acme.ID + `'`, "membership", acme.ID, user, nil},
		{`INSERT INTO orglogin.memberships VALUES ('` + user + `', '` + acme.ID + `', 'admin')`, "membership", acme.ID, user, nil},
		{`UPDATE orglogin.sessions SET ended_at = now()`, "session", login.Session.ID, user, nil},
		{`UPDATE orglogin.profiles SET disabled = true WHERE id = '` + user + `'`, "profile", user, user, nil},
		{`DELETE FROM orglogin.organizations WHERE slug = 'apex'`, "organization", acme.ID, "", []string{"apex"}},
		{`DELETE FROM orglogin.profiles WHERE id = '` + user + `'`, "profile", user, user, nil},
	} {
		execute(t, db.Owner, c.change)
		l.want(t, c.kind, c.id, c.user, c.slugs...)
	}

	t.Run("of a new organization too, which may have been asked for before", func(t *testing.T) {
		o := arrive(t, s, identity("founder")).Snapshot.Memberships[0].Organization
		l.want(t, "organization", o.ID, "", o.Slug)
	})
	t.Run("and of nothing that no cache remembers", func(t *testing.T) {
		login := arrival(bob)
		if _, err := s.CompleteLogin(t.Context(), login); err != nil {
			t.Fatal(err)
		}
		execute(t, db.Owner, `NOTIFY orglogin_changes, '{"kind":"begin","id":"begin"}'`)
		l.want(t, "begin", "begin", "")
		login.Session = arrival(bob).Session
		again, err := s.CompleteLogin(t.Context(), login)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.TouchSession(t.Context(), again.Snapshot.Profile.ID, login.Session.ID, time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TakeFlow(t.Context(), store.NewID(), time.Now()); err != nil {
			t.Fatal(err)
		}
		execute(t, db.Owner, `NOTIFY orglogin_changes, '{"kind":"end","id":"end"}'`)
		if c := <-l.changes; c.Kind != "end" {
			t.Errorf("a returning login sent %+v", c)
		}
	})
}

func TestListenReportsANotificationThatItDoesNotUnderstand(t *testing.T) {
	db := pgtest.New(t)
	l := listen(t, open(t, db.Runtime))
	for _, payload := range []string{"this is no JSON", `{"kind": 1}`, `[]`, ""} {
		execute(t, db.Owner, `SELECT pg_notify('orglogin_changes', '`+payload+`')`)
		l.want(t, "", "", "")
	}
}

// Whoever caches must know at once that changes are not reported any more.
func TestListenReturnsWhenTheConnectionIsLost(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, db pgtest.Database, relay *relay){
		"ended by the server": func(t *testing.T, db pgtest.Database, _ *relay) {
			execute(t, db.Superuser, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`)
		},
		"dropped without a word": func(_ *testing.T, _ pgtest.Database, relay *relay) { relay.drop() },
	} {
		t.Run(name, func(t *testing.T) {
			db := pgtest.New(t)
			relay := newRelay(t, db.Runtime)
			s := open(t, relay.url)
			connected, returned := make(chan struct{}), make(chan error, 1)
			go func() {
				returned <- s.Listen(t.Context(), func(postgres.Change) {}, func() { close(connected) })
			}()
			<-connected
			lose(t, db, relay)
			select {
			case err := <-returned:
				if err == nil || t.Context().Err() != nil {
					t.Errorf("got %v", err)
				}
			case <-time.After(30 * time.Second):
				t.Fatal("it does not return")
			}
		})
	}
}

// relay is a connection to the database that can be dropped as a firewall does:
// nothing passes any more, and neither end is closed.
type relay struct {
	url     string
	dropped atomic.Bool
}

func (r *relay) drop() { r.dropped.Store(true) }

func newRelay(t *testing.T, database string) *relay {
	t.Helper()
	config, err := pgx.ParseConfig(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{url: fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", config.User, url.QueryEscape(config.Password), l.Addr(), config.Database)}
	network, address := "tcp", net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	if strings.HasPrefix(config.Host, "/") {
		network, address = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", config.Host, config.Port)
	}
	var conns []net.Conn // of the goroutine that accepts, until it has ended
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				client.Close()
				continue
			}
			conns = append(conns, client, server)
			go r.copy(server, client)
			go r.copy(client, server)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-ended
		for _, c := range conns {
			c.Close()
		}
	})
	return r
}

func (r *relay) copy(to, from net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err == nil && !r.dropped.Load() {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			if !r.dropped.Load() {
				to.Close()
			}
			return
		}
	}
}

func TestSweepDeletesWhatNobodyMayRead(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	arrive(t, s, ann)
	user := arrive(t, s, ann).Snapshot.Profile.ID
	for id, expires := range map[string]time.Duration{"old": -2 * time.Hour, "recent": -time.Minute, "new": time.Hour} {
		if _, err := s.TakeFlow(t.Context(), id, time.Now().Add(expires)); err != nil {
			t.Fatal(err)
		}
	}
	for age, id := range map[time.Duration]string{32: "aaaaaaaaaaaaaaaa", 29: "bbbbbbbbbbbbbbbb"} {
		if err := s.SaveReceipt(t.Context(), store.Receipt{ID: id, UserID: user, At: time.Now().Add(-age * 24 * time.Hour), Decision: []byte(`{}`)}); err != nil {
			t.Fatal(err)
		}
	}
	execute(t, db.Owner, `UPDATE orglogin.sessions SET expires_at = now() - interval '32 days' WHERE id = (SELECT min(id::text)::uuid FROM orglogin.sessions)`)
	for range 2 {
		if err := postgres.Sweep(s, t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	got := list(t, db.Owner, `
SELECT id FROM orglogin.flows
UNION ALL SELECT id FROM orglogin.receipts
UNION ALL SELECT count(*) || ' sessions' FROM orglogin.sessions
ORDER BY 1`)
	if want := []string{"1 sessions", "bbbbbbbbbbbbbbbb", "new", "recent"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
