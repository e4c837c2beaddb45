package cache_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"orglogin/store"
	orgcache "orglogin/store/cache"
)

// database is a listener that the test connects, uses and loses.
type database struct {
	changed chan orgcache.Change
	lose    chan struct{}
	connect chan struct{}
}

func newDatabase() *database {
	d := &database{changed: make(chan orgcache.Change), lose: make(chan struct{}), connect: make(chan struct{}, 1)}
	d.connect <- struct{}{}
	return d
}

func (d *database) listen(ctx context.Context, changed func(orgcache.Change), connected func()) error {
	select {
	case <-d.connect:
	case <-ctx.Done():
		return ctx.Err()
	}
	connected()
	for {
		select {
		case c := <-d.changed:
			changed(c)
		case <-d.lose:
			return errAway
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// cutOff makes an instance that shares Redis, knows the person of the world, and
// has lost the database.
func cutOff(t *testing.T, w *world, server *server) (*orgcache.Store, *database) {
	t.Helper()
	d := newDatabase()
	s := run(t, orgcache.Config{
		Store: w.inner, Listen: d.listen, Redis: server.patient(), Budget: patience, Secret: secret, Environment: "test",
		TTL: ttl, Grace: time.Minute, Idle: idle, Now: w.clock.Now, Observe: orgcache.Observe{Lookup: w.results.add},
	})
	w.awaitSubscription(s, server)
	w.snapshot(s, "other")
	w.sessionRow(s)
	must(t, s.TouchSession(t.Context(), w.ann.ID, w.session.ID, w.clock.Now())) // costs the person nothing
	w.inner.fail(errAway)
	d.lose <- struct{}{}
	w.clock.advance(2 * time.Second)
	eventually(t, "its answers are degraded", func() bool { return w.snapshot(s).Degraded && w.sessionRow(s).Degraded })
	return s, d
}

// awaitSubscription returns when s receives messages and has forgotten all that
// it knew before: a message alone makes it read the session again, and nothing else.
func (w *world) awaitSubscription(s *orgcache.Store, server *server) {
	w.Helper()
	admin := server.admin()
	eventually(w, "it subscribes", func() bool { return len(admin.PubSubChannels(w.Context(), "*").Val()) == 1 })
	eventually(w, "it receives messages", func() bool {
		w.sessionRow(s)
		w.organization(s, "acme")
		w.inner.asked()
		must(w, commands(server).Publish(w.Context(), orgcache.SessionsOf(w.ann.ID)))
		organizations := 0
		eventually(w, "the message is received", func() bool {
			w.sessionRow(s)
			w.organization(s, "acme")
			asked := w.inner.asked()
			organizations += asked["organization"]
			return asked["session"] > 0
		})
		return organizations == 0
	})
}

func TestAnInstanceThatLostTheDatabaseHonoursNoSessionThatEnded(t *testing.T) {
	for name, c := range map[string]orgcache.Change{
		"a session that ended":     {Kind: "session", ID: "SESSION", UserID: "ANN"},
		"all sessions of a person": {Kind: "session", UserID: "ANN"},
		"a disabled person":        {Kind: "profile", ID: "ANN", UserID: "ANN"},
		"a membership that ended":  {Kind: "membership", ID: "ACME", UserID: "ANN"},
		"an organization":          {Kind: "organization", ID: "ACME", Slugs: []string{"acme"}},
		"anything":                 {},
	} {
		refuses := func(t *testing.T, w *world, s *orgcache.Store) {
			t.Helper()
			eventually(t, "the instance refuses", func() bool {
				_, err := s.Session(t.Context(), w.ann.ID, w.session.SecretHash)
				_, err2 := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: w.ann.ID})
				return errors.Is(err, errAway) || errors.Is(err2, errAway)
			})
		}
		of := func(w *world) orgcache.Change {
			ids := map[string]string{"SESSION": w.session.ID, "ANN": w.ann.ID, "ACME": w.acme.ID, "": ""}
			c := c
			c.ID, c.UserID = ids[c.ID], ids[c.UserID]
			return c
		}
		t.Run(name+", published by an instance that the database notified", func(t *testing.T) {
			w, server := newWorld(t, nil), newServer(t)
			s, _ := cutOff(t, w, server)
			d := newDatabase()
			run(t, orgcache.Config{Store: w.open(), Listen: d.listen, Redis: server.patient(), Budget: patience, Secret: secret, Environment: "test", Now: w.clock.Now})
			d.changed <- of(w)
			refuses(t, w, s)
		})
		t.Run(name+", published by a command", func(t *testing.T) {
			w, server := newWorld(t, nil), newServer(t)
			s, _ := cutOff(t, w, server)
			must(t, commands(server).Publish(t.Context(), of(w)))
			refuses(t, w, s)
		})
	}
	t.Run("a session that another instance ended itself", func(t *testing.T) {
		w, server := newWorld(t, nil), newServer(t)
		s, _ := cutOff(t, w, server)
		d := newDatabase()
		other := run(t, orgcache.Config{Store: w.open(), Listen: d.listen, Redis: server.patient(), Budget: patience, Secret: secret, Environment: "test", Now: w.clock.Now})
		must(t, other.EndSession(t.Context(), w.ann.ID, w.session.ID, w.clock.Now()))
		eventually(t, "the instance refuses", func() bool {
			_, err := s.Session(t.Context(), w.ann.ID, w.session.SecretHash)
			return errors.Is(err, errAway)
		})
	})
}

func TestASessionIsHonouredAMinuteAfterItsLastRead(t *testing.T) {
	w := newWorld(t, nil)
	s, d := cutOff(t, w, newServer(t))
	ask := func() (store.Session, error) { return s.Session(t.Context(), w.ann.ID, w.session.SecretHash) }
	// A failure to write what may be lost signs no one out.
	if err := errors.Join(
		s.TouchSession(t.Context(), w.ann.ID, w.session.ID, w.clock.Now()),
		s.MarkUsed(t.Context(), w.ann.ID, w.acme.ID, w.clock.Now()),
	); !errors.Is(err, errAway) {
		t.Fatalf("the writes: %v", err)
	}
	w.snapshot(s)
	w.clock.advance(57 * time.Second) // 59 since it was read
	if row, err := ask(); err != nil || !row.Degraded {
		t.Fatalf("after 59 seconds: %+v, %v", row, err)
	}
	w.clock.advance(time.Second)
	if _, err := ask(); !errors.Is(err, errAway) {
		t.Errorf("after a minute: %v", err)
	}
	w.inner.fail(nil)
	w.clock.advance(time.Second)
	if row, err := ask(); err != nil || row.Degraded {
		t.Errorf("with the database back, but no listener: %+v, %v", row, err)
	}
	// Without a listener every answer is read again after a second.
	w.setName("Renamed")
	w.clock.advance(time.Second)
	if got := w.snapshot(s); got.Degraded || got.Memberships[0].Organization.Name != "Renamed" {
		t.Errorf("got %+v", got)
	}
	d.connect <- struct{}{}
	eventually(t, "answers are cached again", func() bool {
		w.clock.advance(5 * time.Second)
		return w.snapshot(s).Source == store.FromMemory
	})
}

// Where there is no listener, the cache pings the database itself.
func TestWithoutAListenerALostDatabaseIsNoticed(t *testing.T) {
	w := newWorld(t, nil)
	s := run(t, orgcache.Config{Store: w.inner, TTL: ttl, Grace: time.Minute, Now: w.clock.Now})
	w.snapshot(s)
	w.inner.fail(errAway)
	w.clock.advance(2 * time.Second)
	eventually(t, "its answers are degraded", func() bool { return w.snapshot(s).Degraded })
}

// Anyone who may send notifications can send any number of them.
func TestAFloodOfUnknownChangesForgetsEverythingOnceASecond(t *testing.T) {
	for name, c := range map[string]orgcache.Change{
		"everything": {Kind: "everything"}, "no kind": {}, "the word of a later version": {Kind: "unheard-of", ID: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			d := newDatabase()
			s := run(t, orgcache.Config{Store: w.inner, Listen: d.listen, TTL: ttl, Now: w.clock.Now})
			w.organization(s, "acme")
			w.inner.asked()
			begun := time.Now()
			for range 5000 {
				d.changed <- c
				w.organization(s, "acme")
			}
			if asked, bound := w.inner.asked()["organization"], 2+int(time.Since(begun)/time.Second); asked > bound {
				t.Errorf("the store was queried %d times, at most %d are right", asked, bound)
			}
			// None is lost.
			w.setName("Renamed")
			d.changed <- c
			eventually(t, "it is forgotten", func() bool { return w.organization(s, "acme").Name == "Renamed" })
		})
	}
}
