package cache

import (
	"context"
	"sync"
	"time"

	"orglogin/store/ratelimit"
)

// quota limits how often the store is queried for what it may not have.
type quota struct {
	rate  ratelimit.Rate
	now   func() time.Time
	queue int // how many may wait for their turn, an interval each

	mu      sync.Mutex
	arrival int64
	waiting int
	stopped time.Time // the clock, when it did not advance during a wait

	turn sync.Mutex // of those that wait
}

// tryTake takes one if none waits for it.
func (q *quota) tryTake() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting == 0 && q.next() == 0
}

// next takes one, or returns how long to wait.
func (q *quota) next() (wait time.Duration) {
	q.arrival, wait = q.rate.Next(q.arrival, q.now().UnixMicro())
	return wait
}

// take waits for its turn and takes one, unless too many wait already.
func (q *quota) take(ctx context.Context) bool {
	if !q.enqueue() {
		return false
	}
	defer q.dequeue()
	q.turn.Lock() // the queue is short
	defer q.turn.Unlock()
	for {
		q.mu.Lock()
		begun, wait := q.now(), q.next()
		q.mu.Unlock()
		if wait == 0 {
			return true
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
		if now := q.now(); now.Before(begun.Add(wait)) {
			q.mu.Lock()
			q.stopped = now
			q.mu.Unlock()
			return false
		}
	}
}

// enqueue reports whether there is room in the queue. With a clock that does not
// advance no turn would come, so none waits for it.
func (q *quota) enqueue() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.waiting >= q.queue || !q.stopped.IsZero() && !q.now().After(q.stopped) {
		return false
	}
	q.waiting++
	return true
}

func (q *quota) dequeue() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting--
}

// refund returns one that was taken and not used.
func (q *quota) refund() {
	interval, _ := q.rate.Cell()
	q.mu.Lock()
	defer q.mu.Unlock()
	q.arrival -= interval
}
