package domains

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"orglogin/store"
	"orglogin/store/manage"
)

// Result is the verdict and, in one sentence, what was found.
type Result struct {
	Verdict store.DomainVerdict
	Detail  string
}

// Checker asks one DNS server.
type Checker struct {
	Server string // HOST:PORT
	// Timeout bounds one check, retries included; five seconds when zero.
	Timeout time.Duration
}

const (
	defaultTimeout = 5 * time.Second
	tries          = 3       // of UDP, which may be lost
	maxUDP         = 1232    // bytes: no fragments on any usual path (RFC 9715)
	maxTCP         = 1 << 16 // bytes: what two octets of length can say (RFC 1035 section 4.2.2)
)

// Check reads the record of a domain and looks for the value of the token.
func (c Checker) Check(ctx context.Context, domain, token string) Result {
	timeout := c.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	name, err := dnsmessage.NewName(manage.DomainRecord(domain) + ".")
	if err != nil {
		return Result{store.DomainMissing, manage.DomainRecord(domain) + " is too long to be a DNS name"}
	}
	answer, err := c.ask(ctx, name, timeout/tries)
	if err != nil {
		return Result{store.DomainUnanswered, fmt.Sprintf("the DNS server did not answer for %s: %v", manage.DomainRecord(domain), err)}
	}
	return judge(answer, name, manage.DomainValue(token))
}

// ask asks by UDP, and by TCP where the answer is cut (RFC 7766 section 5).
func (c Checker) ask(ctx context.Context, name dnsmessage.Name, wait time.Duration) ([]byte, error) {
	query, id, err := newQuery(name)
	if err != nil {
		return nil, err
	}
	var answer []byte
	for range tries {
		answer, err = c.exchange(ctx, "udp", query, id, name, wait)
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	if header, err := new(dnsmessage.Parser).Start(answer); err == nil && header.Truncated {
		return c.exchange(ctx, "tcp", query, id, name, wait*tries)
	}
	return answer, nil
}

func newQuery(name dnsmessage.Name) (query []byte, id uint16, err error) {
	var random [2]byte
	rand.Read(random[:]) // never fails since Go 1.24
	id = binary.BigEndian.Uint16(random[:])
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{ID: id, RecursionDesired: true})
	question := dnsmessage.Question{Name: name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET}
	var opt dnsmessage.ResourceHeader
	err = errors.Join(b.StartQuestions(), b.Question(question), b.StartAdditionals(),
		opt.SetEDNS0(maxUDP, dnsmessage.RCodeSuccess, false), b.OPTResource(opt, dnsmessage.OPTResource{}))
	if err != nil {
		return nil, 0, err
	}
	query, err = b.Finish()
	return query, id, err
}

// exchange sends the query from a port of its own and waits for its answer. What is not the answer to
// this query is passed over: anybody can send to the port.
func (c Checker) exchange(ctx context.Context, network string, query []byte, id uint16, name dnsmessage.Name, wait time.Duration) ([]byte, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, c.Server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline := time.Now().Add(wait)
	if end, ok := ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	read := readUDP
	if network == "tcp" {
		query = append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)
		read = readTCP
	}
	if _, err := conn.Write(query); err != nil {
		return nil, err
	}
	for {
		answer, err := read(conn)
		if err != nil {
			return nil, err
		}
		if answers(answer, id, name) {
			return answer, nil
		}
	}
}

func readUDP(conn net.Conn) ([]byte, error) {
	b := make([]byte, maxTCP)
	n, err := conn.Read(b)
	return b[:n], err
}

func readTCP(conn net.Conn) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	b := make([]byte, binary.BigEndian.Uint16(size[:]))
	_, err := io.ReadFull(conn, b)
	return b, err
}

// answers reports whether a message is the answer to the question asked.
func answers(message []byte, id uint16, name dnsmessage.Name) bool {
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err != nil || !header.Response || header.ID != id {
		return false
	}
	questions, err := p.AllQuestions()
	return err == nil && len(questions) == 1 && questions[0].Type == dnsmessage.TypeTXT && sameName(questions[0].Name, name)
}

func sameName(a, b dnsmessage.Name) bool { return strings.EqualFold(a.String(), b.String()) }

// judge reads the answer section. The strings of one record are joined (RFC 7208 section 3.3);
// records with other values are passed over.
func judge(message []byte, name dnsmessage.Name, want string) Result {
	record := strings.TrimSuffix(name.String(), ".")
	var p dnsmessage.Parser
	header, err := p.Start(message)
	if err == nil {
		err = p.SkipAllQuestions()
	}
	if err != nil {
		return unreadable(err)
	}
	switch header.RCode {
	case dnsmessage.RCodeSuccess:
	case dnsmessage.RCodeNameError:
		return Result{store.DomainMissing, record + " does not exist"}
	default:
		return Result{store.DomainUnanswered, fmt.Sprintf("the DNS server answered %v for %s", header.RCode, record)}
	}
	texts := 0
	for {
		h, err := p.AnswerHeader()
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone) && texts > 0:
			return Result{store.DomainMissing, fmt.Sprintf("%s has %d TXT records, none of which is %s", record, texts, want)}
		case errors.Is(err, dnsmessage.ErrSectionDone):
			return Result{store.DomainMissing, record + " has no TXT record"}
		case err != nil:
			return unreadable(err)
		case h.Type == dnsmessage.TypeCNAME && sameName(h.Name, name):
			return Result{store.DomainMissing, record + " is a CNAME, which is not followed: set a TXT record there"}
		case h.Type != dnsmessage.TypeTXT || !sameName(h.Name, name):
			err = p.SkipAnswer()
		default:
			var r dnsmessage.TXTResource
			if r, err = p.TXTResource(); err == nil && strings.Join(r.TXT, "") == want {
				return Result{store.DomainProved, record + " is " + want}
			}
			texts++
		}
		if err != nil {
			return unreadable(err)
		}
	}
}

func unreadable(err error) Result {
	return Result{store.DomainUnanswered, "the answer of the DNS server is not a DNS message: " + err.Error()}
}
