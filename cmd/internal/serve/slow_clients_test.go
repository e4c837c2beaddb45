package serve

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"orglogin/cmd/internal/servetest"
)

// N4: clients that say half of a request and then nothing delay no other client, and
// are shown out without a word.
func TestClientsThatDoNotFinishHoldNobodyUp(t *testing.T) {
	s := start(t, servetest.Config(t), Options{})
	many := 2000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if room := int(min(limit.Cur, 1<<20)) - 500; 2*many > room { // both ends are in this process
		many = room / 2
		t.Logf("only %d connections: this process may open %d files", many, limit.Cur)
	}
	if many < 100 {
		t.Fatal("too few files for any crowd: raise ulimit -n")
	}
	halves := []string{
		"",         // says nothing at all
		"GET /log", // stops in the first line
		"GET /login HTTP/1.1\r\nHost: login.example.localhost:8080\r\nX-A: ",                                                                                  // stops in the head
		"POST /logout HTTP/1.1\r\nHost: login.example.localhost:8080\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\nevery", // in the body
	}
	slow := make([]net.Conn, many)
	for i := range slow {
		var dial net.Dialer
		conn, err := dial.DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
		slow[i] = conn
		if _, err := io.WriteString(conn, halves[i%len(halves)]); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	for range 20 {
		if status, body := get(t, s.url+"/login", "login.example.localhost:8080"); status != http.StatusOK {
			t.Fatalf("%d %.200s", status, body)
		}
	}
	// Every one of them comes to its end, by the bounds that server sets.
	var all sync.WaitGroup
	for i, conn := range slow {
		all.Go(func() {
			if err := conn.SetReadDeadline(time.Now().Add(2 * servetest.Timeout)); err != nil {
				t.Error(err)
			}
			_, err := io.Copy(io.Discard, conn)
			if isTimeout(err) {
				t.Errorf("connection %d, which stopped at %q, is still open", i, last(halves[i%len(halves)]))
			}
		})
	}
	all.Wait()
	if status, _ := get(t, s.url+"/login", "login.example.localhost:8080"); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// last is the end of a text.
func last(s string) string { return s[max(0, len(s)-20):] }
