package clustertest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// recorder is a proxy in front of a server that keeps what is sent in each round trip: all
// that a client says between two words of the server.
type recorder struct {
	Addr string

	mu    sync.Mutex
	trips []string
}

// newRecorder listens until the test ends. read follows what one client says and
// calls said with each part of it.
func newRecorder(t *testing.T, server string, read func(client io.Reader, said func(string)) error) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	recorder := &recorder{Addr: l.Addr().String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go recorder.serve(client, server, read)
		}
	}()
	return recorder
}

func (p *recorder) serve(client net.Conn, addr string, read func(io.Reader, func(string)) error) {
	defer client.Close()
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer server.Close()
	trip := -1 // where in trips this connection's is, -1 when the server spoke last
	hear := func(said string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if trip < 0 {
			trip = len(p.trips)
			p.trips = append(p.trips, "")
		}
		p.trips[trip] += said + "\n"
	}
	go func() {
		defer client.Close()
		answer := make([]byte, 64<<10)
		for {
			n, err := server.Read(answer)
			if n > 0 {
				p.mu.Lock()
				trip = -1
				p.mu.Unlock()
				if _, err := client.Write(answer[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	// Understood before it is passed on: the server cannot answer what was not counted.
	heard := &feed{parts: make(chan []byte), more: make(chan struct{}), ended: make(chan struct{})}
	defer close(heard.ended)
	go func() {
		_ = read(heard, hear)
		_, _ = io.Copy(io.Discard, heard) // something that it does not read: let it pass
	}()
	<-heard.more
	asked := make([]byte, 64<<10)
	for {
		n, err := client.Read(asked)
		if n > 0 {
			heard.parts <- asked[:n]
			<-heard.more
			if _, err := server.Write(asked[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// feed is a reader that tells when it has been read to its end so far.
type feed struct {
	parts chan []byte
	more  chan struct{}
	ended chan struct{}
	rest  []byte
}

func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		select {
		case f.more <- struct{}{}:
		case <-f.ended:
			return 0, io.EOF
		}
		select {
		case f.rest = <-f.parts:
		case <-f.ended:
			return 0, io.EOF
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// since returns the round trips after the first n.
func (p *recorder) since(n int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.trips[n:]...)
}

func (p *recorder) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.trips)
}

// postgresSays reads the front end's side of the protocol (PostgreSQL, 55.7):
// the text of each statement that is run, prepared before or not.
func postgresSays(client io.Reader, said func(string)) error {
	r := bufio.NewReader(client)
	prepared := map[string]string{}
	for begun := false; ; {
		kind := byte(0)
		var err error
		if begun { // what opens a connection has no kind
			if kind, err = r.ReadByte(); err != nil {
				return err
			}
		}
		var length uint32
		if err := binary.Read(r, binary.BigEndian, &length); err != nil {
			return err
		}
		body := make([]byte, length-4)
		if _, err := io.ReadFull(r, body); err != nil {
			return err
		}
		const askForTLS = 80877103
		switch {
		case !begun:
			begun = len(body) != 4 || binary.BigEndian.Uint32(body) != askForTLS
		case kind == 'P':
			name, rest, _ := bytes.Cut(body, []byte{0})
			text, _, _ := bytes.Cut(rest, []byte{0})
			prepared[string(name)] = string(text)
		case kind == 'B':
			_, rest, _ := bytes.Cut(body, []byte{0})
			name, _, _ := bytes.Cut(rest, []byte{0})
			said(prepared[string(name)])
		case kind == 'Q':
			said(string(bytes.TrimRight(body, "\x00")))
		}
	}
}

// redisSays reads commands as RESP arrays of bulk strings, by their first words.
func redisSays(client io.Reader, said func(string)) error {
	r := bufio.NewReader(client)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if strings.ContainsAny(line[:1], "*$") { // lengths; the strings themselves follow as lines
			continue
		}
		said(strings.ToLower(strings.TrimSpace(line)))
	}
}
