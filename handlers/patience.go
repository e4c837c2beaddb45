package handlers

import (
	"context"
	"sync"
	"time"
)

// patience is the context of a request with a limit to what it waits for. The
// time runs from when something first asks for the end: an answer from memory
// never does, and starts no timer.
type patience struct {
	context.Context // the request's

	limit time.Duration

	mu      sync.Mutex
	over    bool
	running context.Context // nil until something waits
	cancel  context.CancelFunc
}

func (p *patience) run() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		p.running, p.cancel = context.WithTimeout(p.Context, p.limit)
		if p.over {
			p.cancel()
		}
	}
	return p.running
}

// end is the cancel function: whoever made p defers it.
func (p *patience) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.cancel != nil {
		p.cancel()
	}
}

func (p *patience) Deadline() (time.Time, bool) { return p.run().Deadline() }
func (p *patience) Done() <-chan struct{}       { return p.run().Done() }
func (p *patience) Err() error                  { return p.run().Err() }

// Value asks what runs, where it does: a context made from p finds by it that
// it needs no goroutine to end with p.
func (p *patience) Value(key any) any {
	p.mu.Lock()
	running := p.running
	p.mu.Unlock()
	if running != nil {
		return running.Value(key)
	}
	return p.Context.Value(key)
}
