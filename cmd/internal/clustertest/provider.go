package clustertest

import (
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"orglogin/handlers/signin/fakeidp"
)

// What the service is registered as with the provider.
const (
	ClientID     = "cluster"
	ClientSecret = "good-on-loopback-alone"
)

// PersonHeader tells the provider who sits at the browser, by subject. Without
// it the provider shows its page.
const PersonHeader = "X-Person"

// Provider is an OpenID provider on loopback that counts what reaches it.
type Provider struct {
	Issuer string
	// Opened counts the connections made to it, all of them.
	Opened atomic.Int64

	server  *http.Server
	instead atomic.Pointer[func(http.ResponseWriter, *http.Request) bool]

	mu    sync.Mutex
	asked map[string]int // requests by path
}

// NewProvider starts one over http, or over https with the certificate given.
func NewProvider(certificate *tls.Certificate) (*Provider, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	issuer := "http://" + l.Addr().String()
	if certificate != nil {
		issuer = "https://" + l.Addr().String()
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*certificate}, NextProtos: []string{"http/1.1"}})
	}
	return ProviderOn(l, issuer), nil
}

// ProviderOn starts one on a listener, which it takes over. issuer is where it
// is found: of the listener itself, or of what stands before it.
func ProviderOn(l net.Listener, issuer string) *Provider {
	p := &Provider{Issuer: issuer, asked: map[string]int{}}
	idp := fakeidp.New(fakeidp.Config{Issuer: p.Issuer, ClientID: ClientID, ClientSecret: ClientSecret, Auto: anybody})
	p.server = &http.Server{
		Addr:              l.Addr().String(),
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			p.asked[r.URL.Path]++
			p.mu.Unlock()
			if instead := p.instead.Load(); instead != nil && (*instead)(w, r) {
				return
			}
			idp.ServeHTTP(w, r)
		}),
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateNew {
				p.Opened.Add(1)
			}
		},
	}
	go func() { _ = p.server.Serve(l) }() // until Close
	return p
}

func anybody(r *http.Request) fakeidp.Person {
	subject := r.Header.Get(PersonHeader)
	return fakeidp.Person{Subject: subject, Email: address(subject), EmailVerified: true, Name: "Person " + subject}
}

// Asked is how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// Instead has every request shown to f first, from now on. Where f returns true
// it has answered; otherwise the provider does. Nil ends it.
func (p *Provider) Instead(f func(w http.ResponseWriter, r *http.Request) bool) {
	if f == nil {
		p.instead.Store(nil)
		return
	}
	p.instead.Store(&f)
}

// Hang lets the token endpoint answer d late from now on.
func (p *Provider) Hang(d time.Duration) {
	p.Instead(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			time.Sleep(d)
		}
		return false
	})
}

// Close ends it, in the middle of what it does. One that another process started
// is left alone.
func (p *Provider) Close() error {
	if p.server == nil {
		return nil
	}
	return p.server.Close()
}
