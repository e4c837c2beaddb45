package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/store"
)

// Cancelled tests a store that asks its database each time, which one behind a
// cache does not: a question that is cancelled while its rows are read is never
// answered, and answers no other caller with these rows (CVE-2025-47907 of
// database/sql).
func Cancelled(t *testing.T, s Store) {
	f := newFixture(t, s)
	var people []store.AccessSnapshot
	for range 8 {
		done, err := s.CompleteLogin(f.Context(), f.arrival(someone()))
		f.must(err)
		people = append(people, done.Snapshot)
	}
	var answered, cancelled atomic.Int64
	enough := func() bool { return t.Failed() || answered.Load() >= 500 && cancelled.Load() >= 100 }
	var all sync.WaitGroup
	for n := range 4 * len(people) {
		all.Go(func() {
			want := people[n%len(people)]
			for begun := time.Now(); !enough(); {
				if time.Since(begun) > 5*time.Minute {
					t.Errorf("only %d were answered, and %d were not", answered.Load(), cancelled.Load())
					return
				}
				// Cancelled at any time of it, by another caller; every third one not at all.
				ctx, cancel := context.WithCancel(t.Context())
				if rand.IntN(3) > 0 {
					time.AfterFunc(rand.N(time.Millisecond), cancel)
				}
				got, err := s.AccessSnapshot(ctx, store.AccessQuery{UserID: want.Profile.ID})
				cancel()
				switch {
				case err == nil:
					answered.Add(1)
					if got.Profile != want.Profile || !slices.Equal(got.Memberships, want.Memberships) {
						t.Errorf("got %+v, want %+v", got, want)
					}
				case errors.Is(err, store.ErrNotFound):
					t.Errorf("a cancelled question reads as an answer: %v", err)
				default:
					cancelled.Add(1)
				}
			}
		})
	}
	all.Wait()
}
