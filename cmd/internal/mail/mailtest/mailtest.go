// Package mailtest is an SMTP server of the tests' own.
package mailtest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// Server keeps what it accepts.
type Server struct {
	Address string // HOST:PORT
	mu      sync.Mutex
	refuse  []*smtp.SMTPError // answers to the next recipients
	mails   []Mail
}

// Mail is one that was accepted.
type Mail struct {
	Header textproto.MIMEHeader
	Text   string // all of it, as it was sent
}

// Start starts a server; with implicit TLS it speaks TLS from the first byte, with a certificate it offers STARTTLS.
func Start(t testing.TB, certificate *tls.Certificate, implicit bool) *Server {
	t.Helper()
	s := &Server{}
	backend := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	backend.Domain, backend.ReadTimeout, backend.WriteTimeout = "mail.example.test", time.Minute, time.Minute
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Address = l.Addr().String()
	if certificate != nil {
		backend.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	}
	if implicit {
		l = tls.NewListener(l, backend.TLSConfig)
	}
	go backend.Serve(l) //nolint:errcheck // ends with Close
	t.Cleanup(func() { backend.Close() })
	return s
}

// Refuse makes the server refuse the next recipient.
func (s *Server) Refuse(code int, enhanced smtp.EnhancedCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = append(s.refuse, &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "no, ann@acme.test"})
}

// Accepted are all mails so far.
func (s *Server) Accepted() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.mails...)
}

// session implements smtp.Session.
type session struct{ server *Server }

func (*session) Mail(string, *smtp.MailOptions) error { return nil }
func (*session) Reset()                               {}
func (*session) Logout() error                        { return nil }

func (x *session) Rcpt(string, *smtp.RcptOptions) error {
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	if len(x.server.refuse) > 0 {
		next := x.server.refuse[0]
		x.server.refuse = x.server.refuse[1:]
		return next
	}
	return nil
}

func (x *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(string(text)))).ReadMIMEHeader()
	if err != nil {
		return err
	}
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	x.server.mails = append(x.server.mails, Mail{Header: header, Text: string(text)})
	return nil
}

// Certificate returns one for a host, and the pool that trusts it.
func Certificate(t testing.TB, host string) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
