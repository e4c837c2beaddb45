package ratelimit_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/store/ratelimit"
)

// clock is a time that the test moves.
type clock struct{ offset atomic.Int64 }

func (c *clock) Now() time.Time {
	return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC).Add(time.Duration(c.offset.Load()))
}

func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func TestLimiterAllowsItsBurstThenItsRate(t *testing.T) {
	clock := &clock{}
	l := ratelimit.New(ratelimit.Per(120, time.Minute), clock.Now)
	for i := range 120 {
		if ok, wait := l.Allow(t.Context(), "a"); !ok || wait != 0 {
			t.Fatalf("number %d: %v, %s", i, ok, wait)
		}
	}
	if ok, wait := l.Allow(t.Context(), "a"); ok || wait != 500*time.Millisecond {
		t.Errorf("past the burst: %v, %s", ok, wait)
	}
	if ok, _ := l.Allow(t.Context(), "b"); !ok {
		t.Error("another key is refused")
	}
	clock.advance(499 * time.Millisecond)
	if ok, wait := l.Allow(t.Context(), "a"); ok || wait != time.Millisecond {
		t.Errorf("a little early: %v, %s", ok, wait)
	}
	clock.advance(time.Millisecond)
	if ok, _ := l.Allow(t.Context(), "a"); !ok {
		t.Error("after the wait it is refused")
	}
	clock.advance(time.Hour)
	granted := 0
	for range 300 {
		if ok, _ := l.Allow(t.Context(), "a"); ok {
			granted++
		}
	}
	if granted != 120 {
		t.Errorf("after an hour %d are granted", granted)
	}
	clock.advance(-24 * time.Hour)
	if ok, _ := l.Allow(t.Context(), "a"); !ok {
		t.Error("a clock that was set back locks a client out")
	}
}

// At most count+1 things per period, however they come (a bucket leaks and is full once).
func TestLimiterNeverExceedsItsRate(t *testing.T) {
	clock := &clock{}
	const count, per = 7, time.Second
	l := ratelimit.New(ratelimit.Per(count, per), clock.Now)
	var granted []time.Time
	for range 5000 {
		clock.advance(rand.N(300 * time.Millisecond))
		now := clock.Now()
		ok, wait := l.Allow(t.Context(), "a")
		if ok == (wait > 0) {
			t.Fatalf("granted %v with a wait of %s", ok, wait)
		}
		if !ok {
			continue
		}
		granted = append(granted, now)
		if n := len(granted); n > 2*count && now.Sub(granted[n-2*count-1]) < per {
			t.Fatalf("%d in %s", 2*count+1, now.Sub(granted[n-2*count-1]))
		}
	}
}

func TestLimiterIsSafeForConcurrentUse(t *testing.T) {
	clock := &clock{}
	l := ratelimit.New(ratelimit.Per(50, time.Hour), clock.Now)
	var granted atomic.Int64
	var all sync.WaitGroup
	for i := range 500 {
		all.Go(func() {
			if ok, _ := l.Allow(t.Context(), fmt.Sprint("client", i%2)); ok {
				granted.Add(1)
			}
		})
	}
	all.Wait()
	if granted.Load() != 100 {
		t.Errorf("%d are granted to two clients", granted.Load())
	}
}

func TestLimiterBoundsItsMemory(t *testing.T) {
	clock := &clock{}
	l := ratelimit.New(ratelimit.Per(1, time.Hour), clock.Now)
	for i := range 250_000 {
		if ok, _ := l.Allow(t.Context(), fmt.Sprint("client", i)); !ok {
			t.Fatal("a new client is refused")
		}
		if n := l.Buckets(); n > 100_000 {
			t.Fatalf("%d buckets are in memory", n)
		}
	}
	clock.advance(2 * time.Hour)
	l.Allow(t.Context(), "another")
	if n := l.Buckets(); n != 1 {
		t.Errorf("%d buckets are in memory after all were full again", n)
	}
}
