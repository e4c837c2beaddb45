package handlers_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/net/publicsuffix"

	"orglogin/handlers"
	"orglogin/handlers/handlertest"
	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/handlers/signin"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/handlers/token"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
	"orglogin/templates"
)

// service is the whole service over a real SQLite file and a provider on
// loopback, with a clock that the test moves.
type service struct {
	t        testing.TB
	server   *handlers.Server
	store    store.OperatorStore
	manage   *manage.Manager // the operations of an operator in the same database
	provider *fakeidp.Provider
	issuer   string
	registry *prometheus.Registry
	log      *handlertest.Log
	clock    *handlertest.Clock
	switched *switched
	box      *seal.Box

	path    string // of the database
	allowed map[string]bool
	secrets secrets
	quick   bool // a benchmark: nothing is inspected

	mu       sync.Mutex
	picked   string                                            // who signs in at the provider
	upstream func(w http.ResponseWriter, r *http.Request) bool // answers in the provider's place
	people   []fakeidp.Person
	changed  map[string]any                     // claims of whoever signs in
	choose   func(*http.Request) fakeidp.Person // in place of picked
}

type serviceConfig struct {
	signup  store.Signup
	limit   handlers.Limit
	suffix  string
	hosted  []string
	allowed []string
	fixture string // import file
	trust   bool
	box     *seal.Box
	mangle  fakeidp.Mangle
	wrap    func(store.Store) store.Store // between the handlers and the database

	operators []signin.Config // further ones
	// organizations lets organizations have connections, see [service.connect].
	organizations bool
	discovery     bool

	verifyWait time.Duration // zero: longer than anything takes
}

const (
	clientSecret = "a secret+/=&%"
	// organizationSecret is that of organization connections, which has no blank.
	organizationSecret = "another-secret+/=&%"

	public = "https://login.example.test"
	app    = "https://app.example.test"
	// localPublic is what a service with organization connections gives providers as the
	// login host: providers without TLS are for a service on loopback.
	localPublic = "http://login.example.localhost"
)

func newService(t testing.TB, cfg serviceConfig) *service {
	t.Helper()
	d := &service{t: t, registry: prometheus.NewRegistry(), log: &handlertest.Log{}, clock: handlertest.NewClock(time.Now())}
	d.people = people()
	d.allowed = map[string]bool{}
	for _, host := range cfg.allowed {
		d.allowed[host] = true
	}
	t.Cleanup(func() { d.checkLog(t) })

	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		upstream := d.upstream
		d.mu.Unlock()
		if upstream != nil && upstream(w, r) {
			return
		}
		if r.URL.Path == "/token" {
			body, _ := io.ReadAll(r.Body)
			d.secrets.fromURL("?" + string(body))
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		d.provider.ServeHTTP(w, r)
	}))
	t.Cleanup(idp.Close)
	d.issuer = idp.URL
	claims := cfg.mangle.Claims
	cfg.mangle.Claims = func(m map[string]any) {
		if claims != nil {
			claims(m)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		for name, value := range d.changed {
			if m[name] = value; value == absent {
				delete(m, name)
			}
		}
	}
	registry := signin.RegistryConfig{PublicURL: public, Now: d.clock.Now, OurHost: func(host string) bool { return strings.HasSuffix(host, "example.test") }}
	if cfg.organizations {
		registry.PublicURL = localPublic
		registry.AllowedNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	}
	d.provider = fakeidp.New(fakeidp.Config{
		Issuer: idp.URL, ClientID: "service", ClientSecret: clientSecret, RedirectURLs: []string{registry.PublicURL + "/auth/callback"},
		People: d.people, Auto: d.auto, Key: handlertest.ProviderKey(t), Now: d.clock.Now, Mangle: cfg.mangle,
	})

	path := filepath.Join(t.TempDir(), "service.db")
	d.path = path
	ctx := context.Background()
	sqlitetest.Migrate(t, path)
	logger := slog.New(slog.NewJSONHandler(d.log, nil))
	db, err := sqlite.Open(ctx, sqlite.Config{Path: path, Reserved: []string{"login", "app"}, Now: d.clock.Now, Logger: logger})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	d.store, d.manage = db, managetest.NewManager(db.Manage(), d.clock.Now)
	d.manage.SealSecret = func(id, secret string) (string, error) {
		return d.box.Sealer(seal.ConnectionSecret).Seal([]byte(secret), id), nil
	}
	closed, err := sqlite.Open(ctx, sqlite.Config{Path: path, Now: d.clock.Now, Logger: logger})
	must(t, err)
	must(t, closed.Close())
	up := store.Store(db)
	if cfg.wrap != nil {
		up = cfg.wrap(up)
	}
	d.switched = &switched{Store: up, up: up, down: closed}

	if cfg.signup == "" {
		cfg.signup = store.SignupOrganization
	}
	if cfg.box == nil {
		cfg.box, err = seal.NewBox([][]byte{bytes.Repeat([]byte{7}, 32)})
		must(t, err)
	}
	site := redirect.Site{
		Public: origin(t, public), App: origin(t, app), BaseDomain: "example.test",
		AllowedHosts: cfg.allowed, DashboardPath: "/dashboard", FallbackPath: "/clients",
	}
	pages, err := templates.New(templates.Options{})
	must(t, err)
	keys, err := token.NewKeySet()
	must(t, err)
	keyFile := filepath.Join(t.TempDir(), "signing-keys.json")
	must(t, os.WriteFile(keyFile, keys, 0o600))
	tokens, err := token.Open(keyFile, token.Config{Issuer: public, Audience: "authenticated", Role: "authenticated", Now: d.clock.Now})
	must(t, err)
	d.box = cfg.box
	var connections store.Connections
	if cfg.organizations {
		connections, registry.Connections, registry.Box = d.switched, d.switched, d.box
	}
	registry.Logger = logger
	registry.Operators = append([]signin.Config{{
		ID: store.DefaultConnection, Name: "Example", Issuer: idp.URL, ClientID: "service", ClientSecret: clientSecret,
		HostedDomains: cfg.hosted, TrustEmail: cfg.trust,
	}}, cfg.operators...)
	providers, err := signin.NewRegistry(registry)
	must(t, err)
	trusted := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	d.server, err = handlers.New(handlers.Config{
		Site: site, Store: d.switched, Providers: providers, Connections: connections, Box: cfg.box, Pages: pages, Tokens: tokens,
		Sessions: session.New(session.Config{
			Store: d.switched, Box: cfg.box, Now: d.clock.Now, Lifetime: 12 * time.Hour, Idle: 2 * time.Hour,
			BaseDomain: "example.test", Suffix: cfg.suffix,
		}),
		Signup: cfg.signup, CookieSuffix: cfg.suffix, Discovery: cfg.discovery,
		TrustedProxies: trusted, RateLimit: cfg.limit, VerifyWait: cmp.Or(cfg.verifyWait, time.Minute), // this machine may be slow
		Logger: logger, Registry: d.registry, Now: d.clock.Now,
	})
	must(t, err)
	d.checkZeros(t)
	if cfg.fixture != "" {
		d.importFile(cfg.fixture)
	}
	return d
}

