package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/servetest"
)

// locked is a buffer that may be read while it is written.
type locked struct {
	mu     sync.Mutex
	buffer bytes.Buffer
	writes int
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	return l.buffer.Write(b)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

func TestLogger(t *testing.T) {
	t.Run("a line comes by itself, soon", func(t *testing.T) {
		var out locked
		logger, flush := NewLogger(&out, config.Log{Format: "json"})
		defer flush()
		logger.Info("hello")
		servetest.Eventually(t, "the line is written", func() bool { return strings.Contains(out.String(), "hello") })
	})
	t.Run("flushing leaves nothing behind, and later lines are written as they come", func(t *testing.T) {
		var out locked
		logger, flush := NewLogger(&out, config.Log{})
		logger.Info("before")
		flush()
		flush()
		logger.Info("after")
		if got := out.String(); !strings.Contains(got, "msg=before") || !strings.Contains(got, "msg=after") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("lines below the level are left out", func(t *testing.T) {
		var out locked
		logger, flush := NewLogger(&out, config.Log{Level: slog.LevelWarn})
		logger.Info("quiet")
		logger.Warn("loud")
		flush()
		if got := out.String(); strings.Contains(got, "quiet") || !strings.Contains(got, "loud") {
			t.Errorf("got %q", got)
		}
	})
	t.Run("many at once are whole lines, in fewer writes", func(t *testing.T) {
		var out locked
		logger, flush := NewLogger(&out, config.Log{Format: "json"})
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				for range 100 {
					logger.Info("line", "text", "with a\nbreak")
				}
			})
		}
		all.Wait()
		flush()
		lines := 0
		for d := json.NewDecoder(strings.NewReader(out.String())); ; lines++ {
			var line map[string]any
			if err := d.Decode(&line); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if lines != 2000 || out.writes >= lines {
			t.Errorf("%d lines in %d writes", lines, out.writes)
		}
	})
}
