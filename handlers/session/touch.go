package session

import (
	"context"
	"fmt"
	"sync"
	"time"

	"orglogin/store"
)

// maxTouched bounds the memory of recent touches: two generations of this many
// sessions, under 10 MB in all.
const maxTouched = 50_000

// touchEvery is how often a session in use is written: once a minute, and often
// enough for a short idle time to slide.
func touchEvery(idle time.Duration) time.Duration { return min(time.Minute, idle/4) }

// Touch records that the session was just used, which moves its idle end. It writes
// at most once a minute for each session (four times per idle time, if that is
// under four minutes), never moves it back with the clock, and never past the
// absolute end. An error is for the log and does not fail the request.
func (k *Keeper) Touch(ctx context.Context, s *store.Session) error {
	now := k.now()
	if now.Sub(s.LastSeenAt) < k.touched.every || !k.touched.first(s.ID, now) {
		return nil
	}
	if err := k.store.TouchSession(ctx, s.UserID, s.ID, now); err != nil {
		return fmt.Errorf("touch session %s: %w", s.ID, err)
	}
	return nil
}

// recent holds the ids seen in the last interval, in two generations, so that expiry
// needs no scan. Over its bound it drops the older generation early, which costs a
// write more and loses none.
type recent struct {
	every time.Duration
	bound int

	mu       sync.Mutex
	began    time.Time // of the young generation
	young    map[string]time.Time
	previous map[string]time.Time
}

func newRecent(every time.Duration, bound int) *recent {
	return &recent{every: every, bound: bound, young: map[string]time.Time{}}
}

// first reports whether id was not seen in the last interval, and adds it.
func (r *recent) first(id string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.young[id]
	if !ok {
		at, ok = r.previous[id]
	}
	// A clock that was set back must not silence a session until it catches up.
	if ok && now.Sub(at) < r.every && !now.Before(at) {
		return false
	}
	if now.Sub(r.began) >= r.every || len(r.young) >= r.bound {
		r.previous, r.young, r.began = r.young, map[string]time.Time{}, now
	}
	r.young[id] = now
	return true
}
