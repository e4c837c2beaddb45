package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		args   []string
		status int
		says   string
	}{
		{"help is no mistake", []string{"--help"}, 0, "--listen"},
		{"an unknown flag is", []string{"--colour"}, 2, "--help"},
		{"so is an argument", []string{"now"}, 2, `"now"`},
		{"an address that is none", []string{"--listen", "8080"}, 1, "HOST:PORT"},
		{"an address that others reach", []string{"--listen", "0.0.0.0:0"}, 1, "loopback"},
		{"every address", []string{"--listen", ":0"}, 1, "loopback"},
		{"a port that is taken", []string{"--listen", busy.Addr().String()}, 1, "taken by another program"},
		{"a directory that is a file", []string{"--listen", "127.0.0.1:0", "--data", file}, 1, "file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			if status := run(t.Context(), test.args, &out, &errs); status != test.status {
				t.Errorf("exit status %d, want %d", status, test.status)
			}
			if said := out.String() + errs.String(); !strings.Contains(said, test.says) {
				t.Errorf("said %q, without %q", said, test.says)
			}
			if (errs.Len() == 0) != (test.status == 0) {
				t.Errorf("on standard error: %q", errs.String())
			}
		})
	}
}

func TestATakenPortOfTheOtherLoopbackIsNoticed(t *testing.T) {
	busy, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		if _, err := listen(t.Context(), "127.0.0.1:0"); err != nil {
			t.Errorf("without IPv6: %v", err)
		}
		return
	}
	defer busy.Close()
	listeners, err := listen(t.Context(), "127.0.0.1:"+portOf(busy.Addr()))
	if err == nil || !strings.Contains(err.Error(), "taken by another program") {
		t.Errorf("opened %v, %v", listeners, err)
	}
}

// started runs the program until stop, which returns what it printed.
func started(t *testing.T, args ...string) (start string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out := &lockedBuffer{greeted: make(chan struct{})}
	done := make(chan int, 1)
	go func() { done <- run(ctx, args, out, t.Output()) }()
	stop = sync.OnceValue(func() string {
		cancel()
		if status := <-done; status != 0 {
			t.Errorf("exit status %d", status)
		}
		return out.String()
	})
	t.Cleanup(func() { stop() })
	select {
	case <-out.greeted:
	case status := <-done:
		done <- status
		t.Fatalf("ended at once:\n%s", out)
	}
	m := regexp.MustCompile(`(?m)^  (http://example\.localhost:\d+)/$`).FindStringSubmatch(out.String())
	if m == nil {
		t.Fatalf("printed no start page:\n%s", out)
	}
	return m[1], stop
}

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	greeted chan struct{} // closed when the greeting is whole

	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes.Contains(p, []byte("Ctrl-C ends it")) {
		defer close(b.greeted)
	}
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func TestTheTemporaryDirectoryGoesWithTheDemo(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	_, stop := started(t, "--listen", "127.0.0.1:0")
	entries, err := os.ReadDir(os.TempDir())
	if err != nil || len(entries) != 1 {
		t.Fatalf("in the temporary directory: %v, %v", entries, err)
	}
	if printed := stop(); !strings.Contains(printed, entries[0].Name()) || !strings.HasSuffix(printed, "Stopped.\n") {
		t.Errorf("printed:\n%s", printed)
	}
	if entries, err = os.ReadDir(os.TempDir()); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestKeptDataGoesOnAtTheNextStart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	start, stop := started(t, "--listen", "127.0.0.1:0", "--data", dir)
	port := start[strings.LastIndexByte(start, ':')+1:]
	d := &demo{hosts: hosts{port}}
	v := newVisitor(t, d)
	v.signIn(d.hosts.invitation(tokenForIvy), "ivy")
	v.ended(d.hosts.organization("acme")+"/dashboard", 200)
	v.client.CloseIdleConnections()
	stop()

	awaitPort(t, port)
	started(t, "--listen", "127.0.0.1:"+port, "--data", dir)
	v.visit(d.hosts.login())
	v.ended(d.hosts.organization("acme")+"/dashboard", 200, "Ivy Irwin")
	if len(v.way) != 2 {
		t.Errorf("went by %q", v.way)
	}
}

// awaitPort waits until no connection of another process has the port that was
// free to take.
func awaitPort(t *testing.T, port string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		listeners, err := listen(t.Context(), "127.0.0.1:"+port)
		for _, l := range listeners {
			_ = l.Close()
		}
		if err == nil {
			return
		}
	}
	t.Fatalf("port %s is not free again", port)
}
