package verify

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/store"
)

func testSite(t testing.TB) redirect.Site {
	t.Helper()
	public, err := redirect.ParseOrigin("https://login.example.test")
	if err != nil {
		t.Fatal(err)
	}
	app, err := redirect.ParseOrigin("https://app.example.test")
	if err != nil {
		t.Fatal(err)
	}
	return redirect.Site{Public: public, App: app, BaseDomain: "example.test", DashboardPath: "/dashboard", FallbackPath: "/clients"}
}

// Whatever a trusted proxy sends, what is understood is one host and a path, and
// a login begun from it leads to the login host.
func FuzzAskedFor(f *testing.F) {
	f.Add("https", "acme.example.test", "/x?a=1&b=2%2F&c=", "GET", "", "orglogin:8080")
	f.Add("", "", "", "", "https://acme.example.test/x?y", "acme.example.test")
	f.Add("http", "a, b", "//evil.test", "x", "//evil.test/\\", "")
	f.Add("ws", "acme.example.test:443", "/é#x", "", "http:opaque", "login.example.test")
	s := &Handler{Config: Config{Responder: &web.Responder{Site: testSite(f)}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	e := echo.New()
	f.Fuzz(func(t *testing.T, proto, host, uri, method, original, own string) {
		r := httptest.NewRequest(http.MethodGet, "/auth/forward/own?x", nil)
		r.RemoteAddr, r.Host = "127.0.0.1:1", own
		for name, v := range map[string]string{"X-Forwarded-Proto": proto, "X-Forwarded-Host": host, "X-Forwarded-Uri": uri, "X-Forwarded-Method": method, "X-Original-Url": original} {
			if strings.ContainsAny(v, "\r\n\x00") {
				return
			}
			if v != "" {
				r.Header[name] = []string{v}
			}
		}
		for _, forward := range []bool{false, true} {
			c := e.NewContext(r, s.Begin(httptest.NewRecorder(), r, web.Kind{Proxied: true}))
			a, ok := s.askedFor(c, forward)
			if !ok {
				continue
			}
			if a.uri == "" || a.uri[0] != '/' || a.name != redirect.HostName(a.host) || a.method == "" {
				t.Fatalf("%+v", a)
			}
			if web.HostOf(c) != redirect.ForeignHost && redirect.HostName(own) != a.name {
				t.Fatalf("%q asks about %q", own, a.host)
			}
			if host != "" && a.host != host {
				t.Fatalf("%q is not %q", a.host, host)
			}
			login, err := url.Parse(s.loginURL(verdict{asked: a}))
			if err != nil || login.Host != "login.example.test" || login.Path != "/login" {
				t.Fatalf("%v %v", login, err)
			}
			if page := login.Query().Get("redirect"); page != "" {
				if p, err := url.Parse(page); err != nil || store.LowerASCII(p.Hostname()) != a.name {
					t.Fatalf("leads on to %q, asked about %q", page, a.host)
				}
			}
			if to := s.movedURL(a, "apex", http.Header{"Sec-Fetch-Mode": {"navigate"}}); to != "" && !strings.HasPrefix(to, "https://apex.example.test/") {
				t.Fatalf("moved to %q", to)
			}
		}
	})
}

func TestTheLoginKnowsThePageAskedFor(t *testing.T) {
	for _, c := range []struct{ name, public, host, uri, want string }{
		{"on the scheme's own port", "https://login.example.test", "acme.example.test", "/r", "?redirect=https%3A%2F%2Facme.example.test%2Fr"},
		{"on a port of our own", "http://login.localhost:8080", "acme.localhost:8080", "/r", "?redirect=http%3A%2F%2Facme.localhost%3A8080%2Fr"},
		{"on a port that the proxy leaves out", "http://login.localhost:8080", "acme.localhost", "/r", "?redirect=http%3A%2F%2Facme.localhost%3A8080%2Fr"},
		{"in another spelling of the host", "http://login.localhost:8080", "ACME.localhost", "/r", "?redirect=http%3A%2F%2FACME.localhost%3A8080%2Fr"},
		{"with brackets in the query", "https://login.example.test", "acme.example.test", "/?a[]", "?redirect=https%3A%2F%2Facme.example.test%2F%3Fa%5B%5D"},
		{"or only the organization", "https://login.example.test", "acme.example.test", "//evil.test", "?organization=acme"},
	} {
		t.Run(c.name, func(t *testing.T) {
			public, err := redirect.ParseOrigin(c.public)
			if err != nil {
				t.Fatal(err)
			}
			site := testSite(t)
			_, base, _ := strings.Cut(public.Host, ".")
			site.Public, site.BaseDomain = public, base
			s := &Handler{Config: Config{Responder: &web.Responder{Site: site}}}
			if got := s.loginURL(verdict{asked: asked{host: c.host, name: redirect.HostName(c.host), uri: c.uri}}); got != c.public+"/login"+c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
