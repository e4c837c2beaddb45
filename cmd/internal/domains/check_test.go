package domains

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"orglogin/store"
)

const token = "abcdefghijklmnopqrstuvwxyz234567"

// dnsServer answers queries over UDP and TCP at one port.
type dnsServer struct {
	// reply returns the messages to send for a query, in order; none is silence.
	reply func(query dnsmessage.Message, tcp bool) []dnsmessage.Message
	delay time.Duration
}

func (s dnsServer) start(t *testing.T) (address string) {
	t.Helper()
	var listener net.Listener
	var packets net.PacketConn
	for packets == nil { // until a port is free for both
		var err error
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		if packets, err = net.ListenPacket("udp", listener.Addr().String()); err != nil {
			packets = nil
			listener.Close()
		}
	}
	t.Cleanup(func() { listener.Close(); packets.Close() })
	go func() {
		b := make([]byte, 1<<16)
		for {
			n, peer, err := packets.ReadFrom(b)
			if err != nil {
				return
			}
			for _, m := range s.answer(t, b[:n], false) {
				_, _ = packets.WriteTo(m, peer)
			}
		}
	}()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.answerTCP(t, conn)
		}
	}()
	return listener.Addr().String()
}

func (s dnsServer) answerTCP(t *testing.T, conn net.Conn) {
	defer conn.Close()
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, query); err != nil {
		return
	}
	for _, m := range s.answer(t, query, true) {
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...))
	}
}

func (s dnsServer) answer(t *testing.T, query []byte, tcp bool) (all [][]byte) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		t.Errorf("the query is no message: %v", err)
		return nil
	}
	time.Sleep(s.delay)
	for _, reply := range s.reply(m, tcp) {
		packed, err := reply.Pack()
		if err != nil {
			t.Errorf("the answer cannot be sent: %v", err)
		}
		all = append(all, packed)
	}
	return all
}

// answered is the answer to a query with this code and these records.
func answered(query dnsmessage.Message, code dnsmessage.RCode, bodies ...dnsmessage.ResourceBody) dnsmessage.Message {
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: query.ID, Response: true, RCode: code}, Questions: query.Questions}
	for _, body := range bodies {
		m.Answers = append(m.Answers, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: query.Questions[0].Name, Class: dnsmessage.ClassINET, TTL: 1}, Body: body,
		})
	}
	return m
}

func text(strings ...string) *dnsmessage.TXTResource { return &dnsmessage.TXTResource{TXT: strings} }

