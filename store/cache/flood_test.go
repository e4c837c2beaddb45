package cache_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/cache"
)

// flood queries unknown slugs until one is refused.
func (w *world) flood() {
	w.Helper()
	for range 10_000 {
		if _, err := w.cache.OrganizationBySlug(w.Context(), w.random()); !errors.Is(err, store.ErrNotFound) {
			return
		}
	}
	w.Fatal("nothing is refused")
}

// random is an unknown slug.
func (w *world) random() string { return "random-" + store.NewReceiptID() }

func (w *world) importOrganizations(prefix string, n int) {
	w.Helper()
	var file store.ImportFile
	for i := range n {
		file.Organizations = append(file.Organizations, store.ImportOrganization{Slug: fmt.Sprint(prefix, i)})
	}
	must(w, w.inner.Import(w.Context(), file, w.clock.Now()))
}

func TestAFloodRefusesNothingThatWasEverReal(t *testing.T) {
	for name, c := range map[string]struct{ know, lose func(w *world) }{
		"and was changed": {
			func(w *world) { w.organization(w.cache, "acme") },
			func(w *world) {
				w.cache.Forget(cache.Change{Kind: "organization", ID: w.acme.ID, Slugs: []string{"acme"}})
			},
		},
		"and was forgotten with everything": {
			func(w *world) { w.organization(w.cache, "acme") },
			func(w *world) { w.cache.ForgetAll() },
		},
		"and is past its time": {
			func(w *world) { w.organization(w.cache, "acme") },
			func(w *world) { w.clock.advance(24 * time.Hour) },
		},
		"as the place of a person who was seen": {
			func(w *world) { w.snapshot(w.cache) },
			func(*world) {},
		},
		"as the place of a person who logged in": {
			func(w *world) {
				_, err := w.cache.CompleteLogin(w.Context(), w.login())
				must(w, err)
			},
			func(w *world) { w.cache.ForgetAll() },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			c.know(w)
			c.lose(w)
			w.flood()
			w.inner.asked()
			if o := w.organization(w.cache, "acme"); o != w.acme {
				t.Errorf("got %+v", o)
			}
			w.wantAsked(map[string]int{"organization": 1})
			if _, err := w.cache.OrganizationBySlug(t.Context(), w.random()); err == nil || errors.Is(err, store.ErrNotFound) {
				t.Errorf("it gave the flood something: %v", err)
			}
		})
	}
}

func TestWhatIsNoMoreIsRefusedAsAnyUnknownSlug(t *testing.T) {
	w := newWorld(t, nil)
	w.organization(w.cache, "other")
	db, err := sql.Open("sqlite", w.path)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `DELETE FROM organizations WHERE slug = 'other'`)
	must(t, err)
	w.cache.ForgetAll()
	w.flood()
	for range 2 {
		if _, err := w.cache.OrganizationBySlug(t.Context(), "other"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it was real until now: %v", err)
		}
	}
	w.cache.ForgetAll()
	if _, err := w.cache.OrganizationBySlug(t.Context(), "other"); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is let through for ever: %v", err)
	}
}

// A person asks again for what was refused; a flood of random slugs does not.
func TestWhatAFloodRefusedIsAnsweredWhenItIsAskedForAgain(t *testing.T) {
	w := newWorld(t, nil)
	w.flood()
	if _, err := w.cache.OrganizationBySlug(t.Context(), "other"); err == nil {
		t.Fatal("it is not refused, and this test shows nothing")
	}
	// What a flood refused meanwhile may stand in its place, but hardly ever again.
	eventually(t, "it is answered", func() bool {
		for range 100 {
			_, _ = w.cache.OrganizationBySlug(t.Context(), w.random())
		}
		o, err := w.cache.OrganizationBySlug(t.Context(), "other")
		return err == nil && o == w.other
	})
	w.inner.asked()
	for range 5000 { // a flood that knows of it gains a hundred
		slug := w.random()
		for range 3 {
			_, _ = w.cache.OrganizationBySlug(t.Context(), slug)
		}
	}
	w.wantAsked(map[string]int{"organization": 100})
}

// realTime is a world whose cache lives by a clock that goes.
func realTime(t *testing.T) *world {
	return newWorld(t, func(c *cache.Config) { c.Now = time.Now })
}

func TestAnOrganizationNeverSeenWaitsForItsTurnInAFlood(t *testing.T) {
	w := realTime(t)
	w.importOrganizations("cold-", 30)
	begun := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var sent atomic.Int64
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				_, _ = w.cache.OrganizationBySlug(ctx, w.random())
				sent.Add(1)
			}
		})
	}
	eventually(t, "the burst is spent", func() bool { return sent.Load() > 1100 })
	for i := range 30 {
		if _, err := w.cache.OrganizationBySlug(t.Context(), fmt.Sprint("cold-", i)); err != nil {
			t.Errorf("the organization %d: %v", i, err)
		}
	}
	stop()
	all.Wait()
	// Its burst, a hundred a second, what is still under way, and the real ones.
	bound := 1000 + int(time.Since(begun)/(10*time.Millisecond)) + 5 + 30
	if got := w.inner.asked()["organization"]; got > bound {
		t.Errorf("the store was asked %d times, at most %d were to be", got, bound)
	}
}

func TestOnlySoManyWaitForTheirTurn(t *testing.T) {
	w := realTime(t)
	begun := time.Now()
	var all sync.WaitGroup
	var refused atomic.Int64
	for range 5000 {
		all.Go(func() {
			_, err := w.cache.OrganizationBySlug(t.Context(), w.random())
			switch {
			case errors.Is(err, store.ErrNotFound):
			case err == nil:
				t.Error("a random slug is an organization")
			case strings.Contains(err.Error(), "too many unknown organizations"): // any other error came after the store was asked
				refused.Add(1)
			}
		})
	}
	all.Wait()
	asked := w.inner.asked()["organization"]
	if bound := 1000 + int(time.Since(begun)/(10*time.Millisecond)) + 1; asked > bound || asked+int(refused.Load()) != 5000 {
		t.Errorf("%d asked, at most %d were to be, and %d refused", asked, bound, refused.Load())
	}
}
