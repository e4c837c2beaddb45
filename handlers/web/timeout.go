package web

import (
	"context"
	"sync"
	"time"
)

// Timeout is the context of a request with a limit to what it waits for. The
// time runs from the first question for the end: an answer from memory never asks,
// and starts no timer.
type Timeout struct {
	context.Context // the request's

	limit time.Duration

	mu       sync.Mutex
	canceled bool
	running  context.Context // nil until something waits
	cancel   context.CancelFunc
}

// NewTimeout limits the waits of ctx. The caller defers [Timeout.Cancel].
func NewTimeout(ctx context.Context, limit time.Duration) *Timeout {
	return &Timeout{Context: ctx, limit: limit}
}

func (t *Timeout) run() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running == nil {
		t.running, t.cancel = context.WithTimeout(t.Context, t.limit)
		if t.canceled {
			t.cancel()
		}
	}
	return t.running
}

// Cancel ends the context.
func (t *Timeout) Cancel() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.canceled = true
	if t.cancel != nil {
		t.cancel()
	}
}

// Deadline implements [context.Context], as do Done, Err and Value.
func (t *Timeout) Deadline() (time.Time, bool) { return t.run().Deadline() }

// Done starts the time.
func (t *Timeout) Done() <-chan struct{} { return t.run().Done() }

// Err starts the time.
func (t *Timeout) Err() error { return t.run().Err() }

// Value asks the running context where there is one: a context made from t finds
// by it that it needs no goroutine to end with t.
func (t *Timeout) Value(key any) any {
	t.mu.Lock()
	running := t.running
	t.mu.Unlock()
	if running != nil {
		return running.Value(key)
	}
	return t.Context.Value(key)
}
