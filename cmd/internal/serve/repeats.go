package serve

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// repeatEvery is the time between two lines of one repeated failure.
const repeatEvery = time.Minute

// maxRepeats bounds how many failures are remembered.
const maxRepeats = 256

// limitRepeats is a handler that writes a warning or error when it first occurs or its cause changes, and from
// then on once in [repeatEvery] with the number of lines left out. Lines of a request are all written: a person
// may come with its id.
type limitRepeats struct {
	slog.Handler
	seen *repeats // shared by the handlers made with attributes
}

func newLimitRepeats(h slog.Handler) slog.Handler {
	return limitRepeats{h, &repeats{failures: map[string]*repeated{}}}
}

// Handle implements [slog.Handler].
func (h limitRepeats) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn {
		return h.Handler.Handle(ctx, r)
	}
	cause, ofRequest := "", false
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			cause = a.Value.String()
		}
		ofRequest = ofRequest || a.Key == "request_id"
		return true
	})
	if ofRequest {
		return h.Handler.Handle(ctx, r)
	}
	write, omitted := h.seen.note(r.Message+"\x00"+withoutDigits(cause), r.Time)
	if !write {
		return nil
	}
	if omitted > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("repeated", omitted))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h limitRepeats) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "request_id" {
			return h.Handler.WithAttrs(attrs)
		}
	}
	return limitRepeats{h.Handler.WithAttrs(attrs), h.seen}
}

// WithGroup implements [slog.Handler].
func (h limitRepeats) WithGroup(name string) slog.Handler {
	return limitRepeats{h.Handler.WithGroup(name), h.seen}
}

// withoutDigits makes causes equal that differ in a port or a duration.
func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}

type repeats struct {
	mu       sync.Mutex
	failures map[string]*repeated // by message and cause
}

type repeated struct {
	written time.Time
	omitted int // lines since then
}

// note reports whether a line is to be written now, and how many were left out before it.
func (r *repeats) note(failure string, now time.Time) (write bool, omitted int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.failures[failure]
	if f == nil {
		if len(r.failures) >= maxRepeats {
			clear(r.failures)
		}
		f = &repeated{}
		r.failures[failure] = f
	}
	if now.Sub(f.written) < repeatEvery {
		f.omitted++
		return false, 0
	}
	omitted = f.omitted
	*f = repeated{written: now}
	return true, omitted
}
