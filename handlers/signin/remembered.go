package signin

import (
	"context"
	"sync"
	"time"
)

// remembered is one document of the provider. It is fetched when first asked
// for, once for all who ask meanwhile; it is kept when a later fetch fails, and
// renewed behind the back of those who use it. A fetch has a deadline of its
// own and outlives the caller who began it, so that one browser that leaves
// takes nothing from the others.
type remembered[T any] struct {
	// fetch returns the document and for how long it need not be fetched again.
	fetch    func(ctx context.Context) (T, time.Duration, error)
	now      func() time.Time
	within   time.Duration // deadline of one fetch
	patience time.Duration // longest pause between failed fetches while there is no document
	again    time.Duration // pause after a failed fetch while there is one
	coolDown time.Duration // least time between two fetches that renew begins

	mu       sync.Mutex
	value    T
	version  int // how often value was set; 0: there is none
	staleAt  time.Time
	failures int
	err      error     // of the last fetch
	retryAt  time.Time // no earlier after a failure
	renewAt  time.Time // renew does nothing before
	running  *fetching
}

type fetching struct {
	done chan struct{}
	err  error // set before done is closed
}

// get returns the document, waiting only when there is none yet.
func (r *remembered[T]) get(ctx context.Context) (T, error) {
	value, _, err := r.versioned(ctx)
	return value, err
}

// versioned is get with the version of the document, for renew.
func (r *remembered[T]) versioned(ctx context.Context) (T, int, error) {
	r.mu.Lock()
	now := r.now()
	due := r.running == nil && !now.Before(r.retryAt)
	if r.version > 0 {
		if due && !now.Before(r.staleAt) {
			r.start()
		}
		defer r.mu.Unlock()
		return r.value, r.version, nil
	}
	if due {
		r.start()
	}
	f, value, failed := r.running, r.value, r.err
	r.mu.Unlock()
	if f == nil {
		return value, 0, failed
	}
	return r.wait(ctx, f, failed)
}

// renew returns a document newer than version seen if there is one or if one
// can be fetched now; otherwise the one at hand. Whoever asks, it fetches at
// most once in r.coolDown.
func (r *remembered[T]) renew(ctx context.Context, seen int) (T, int, error) {
	r.mu.Lock()
	now := r.now()
	if r.version == seen && r.running == nil && !now.Before(r.renewAt) {
		r.renewAt = now.Add(r.coolDown)
		r.start()
	}
	if f := r.running; r.version == seen && f != nil {
		r.mu.Unlock()
		return r.wait(ctx, f, nil)
	}
	defer r.mu.Unlock()
	return r.value, r.version, nil
}

// soon is how long anybody waits for a fetch when the one before it failed.
const soon = 750 * time.Millisecond

// wait waits for f or ctx, or, when failed is how the fetch before f ended, not
// for long: then failed is the answer too, and f goes on for who comes next.
func (r *remembered[T]) wait(ctx context.Context, f *fetching, failed error) (T, int, error) {
	var none T
	var late <-chan time.Time
	if failed != nil {
		timer := time.NewTimer(soon)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-late:
		return none, 0, failed
	case <-ctx.Done():
		return none, 0, ctx.Err()
	case <-f.done:
	}
	if f.err != nil {
		return none, 0, f.err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.value, r.version, nil
}

// start begins a fetch; r.mu is held and none is running.
func (r *remembered[T]) start() {
	f := &fetching{done: make(chan struct{})}
	r.running = f
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), r.within)
		defer cancel()
		value, fresh, err := r.fetch(ctx)
		r.mu.Lock()
		defer r.mu.Unlock()
		now := r.now()
		r.running, r.err, f.err = nil, err, err
		if err != nil {
			pause := min(250*time.Millisecond<<min(r.failures, 10), r.patience)
			if r.version > 0 {
				pause = r.again
			}
			r.failures++
			r.retryAt = now.Add(pause)
		} else {
			r.value, r.failures, r.retryAt = value, 0, time.Time{}
			r.version++
			r.staleAt = now.Add(fresh)
		}
		close(f.done)
	}()
}