// checkZeros fails a test in which something was counted under labels that were not there at zero.
func (d *service) checkZeros(t testing.TB) {
	first := d.series(t)
	t.Cleanup(func() {
		for series := range d.series(t) {
			if !first[series] {
				t.Errorf("%s was not there at the start", series)
			}
		}
	})
}

// series are the names and labels of what is counted.
func (d *service) series(t testing.TB) map[string]bool {
	t.Helper()
	families, err := d.registry.Gather()
	must(t, err)
	all := map[string]bool{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			series := family.GetName()
			for _, label := range m.GetLabel() {
				series += fmt.Sprintf(" %s=%q", label.GetName(), label.GetValue())
			}
			all[series] = true
		}
	}
	return all
}

func people() []fakeidp.Person {
	return []fakeidp.Person{
		{Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true, Name: "Ann Example"},
		{Subject: "bob-1", Email: "bob@acme.test", EmailVerified: true, Name: "Bob Example"},
		{Subject: "cem-1", Email: "cem@both.test", EmailVerified: true, Name: "Cem Example"},
		{Subject: "pia-1", Email: "pia@pending.test", EmailVerified: true, Name: "Pia Example"},
		{Subject: "new-1", Email: "new@nowhere.test", EmailVerified: true, Name: "New Example"},
		{Subject: "new-2", Email: "new@nowhere.test", EmailVerified: true, Name: "Another New"},
		{Subject: "dis-1", Email: "dis@acme.test", EmailVerified: true, Name: "Dis Example"},
		{Subject: "unv-1", Email: "unv@acme.test", EmailVerified: false, Name: "Unv Example"},
		{Subject: "str-1", Email: "str@acme.test", EmailVerified: "true", Name: "String Example"},
		{Subject: "stranger-1", Email: "stranger@nowhere.test", EmailVerified: true, Name: "Stranger"},
		{Subject: "two-1", Email: "two@acme.test", EmailVerified: true, Name: "Two Example"},
		{Subject: "den-1", Email: "den@acme.test", EmailVerified: true, Name: "Den Example", Deny: true},
	}
}

