// Package oidcattack_test attacks the service by a browser that reads
// addresses in its own way, and by a provider that makes false claims, answers badly or not
// at all. Everything is real but the network between them: the handlers, the
// pages, the decision, the database in a file.
package oidcattack_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/publicsuffix"

	"orglogin/handlers"
	"orglogin/handlers/handlertest"
	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/handlers/signin"
	"orglogin/handlers/token"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
	"orglogin/templates"
)

const (
	public       = "https://login.example.test"
	clientID     = "the-service"
	clientSecret = "a secret+/=&%" // what form-encoding must not lose (C7)

	fixture = `{
		"organizations": [{"slug": "acme", "name": "Acme", "subdomain_status": "verified"},
			{"slug": "globex", "name": "Globex", "subdomain_status": "verified"},
			{"slug": "initech", "name": "Initech", "subdomain_status": "verified"},
			{"slug": "evil", "name": "Evil", "subdomain_status": "verified"}],
		"users": [{"email": "ann@acme.test", "name": "Ann"}, {"email": "dis@acme.test", "name": "Dis", "disabled": true},
			{"email": "vic@initech.test", "name": "Vic"}, {"email": "eve@evil.test", "name": "Eve"}],
		"memberships": [{"organization": "acme", "email": "ann@acme.test", "role": "owner"},
			{"organization": "acme", "email": "dis@acme.test", "role": "owner"},
			{"organization": "initech", "email": "vic@initech.test", "role": "owner"},
			{"organization": "globex", "email": "vic@initech.test", "role": "member"},
			{"organization": "evil", "email": "eve@evil.test", "role": "owner"}],
		"invitations": [{"organization": "evil", "email": "vic@initech.test", "role": "member",
			"token": "the-invitation-of-eve-for-vic", "expires_at": "2099-01-01T00:00:00Z", "revoked": false},
			{"organization": "globex", "email": "ann@acme.test", "role": "member",
			"token": "the-invitation-for-ann-alone", "expires_at": "2099-01-01T00:00:00Z", "revoked": false}]
	}`
)

// service is the service with one provider, its database and its log.
type service struct {
	*reader
	server *handlers.Server
	log    *journal
	clock  *handlertest.Clock
}

// newService opens the service before the provider at issuer. Acme is Ann's, and
// the provider is trusted with addresses, so that a false address would have an effect.
func newService(t testing.TB, issuer string, c *handlertest.Clock, change func(*signin.Config)) *service {
	t.Helper()
	return newServiceOver(t, issuer, c, change, func(s store.Store) store.Store { return s })
}

// newServiceOver is newService with what over makes of its store.
func newServiceOver(t testing.TB, issuer string, c *handlertest.Clock, change func(*signin.Config), over func(store.Store) store.Store) *service {
	t.Helper()
	d := &service{log: &journal{}, clock: c}
	logger := slog.New(slog.NewJSONHandler(d.log, nil))
	path := filepath.Join(t.TempDir(), "service.db")
	sqlitetest.Migrate(t, path)
	db, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Reserved: []string{"login", "app"}, Now: d.clock.Now, Logger: logger})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	file, _, err := store.ParseImport(strings.NewReader(fixture))
	must(t, err)
	must(t, db.Import(t.Context(), file, d.clock.Now()))
	d.reader = newReader(t, path)

	box, err := seal.NewBox([][]byte{bytes.Repeat([]byte{7}, 32)})
	must(t, err)
	pages, err := templates.New(templates.Options{})
	must(t, err)
	cfg := signin.Config{
		ID: store.DefaultConnection, Name: "Example", Issuer: issuer, ClientID: clientID, ClientSecret: clientSecret, TrustEmail: true,
	}
	if change != nil {
		change(&cfg)
	}
	providers, err := signin.NewRegistry(signin.RegistryConfig{PublicURL: public, Operators: []signin.Config{cfg}, Now: d.clock.Now, Logger: logger})
	must(t, err)
	stored := over(db)
	d.server, err = handlers.New(handlers.Config{
		Site: site(t), Store: stored, Providers: providers, Box: box, Pages: pages, Tokens: signer(t, d.clock),
		Sessions: session.New(session.Config{
			Store: stored, Box: box, Now: d.clock.Now, Lifetime: 12 * time.Hour, Idle: 2 * time.Hour, BaseDomain: "example.test",
		}),
		Signup: store.SignupOrganization,
		Logger: logger, Registry: prometheus.NewRegistry(), Now: d.clock.Now,
	})
	must(t, err)
	return d
}

