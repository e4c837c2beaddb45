package deploy_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// recorder is a proxy in front of a server that keeps every byte sent to it, by connection.
type recorder struct {
	addr string
	mu   sync.Mutex
	sent []*bytes.Buffer
}

func newRecorder(t *testing.T, target string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &recorder{addr: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.pass(conn, target)
		}
	}()
	return p
}

func (p *recorder) pass(conn net.Conn, target string) {
	defer conn.Close()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	kept := &bytes.Buffer{}
	p.mu.Lock()
	p.sent = append(p.sent, kept)
	p.mu.Unlock()
	go func() {
		_, _ = io.Copy(conn, server)
		_ = conn.Close()
	}()
	_, _ = io.Copy(server, io.TeeReader(conn, writing{p, kept}))
}

// writing keeps what is read while others look.
type writing struct {
	*recorder
	into *bytes.Buffer
}

func (w writing) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.into.Write(b)
}

// requests are what the proxy sent so far, read as strictly as the strictest server would. Anything that two servers
// could read in two ways is an error.
func (p *recorder) requests() (all []wired, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.sent {
		requests, err := readStrictly(conn.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%w in\n%q", err, conn.String())
		}
		all = append(all, requests...)
	}
	return all, nil
}

// wired is one request as it was on the wire.
type wired struct {
	method, uri string
	header      http.Header
}

var (
	requestLine = regexp.MustCompile(`^([A-Z]+) (/[!-~]*) HTTP/1\.1$`)
	headerLine  = regexp.MustCompile(`^([A-Za-z0-9-]+): ?([^\x00-\x08\x0a-\x1f\x7f]*)$`)
	chunkLine   = regexp.MustCompile(`^[0-9a-fA-F]{1,8}$`)
)

func readStrictly(b []byte) (all []wired, err error) {
	for len(b) > 0 {
		head, rest, whole := bytes.Cut(b, []byte("\r\n\r\n"))
		if !whole {
			return all, nil // cut off: no server answers that
		}
		lines := strings.Split(string(head), "\r\n")
		first := requestLine.FindStringSubmatch(lines[0])
		if first == nil {
			return nil, fmt.Errorf("the request line %q", lines[0])
		}
		r := wired{first[1], first[2], http.Header{}}
		for _, line := range lines[1:] {
			field := headerLine.FindStringSubmatch(line)
			if field == nil {
				return nil, fmt.Errorf("the header line %q", line)
			}
			r.header.Add(field[1], field[2])
		}
		lengths, codings := r.header["Content-Length"], r.header["Transfer-Encoding"]
		if len(r.header["Host"]) != 1 || len(lengths)+len(codings) > 1 {
			return nil, fmt.Errorf("Host %q, Content-Length %q, Transfer-Encoding %q", r.header["Host"], lengths, codings)
		}
		all = append(all, r)
		switch {
		case r.header.Get("Upgrade") != "":
			return all, nil // what follows is a stream
		case len(codings) == 1:
			if codings[0] != "chunked" {
				return nil, fmt.Errorf("the coding %q", codings)
			}
			if rest, err = afterChunks(rest); err != nil {
				return nil, err
			}
		case len(lengths) == 1:
			n, err := strconv.ParseUint(lengths[0], 10, 32)
			if err != nil || strconv.FormatUint(n, 10) != lengths[0] {
				return nil, fmt.Errorf("the length %q", lengths[0])
			}
			rest = rest[min(int(n), len(rest)):]
		}
		b = rest
	}
	return all, nil
}

func afterChunks(b []byte) ([]byte, error) {
	for {
		size, rest, whole := bytes.Cut(b, []byte("\r\n"))
		if !whole {
			return nil, nil // cut off
		}
		if !chunkLine.Match(size) {
			return nil, fmt.Errorf("the chunk size %q", size)
		}
		n, err := strconv.ParseUint(string(size), 16, 32)
		if err != nil {
			return nil, err
		}
		if len(rest) < int(n)+2 {
			return nil, nil
		}
		if string(rest[n:n+2]) != "\r\n" {
			return nil, fmt.Errorf("after a chunk: %q", rest[n:n+2])
		}
		if b = rest[n+2:]; n == 0 {
			return b, nil
		}
	}
}
