package domains

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"orglogin/cmd/internal/domains/dnstest"
	"orglogin/store"
	"orglogin/store/manage"
)

const token = "abcdefghijklmnopqrstuvwxyz234567"

func TestCheck(t *testing.T) {
	right := manage.DomainValue(token)
	const ok = dnsmessage.RCodeSuccess
	one := func(code dnsmessage.RCode, bodies ...dnsmessage.ResourceBody) func(dnsmessage.Message, bool) []dnsmessage.Message {
		return func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			return []dnsmessage.Message{dnstest.Answer(q, code, bodies...)}
		}
	}
	many := make([]dnsmessage.ResourceBody, 0, 250)
	for range 250 {
		many = append(many, dnstest.Text(strings.Repeat("x", 240)))
	}
	for _, c := range []struct {
		name   string
		reply  func(query dnsmessage.Message, tcp bool) []dnsmessage.Message
		want   store.DomainVerdict
		detail string
	}{
		{"the record", one(ok, dnstest.Text(right)), store.DomainProved, right},
		{"the record in two strings", one(ok, dnstest.Text(right[:10], right[10:])), store.DomainProved, right},
		{"the record among others", one(ok, dnstest.Text("v=spf1 -all"), dnstest.Text("orglogin-verification=another"), dnstest.Text(right)), store.DomainProved, right},
		{"the record with a blank behind", one(ok, dnstest.Text(right+" ")), store.DomainMissing, "none of which"},
		{"the record in capitals", one(ok, dnstest.Text(strings.ToUpper(right))), store.DomainMissing, "none of which"},
		{"another organization's record", one(ok, dnstest.Text("orglogin-verification=zzzz")), store.DomainMissing, "1 TXT records"},
		{"no TXT record", one(ok), store.DomainMissing, "has no TXT record"},
		{"no such name", one(dnsmessage.RCodeNameError), store.DomainMissing, "does not exist"},
		{"a CNAME, followed by the server", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			target := dnsmessage.MustNewName("evil.test.")
			m := dnstest.Answer(q, ok, &dnsmessage.CNAMEResource{CNAME: target}, dnstest.Text(right))
			m.Answers[1].Header.Name = target
			return []dnsmessage.Message{m}
		}, store.DomainMissing, "CNAME"},
		{"the record of another name", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			m := dnstest.Answer(q, ok, dnstest.Text(right))
			m.Answers[0].Header.Name = dnsmessage.MustNewName("_orglogin.evil.test.")
			return []dnsmessage.Message{m}
		}, store.DomainMissing, "has no TXT record"},
		{"a server that failed", one(dnsmessage.RCodeServerFailure), store.DomainUnanswered, "ServerFailure"},
		{"a server that refuses", one(dnsmessage.RCodeRefused), store.DomainUnanswered, "Refused"},
		{"silence", func(dnsmessage.Message, bool) []dnsmessage.Message { return nil }, store.DomainUnanswered, "did not answer"},
		{"an answer with another id before the right one", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			forged := dnstest.Answer(q, ok, dnstest.Text("forged"))
			forged.ID++
			return []dnsmessage.Message{forged, dnstest.Answer(q, ok, dnstest.Text(right))}
		}, store.DomainProved, right},
		{"only answers with another id", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			forged := dnstest.Answer(q, ok, dnstest.Text(right))
			forged.ID++
			return []dnsmessage.Message{forged}
		}, store.DomainUnanswered, "did not answer"},
		{"an answer to another question", func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
			m := dnstest.Answer(q, ok, dnstest.Text(right))
			m.Questions = []dnsmessage.Question{{Name: dnsmessage.MustNewName("evil.test."), Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET}}
			return []dnsmessage.Message{m}
		}, store.DomainUnanswered, "did not answer"},
		{"an answer that is cut, and whole over TCP", func(q dnsmessage.Message, tcp bool) []dnsmessage.Message {
			if tcp {
				return []dnsmessage.Message{dnstest.Answer(q, ok, dnstest.Text(right))}
			}
			m := dnstest.Answer(q, ok)
			m.Truncated = true
			return []dnsmessage.Message{m}
		}, store.DomainProved, right},
		{"nearly 64 KiB over TCP, the record last", func(q dnsmessage.Message, tcp bool) []dnsmessage.Message {
			if tcp {
				return []dnsmessage.Message{dnstest.Answer(q, ok, append(many, dnstest.Text(right))...)}
			}
			m := dnstest.Answer(q, ok)
			m.Truncated = true
			return []dnsmessage.Message{m}
		}, store.DomainProved, right},
		{"an answer that is cut, and silence over TCP", func(q dnsmessage.Message, tcp bool) []dnsmessage.Message {
			if tcp {
				return nil
			}
			m := dnstest.Answer(q, ok)
			m.Truncated = true
			return []dnsmessage.Message{m}
		}, store.DomainUnanswered, "did not answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			checker := Checker{Server: dnstest.Start(t, c.reply), Timeout: 20 * time.Second}
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
	server := dnstest.Start(t, func(q dnsmessage.Message, _ bool) []dnsmessage.Message {
		if asked++; asked == 1 {
			return nil
		}
		return []dnsmessage.Message{dnstest.Answer(q, dnsmessage.RCodeSuccess, dnstest.Text(manage.DomainValue(token)))}
	})
	checker := Checker{Server: server, Timeout: 3 * time.Second}
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
	whole := dnstest.Answer(query, dnsmessage.RCodeSuccess, dnstest.Text(manage.DomainValue(token)))
	packed, err := whole.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Fuzz(func(t *testing.T, message []byte) {
		got := judge(message, name, manage.DomainValue(token))
		if got.Verdict == store.DomainProved && !strings.Contains(string(message), token) {
			t.Errorf("proved by %q", message)
		}
	})
}
