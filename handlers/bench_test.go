package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/store/manage"
)

// remembered answers reads of the hot path from maps, as the cache of the
// process does, so that what is measured is this package.
type remembered struct {
	store.Store
	mu            sync.RWMutex
	sessions      map[string]store.Session
	snapshots     map[string]store.AccessSnapshot
	organizations map[string]store.Organization
}

func remember(s store.Store) store.Store {
	return &remembered{Store: s, sessions: map[string]store.Session{}, snapshots: map[string]store.AccessSnapshot{}, organizations: map[string]store.Organization{}}
}

func (r *remembered) Session(ctx context.Context, userID string, hash []byte) (store.Session, error) {
	return recall(r, r.sessions, string(hash), func() (store.Session, error) { return r.Store.Session(ctx, userID, hash) })
}

func (r *remembered) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	key := q.UserID + "\n" + strings.Join(q.Slugs, ",") + "\n" + string(q.Invitation)
	return recall(r, r.snapshots, key, func() (store.AccessSnapshot, error) { return r.Store.AccessSnapshot(ctx, q) })
}

func (r *remembered) OrganizationBySlug(ctx context.Context, slug string) (store.Organization, error) {
	return recall(r, r.organizations, slug, func() (store.Organization, error) { return r.Store.OrganizationBySlug(ctx, slug) })
}

// SaveReceipt may be late, so a landing does not wait for it.
func (r *remembered) SaveReceipt(context.Context, store.Receipt) error { return nil }

func recall[V any](r *remembered, m map[string]V, key string, ask func() (V, error)) (V, error) {
	r.mu.RLock()
	v, ok := m[key]
	r.mu.RUnlock()
	if ok {
		return v, nil
	}
	v, err := ask()
	if err == nil {
		r.mu.Lock()
		m[key] = v
		r.mu.Unlock()
	}
	return v, err
}

func newBenchService(b *testing.B) *service {
	d := newService(b, serviceConfig{trust: true, fixture: read(b, "testdata/fixture.json"), wrap: remember})
	d.quick = true
	return d
}

// serve sends one request to a handler over a connection that stays open, as a
// proxy holds them, and says how it was answered.
func serve(b *testing.B, h http.Handler, r *http.Request, want int) {
	b.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	to, err := url.Parse(srv.URL)
	must(b, err)
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", to.Host, ""
	client := &http.Transport{}
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		res, err := client.RoundTrip(r)
		must(b, err)
		res.Body.Close()
		if res.StatusCode != want {
			b.Fatal(res.StatusCode)
		}
	}
}

// direct is serve without a network, which shows what the handler itself costs.
func direct(b *testing.B, h http.Handler, r *http.Request, want int) {
	b.Helper()
	r.RemoteAddr, r.URL.Scheme, r.URL.Host = "127.0.0.1:1", "", ""
	b.ReportAllocs()
	for b.Loop() {
		w := &answer{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.status != want {
			b.Fatal(w.status)
		}
	}
}

type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) Write(b []byte) (int, error) { return len(b), nil }
func (a *answer) WriteHeader(status int)      { a.status = status }

// BenchmarkVerify is /auth/verify with everything known, beside a bare echo
// handler that answers 204 after one lookup in a map, and one that answers with
// the headers that our 200 must have and queries nothing: what lies between
// those two is the price of saying who came. The ratio to the bare one is a
// column; for the service as it runs, `go run ./cmd/internal/load -only verify`.
func BenchmarkVerify(b *testing.B) {
	d := newBenchService(b)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	good := d.cookie(ann, "__Secure-session")
	ask := func(cookie string) *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/auth/verify", nil)
		r.Host, r.RemoteAddr = "orglogin", "127.0.0.1:1"
		r.Header = http.Header{
			"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"acme.example.test"}, "X-Forwarded-Uri": {"/reports?a=1"}, "X-Forwarded-Method": {"GET"},
			"Cookie": {"theme=dark; __Secure-session=" + cookie}, "Accept": {"text/html"}, "User-Agent": {"Mozilla/5.0"},
		}
		return r
	}
	known := map[string]bool{good: true}
	bare := echo.New()
	bare.GET("/auth/verify", func(c echo.Context) error {
		if cookie, err := c.Cookie("__Secure-session"); err == nil && known[cookie.Value] {
			return c.NoContent(http.StatusNoContent)
		}
		return c.NoContent(http.StatusUnauthorized)
	})
	ours := httptest.NewRecorder()
	d.server.ServeHTTP(ours, ask(good))
	if ours.Code != http.StatusOK {
		b.Fatal(ours.Code)
	}
	saying := echo.New()
	saying.GET("/auth/verify", func(c echo.Context) error {
		if cookie, err := c.Cookie("__Secure-session"); err != nil || !known[cookie.Value] {
			return c.NoContent(http.StatusUnauthorized)
		}
		h := c.Response().Header()
		for name, value := range ours.Header() {
			h[name] = value
		}
		return c.NoContent(http.StatusOK)
	})
	cost := map[string]float64{}
	for _, c := range []struct {
		name   string
		h      http.Handler
		cookie string
		want   int
	}{
		{"bare", bare, good, http.StatusNoContent},
		{"headers", saying, good, http.StatusOK},
		{"ours", d.server, good, http.StatusOK},
		{"refused", d.server, "x", http.StatusUnauthorized},
	} {
		for _, way := range []struct {
			name string
			do   func(*testing.B, http.Handler, *http.Request, int)
		}{{"network", serve}, {"direct", direct}} {
			b.Run(c.name+"/"+way.name, func(b *testing.B) {
				way.do(b, c.h, ask(c.cookie), c.want)
				took := float64(b.Elapsed()) / float64(b.N)
				if c.h == bare {
					cost[way.name] = took
				}
				if base := cost[way.name]; base > 0 {
					b.ReportMetric(took/base, "×bare")
				}
			})
		}
	}
}

