package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestRepeatedFailuresAreLoggedOnChangeThenOnceAMinute(t *testing.T) {
	var out bytes.Buffer
	h := newLimitRepeats(slog.NewTextHandler(&out, nil))
	begin := time.Now()
	log := func(h slog.Handler, level slog.Level, after time.Duration, message string, attrs ...slog.Attr) {
		t.Helper()
		r := slog.NewRecord(begin.Add(after), level, message, 0)
		r.AddAttrs(attrs...)
		if err := h.Handle(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	lines := func(want ...string) {
		t.Helper()
		got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(got) != len(want) {
			t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), out.String())
		}
		for i, part := range want {
			if !strings.Contains(got[i], part) {
				t.Errorf("line %q, want %q in it", got[i], part)
			}
		}
		out.Reset()
	}
	// A Redis that is not reachable for three minutes, from changing local ports.
	for i := range 360 {
		cause := fmt.Errorf("read tcp 127.0.0.1:%d->127.0.0.1:6379: i/o timeout", 40000+i)
		log(h, slog.LevelWarn, time.Duration(i)*500*time.Millisecond, "listen to Redis", slog.Any("error", cause))
	}
	lines("error=", "repeated=119", "repeated=119")

	log(h.WithAttrs([]slog.Attr{slog.String("store", "redis")}), slog.LevelWarn, 181*time.Second, "listen to Redis", slog.Any("error", errors.New("connection refused")))
	log(h, slog.LevelWarn, 181*time.Second, "listen to Redis", slog.Any("error", errors.New("connection refused")))
	log(h, slog.LevelWarn, 181*time.Second, "fetch the key set", slog.Any("error", errors.New("connection refused")))
	lines("store=redis", "fetch the key set")

	for range 2 {
		log(h, slog.LevelInfo, 182*time.Second, "request")
		log(h.WithAttrs([]slog.Attr{slog.String("request_id", "a")}), slog.LevelError, 182*time.Second, "request failed")
		log(h, slog.LevelError, 182*time.Second, "request failed", slog.String("request_id", "b"))
	}
	lines("request", "request_id=a", "request_id=b", "request", "request_id=a", "request_id=b")
}

func TestRememberedFailuresAreBounded(t *testing.T) {
	r := &repeats{failures: map[string]*repeated{}}
	for i := range 10 * maxRepeats {
		r.note(fmt.Sprint(i), time.Now())
	}
	if n := len(r.failures); n > maxRepeats {
		t.Errorf("%d failures are remembered, want at most %d", n, maxRepeats)
	}
}
