package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// server is an SMTP server of the test's own. It keeps what it accepts.
type server struct {
	address string
	mu      sync.Mutex
	refuse  []*smtp.SMTPError // answers to the next recipients, nil accepts
	mails   []*mail.Message
	bodies  []string
}

// newServer starts one; with implicit TLS it speaks TLS from the first byte, with a certificate it offers STARTTLS.
func newServer(t *testing.T, certificate *tls.Certificate, implicit bool) *server {
	t.Helper()
	s := &server{}
	backend := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	backend.Domain, backend.ReadTimeout, backend.WriteTimeout = "mail.example.test", time.Minute, time.Minute
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
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

// answer makes the server refuse the next recipient.
func (s *server) answer(code int, enhanced smtp.EnhancedCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = append(s.refuse, &smtp.SMTPError{Code: code, EnhancedCode: enhanced, Message: "no, ann@acme.test"})
}

func (s *server) accepted() []*mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*mail.Message{}, s.mails...)
}

// session implements smtp.Session.
type session struct{ server *server }

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
	message, err := mail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	x.server.mails, x.server.bodies = append(x.server.mails, message), append(x.server.bodies, string(text))
	return nil
}

// newCertificate returns one for a host, and the pool that trusts it.
func newCertificate(t *testing.T, host string) (*tls.Certificate, *x509.CertPool) {
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
