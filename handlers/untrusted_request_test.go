package handlers_test

import (
	"net/http"
	"strings"
	"testing"
)

// identityNames are the headers by which an app behind knows who asks.
var identityNames = []string{
	"Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups",
	"X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id", "X-Auth-Connection", "Authorization",
}

// J6: there is no page, method, program or header for which less is asked. Who
// has no session is signed out on every page, and who is no member is refused there.
func TestNothingAboutARequestMakesItWelcome(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	reported := map[string][]string{"X-Forwarded-Uri: ": {
		"/", "/healthz", "/readyz", "/ping", "/metrics", "/favicon.ico", "/robots.txt", "/.well-known/acme-challenge/x",
		"/.well-known/jwks.json", "/static/app.css", "/public/logo.png", "/login", "/logout", "/auth/callback?code=x&state=y",
		"/auth/static/style.css", "/oauth2/auth", "/x?next=/healthz", "/x?/static/app.css", "/x%23/healthz", "/x;/healthz", "/x%3f/static/",
		"/static/../x", "/static/%2e%2e/x", "//healthz", "/healthz/../x", "/x%00/healthz", "/x#/healthz",
	}, "X-Forwarded-Method: ": {
		"GET", "HEAD", "OPTIONS", "POST", "TRACE", "CONNECT", "PROPFIND", "PURGE", "get", "",
	}, "User-Agent: ": {
		"kube-probe/1.34", "GoogleHC/1.0", "ELB-HealthChecker/2.0", "Prometheus/3.0", "Envoy/HC", "Googlebot/2.1", "curl/8.0", "orglogin", "-", "",
	}, "": {
		"Authorization: Basic YW5uOmFubg==", "Authorization: Bearer eyJhbGciOiJub25lIn0.e30.", "Remote-User: ann", "X-Auth-Request-User: ann",
		"X-Auth-Request-Email: ann@acme.test", "X-Org-Slug: globex", "X-Org-Role: owner", "X-Session-Id: 1", "X-Forwarded-User: ann",
		"Upgrade: websocket", "X-Requested-With: XMLHttpRequest", "Origin: null", "Access-Control-Request-Method: GET",
		"X-Forwarded-For: 127.0.0.1", "X-Real-Ip: 127.0.0.1", "Via: 1.1 orglogin", "Cookie: __Secure-session=; __Host-browser=",
		"Connection: X-Forwarded-Host, X-Forwarded-Uri, Cookie", "Sec-Purpose: prefetch", "Range: bytes=0-0", "If-None-Match: *",
	}}
	for name, values := range reported {
		for _, value := range values {
			line := name + value
			for _, path := range []string{"/auth/verify", "/auth/forward", "/auth/forward/healthz"} {
				for what, who := range map[string]struct {
					client *http.Client
					host   string
				}{"no session": {d.browser(), "acme.example.test"}, "a person who is no member": {ann, "globex.example.test"}} {
					res, _ := get(t, who.client, "https://"+who.host+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: "+who.host, line)
					if res.StatusCode < 300 {
						t.Errorf("%s is let in by %q: %s answers %d", what, line, path, res.StatusCode)
					}
					for _, n := range identityNames {
						if v := res.Header.Values(n); len(v) > 0 {
							t.Errorf("%s gets %s %q by %q", what, n, v, line)
						}
					}
				}
			}
		}
	}
}

// FuzzVerify: whatever is said of a request, a browser without a session is signed out, and
// verify never redirects.
func FuzzVerify(f *testing.F) {
	d := newRealService(f)
	d.quick = true
	anonymous := d.browser()
	f.Add("GET", "/x?a=1", "kube-probe/1.34", "text/html", "__Secure-session=x")
	f.Add("PURGE", "/static/../x", "", "application/json", "__Secure-session=\"x\"; $Version=1")
	f.Add("get", "//healthz#", "-", "*/*;q=0", ";;__Host-browser=")
	f.Fuzz(func(t *testing.T, method, uri, agent, accept, cookies string) {
		for _, path := range []string{"/auth/verify", "/auth/forward"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://acme.example.test"+path, nil)
			must(t, err)
			for name, value := range map[string]string{
				"X-Forwarded-Method": method, "X-Forwarded-Uri": uri, "User-Agent": agent, "Accept": accept, "Cookie": cookies,
				"Test-Peer": "127.0.0.1:1", "X-Forwarded-Host": "acme.example.test",
			} {
				if !strings.ContainsAny(value, "\r\n\x00") {
					r.Header.Set(name, value)
				}
			}
			res, err := anonymous.Do(r)
			must(t, err)
			res.Body.Close()
			redirects := res.StatusCode >= 300 && res.StatusCode < 400
			if res.StatusCode < 300 || redirects && path == "/auth/verify" || res.Header.Get("Remote-User") != "" || res.Header.Get("Authorization") != "" {
				t.Fatalf("%s %q %q: %d %v", path, method, uri, res.StatusCode, res.Header)
			}
			if to := res.Header.Get("Location"); to != "" && !strings.HasPrefix(to, public+"/login?") {
				t.Fatalf("leads to %q", to)
			}
		}
		d.log.Clear() // hours of refusals are not kept
	})
}