func (d *service) auto(r *http.Request) fakeidp.Person {
	if d.choose != nil {
		return d.choose(r)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.people {
		if p.Subject == d.picked {
			return p
		}
	}
	return fakeidp.Person{}
}

func (d *service) pick(subject string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.picked = subject
}

func (d *service) answerAs(f func(http.ResponseWriter, *http.Request) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.upstream = f
}

func (d *service) importFile(text string) {
	d.t.Helper()
	file, _, err := store.ParseImport(strings.NewReader(text))
	must(d.t, err)
	must(d.t, d.store.Import(context.Background(), file, d.clock.Now()))
}

// count reads one number from the database.
func (d *service) count(query string) int {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(5000)")
	must(d.t, err)
	defer db.Close()
	var n int
	must(d.t, db.QueryRowContext(context.Background(), query).Scan(&n))
	return n
}

// RoundTrip gives the service's hosts to the service and the rest to the network, so
// that one client walks a login over all of them.
func (d *service) RoundTrip(r *http.Request) (*http.Response, error) {
	if name := r.URL.Hostname(); name == "127.0.0.1" || strings.HasSuffix(name, ".localhost") {
		return d.askProvider(r)
	}
	in := httptest.NewRequest(r.Method, r.URL.RequestURI(), r.Body)
	in.Header, in.ContentLength = r.Header.Clone(), r.ContentLength
	in.Host = r.URL.Host
	if r.Host != "" {
		in.Host = r.Host
	}
	if host := r.Header.Get("Test-Host"); host != "" { // the Host alone: the cookies are the URL's
		in.Host = host
		in.Header.Del("Test-Host")
	}
	in.RemoteAddr = "192.0.2.7:1234"
	if from := r.Header.Get("Test-Peer"); from != "" {
		in.RemoteAddr = from
		in.Header.Del("Test-Peer")
	}
	w := httptest.NewRecorder()
	d.server.ServeHTTP(w, in.WithContext(r.Context()))
	res := w.Result()
	res.Request = r
	if !d.quick {
		d.secrets.fromURL(r.URL.String())
		d.secrets.fromAnswer(res)
		d.inspect(r, res, w.Body.String())
	}
	return res, nil
}

// askProvider asks a provider, whose every name means this machine.
func (d *service) askProvider(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.URL.Host = "127.0.0.1:" + r.URL.Port()
	res, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	res.Request = r
	if path, ok := strings.CutPrefix(res.Header.Get("Location"), localPublic); ok {
		res.Header.Set("Location", public+path)
	}
	return res, nil
}

// byHand changes the database behind the service's back, as an operator does.
func (d *service) byHand(statement string) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	must(d.t, err)
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	must(d.t, err)
}

// browser is a client with a cookie jar that follows nothing by itself.
func (d *service) browser() *http.Client {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	must(d.t, err)
	return &http.Client{
		Transport: d, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get follows nothing and returns the answer with its body read.
func get(t testing.TB, c *http.Client, target string, header ...string) (*http.Response, string) {
	t.Helper()
	return do(t, c, http.MethodGet, target, nil, header...)
}

func do(t testing.TB, c *http.Client, method, target string, form url.Values, header ...string) (*http.Response, string) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, target, body)
	must(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	res, err := c.Do(r)
	must(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(t, err)
	return res, string(text)
}

// follow goes where the answer sends the browser.
func follow(t testing.TB, c *http.Client, res *http.Response) (*http.Response, string) {
	t.Helper()
	to, err := res.Location()
	must(t, err)
	return get(t, c, to.String())
}

// fromOurPage is what a browser sends with a link that was followed on our own page.
const fromOurPage = "Sec-Fetch-Site: same-origin"

// loginAs walks start, provider and callback, and returns the callback's answer.
func (d *service) loginAs(c *http.Client, subject, intent string) (*http.Response, string) {
	d.t.Helper()
	d.pick(subject)
	res, body := get(d.t, c, public+"/auth/start"+intent, fromOurPage)
	for range 2 {
		if res.StatusCode != http.StatusFound {
			d.t.Fatalf("login as %s: %d\n%s", subject, res.StatusCode, body)
		}
		res, body = follow(d.t, c, res)
	}
	return res, body
}

func origin(t testing.TB, s string) redirect.Origin {
	t.Helper()
	o, err := redirect.ParseOrigin(s)
	must(t, err)
	return o
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	return string(b)
}

// switched is the store, or, cut off, the same store after its database was
// closed: then every question goes unanswered.
type switched struct {
	store.Store
	up, down store.Store
}

func (s *switched) cut()     { s.Store = s.down }
func (s *switched) restore() { s.Store = s.up }
