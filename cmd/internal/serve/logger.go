package serve

import (
	"io"
	"log/slog"
	"sync"
	"time"

	"orglogin/cmd/internal/config"
)

// NewLogger returns a logger to w, and what flushes it for good. Lines are
// written together several times a second: on the hot path a system call per
// line costs more than the rest of the answer.
func NewLogger(w io.Writer, l config.Log) (logger *slog.Logger, flush func()) {
	b := &buffered{to: w, stop: make(chan struct{}), stopped: make(chan struct{})}
	go b.flushEvery(logEvery)
	options := &slog.HandlerOptions{Level: l.Level}
	var handler slog.Handler = slog.NewTextHandler(b, options)
	if l.Format == "json" {
		handler = slog.NewJSONHandler(b, options)
	}
	return slog.New(newLimitRepeats(handler)), b.close
}

const (
	logEvery = 200 * time.Millisecond
	logSize  = 64 << 10
)

// buffered is a writer of whole lines. Of a crash it loses the last logEvery.
type buffered struct {
	to            io.Writer
	stop, stopped chan struct{}
	once          sync.Once

	mu     sync.Mutex
	lines  []byte
	closed bool
}

func (b *buffered) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line...)
	if b.closed || len(b.lines) >= logSize {
		b.flush()
	}
	return len(line), nil
}

// flush needs the lock. A log that cannot be written has nowhere to say so.
func (b *buffered) flush() {
	if len(b.lines) > 0 {
		_, _ = b.to.Write(b.lines)
		b.lines = b.lines[:0]
	}
}

func (b *buffered) flushEvery(d time.Duration) {
	defer close(b.stopped)
	tick := time.NewTicker(d)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			return
		case <-tick.C:
			b.mu.Lock()
			b.flush()
			b.mu.Unlock()
		}
	}
}

// close writes what is left; later lines are written as they come.
func (b *buffered) close() {
	b.once.Do(func() { close(b.stop) })
	<-b.stopped
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.flush()
}
