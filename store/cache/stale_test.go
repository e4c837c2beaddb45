package cache_test

import (
	"context"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/cache"
)

// kinds are the things that are remembered: how to ask for each, how to change
// it in the store, and what the listener says then.
var kinds = map[string]struct {
	op     string
	ask    func(w *world, s *cache.Store) string
	change func(w *world) cache.Change
	before string
	after  string
}{
	"an organization": {
		"organization",
		func(w *world, s *cache.Store) string { return w.organization(s, "acme").Name },
		func(w *world) cache.Change {
			w.setName("Renamed")
			return cache.Change{Kind: "organization", ID: w.acme.ID, Slugs: []string{"acme"}}
		}, "Acme", "Renamed",
	},
	"a membership": {
		"snapshot",
		func(w *world, s *cache.Store) string {
			m, _ := w.snapshot(s).Membership(w.acme.ID)
			return m.Role
		},
		func(w *world) cache.Change {
			w.setActive(false)
			return cache.Change{Kind: "membership", ID: w.acme.ID, UserID: w.ann.ID}
		}, "owner", "",
	},
	"a person's organization": {
		"snapshot",
		func(w *world, s *cache.Store) string {
			m, _ := w.snapshot(s).Membership(w.acme.ID)
			return m.Organization.Name
		},
		func(w *world) cache.Change {
			w.setName("Renamed")
			return cache.Change{Kind: "organization", ID: w.acme.ID, Slugs: []string{"acme"}}
		}, "Acme", "Renamed",
	},
	"a session": {
		"session",
		func(w *world, s *cache.Store) string {
			if w.sessionRow(s).EndedAt.IsZero() {
				return "live"
			}
			return "ended"
		},
		func(w *world) cache.Change {
			must(w, w.inner.EndSession(w.Context(), w.ann.ID, w.session.ID, w.clock.Now()))
			return cache.Change{Kind: "session", ID: w.session.ID, UserID: w.ann.ID}
		}, "live", "ended",
	},
	"everything": {
		"snapshot",
		func(w *world, s *cache.Store) string { return w.snapshot(s).Memberships[0].Organization.Name },
		func(w *world) cache.Change {
			w.setName("Renamed")
			return cache.Change{Kind: "a word of a later version"}
		}, "Acme", "Renamed",
	},
}

func TestAChangeIsForgotten(t *testing.T) {
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			if got := k.ask(w, w.cache); got != k.before {
				t.Fatalf("before: %q", got)
			}
			c := k.change(w)
			if got := k.ask(w, w.cache); got != k.before {
				t.Fatalf("untold it is already %q", got)
			}
			w.cache.Forget(c)
			if got := k.ask(w, w.cache); got != k.after {
				t.Errorf("after: %q", got)
			}
		})
	}
}

// hold makes the next answer of op wait between the store and the cache.
func (w *world) hold(op string) (reached <-chan struct{}, release func()) {
	at, go_ := make(chan struct{}), make(chan struct{})
	first := true
	w.inner.pause(func(asked string) {
		w.inner.mu.Lock()
		mine := asked == op && first
		first = first && !mine
		w.inner.mu.Unlock()
		if mine {
			close(at)
			<-go_
		}
	})
	return at, func() { close(go_) }
}

func TestWhatWasReadBeforeAChangeIsNotAnsweredAfterIt(t *testing.T) {
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			reached, release := w.hold(k.op)
			early, late := make(chan string), make(chan string)
			go func() { early <- k.ask(w, w.cache) }()
			<-reached // the old value was read, and is on its way
			w.cache.Forget(k.change(w))
			go func() { late <- k.ask(w, w.cache) }()
			eventually(t, "the second question finds nothing in memory", func() bool { return w.results.of("memory miss") == 2 })
			time.Sleep(20 * time.Millisecond) // it joins the load that is under way
			release()
			if got := <-early; got != k.before && got != k.after {
				t.Errorf("the first question got %q", got)
			}
			if got := <-late; got != k.after {
				t.Errorf("a question that came after the change got %q", got)
			}
			if got := k.ask(w, w.cache); got != k.after {
				t.Errorf("it is remembered as %q", got)
			}
		})
	}
}

func TestALoginDoesNotCoverAChangeThatCameBetween(t *testing.T) {
	w := newWorld(t, nil)
	w.inner.pause(nil)
	l := w.login()
	slow := &loginPaused{watched: w.inner, reached: make(chan struct{}), release: make(chan struct{})}
	s, err := cache.New(cache.Config{Store: slow, TTL: ttl, Now: w.clock.Now})
	must(t, err)
	done := make(chan error)
	go func() {
		_, err := s.CompleteLogin(t.Context(), l)
		done <- err
	}()
	<-slow.reached
	w.setActive(false)
	s.Forget(cache.Change{Kind: "membership", ID: w.acme.ID, UserID: w.ann.ID})
	close(slow.release)
	must(t, <-done)
	if got := w.snapshot(s); len(got.Memberships) != 0 {
		t.Errorf("remembered from the login: %+v", got.Memberships)
	}
	w.setActive(true)
	s.Forget(cache.Change{Kind: "membership", ID: w.acme.ID, UserID: w.ann.ID})
	if got := w.snapshot(s); len(got.Memberships) != 1 {
		t.Errorf("got %+v", got.Memberships)
	}
}

// loginPaused waits between the transaction and the answer of a login.
type loginPaused struct {
	*watched
	reached, release chan struct{}
}

func (p *loginPaused) CompleteLogin(ctx context.Context, l store.Login) (store.Completed, error) {
	done, err := p.watched.CompleteLogin(ctx, l)
	close(p.reached)
	<-p.release
	return done, err
}

func TestALoadThatBeganBeforeALoginDoesNotReplaceWhatItTold(t *testing.T) {
	w := newWorld(t, nil)
	reached, release := w.hold("snapshot")
	early := make(chan struct{})
	go func() { defer close(early); w.snapshot(w.cache) }()
	<-reached
	l := w.login()
	l.Identity.Name = "Ann Renamed"
	_, err := w.cache.CompleteLogin(t.Context(), l)
	must(t, err)
	release()
	<-early
	if got := w.snapshot(w.cache).Profile.Name; got != "Ann Renamed" {
		t.Errorf("the name is %q", got)
	}
}