func site(t testing.TB) redirect.Site {
	t.Helper()
	login, err := redirect.ParseOrigin(public)
	must(t, err)
	app, err := redirect.ParseOrigin("https://app.example.test")
	must(t, err)
	return redirect.Site{
		Public: login, App: app, BaseDomain: "example.test",
		AllowedHosts:  []string{"docs.partner.test", "*.preview.partner.test"},
		DashboardPath: "/dashboard", FallbackPath: "/clients",
	}
}

func signer(t testing.TB, c *handlertest.Clock) *token.Signer {
	t.Helper()
	keys, err := token.NewKeySet()
	must(t, err)
	name := filepath.Join(t.TempDir(), "signing-keys.json")
	must(t, os.WriteFile(name, keys, 0o600))
	s, err := token.Open(name, token.Config{Issuer: public, Audience: "authenticated", Role: "authenticated", Now: c.Now})
	must(t, err)
	return s
}

// RoundTrip gives the service's hosts to the service and the provider's to the network.
func (d *service) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() == "127.0.0.1" {
		return http.DefaultTransport.RoundTrip(r)
	}
	in := httptest.NewRequest(r.Method, r.URL.RequestURI(), r.Body)
	in.Header, in.Host, in.RemoteAddr = r.Header.Clone(), r.URL.Host, "192.0.2.7:1234"
	w := httptest.NewRecorder()
	d.server.ServeHTTP(w, in.WithContext(r.Context()))
	res := w.Result()
	res.Request = r
	return res, nil
}

// browser keeps cookies and follows nothing by itself.
func (d *service) browser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	must(t, err)
	return &http.Client{
		Transport: d, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// page is one answer, read.
type page struct {
	*http.Response
	text string
}

func get(t testing.TB, c *http.Client, target string) page {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	must(t, err)
	return send(t, c, r)
}

func send(t testing.TB, c *http.Client, r *http.Request) page {
	t.Helper()
	res, err := c.Do(r)
	must(t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(t, err)
	return page{res, string(b)}
}

// begin starts a login and returns where the browser is sent.
func begin(t testing.TB, c *http.Client, query url.Values) *url.URL {
	t.Helper()
	res := get(t, c, public+"/auth/start?"+query.Encode())
	to, err := res.Location()
	if err != nil || res.StatusCode != http.StatusFound {
		t.Fatalf("no login began: %d\n%s", res.StatusCode, res.text)
	}
	return to
}

// hasSession reports whether the browser holds a session.
func hasSession(c *http.Client) bool {
	for _, cookie := range c.Jar.Cookies(&url.URL{Scheme: "https", Host: "login.example.test"}) {
		if strings.HasPrefix(cookie.Name, "__Secure-session") || strings.HasPrefix(cookie.Name, "__Host-browser") {
			return true
		}
	}
	return false
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// journal is the service's log.
type journal struct{ handlertest.Log }

// reason is what the last login line says.
func (j *journal) reason(t testing.TB) store.Reason {
	t.Helper()
	var last store.Reason
	for line := range strings.Lines(j.String()) {
		var l struct {
			Msg    string
			Reason store.Reason
		}
		must(t, json.Unmarshal([]byte(line), &l))
		if l.Msg == "login" {
			last = l.Reason
		}
	}
	return last
}
