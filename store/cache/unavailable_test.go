package cache_test

import (
	"errors"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/cache"
)

func TestWhileTheStoreIsAway(t *testing.T) {
	known := func(t *testing.T, change func(*cache.Config)) *world {
		w := newWorld(t, change)
		w.organization(w.cache, "acme")
		w.snapshot(w.cache)
		w.sessionRow(w.cache)
		if _, err := w.cache.OrganizationBySlug(t.Context(), "unknown"); !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		w.inner.fail(errAway)
		return w
	}
	t.Run("a young value is answered as usual", func(t *testing.T) {
		w := known(t, nil)
		w.clock.advance(10 * time.Second)
		if w.snapshot(w.cache).Degraded || w.sessionRow(w.cache).Degraded {
			t.Error("it is called degraded")
		}
	})
	t.Run("a value that is too old is answered as degraded, for the stated grace", func(t *testing.T) {
		w := known(t, nil)
		w.clock.advance(ttl + time.Second)
		for range 3 {
			w.organization(w.cache, "acme")
			if got := w.snapshot(w.cache, "acme"); !got.Degraded || got.Age != ttl+time.Second || got.Source != store.FromMemory {
				t.Errorf("got %+v", got)
			}
			if !w.sessionRow(w.cache).Degraded {
				t.Error("the session is not called degraded")
			}
		}
		w.clock.advance(grace)
		if _, err := w.cache.AccessSnapshot(t.Context(), store.AccessQuery{UserID: w.ann.ID}); !errors.Is(err, errAway) {
			t.Errorf("past the grace: %v", err)
		}
		if _, err := w.cache.Session(t.Context(), w.ann.ID, w.session.SecretHash); !errors.Is(err, errAway) {
			t.Errorf("past the grace: %v", err)
		}
		if _, err := w.cache.OrganizationBySlug(t.Context(), "acme"); !errors.Is(err, errAway) {
			t.Errorf("past the grace: %v", err)
		}
	})
	t.Run("no value is answered past its time without a grace", func(t *testing.T) {
		w := known(t, func(c *cache.Config) { c.Grace = 0 })
		w.clock.advance(ttl)
		if _, err := w.cache.AccessSnapshot(t.Context(), store.AccessQuery{UserID: w.ann.ID}); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("what is not known is an error and never not found", func(t *testing.T) {
		w := known(t, nil)
		w.clock.advance(ttl)
		for _, slug := range []string{"other", "unknown", "never-asked"} {
			if _, err := w.cache.OrganizationBySlug(t.Context(), slug); !errors.Is(err, errAway) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v", slug, err)
			}
		}
		if _, err := w.cache.AccessSnapshot(t.Context(), store.AccessQuery{UserID: w.ann.ID, Slugs: []string{"other"}}); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a value that is known to have changed is not answered", func(t *testing.T) {
		w := known(t, nil)
		w.cache.Forget(cache.Change{Kind: "organization", ID: w.acme.ID, Slugs: []string{"acme"}})
		if _, err := w.cache.AccessSnapshot(t.Context(), store.AccessQuery{UserID: w.ann.ID}); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
		if _, err := w.cache.OrganizationBySlug(t.Context(), "acme"); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a session that memory would call idle is an error", func(t *testing.T) {
		w := known(t, func(c *cache.Config) { c.Idle = ttl })
		w.clock.advance(ttl)
		if _, err := w.cache.Session(t.Context(), w.ann.ID, w.session.SecretHash); !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("errors are not remembered", func(t *testing.T) {
		w := known(t, nil)
		w.clock.advance(ttl + time.Second)
		w.snapshot(w.cache)
		w.inner.fail(nil)
		w.organization(w.cache, "other")
		w.clock.advance(time.Second) // the pause in which it was left alone
		if got := w.snapshot(w.cache); got.Degraded || got.Age != 0 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a store that hangs is not waited for by those who have an old answer", func(t *testing.T) {
		w := newWorld(t, nil)
		w.snapshot(w.cache)
		release := make(chan struct{})
		w.inner.pause(func(string) { <-release })
		w.clock.advance(ttl)
		if got := w.snapshot(w.cache); !got.Degraded {
			t.Error("it was waited for")
		}
		close(release)
	})
}

func TestASessionTouchedElsewhereIsNotCalledIdle(t *testing.T) {
	w := newWorld(t, nil)
	must(t, w.inner.TouchSession(t.Context(), w.ann.ID, w.session.ID, w.clock.Now()))
	w.clock.advance(idle - time.Second)
	w.sessionRow(w.cache)
	must(t, w.inner.TouchSession(t.Context(), w.ann.ID, w.session.ID, w.clock.Now())) // another instance
	w.clock.advance(2 * time.Second)
	if row := w.sessionRow(w.cache); !row.Live(w.clock.Now(), idle) {
		t.Errorf("last seen at %v, which is idle at %v", row.LastSeenAt, w.clock.Now())
	}
}

func TestOwnWritesAreSeenAtOnce(t *testing.T) {
	row := func(w *world) store.Session { return w.sessionRow(w.cache) }
	for name, c := range map[string]struct {
		write func(w *world) error
		seen  func(w *world) bool
	}{
		"a touch": {
			func(w *world) error {
				return w.cache.TouchSession(w.Context(), w.ann.ID, w.session.ID, w.clock.Now().Add(time.Minute))
			},
			func(w *world) bool { return row(w).LastSeenAt.Equal(w.clock.Now().Add(time.Minute)) },
		},
		"an end": {
			func(w *world) error {
				return w.cache.EndSession(w.Context(), w.ann.ID, w.session.ID, w.clock.Now())
			},
			func(w *world) bool { return !row(w).EndedAt.IsZero() },
		},
		"an end everywhere": {
			func(w *world) error {
				_, err := w.cache.EndSessions(w.Context(), w.ann.ID, w.clock.Now())
				return err
			},
			func(w *world) bool { return !row(w).EndedAt.IsZero() },
		},
		"a login that replaces the session": {
			func(w *world) error {
				l := w.login()
				l.Identity.Subject, l.Identity.Email = "bob", "bob@acme.test" // another person in the same browser
				l.Replaces = w.session.ID
				_, err := w.cache.CompleteLogin(w.Context(), l)
				return err
			},
			func(w *world) bool { return !row(w).EndedAt.IsZero() },
		},
		"a landing": {
			func(w *world) error { return w.cache.MarkUsed(w.Context(), w.ann.ID, w.acme.ID, w.clock.Now()) },
			func(w *world) bool { return w.snapshot(w.cache).LastUsed == w.acme.ID },
		},
		"an acceptance": {
			func(w *world) error {
				_, err := w.cache.AcceptInvitation(w.Context(), w.ann.ID, w.invite("other"), w.clock.Now())
				return err
			},
			func(w *world) bool { _, ok := w.snapshot(w.cache).Membership(w.other.ID); return ok },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.snapshot(w.cache)
			row(w)
			if c.seen(w) {
				t.Fatal("it is there before it is written")
			}
			must(t, c.write(w))
			if !c.seen(w) {
				t.Error("it is not seen")
			}
		})
	}
	t.Run("a landing where one landed last asks nothing anew", func(t *testing.T) {
		w := newWorld(t, nil)
		must(t, w.inner.MarkUsed(t.Context(), w.ann.ID, w.acme.ID, w.clock.Now()))
		w.snapshot(w.cache)
		w.inner.asked()
		must(t, w.cache.MarkUsed(t.Context(), w.ann.ID, w.acme.ID, w.clock.Now()))
		w.snapshot(w.cache)
		w.wantAsked(map[string]int{})
	})
}
