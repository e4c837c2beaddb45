package serve

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"

	"orglogin/cmd/internal/servetest"
	"orglogin/handlers/handlertest"
	"orglogin/handlers/token"
)

// O4, I8: that other keys sign, or that those of the file do not hold, is one
// event; no key is in any line.
func TestARotationIsOneEvent(t *testing.T) {
	cfg := servetest.Config(t)
	file := cfg.Keys.SigningFile
	log := &handlertest.Log{}
	a, err := Open(t.Context(), cfg, Options{Logger: slog.New(slog.NewJSONHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, stop := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { a.watchKeys(ctx) })
	defer watching.Wait()
	defer stop()
	var secrets []string
	event := func(msg string, times int, content []byte) {
		t.Helper()
		for part := range strings.SplitSeq(string(content), `"`) {
			if len(part) == 43 { // d, x, y, kid: the kid alone may be logged, and is not
				secrets = append(secrets, part)
			}
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		servetest.Eventually(t, msg, func() bool { return strings.Count(log.String(), msg) == times })
	}
	fresh := func() []byte {
		t.Helper()
		keys, err := token.NewKeySet()
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	const read, kept = `"msg":"the signing keys were read again"`, `"msg":"the signing keys in use stay"`
	event(read, 1, fresh())
	event(kept, 1, []byte(strings.Replace(string(fresh()), `"P-256"`, `"P-384"`, 1)))
	event(read, 2, fresh())
	if len(secrets) < 9 {
		t.Fatalf("only %d parts of keys were found", len(secrets))
	}
	for line := range strings.Lines(log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not one event a line: %s", line)
		}
		for _, s := range secrets {
			if strings.Contains(line, s) {
				t.Errorf("a line holds a part of a key: %.100s", line)
			}
		}
	}
}
