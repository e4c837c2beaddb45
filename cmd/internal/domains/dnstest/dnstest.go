// Package dnstest is a DNS server on loopback, for tests.
package dnstest

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Reply returns the messages to send for a query, in order; none is silence.
type Reply func(query dnsmessage.Message, tcp bool) []dnsmessage.Message

// Start is Listen, until the test ends.
func Start(t testing.TB, reply Reply) (address string) {
	t.Helper()
	address, stop, err := Listen(reply)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return address
}

// Listen starts a server on loopback that answers over UDP and TCP at one port.
func Listen(reply Reply) (address string, stop func(), err error) {
	var listener net.Listener
	var packets net.PacketConn
	for packets == nil { // until a port is free for both
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return "", nil, err
		}
		if packets, err = net.ListenPacket("udp", listener.Addr().String()); err != nil {
			packets = nil
			_ = listener.Close()
		}
	}
	s := server{reply}
	go s.serveUDP(packets)
	go s.serveTCP(listener)
	return listener.Addr().String(), func() { _, _ = listener.Close(), packets.Close() }, nil
}

type server struct{ reply Reply }

func (s server) serveUDP(packets net.PacketConn) {
	b := make([]byte, 1<<16)
	for {
		n, peer, err := packets.ReadFrom(b)
		if err != nil {
			return
		}
		for _, m := range s.answer(b[:n], false) {
			_, _ = packets.WriteTo(m, peer)
		}
	}
}

func (s server) serveTCP(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go s.answerTCP(conn)
	}
}

func (s server) answerTCP(conn net.Conn) {
	defer conn.Close()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, query); err != nil {
		return
	}
	for _, m := range s.answer(query, true) {
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...))
	}
}

func (s server) answer(query []byte, tcp bool) (all [][]byte) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil { // no query: silence
		return nil
	}
	for _, reply := range s.reply(m, tcp) {
		packed, err := reply.Pack()
		if err != nil {
			panic(err) // a mistake in the test
		}
		all = append(all, packed)
	}
	return all
}

// Answer is the answer to a query with this code and these records.
func Answer(query dnsmessage.Message, code dnsmessage.RCode, bodies ...dnsmessage.ResourceBody) dnsmessage.Message {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RCode: code}, Questions: query.Questions}
	for _, body := range bodies {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: query.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 1}, Body: body,
		})
	}
	return m
}

// Text is a TXT record of strings.
func Text(strings ...string) *dnsmessage.TXTResource { return &dnsmessage.TXTResource{TXT: strings} }

// Records is a server that holds TXT records, by lower-case names without the final dot. Other names
// do not exist.
type Records struct {
	mu    sync.Mutex
	texts map[string]string
	fail  bool
}

// Set sets the record of a name, or removes it for an empty text.
func (r *Records) Set(name, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.texts == nil {
		r.texts = map[string]string{}
	}
	if r.texts[name] = text; text == "" {
		delete(r.texts, name)
	}
}

// Fail makes the server answer SERVFAIL, until it is called with false.
func (r *Records) Fail(fail bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = fail
}

// Reply answers one query.
func (r *Records) Reply(query dnsmessage.Message, _ bool) []dnsmessage.Message {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := strings.ToLower(strings.TrimSuffix(query.Questions[0].Name.String(), "."))
	record, found := r.texts[name]
	switch {
	case r.fail:
		return []dnsmessage.Message{Answer(query, dnsmessage.RCodeServerFailure)}
	case !found:
		return []dnsmessage.Message{Answer(query, dnsmessage.RCodeNameError)}
	}
	return []dnsmessage.Message{Answer(query, dnsmessage.RCodeSuccess, Text(record))}
}
