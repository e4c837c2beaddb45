package cache

import (
	"context"
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

// budget bounds how often the store is asked for what it may not have.
type budget struct {
	rate rate
	now  func() time.Time
	line int // how many may wait for their turn, an interval each

	mu      sync.Mutex
	arrival int64
	waiting int
	stood   time.Time // the clock when somebody waited for it in vain

	turn sync.Mutex // of those who wait
}

// take reports whether there is one left that nobody waits for, and takes it.
func (b *budget) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting == 0 && b.next() == 0
}

// next takes one, or says how long to wait.
func (b *budget) next() (wait time.Duration) {
	b.arrival, wait = b.rate.next(b.arrival, b.now().UnixMicro())
	return wait
}

// wait takes one when its turn has come, unless too many wait already.
func (b *budget) wait(ctx context.Context) bool {
	if !b.lineUp() {
		return false
	}
	defer b.leave()
	b.turn.Lock() // the line is short
	defer b.turn.Unlock()
	for {
		b.mu.Lock()
		begun, wait := b.now(), b.next()
		b.mu.Unlock()
		if wait == 0 {
			return true
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
		if now := b.now(); now.Before(begun.Add(wait)) {
			b.mu.Lock()
			b.stood = now
			b.mu.Unlock()
			return false
		}
	}
}

// lineUp reports whether there is room in the line. A clock that stands still
// brings nobody's turn, so nobody waits for it.
func (b *budget) lineUp() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting >= b.line || !b.stood.IsZero() && !b.now().After(b.stood) {
		return false
	}
	b.waiting++
	return true
}

func (b *budget) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting--
}

// giveBack returns one that was taken and not used.
func (b *budget) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrival -= max(1, b.rate.interval.Microseconds())
}
