package cache_test

import (
	"context"
	"testing"
	"time"

	orgcache "orglogin/store/cache"
)

// pair makes two instances of which each hears the other through Redis alone.
func pair(t *testing.T, w *world, server *server) (a, b *orgcache.Store) {
	t.Helper()
	config := func() orgcache.Config {
		return orgcache.Config{Store: w.open(), Redis: server.patient(), Budget: patience, Secret: secret, Environment: "test", TTL: time.Hour, Now: w.clock.Now}
	}
	a, b = run(t, config()), run(t, config())
	eventually(t, "both listen", func() bool { return a.ForgotAll() && b.ForgotAll() })
	return a, b
}

func TestInstancesWithoutAListenerTellEachOther(t *testing.T) {
	for name, c := range map[string]struct {
		write func(w *world, a *orgcache.Store) error
		seen  func(w *world, b *orgcache.Store) bool
	}{
		"an end": {
			func(w *world, a *orgcache.Store) error {
				return a.EndSession(w.Context(), w.ann.ID, w.session.ID, w.clock.Now())
			},
			func(w *world, b *orgcache.Store) bool { return !w.sessionRow(b).EndedAt.IsZero() },
		},
		"an end everywhere": {
			func(w *world, a *orgcache.Store) error {
				_, err := a.EndSessions(w.Context(), w.ann.ID, w.clock.Now())
				return err
			},
			func(w *world, b *orgcache.Store) bool { return !w.sessionRow(b).EndedAt.IsZero() },
		},
		"a login that replaces the session": {
			func(w *world, a *orgcache.Store) error {
				l := w.login()
				l.Replaces = w.session.ID
				_, err := a.CompleteLogin(w.Context(), l)
				return err
			},
			func(w *world, b *orgcache.Store) bool { return !w.sessionRow(b).EndedAt.IsZero() },
		},
		"a login that changes the person": {
			func(w *world, a *orgcache.Store) error {
				l := w.login()
				l.Identity.Name = "Renamed"
				_, err := a.CompleteLogin(w.Context(), l)
				return err
			},
			func(w *world, b *orgcache.Store) bool { return w.snapshot(b).Profile.Name == "Renamed" },
		},
		"a landing": {
			func(w *world, a *orgcache.Store) error {
				return a.MarkUsed(w.Context(), w.ann.ID, w.acme.ID, w.clock.Now())
			},
			func(w *world, b *orgcache.Store) bool { return w.snapshot(b).LastUsed == w.acme.ID },
		},
		"an acceptance": {
			func(w *world, a *orgcache.Store) error {
				_, err := a.AcceptInvitation(w.Context(), w.ann.ID, w.invite("other"), w.clock.Now())
				return err
			},
			func(w *world, b *orgcache.Store) bool { _, ok := w.snapshot(b).Membership(w.other.ID); return ok },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			a, b := pair(t, w, newServer(t))
			w.snapshot(b)
			w.sessionRow(b)
			if c.seen(w, b) {
				t.Fatal("it is there before it is written")
			}
			must(t, c.write(w, a))
			eventually(t, "the other instance sees it", func() bool { return c.seen(w, b) })
		})
	}
}

func TestWhatWasNotHeardIsForgottenWhenTheChannelIsBack(t *testing.T) {
	w := newWorld(t, nil)
	server := newServer(t)
	a, b := pair(t, w, server)
	w.snapshot(b)
	server.kill()
	must(t, a.MarkUsed(t.Context(), w.ann.ID, w.acme.ID, w.clock.Now()))
	if got := w.snapshot(b); got.LastUsed != "" {
		t.Fatal("it was notified without Redis")
	}
	server.start()
	eventually(t, "it is forgotten", func() bool { return w.snapshot(b).LastUsed == w.acme.ID })
}

func TestAMessageThatRedisDidNotTakeIsOwed(t *testing.T) {
	w := newWorld(t, nil)
	server := newServer(t)
	proxy := newSlowProxy(t, server)
	_, b := pair(t, w, server)
	w.snapshot(b)
	// c is cut off from Redis alone: b hears nothing of it and notices nothing.
	c := run(t, orgcache.Config{Store: w.open(), Redis: openRedis(t, "redis://"+proxy.addr), Secret: secret, Environment: "test", Now: w.clock.Now})
	proxy.delay.Store(int64(2 * time.Second))
	must(t, c.MarkUsed(t.Context(), w.ann.ID, w.acme.ID, w.clock.Now()))
	time.Sleep(4 * orgcache.Budget) // its message is lost by now, or late
	proxy.cut()
	proxy.delay.Store(0)
	eventually(t, "the message is made up for", func() bool { return w.snapshot(b).LastUsed == w.acme.ID })
}

// Each time that the listener is connected everything is forgotten, because
// what changed before was not published.
func TestOnReconnectEverythingIsForgotten(t *testing.T) {
	w := newWorld(t, nil)
	reconnect := make(chan struct{})
	s := run(t, orgcache.Config{
		Store: w.inner, TTL: ttl, Now: w.clock.Now,
		Listen: func(ctx context.Context, _ func(orgcache.Change), connected func()) error {
			connected()
			for {
				select {
				case <-reconnect:
					connected()
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		},
	})
	w.organization(s, "acme")
	w.setName("Renamed")
	if w.organization(s, "acme").Name != "Acme" {
		t.Fatal("it was not remembered")
	}
	reconnect <- struct{}{}
	eventually(t, "it is forgotten", func() bool { return w.organization(s, "acme").Name == "Renamed" })
}

func TestAListenerThatFailsIsStartedAgain(t *testing.T) {
	w := newWorld(t, nil)
	times := 0
	again := make(chan struct{})
	run(t, orgcache.Config{
		Store: w.inner, TTL: ttl, Now: w.clock.Now,
		Listen: func(ctx context.Context, _ func(orgcache.Change), connected func()) error {
			connected()
			if times++; times == 2 {
				close(again)
				<-ctx.Done()
			}
			return errAway
		},
	})
	<-again
}
