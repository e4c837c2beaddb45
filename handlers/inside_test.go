package handlers

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"orglogin/handlers/seal"
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

// An intent comes out as it went in, byte for byte, and nothing else is one.
func FuzzParseIntent(f *testing.F) {
	f.Add([]byte{0, 0, 0})
	f.Add(intent{Redirect: []string{"/x\xff"}, Invitation: "token", Organization: "acme"}.appendBinary(nil))
	f.Add([]byte{2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Add([]byte{3, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := parseIntent(b)
		if err != nil {
			return
		}
		again, err := parseIntent(in.appendBinary(nil))
		if err != nil || cmp.Diff(in, again) != "" {
			t.Fatalf("%+v came back as %+v: %v", in, again, err)
		}
		if len(in.Redirect) > 2 {
			t.Fatalf("%d redirects", len(in.Redirect))
		}
	})
}

// What we did not seal opens to nothing; what we did, to itself.
func FuzzOpenState(f *testing.F) {
	key := make([]byte, 32)
	rand.Read(key) // each process of a fuzz run its own: what another sealed is foreign too
	box, err := seal.NewBox([][]byte{key})
	if err != nil {
		f.Fatal(err)
	}
	fl := newFlows(box, "")
	good := fl.State("flow-id", intent{Redirect: []string{"/x"}})
	f.Add(good, "/x")
	f.Add(good[:len(good)-1], "")
	f.Add(good+"A", "//x")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, state, value string) {
		if id, in, err := fl.OpenState(state); err == nil && state != good {
			t.Fatalf("opened %q: %s %+v", state, id, in)
		}
		if len(value) > 1000 { // intentOf bounds what is sealed to less than Seal takes
			return
		}
		in := intent{Redirect: []string{value}, Invitation: value, Organization: value}
		id, got, err := fl.OpenState(fl.State("id", in))
		if err != nil || id != "id" || cmp.Diff(in, got) != "" {
			t.Fatalf("%+v came back as %s %+v: %v", in, id, got, err)
		}
	})
}

// Parameters become an intent that is bounded, and that its own URL tells again.
func FuzzIntentOf(f *testing.F) {
	f.Add("redirect=%2Fx&invitation=t&organization=acme&prompt=login&login_hint=a%40b.test")
	f.Add("redirect=a&redirect=b&redirect=c")
	f.Add("redirect=%00%ff&prompt=none;x")
	f.Fuzz(func(t *testing.T, raw string) {
		q, _ := url.ParseQuery(raw)
		in := intentOf(q)
		if len(in.Redirect) > 2 || len(in.Invitation) > maxInvitation+1 || len(in.Organization) > maxSlug+1 || len(in.LoginHint) > store.MaxEmail {
			t.Fatalf("%+v", in)
		}
		for _, v := range in.Redirect {
			if len(v) > maxRedirect+1 {
				t.Fatalf("a redirect of %d bytes", len(v))
			}
		}
		if d := cmp.Diff(in, intentOf(in.query())); d != "" {
			t.Fatal(d)
		}
		if p := in.path("/login"); strings.ContainsAny(p, "\r\n \"<>") || strings.Contains(p[1:], "//") {
			t.Fatalf("%q", p)
		}
	})
}

// A Host is ours in one spelling of letters, or nobody's.
func FuzzHost(f *testing.F) {
	for _, h := range []string{"login.example.test", "ACME.example.test:443", "a.b.example.test", "example.test", "login.example.test.", "[::1]:80", "evil.test", ".example.test", "x@login.example.test", "acme.example.test:x", "evilexample.test"} {
		f.Add(h)
	}
	site := testSite(f)
	f.Fuzz(func(t *testing.T, host string) {
		name := redirect.HostName(host)
		p, label := site.HostOf(name)
		if p == redirect.ForeignHost {
			return
		}
		if name != store.LowerASCII(name) || strings.ContainsAny(name, ":/@%\\[] ") || strings.HasSuffix(name, ".") {
			t.Fatalf("%q is %d as %q", host, p, name)
		}
		u, err := url.Parse("https://" + host + "/")
		if err == nil && store.LowerASCII(u.Hostname()) != name {
			t.Fatalf("%q: %q here, %q to net/url", host, name, u.Hostname())
		}
		if p == redirect.OrganizationHost && (label == "" || name != label+"."+site.BaseDomain) || p == redirect.LoginHost && name != site.Public.Host {
			t.Fatalf("%q is %d, %q", host, p, label)
		}
	})
}

