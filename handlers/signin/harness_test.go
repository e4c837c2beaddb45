package signin

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

const (
	clientID = "the client"
	// The secret has what form-encoding must not lose.
	clientSecret = "s+e/c r=e&t%20:é"
	redirectURL  = "https://login.example.test/auth/callback"
)

var ann = fakeidp.Person{
	Subject: "ann-1", Email: "Ann@Acme.test", EmailVerified: true, Name: "Ann", Picture: "https://img.test/ann.png",
}

// op is a provider on the other side of real connections, which a test makes
// worse in one way.
type op struct {
	*fakeidp.Provider
	server *httptest.Server
	issuer string
	opened atomic.Int64 // connections
	clock  clock        // the provider's; a client may share it

	mu     sync.Mutex
	person fakeidp.Person
	mangle fakeidp.Mangle
	before map[string]http.HandlerFunc // by path, in place of the provider
	hits   map[string]int
}

func newOP(t testing.TB) *op {
	t.Helper()
	return newOPAt(t, "127.0.0.1")
}

// newOPAt is newOP with an issuer at a name of this machine.
func newOPAt(t testing.TB, host string) *op {
	t.Helper()
	o := &op{person: ann, before: make(map[string]http.HandlerFunc), hits: make(map[string]int)}
	o.server = httptest.NewUnstartedServer(o)
	o.server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			o.opened.Add(1)
		}
	}
	_, port, _ := net.SplitHostPort(o.server.Listener.Addr().String())
	o.issuer = "http://" + host + ":" + port
	o.Provider = fakeidp.New(fakeidp.Config{
		Issuer:       o.issuer,
		ClientID:     clientID,
		ClientSecret: clientSecret,
		RedirectURLs: []string{
			redirectURL, redirectURL + "/first", redirectURL + "/second",
			RedirectURL(localURL, store.DefaultConnection), RedirectURL(localURL, tenantID(0)), RedirectURL(localURL, tenantID(1)),
		},
		Key: handlertest.ProviderKey(t),
		Now: o.clock.now,
		Auto: func(r *http.Request) fakeidp.Person {
			if subject := r.Header.Get("Test-Subject"); subject != "" {
				return fakeidp.Person{Subject: subject, Email: subject + "@acme.test", EmailVerified: true}
			}
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.person
		},
		Mangle: fakeidp.Mangle{
			Discovery: func(d map[string]any) {
				if f := o.mangled().Discovery; f != nil {
					f(d)
				}
			},
			Claims: func(c map[string]any) {
				if f := o.mangled().Claims; f != nil {
					f(c)
				}
			},
			IDToken: func(c map[string]any) string {
				if f := o.mangled().IDToken; f != nil {
					return f(c)
				}
				raw, err := o.Sign(c)
				if err != nil {
					t.Error(err)
				}
				return raw
			},
			UserInfo: func(c map[string]any) {
				if f := o.mangled().UserInfo; f != nil {
					f(c)
				}
			},
			Answer: func(a map[string]any, access, id string) {
				if f := o.mangled().Answer; f != nil {
					f(a, access, id)
				}
			},
		},
	})
	o.server.Start()
	t.Cleanup(o.server.Close)
	return o
}

func (o *op) mangled() fakeidp.Mangle {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.mangle
}

func (o *op) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	o.hits[r.URL.Path]++
	h := o.before[r.URL.Path]
	o.mu.Unlock()
	if h == nil {
		h = o.Provider.ServeHTTP
	}
	h(w, r)
}

func (o *op) replace(path string, h http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.before[path] = h
}

func (o *op) count(path string) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hits[path]
}

func (o *op) config() Config {
	return Config{Issuer: o.issuer, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL}
}

func (o *op) client(t testing.TB, change func(*Config)) *Provider {
	t.Helper()
	c := o.config()
	if change != nil {
		change(&c)
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// visit is the browser's part: it goes to where, as subject if one is named,
// and returns the query that it is sent back with.
func (o *op) visit(t testing.TB, where, subject string) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, where, nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Test-Subject", subject)
	w := httptest.NewRecorder()
	o.Provider.ServeHTTP(w, r)
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != http.StatusFound {
		t.Fatalf("authorize: %d %s", w.Code, w.Body)
	}
	return back.RawQuery
}

// begin goes as far as the callback.
func (o *op) begin(t testing.TB, p *Provider, subject string) (Flow, Answer) {
	t.Helper()
	f := p.NewFlow()
	where, err := p.AuthURL(t.Context(), f, Request{State: "the state of " + f.ID})
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAnswer(o.visit(t, where, subject))
	if err != nil {
		t.Fatal(err)
	}
	if a.State != "the state of "+f.ID {
		t.Fatalf("state came back as %q", a.State)
	}
	return f, a
}

func (o *op) login(t testing.TB, p *Provider) (store.Identity, error) {
	t.Helper()
	f, a := o.begin(t, p, "")
	return p.Finish(t.Context(), f, a)
}

func mustLogin(t testing.TB, o *op, p *Provider) store.Identity {
	t.Helper()
	who, err := o.login(t, p)
	if err != nil {
		t.Fatalf("an honest login was refused: %v", err)
	}
	return who
}

// wantError checks reason and status, and that the text contains no secret.
func wantError(t testing.TB, err error, reason store.Reason, status int) {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Reason != reason || e.Status != status {
		t.Fatalf("got %v, want %s with %d", err, reason, status)
	}
	for _, secret := range []string{"eyJ", clientSecret, url.QueryEscape(clientSecret), "secret-text", "@"} {
		if strings.Contains(e.Error(), secret) {
			t.Errorf("the error contains %q: %v", secret, e)
		}
	}
}

// clock is moved by hand.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// testKey is one RSA key for tests that sign by hand.
var testKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// publishTestKey makes the key set hold the test key alone, as kid "test".
func (o *op) publishTestKey() {
	o.replace("/jwks", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{
			{Key: testKey().Public(), KeyID: "test", Use: "sig", Algorithm: "RS256"},
		}})
	})
}

// forge signs any header and payload with the test key, RS256.
func forge(header, payload string) string {
	b := base64.RawURLEncoding
	signed := b.EncodeToString([]byte(header)) + "." + b.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, testKey(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return signed + "." + b.EncodeToString(sig)
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// short is a context for calls that are meant to hang.
func short(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}
