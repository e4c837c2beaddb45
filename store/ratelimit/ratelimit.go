// Package ratelimit limits how often something happens, by the generic cell
// rate algorithm (GCRA, ITU-T I.371): a steady rate, and a burst at once.
package ratelimit

import (
	"context"
	"sync"
	"time"
)

// Rate allows one event every Interval, and Burst of them at once.
type Rate struct {
	Interval time.Duration
	Burst    int
}

// Per returns the rate of count events in a period, with a burst of as many.
// Both are positive.
func Per(count int, period time.Duration) Rate {
	return Rate{Interval: period / time.Duration(count), Burst: count}
}

// Cell returns the time between two events and how far ahead of the clock a
// bucket may get, in microseconds.
func (r Rate) Cell() (interval, tolerance int64) {
	interval = max(1, r.Interval.Microseconds())
	return interval, interval * int64(r.Burst)
}

// Next takes the theoretical arrival time of a bucket, in Unix microseconds. It
// returns the arrival time after this event, or how long to wait for it.
func (r Rate) Next(arrival, now int64) (after int64, wait time.Duration) {
	interval, tolerance := r.Cell()
	if arrival < now || arrival > now+tolerance { // full, or the clock was set back
		arrival = now
	}
	after = arrival + interval
	if early := after - tolerance - now; early > 0 {
		return arrival, time.Duration(early) * time.Microsecond
	}
	return after, 0
}

// maxBuckets bounds the memory of one Limiter.
const maxBuckets = 100_000

// Limiter limits each key by itself, in this process.
type Limiter struct {
	rate Rate
	now  func() time.Time

	mu      sync.Mutex
	buckets map[string]int64 // key → theoretical arrival time, in Unix microseconds
	swept   time.Time
}

// New returns a limiter of this rate for each key.
func New(rate Rate, now func() time.Time) *Limiter {
	return &Limiter{rate: rate, now: now, buckets: map[string]int64{}, swept: now()}
}

// Allow reports whether key may do one thing more now, and if not, how long to
// wait. A refused attempt costs nothing.
func (l *Limiter) Allow(_ context.Context, key string) (ok bool, wait time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	_, tolerance := l.rate.Cell()
	if now.Sub(l.swept) > time.Duration(tolerance)*time.Microsecond || len(l.buckets) >= maxBuckets {
		l.sweep(now)
	}
	l.buckets[key], wait = l.rate.Next(l.buckets[key], now.UnixMicro())
	return wait == 0, wait
}

// sweep removes the buckets that are full again. When that frees too little, the
// next sweep would soon follow, so all are removed: memory is bounded, and one
// burst more is granted.
func (l *Limiter) sweep(now time.Time) {
	l.swept = now
	for key, arrival := range l.buckets {
		if arrival <= now.UnixMicro() {
			delete(l.buckets, key)
		}
	}
	if len(l.buckets) > maxBuckets/2 {
		clear(l.buckets)
	}
}
