package clustertest

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire is the way to a server: it can be cut, and it can be long.
type wire struct {
	Addr string

	server string
	late   atomic.Int64 // nanoseconds

	mu       sync.Mutex
	listener net.Listener // nil while it is cut
	ends     map[net.Conn]bool
}

// newWire leads to a server that need not be there yet.
func newWire(t *testing.T, server string) *wire {
	t.Helper()
	w := &wire{server: server, ends: map[net.Conn]bool{}}
	var err error
	if w.Addr, err = FreeAddr(); err == nil {
		err = w.Restore()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Cut(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// Stretch has everything that the server says arrive d later.
func (w *wire) Stretch(d time.Duration) { w.late.Store(int64(d)) }

// Cut resets every connection and refuses more.
func (w *wire) Cut() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener == nil {
		return nil
	}
	err := w.listener.Close()
	w.listener = nil
	for end := range w.ends {
		if tcp, ok := end.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, not a farewell
		}
		_ = end.Close() // it may have closed itself
	}
	clear(w.ends)
	return err
}

// Restore ends Cut.
func (w *wire) Restore() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener != nil {
		return errors.New("the wire is whole")
	}
	l, err := net.Listen("tcp", w.Addr)
	if err != nil {
		return err
	}
	w.listener = l
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.serve(l, client)
		}
	}()
	return nil
}

func (w *wire) serve(l net.Listener, client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		if tcp, ok := client.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		return
	}
	defer server.Close()
	if !w.keep(l, client, server) {
		return
	}
	defer w.forget(client, server)
	go func() {
		defer client.Close()
		w.carry(client, server, w.late.Load)
	}()
	w.carry(server, client, func() int64 { return 0 })
}

func (w *wire) carry(to, from net.Conn, late func() int64) {
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			time.Sleep(time.Duration(late()))
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// keep remembers what Cut must reset, unless the wire was cut meanwhile.
func (w *wire) keep(l net.Listener, ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listener != l {
		return false
	}
	for _, end := range ends {
		w.ends[end] = true
	}
	return true
}

func (w *wire) forget(ends ...net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range ends {
		delete(w.ends, end)
	}
}
