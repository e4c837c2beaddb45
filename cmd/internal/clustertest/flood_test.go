package clustertest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// What comes at one instance at once.
const (
	silent   = 1000    // connections that never say a word
	kept     = 1000    // that said one, were answered, and are kept open
	dripping = 100     // that send headers a byte at a time, and as many a body
	huge     = 1 << 30 // bytes of a body
	// tasted is how much of such a body may be taken off a client's hands before
	// it is cut off: what both ends' kernels hold, and what is thrown away unread.
	tasted = 64 << 20
	// grown is how much more memory the process may have meanwhile: 2,200
	// connections, and none of the bodies.
	grown = 512 << 20
)

// TestAFloodLeavesOthersAlone: while some hold 2,000 connections and send as
// slowly as they can, or a gigabyte, others log in, and then it is as if
// nothing had been.
func TestAFloodLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	enoughFiles(t, 2*(silent+kept))
	f := newFixture(t, func(c *Config) { c.Instances = 1 })
	one := f.Instances[0]
	landed(t, f.visitor(t, "ann").login(one.Addr, ""), f.URL("acme", "/dashboard"))
	c := f.crowd(t, 10, 200*time.Millisecond, f.one, func(a attempt) string {
		if a.Status == http.StatusServiceUnavailable { // a statement of three seconds, on a machine that is busy
			return ""
		}
		return "a login failed"
	})
	c.more(t, 20)
	before := f.size(t, one)

	t.Run("2,000 idle connections", func(t *testing.T) {
		for range kept {
			ask(t, dial(t, one.Addr, 1)[0], f.request("GET /login", ""))
		}
		conns := dial(t, one.Addr, silent)
		t.Logf("%s", f.size(t, one))
		c.more(t, 20)
		begun := time.Now()
		for _, conn := range conns {
			cutOff(t, conn)
		}
		t.Logf("those that say nothing are cut off within %s", time.Since(begun).Round(time.Millisecond))
	})
	t.Run("slow senders", func(t *testing.T) {
		begun := time.Now()
		var all sync.WaitGroup
		for n, conn := range dial(t, one.Addr, 2*dripping) {
			text := f.request("GET /login", "X-Slow: "+strings.Repeat("x", 10_000))
			if n%2 == 1 {
				head := f.request("POST /logout", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000")
				if _, err := io.WriteString(conn, head); err != nil {
					t.Fatal(err)
				}
				text = strings.Repeat("x", 10_000)
			}
			all.Go(func() { drip(conn, text) })
			all.Go(func() { cutOff(t, conn) })
		}
		c.more(t, 20)
		all.Wait()
		t.Logf("the last is cut off after %s", time.Since(begun).Round(time.Millisecond))
	})
	t.Run("1 GB of body", func(t *testing.T) {
		var largest atomic.Int64
		watching := make(chan struct{})
		var watch, all sync.WaitGroup
		watch.Go(func() {
			for {
				select {
				case <-watching:
					return
				case <-time.After(20 * time.Millisecond):
					if n, err := one.Metric(t.Context(), "process_resident_memory_bytes"); err == nil {
						largest.Store(max(largest.Load(), int64(n)))
					}
				}
			}
		})
		for _, line := range []string{"POST /logout", "POST /login", "GET /login", "POST /auth/callback", "GET /auth/verify", "POST /auth/forward", "POST /nowhere"} {
			for _, length := range []string{fmt.Sprint("Content-Length: ", huge), "Transfer-Encoding: chunked"} {
				conn := dial(t, one.Addr, 1)[0]
				all.Go(func() {
					status, sent, err := pour(conn, f.request(line, "Content-Type: application/x-www-form-urlencoded\r\n"+length), length)
					if sent > tasted || status == http.StatusOK && line[0] == 'P' || status >= 500 {
						t.Errorf("%s, %s: %d, %v, after %d bytes", line, length, status, err, sent)
					}
					t.Logf("%-18s %-27s %3d after %4d KiB", line, length, status, sent>>10)
				})
			}
		}
		c.more(t, 20)
		all.Wait()
		close(watching)
		watch.Wait()
		t.Logf("at most %d MiB resident", largest.Load()>>20)
		if largest.Load() > int64(before.resident)+grown {
			t.Errorf("%d bytes resident, and before %s", largest.Load(), before)
		}
	})
	c.more(t, 20)
	c.Stop()
	now, holds := f.shrinks(t, one, before)
	t.Logf("%s, and before %s", now, before)
	if !holds {
		t.Error("it does not come back to what it was")
	}
}

// enoughFiles fails early where this process may not open as many.
func enoughFiles(t *testing.T, want uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < want {
		t.Fatalf("this test opens 2,200 connections and the limit is %d files: ulimit -n %d", limit.Cur, want)
	}
}

// request is the head of one to the login host.
func (f *fixture) request(line, headers string) string {
	if headers != "" {
		headers += "\r\n"
	}
	return line + " HTTP/1.1\r\nHost: " + strings.TrimPrefix(f.Public, "http://") + "\r\n" + headers + "\r\n"
}

func dial(t *testing.T, addr string, n int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for n := range conns {
		var err error
		if conns[n], err = net.DialTimeout("tcp", addr, soon); err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		t.Cleanup(func() { conns[n].Close() })
	}
	return conns
}

// ask wants an answer to a whole request.
func ask(t *testing.T, conn net.Conn, request string) {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(soon)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v, %s", err, answer.Status)
	}
}

// cutOff fails unless the other end closes the connection by itself.
func cutOff(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(2 * soon)); err != nil {
		t.Error(err)
		return
	}
	_, err := io.Copy(io.Discard, conn)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("a connection is left open to whoever says nothing")
	}
	conn.Close()
}

// drip sends a byte now and then until it is not taken any more.
func drip(conn net.Conn, text string) {
	for n := range len(text) {
		if _, err := io.WriteString(conn, text[n:n+1]); err != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// pour sends a gigabyte until it is not taken any more, and returns the answer's status,
// 0 for none, and how much was sent.
func pour(conn net.Conn, head, length string) (status int, sent int64, err error) {
	answered := make(chan int, 1)
	go func() {
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			answered <- 0
			return
		}
		answered <- answer.StatusCode
	}()
	if err := conn.SetDeadline(time.Now().Add(2 * soon)); err != nil {
		return 0, 0, err
	}
	defer func() {
		if err == nil {
			err = conn.Close()
		}
		status = <-answered
	}()
	if _, err = io.WriteString(conn, head); err != nil {
		return 0, 0, nil
	}
	piece := make([]byte, 64<<10)
	if strings.HasPrefix(length, "Transfer-Encoding") {
		piece = []byte(fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece))
	}
	for sent < huge {
		n, err := conn.Write(piece)
		sent += int64(n)
		if err != nil {
			return 0, sent, nil // it was cut off
		}
	}
	return 0, sent, errors.New("all of it was taken")
}
