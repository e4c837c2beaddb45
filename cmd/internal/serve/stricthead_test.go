package serve

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"orglogin/cmd/internal/servetest"
)

// echoed is a server behind strict heads that says what it read.
func echoed(t testing.TB) string {
	t.Helper()
	s := httptest.NewUnstartedServer(new(Service).closeWhenDraining(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %v", r.Method, r.URL, body, err)
	})))
	s.Listener = strictHeads{s.Listener}
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// J10: what others may read in two ways is refused before anything of it counts.
func TestHeadsAreReadToTheLetter(t *testing.T) {
	addr := echoed(t)
	for _, c := range []struct {
		sentence, sent string
		want           []string // the statuses of the answers; empty: the end
	}{
		{"a request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", []string{"200"}},
		{"one request after another", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", []string{"200", "200"}},
		{"a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\nbGET / HTTP/1.1\r\nHost: a\r\n\r\n", []string{"200", "200"}},
		{"a body that looks like a head", "POST / HTTP/1.1\r\nHost: a\r\ncontent-length:21\r\n\r\nContent-Length: 5\n\n\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", []string{"200", "200"}},
		{"chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", []string{"200"}},
		{"nothing behind chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\nHost: a\n\n", []string{"200", ""}},
		{"nothing behind chunks that HTTP/1.0 does not have", "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", []string{"200", ""}},
		{"a long line", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 9000) + "\r\n\r\n", []string{"200"}},
		{"a CR in a long line", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 63-3) + "\r" + strings.Repeat("a", 63) + "\r\n\r\n", []string{"400"}},
		{"LF alone after the first line", "GET / HTTP/1.1\nHost: a\r\n\r\n", []string{"400"}},
		{"LF alone after a field", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", []string{"400"}},
		{"LF alone at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", []string{"400"}},
		{"LF alone everywhere", "GET / HTTP/1.1\nHost: a\n\n", []string{"400"}},
		{"LF alone after a long line", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", 9000) + "\nY: b\r\n\r\n", []string{"400"}},
		{"LF alone in the second request", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\nHost: a\r\n\r\n", []string{"200", "400"}},
		{"LF alone behind a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\naGET / HTTP/1.1\nHost: a\r\n\r\n", []string{"200", "400"}},
		{"a length, then chunks", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"400"}},
		{"chunks, then a length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: y\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", []string{"400"}},
		{"chunks and a length under HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n", []string{"400"}},
		{"two lengths that agree", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", []string{"400"}},
		{"two lengths that differ", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", []string{"400"}},
		{"a length that is none", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", []string{"400"}},
		{"a length beyond any", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + strings.Repeat("9", 30) + "\r\n\r\na", []string{"400"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(servetest.Timeout)); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = io.WriteString(conn, c.sent) }() // the answer may come, and the end, before all is sent
			in := bufio.NewReader(conn)
			for n, want := range c.want {
				res, err := http.ReadResponse(in, nil)
				if want == "" && err != nil {
					break
				}
				if err != nil {
					t.Fatalf("answer %d: %v", n, err)
				}
				body, _ := io.ReadAll(res.Body)
				if got, _, _ := strings.Cut(res.Status, " "); got != want {
					t.Errorf("answer %d: %s, want %s; %s", n, res.Status, want, body)
				}
			}
		})
	}
}

// FuzzHeads: however what is sent is cut up, it is judged alike; what is passed
// on is what was sent, and, but for what is in chunks, no head of it has LF alone.
func FuzzHeads(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 3)
	f.Add([]byte("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na\nbGET / HTTP/1.1\n\r\n"), 1)
	f.Add([]byte("\r\n\n\r\r\nTransfer-Encoding: x\r\ncontent-length: 1"), 7)
	f.Fuzz(func(t *testing.T, sent []byte, cut int) {
		read := func(size int) []byte {
			c := &strictConn{Conn: sliced{bytes.NewReader(sent), size}}
			all, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		whole, parts := read(len(sent)+1), read(1+max(0, cut)%8)
		if !bytes.Equal(whole, parts) {
			t.Fatalf("%q whole, %q in parts", whole, parts)
		}
		passed, refused := bytes.CutSuffix(whole, []byte(refusal))
		if !bytes.HasPrefix(sent, passed) || !refused && !bytes.Equal(sent, whole) {
			t.Fatalf("%q became %q", sent, whole)
		}
	})
}

// sliced is a connection on which everything comes in pieces of a size.
type sliced struct {
	*bytes.Reader
	size int
}

func (s sliced) Read(p []byte) (int, error) { return s.Reader.Read(p[:min(len(p), s.size)]) }

func (sliced) Close() error                     { return nil }
func (sliced) LocalAddr() net.Addr              { return nil }
func (sliced) RemoteAddr() net.Addr             { return nil }
func (sliced) SetDeadline(time.Time) error      { return nil }
func (sliced) SetReadDeadline(time.Time) error  { return nil }
func (sliced) SetWriteDeadline(time.Time) error { return nil }
func (s sliced) Write(p []byte) (int, error)    { return len(p), nil }
