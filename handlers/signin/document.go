package signin

import (
	"context"
	"sync"
	"time"
)

// document is one document of the provider, kept in memory. It is fetched at
// the first request, once for all callers that wait meanwhile; it stays when a
// later fetch fails, and is renewed in the background. A fetch has a deadline of
// its own and does not end with the caller who began it, so that a browser that
// leaves does not fail the others.
type document[T any] struct {
	// fetch returns the document and for how long it need not be fetched again.
	fetch        func(ctx context.Context) (T, time.Duration, error)
	now          func() time.Time
	timeout      time.Duration // of one fetch
	maxBackoff   time.Duration // longest pause between failed fetches while there is no document
	retryRenewal time.Duration // pause after a failed fetch while there is one
	coolDown     time.Duration // least time between two fetches that renew begins

	mu       sync.Mutex
	value    T
	version  int // how often value was set; 0: there is none
	staleAt  time.Time
	failures int
	err      error     // of the last fetch
	retryAt  time.Time // no fetch before, after a failure
	renewAt  time.Time // renew begins none before
	running  *fetching
}

type fetching struct {
	done chan struct{}
	err  error // set before done is closed
}

// known reports whether there is a document.
func (d *document[T]) known() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.version > 0
}

// get returns the document, waiting only when there is none yet.
func (d *document[T]) get(ctx context.Context) (T, error) {
	value, _, err := d.versioned(ctx)
	return value, err
}

// versioned is get with the version of the document, for renew.
func (d *document[T]) versioned(ctx context.Context) (T, int, error) {
	d.mu.Lock()
	now := d.now()
	due := d.running == nil && !now.Before(d.retryAt)
	if d.version > 0 {
		if due && !now.Before(d.staleAt) {
			d.start()
		}
		defer d.mu.Unlock()
		return d.value, d.version, nil
	}
	if due {
		d.start()
	}
	f, value, previous := d.running, d.value, d.err
	d.mu.Unlock()
	if f == nil {
		return value, 0, previous
	}
	return d.wait(ctx, f, previous)
}

// renew returns a document newer than version seen if there is one or if one
// can be fetched now, otherwise the present one. However many callers there
// are, it fetches at most once in coolDown.
func (d *document[T]) renew(ctx context.Context, seen int) (T, int, error) {
	d.mu.Lock()
	now := d.now()
	if d.version == seen && d.running == nil && !now.Before(d.renewAt) {
		d.renewAt = now.Add(d.coolDown)
		d.start()
	}
	if f := d.running; d.version == seen && f != nil {
		d.mu.Unlock()
		return d.wait(ctx, f, nil)
	}
	defer d.mu.Unlock()
	return d.value, d.version, nil
}

// retryWait is how long a caller waits for a fetch after the previous one failed.
const retryWait = 750 * time.Millisecond

// wait waits for f or ctx. After a previous error it waits no longer than
// retryWait and then returns that error; f goes on for later callers.
func (d *document[T]) wait(ctx context.Context, f *fetching, previous error) (T, int, error) {
	var none T
	var expired <-chan time.Time
	if previous != nil {
		timer := time.NewTimer(retryWait)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-expired:
		return none, 0, previous
	case <-ctx.Done():
		return none, 0, ctx.Err()
	case <-f.done:
	}
	if f.err != nil {
		return none, 0, f.err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.value, d.version, nil
}

// start begins a fetch; d.mu is locked and none is running.
func (d *document[T]) start() {
	f := &fetching{done: make(chan struct{})}
	d.running = f
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
		defer cancel()
		value, fresh, err := d.fetch(ctx)
		d.mu.Lock()
		defer d.mu.Unlock()
		now := d.now()
		d.running, d.err, f.err = nil, err, err
		if err != nil {
			pause := min(250*time.Millisecond<<min(d.failures, 10), d.maxBackoff)
			if d.version > 0 {
				pause = d.retryRenewal
			}
			d.failures++
			d.retryAt = now.Add(pause)
		} else {
			d.value, d.failures, d.retryAt = value, 0, time.Time{}
			d.version++
			d.staleAt = now.Add(fresh)
		}
		close(f.done)
	}()
}