func TestCheck(t *testing.T) {
	right := Value(token)
	const ok = dnsmessage.RCodeSuccess
	one := func(code dnsmessage.RCode, bodies ...dnsmessage.ResourceBody) func(dnsmessage.Message, bool) []dnsmessage.Message {
		return func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			return []dnsmessage.Message{answered(q, code, bodies...)}
		}
	}
	many := make([]dnsmessage.ResourceBody, 0, 250)
	for range 250 {
		many = append(many, text(strings.Repeat("x", 240)))
	}
	for _, c := range []struct {
		name   string
		reply  func(query dnsmessage.Message, tcp bool) []dnsmessage.Message
		want   store.DomainVerdict
		detail string
	}{
		{"the record", one(ok, text(right)), store.DomainProved, right},
		{"the record in two strings", one(ok, text(right[:10], right[10:])), store.DomainProved, right},
		{"the record among others", one(ok, text("v=spf1 -all"), text("orglogin-verification=another"), text(right)), store.DomainProved, right},
		{"the record with a blank behind", one(ok, text(right+" ")), store.DomainMissing, "none of which"},
		{"the record in capitals", one(ok, text(strings.ToUpper(right))), store.DomainMissing, "none of which"},
		{"another organization's record", one(ok, text("orglogin-verification=zzzz")), store.DomainMissing, "1 TXT records"},
		{"no TXT record", one(ok), store.DomainMissing, "has no TXT record"},
		{"no such name", one(dnsmessage.RCodeNameError), store.DomainMissing, "does not exist"},
		{"a CNAME, followed by the server", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			target := dnsmessage.MustNewName("evil.test.")
			m := answered(q, ok, &dnsmessage.CNAMEResource{CNAME: target}, text(right))
			m.Answers[1].Header.Name = target
			return []dnsmessage.Message{m}
		}, store.DomainMissing, "CNAME"},
		{"the record of another name", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			m := answered(q, ok, text(right))
			m.Answers[0].Header.Name = dnsmessage.MustNewName("_orglogin.evil.test.")
			return []dnsmessage.Message{m}
		}, store.DomainMissing, "has no TXT record"},
		{"a server that failed", one(dnsmessage.RCodeServerFailure), store.DomainUnanswered, "ServerFailure"},
		{"a server that refuses", one(dnsmessage.RCodeRefused), store.DomainUnanswered, "Refused"},
		{"silence", func(dnsmessage.Message, bool) []dnsmessage.Message { return nil }, store.DomainUnanswered, "did not answer"},
		{"an answer with another id before the right one", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			forged := answered(q, ok, text("forged"))
			forged.ID++
			return []dnsmessage.Message{forged, answered(q, ok, text(right))}
		}, store.DomainProved, right},
		{"only answers with another id", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			forged := answered(q, ok, text(right))
			forged.ID++
			return []dnsmessage.Message{forged}
		}, store.DomainUnanswered, "did not answer"},
		{"an answer to another question", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			m := answered(q, ok, text(right))
			m.Questions = []dnsmessage.Question{{Name: dnsmessage.MustNewName("evil.test."), Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET}}
			return []dnsmessage.Message{m}
		}, store.DomainUnanswered, "did not answer"},
		{"an answer that is cut, and whole over TCP", func(q dnsmessage.Message, tcp bool) []dnsmessage.Message {
			if tcp {
				return []dnsmessage.Message{answered(q, ok, text(right))}
			}
			m := answered(q, ok)
			m.Truncated = true
			return []dnsmessage.Message{m}
		}, store.DomainProved, right},
		{"nearly 64 KiB over TCP, the record last", func(q dnsmessage.Message, tcp bool) []dnsmessage.Message {
			if tcp {
				return []dnsmessage.Message{answered(q, ok, append(many, text(right))...)}
			}
			m := answered(q, ok)
			m.Truncated = true
			return []dnsmessage.Message{m}
		}, store.DomainProved, right},
		{"an answer that is cut, and silence over TCP", func(q dnsmessage.Message, tcp bool) []dnsmessage.Message {
			if tcp {
				return nil
			}
			m := answered(q, ok)
			m.Truncated = true
			return []dnsmessage.Message{m}
		}, store.DomainUnanswered, "did not answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checker := Checker{Server: dnsServer{reply: c.reply}.start(t), Timeout: 20 * time.Second}
			if c.want == store.DomainUnanswered {
				checker.Timeout = 300 * time.Millisecond // for the tests that wait for nothing
			}
			got := checker.Check(t.Context(), "acme.test", token)
			if got.Verdict != c.want || !strings.Contains(got.Detail, c.detail) {
				t.Errorf("got %+v, want %s with %q", got, c.want, c.detail)
			}
		})
	}
}

func TestCheckAsksAgainWhenAnAnswerIsLost(t *testing.T) {
	asked := 0
	server := dnsServer{reply: func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
		if asked++; asked == 1 {
			return nil
		}
		return []dnsmessage.Message{answered(q, dnsmessage.RCodeSuccess, text(Value(token)))}
	}}
	checker := Checker{Server: server.start(t), Timeout: 3 * time.Second}
	if got := checker.Check(t.Context(), "acme.test", token); got.Verdict != store.DomainProved {
		t.Errorf("got %+v", got)
	}
}

func TestCheckOfAServerThatIsNotThere(t *testing.T) {
	if got := (Checker{Server: "127.0.0.1:1", Timeout: time.Second}).Check(t.Context(), "acme.test", token); got.Verdict != store.DomainUnanswered {
		t.Errorf("got %+v", got)
	}
}

func FuzzJudge(f *testing.F) {
	name := dnsmessage.MustNewName("_orglogin.acme.test.")
	query := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET}}}
	whole := answered(query, dnsmessage.RCodeSuccess, text(Value(token)))
	packed, err := whole.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Fuzz(func(t *testing.T, message []byte) {
		got := judge(message, name, Value(token))
		if got.Verdict == store.DomainProved && !strings.Contains(string(message), token) {
			t.Errorf("proved by %q", message)
		}
	})
}