// BenchmarkLiveSession is /login for who is signed in, beside a bare 302.
func BenchmarkLiveSession(b *testing.B) {
	d := newBenchService(b)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	r := func() *http.Request {
		r := httptest.NewRequest(http.MethodGet, "/login?redirect=%2Freports", nil)
		r.Host = "login.example.test"
		for _, c := range ann.Jar.Cookies(&url.URL{Scheme: "https", Host: r.Host, Path: "/"}) {
			r.AddCookie(c)
		}
		return r
	}
	bare := echo.New()
	bare.GET("/login", func(c echo.Context) error { return c.Redirect(http.StatusFound, home) })
	b.Run("bare/network", func(b *testing.B) { serve(b, bare, r(), 302) })
	b.Run("login/network", func(b *testing.B) { serve(b, d.server, r(), 302) })
	b.Run("login/direct", func(b *testing.B) { direct(b, d.server, r(), 302) })
}

func BenchmarkStart(b *testing.B) {
	d := newBenchService(b)
	d.begin(d.browser(), "")
	r := httptest.NewRequest(http.MethodGet, "/auth/start?redirect=%2Freports", nil)
	r.Host = "login.example.test"
	direct(b, d.server, r, 302)
}

// BenchmarkWholeLogin is start, the provider in this process, its token
// endpoint over loopback, callback, and the account in SQLite.
func BenchmarkWholeLogin(b *testing.B) {
	d := newBenchService(b)
	begun := time.Now()
	for b.Loop() {
		if res, _ := d.loginAs(d.browser(), "ann-1", ""); res.StatusCode != http.StatusFound {
			b.Fatal(res.StatusCode)
		}
	}
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "logins/s")
}

// BenchmarkConnections is a whole login by one organization's connection, and verify with the
// session that it made, where there is no other connection and where there are 1,000.
func BenchmarkConnections(b *testing.B) {
	for _, more := range []int{0, 1000} {
		b.Run(fmt.Sprint(more, " others"), func(b *testing.B) {
			d := newService(b, serviceConfig{trust: true, organizations: true, fixture: organizationFixture})
			acme := d.connect("acme", store.SSORequired, uma)
			d.addConnections(more)
			c := d.umaSignedIn(acme)
			d.quick = true
			b.Run("login", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if res, _ := d.loginBy(d.browser(), acme, "uma", ""); res.StatusCode != http.StatusFound {
						b.Fatal(res.StatusCode)
					}
				}
			})
			r := httptest.NewRequest(http.MethodGet, "/auth/verify", nil)
			r.Host = "orglogin"
			r.Header = http.Header{
				"X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"acme.example.test"}, "X-Forwarded-Uri": {"/reports"}, "X-Forwarded-Method": {"GET"},
				"Cookie": {"__Secure-session=" + d.cookie(c, "__Secure-session")},
			}
			b.Run("verify", func(b *testing.B) { direct(b, d.server, r, http.StatusOK) })
		})
	}
}

// addConnections adds active connections of further organizations.
func (d *service) addConnections(n int) {
	d.t.Helper()
	var organizations []string
	for i := range (n + store.MaxConnections - 1) / store.MaxConnections {
		organizations = append(organizations, fmt.Sprintf(`{"slug": "place-%d", "name": "Place %d", "subdomain_status": "verified"}`, i, i))
	}
	d.importFile(`{"organizations": [` + strings.Join(organizations, ",") + `]}`)
	for i := range n {
		_, err := d.manage.AddConnection(d.t.Context(), command, fmt.Sprint("place-", i/store.MaxConnections), manage.NewConnection{
			Name: "Place", Issuer: "https://id.place.test", ClientID: "c", ClientSecret: organizationSecret, UserInfo: "off",
		})
		must(d.t, err)
	}
	d.byHand(`UPDATE connections SET tested_revision = revision, state = 'active'`)
}