// Whatever a trusted proxy sends, what is understood is one host and a path, and
// a login begun from it leads to the login host.
func FuzzAskedFor(f *testing.F) {
	f.Add("https", "acme.example.test", "/x?a=1&b=2%2F&c=", "GET", "", "orglogin:8080")
	f.Add("", "", "", "", "https://acme.example.test/x?y", "acme.example.test")
	f.Add("http", "a, b", "//evil.test", "x", "//evil.test/\\", "")
	f.Add("ws", "acme.example.test:443", "/é#x", "", "http:opaque", "login.example.test")
	s := &Server{Config: Config{Site: testSite(f), TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
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
			v := s.visit(httptest.NewRecorder(), r)
			c := e.NewContext(r, v)
			a, ok := s.askedFor(c, forward)
			if !ok {
				continue
			}
			if a.uri == "" || a.uri[0] != '/' || a.name != redirect.HostName(a.host) || a.method == "" {
				t.Fatalf("%+v", a)
			}
			if v.host != redirect.ForeignHost && redirect.HostName(own) != a.name {
				t.Fatalf("%q asks about %q", own, a.host)
			}
			if host != "" && a.host != host {
				t.Fatalf("%q is not %q", a.host, host)
			}
			login, err := url.Parse(s.loginURL(a))
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

// An Accept header prefers JSON or it does not; a page is never given to who
// named JSON alone, nor JSON to who named HTML alone.
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
			s := &Server{Config: Config{Site: site}}
			if got := s.loginURL(asked{host: c.host, name: redirect.HostName(c.host), uri: c.uri}); got != c.public+"/login"+c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func FuzzPrefersJSON(f *testing.F) {
	for _, a := range []string{"", "*/*", "application/json", "text/html, application/json;q=0.9", "application/json;q=2", "APPLICATION/JSON ; q=0.1", "text/html;q=nan,application/json;q=0", ",;,"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		got := prefersJSON(accept)
		if got && !strings.Contains(store.LowerASCII(accept), "json") {
			t.Fatalf("%q", accept)
		}
		if got && !strings.ContainsAny(accept, ";,") && prefersJSON("text/html,"+accept) {
			t.Fatalf("%q beats HTML that weighs the same", accept)
		}
	})
}

func TestTheLimiterAllowsTheBurstAndThenTheRate(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	l := newProcessLimiter(Limit{Count: 120, Per: time.Minute}, func() time.Time { return now })
	for i := range 120 {
		if ok, _ := l.Allow(t.Context(), "a"); !ok {
			t.Fatalf("the burst ends at %d", i)
		}
	}
	ok, wait := l.Allow(t.Context(), "a")
	if ok || wait <= 0 || wait > time.Second {
		t.Errorf("%v %v", ok, wait)
	}
	now = now.Add(wait)
	if ok, _ := l.Allow(t.Context(), "a"); !ok {
		t.Error("after the wait that it told")
	}
	if ok, _ := l.Allow(t.Context(), "a"); ok {
		t.Error("twice after one wait")
	}
	if ok, wait := newProcessLimiter(Limit{}, nil).Allow(t.Context(), "a"); !ok || wait != 0 {
		t.Error("off")
	}
}

func TestOneClientIsOneKey(t *testing.T) {
	for in, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::1": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "": "", "invalid IP": "", "192.0.2.7:80": "",
	} {
		if got := addressKey(in); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
