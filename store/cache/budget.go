package cache

import (
	"sync"
	"time"
)

// rate is the generic cell rate algorithm (GCRA, ITU-T I.371): one thing every
// interval, and burst of them at once.
type rate struct {
	interval time.Duration
	burst    int
}

// next takes the theoretical arrival time of a bucket, in Unix microseconds,
// and returns the one after this arrival, or how long to wait.
func (r rate) next(arrival, now int64) (after int64, wait time.Duration) {
	interval := max(1, r.interval.Microseconds())
	tolerance := interval * int64(r.burst)
	if arrival < now || arrival > now+tolerance { // full, or the clock was set back
		arrival = now
	}
	after = arrival + interval
	if early := after - tolerance - now; early > 0 {
		return arrival, time.Duration(early) * time.Microsecond
	}
	return after, 0
}

// budget bounds how often the store is asked for what it does not have.
type budget struct {
	rate rate
	now  func() time.Time

	mu      sync.Mutex
	arrival int64
}

// take reports whether there is one left, and takes it.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	after, wait := b.rate.next(b.arrival, b.now().UnixMicro())
	b.arrival = after
	return wait == 0
}

// giveBack returns one that was taken and not used.
func (b *budget) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrival -= max(1, b.rate.interval.Microseconds())
}
