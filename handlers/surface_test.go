package handlers_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

// The routes of contract section 3, and what else an attacker may try.
var routes = []string{
	"/login", "/auth/start", "/auth/callback", "/auth/discover", "/organizations", "/organizations/requests", "/logout", "/auth/session", "/auth/why/aaaaaaaaaaaaaaaa",
	"/auth/token", "/auth/verify", "/auth/forward", "/auth/forward/x", "/.well-known/jwks.json",
	"/.well-known/openid-configuration", "/", "/nothing", "/healthz", "/metrics", "/debug/pprof/", "/auth/static/nothing",
}

// N2, N3, N5: every route in every method, from every kind of host. inspect
// holds each answer to its headers; here are the statuses.
func TestEveryMethodOnEveryRoute(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, discovery: true, fixture: read(t, "testdata/fixture.json")})
	reads := []string{"GET", "HEAD"}
	for _, path := range routes {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW", "get"} {
			for _, host := range []string{"login.example.test", "acme.example.test", "app.example.test", "nosuch.example.test", "evil.test"} {
				res, _ := do(t, d.browser(), method, "https://"+host+path, nil, "Origin: https://evil.test")
				proxied := strings.HasPrefix(path, "/auth/verify") || strings.HasPrefix(path, "/auth/forward")
				odd := slices.Contains([]string{"TRACE", "CONNECT", "PROPFIND", "BREW", "get"}, method)
				switch {
				case proxied && res.StatusCode != http.StatusForbidden: // no trusted proxy asks here
					t.Errorf("%s %s%s: %d", method, host, path, res.StatusCode)
				case odd && !proxied && method != "PROPFIND" && res.StatusCode != http.StatusMethodNotAllowed:
					t.Errorf("%s %s%s: %d", method, host, path, res.StatusCode)
				case host == "evil.test" && !odd && !proxied && !strings.HasPrefix(path, "/.well-known/") && res.StatusCode != http.StatusMisdirectedRequest:
					t.Errorf("%s %s%s: %d", method, host, path, res.StatusCode)
				case res.StatusCode == http.StatusMethodNotAllowed && res.Header.Get("Allow") == "":
					t.Errorf("%s %s%s: 405 without Allow", method, host, path)
				case !slices.Contains(reads, method) && method != "POST" && res.StatusCode < 300 && method != "OPTIONS":
					t.Errorf("%s %s%s: %d", method, host, path, res.StatusCode)
				case res.StatusCode >= 500:
					t.Errorf("%s %s%s: %d", method, host, path, res.StatusCode)
				}
			}
		}
	}
}

// Any method may be asked about with any method.
func TestVerifyAndForwardAnswerEveryMethod(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"} {
		for _, path := range []string{"/auth/verify", "/auth/forward", "/auth/forward/a/b"} {
			lines := []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test", "X-Forwarded-Uri: /a/b"}
			if path == "/auth/forward/a/b" { // the path names the page
				lines = lines[:1]
			}
			res, _ := do(t, ann, method, "https://acme.example.test"+path, nil, lines...)
			if res.StatusCode != http.StatusOK || res.Header.Get("X-Org-Slug") != "acme" {
				t.Errorf("%s %s: %d", method, path, res.StatusCode)
			}
		}
	}
}

// N2: each status that this package answers by itself, with its headers (inspect).
func TestEveryStatusHasTheHeaders(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for want, c := range map[int]struct {
		method, target string
		headers        []string
	}{
		200: {"GET", public + "/logout", nil},
		302: {"GET", public + "/login", nil},
		303: {"POST", "https://acme.example.test/logout", nil},
		304: {"GET", public + "/.well-known/jwks.json", []string{"If-None-Match: *"}},
		400: {"GET", public + "/auth/callback?code=x&state=y&state=z", nil},
		401: {"GET", public + "/auth/session", []string{"Cookie: __Secure-session=x"}},
		403: {"POST", public + "/logout", []string{"Sec-Fetch-Site: cross-site"}},
		404: {"GET", public + "/nothing", nil},
		405: {"POST", public + "/organizations", nil},
		410: {"GET", public + "/login?invitation=expired-for-bob-0123456789ab", nil},
		414: {"GET", public + "/login?redirect=" + strings.Repeat("a", 20_000), nil},
		421: {"GET", "https://evil.test/login", nil},
		431: {"GET", public + "/login", []string{"Cookie: " + strings.Repeat("a=b; ", 400)}},
		503: {"GET", public + "/login", []string{"Sec-Purpose: prefetch"}},
	} {
		c2 := d.browser()
		if want != 401 {
			c2.Jar = jarOf(ann)
		}
		res, body := do(t, c2, c.method, c.target, nil, c.headers...)
		if res.StatusCode != want {
			t.Errorf("%s %.60s: %d, want %d", c.method, c.target, res.StatusCode, want)
		}
		if h := res.Header.Get("Strict-Transport-Security"); strings.Contains(c.target, "acme") != (h == "") || h != "" && h != "max-age=31536000; includeSubDomains" {
			t.Errorf("%d: HSTS is %q", want, h)
		}
		if res.StatusCode >= 400 && want != 503 && want != 401 && (!strings.Contains(body, res.Header.Get("X-Request-Id")) || !strings.Contains(body, "href=")) {
			t.Errorf("%d: a page without its id or a way on:\n%s", want, body)
		}
	}
}

// N5: one spelling of each path, and no other reaches its handler.
func TestOtherSpellingsOfOurPathsAreNothing(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for _, path := range []string{
		"//login", "/./login", "/x/../login", "/login/", "/login//", "/LOGIN", "/%6cogin", "/login%2f", "/%2flogin", "/login%00", "/login;x=y",
		"/auth//session", "/auth/./session", "/auth/x/../session", "/auth%2fsession", "/auth/%73ession", "/auth/session/", "/auth\\session", "/Auth/session",
		"/auth/verify/", "/auth/verify/x", "/auth/forwardx", "/auth/static/../session", "/auth/static/..%2fsession", "/auth/static/%2e%2e/session", "/auth/why/", "/auth/why/a/b",
		"/.well-known/../auth/session", "/organizations/", "/organizations/acme",
	} {
		in := httptest.NewRequest(http.MethodGet, "/", nil)
		in.RequestURI = path
		parsed, err := url.ParseRequestURI(path)
		if err != nil {
			continue // net/http refuses it
		}
		in.URL, in.Host = parsed, "login.example.test"
		for _, c := range ann.Jar.Cookies(&url.URL{Scheme: "https", Host: "login.example.test", Path: "/"}) {
			in.AddCookie(c)
		}
		w := httptest.NewRecorder()
		d.server.ServeHTTP(w, in)
		if w.Code != http.StatusNotFound && w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// listen serves the service on a real port, as the binary does.
func (d *service) listen() string {
	srv := httptest.NewUnstartedServer(d.server)
	srv.Config.ReadHeaderTimeout = 5 * time.Second
	srv.Config.MaxHeaderBytes = 128 << 10
	srv.Start()
	d.t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

// N1, J10: bytes as they come over the wire. What has two meanings is refused
// before any of them counts; nothing smuggled behind is answered.
func TestRawRequests(t *testing.T) {
	d := newRealService(t)
	addr := d.listen()
	for _, c := range []struct {
		id, sentence, request string
		status                []string
	}{
		{"N1", "an honest request", "GET /login HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"200"}},
		{"N1", "no Host", "GET /login HTTP/1.1\r\n\r\n", []string{"400"}},
		{"N1", "an empty Host", "GET /login HTTP/1.1\r\nHost:\r\n\r\n", []string{"421"}},
		{"N1", "HTTP/1.0 without Host", "GET /login HTTP/1.0\r\n\r\n", []string{"421"}},
		{"N1", "another Host", "GET /login HTTP/1.1\r\nHost: evil.test\r\n\r\n", []string{"421"}},
		{"N1", "Host twice", "GET /login HTTP/1.1\r\nHost: login.example.test\r\nHost: evil.test\r\n\r\n", []string{"400"}},
		{"N1", "Host twice, ours last", "GET /login HTTP/1.1\r\nHost: evil.test\r\nHost: login.example.test\r\n\r\n", []string{"400"}},
		{"N1", "Host with a path", "GET /login HTTP/1.1\r\nHost: login.example.test/evil\r\n\r\n", []string{"400", "421"}},
		{"N1", "Host with userinfo", "GET /login HTTP/1.1\r\nHost: x@login.example.test\r\n\r\n", []string{"400", "421"}},
		{"N1", "Host as a list", "GET /login HTTP/1.1\r\nHost: login.example.test, evil.test\r\n\r\n", []string{"400", "421"}},
		{"N1", "the absolute form of another host", "GET http://evil.test/login HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"400"}},
		{"N1", "the absolute form of our host", "GET https://login.example.test/login HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"400"}},
		{"N1", "the absolute form of our host at another", "GET https://login.example.test/login HTTP/1.1\r\nHost: evil.test\r\n\r\n", []string{"400"}},
		{"N1", "two slashes first", "GET //evil.test/login HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"404"}},
		{"N5", "CONNECT", "CONNECT evil.test:443 HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"405"}},
		{"N5", "CONNECT to a path", "CONNECT /login HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"405"}},
		{"N5", "TRACE", "TRACE /login HTTP/1.1\r\nHost: login.example.test\r\nCookie: secret=1\r\n\r\n", []string{"405"}},
		{"N5", "the asterisk", "OPTIONS * HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"200", "400", "404"}},
		{"J10", "two lengths", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nContent-Length: 0\r\nContent-Length: 30\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", []string{"400"}},
		{"J10", "a length and chunks", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: login.example.test\r\n\r\n", []string{"400", "303"}},
		{"J10", "an unknown coding", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", []string{"400", "501"}},
		{"J10", "two codings", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", []string{"400", "501"}},
		{"J10", "a blank before the colon", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nContent-Length : 30\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n", []string{"400"}},
		{"J10", "a folded header", "GET /login HTTP/1.1\r\nHost: login.example.test\r\nX-Forwarded-Host: a\r\n b\r\n\r\n", []string{"400", "200"}},
		{"J10", "a bare CR in a header", "GET /login HTTP/1.1\r\nHost: login.example.test\r\nX: a\rSet-Cookie: b\r\n\r\n", []string{"400"}},
		{"J10", "NUL in a header", "GET /login HTTP/1.1\r\nHost: login.example.test\r\nX: a\x00b\r\n\r\n", []string{"400"}},
		{"J10", "a negative length", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nContent-Length: -1\r\n\r\n", []string{"400"}},
		{"J10", "a signed length", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nContent-Length: +1\r\n\r\n", []string{"400"}},
		{"J10", "a bare LF in the size of a chunk", "POST /logout HTTP/1.1\r\nHost: login.example.test\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n1;\nA\r\n0\r\n\r\n", []string{"400"}},
		{"N4", "200 kB of headers", "GET /login HTTP/1.1\r\nHost: login.example.test\r\nX: " + strings.Repeat("a", 200<<10) + "\r\n\r\n", []string{"431"}},
	} {
		t.Run(c.id+" "+c.sentence, func(t *testing.T) {
			t.Parallel()
			status, rest := wire(t, addr, c.request)
			if !slices.Contains(c.status, status) {
				t.Errorf("%s, want %s\n%.300s", status, c.status, rest)
			}
			if strings.Contains(rest, "evil.test") || strings.Contains(rest, "secret=1") || strings.Count(rest, "HTTP/1.") > 1 && strings.Contains(rest, "404") {
				t.Errorf("an answer that it should not get:\n%.2000s", rest)
			}
		})
	}
}

func wire(t *testing.T, addr, request string) (status, all string) {
	t.Helper()
	var dial net.Dialer
	conn, err := dial.DialContext(t.Context(), "tcp", addr)
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	go func() { _, _ = io.WriteString(conn, request) }() // the answer may come, and the end, before all is sent
	in := bufio.NewReader(conn)
	line, err := in.ReadString('\n')
	must(t, err)
	fields := strings.Fields(line)
	if len(fields) < 2 {
		t.Fatalf("answered %q", line)
	}
	must(t, conn.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
	rest, _ := io.ReadAll(in) // until it closes, or says no more
	return fields[1], line + string(rest)
}

// O5, J9: whatever a store does, the process lives and answers.
func TestAStoreThatPanicsOrHangsIsOneAnswer(t *testing.T) {
	bad := &unruly{}
	const wait = 3 * time.Second
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), wrap: bad.over, verifyWait: wait})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	ask := func(path string) *http.Response {
		res, _ := get(t, ann, "https://acme.example.test"+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test", "Sec-Fetch-Mode: navigate")
		return res
	}
	bad.set(func(context.Context) error { panic("secret-of-the-store") })
	for _, path := range []string{"/auth/verify", "/auth/forward", "/auth/session"} {
		if res := ask(path); res.StatusCode != http.StatusInternalServerError || res.Header.Get("Remote-User") != "" {
			t.Errorf("%s panics: %d", path, res.StatusCode)
		}
	}
	res, body := get(t, ann, public+"/login")
	if res.StatusCode != http.StatusInternalServerError || strings.Contains(body, "secret-of-the-store") || len(res.Cookies()) > 0 {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if strings.Contains(d.log.String(), "secret-of-the-store") || !strings.Contains(d.log.String(), `"msg":"panic"`) {
		t.Error("the log")
	}
	bad.set(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	begun := time.Now()
	if res := ask("/auth/verify"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("hangs: %d", res.StatusCode)
	}
	if took := time.Since(begun); took < wait/2 || took > 10*wait { // it waited for the store, and gave up by itself
		t.Error("answered after", took)
	}
	bad.set(nil)
	if res := ask("/auth/verify"); res.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d", res.StatusCode)
	}
	if res, _ := get(t, ann, public+"/login"); res.Header.Get("Location") != home {
		t.Errorf("afterwards: %d", res.StatusCode)
	}
}

// unruly is a store whose reads do what a test says first.
type unruly struct {
	store.Store
	mu    sync.Mutex
	first func(context.Context) error
}

func (u *unruly) over(s store.Store) store.Store {
	u.Store = s
	return u
}

func (u *unruly) set(f func(context.Context) error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.first = f
}

func (u *unruly) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	u.mu.Lock()
	first := u.first
	u.mu.Unlock()
	if first != nil {
		if err := first(ctx); err != nil {
			return store.AccessSnapshot{}, err
		}
	}
	return u.Store.AccessSnapshot(ctx, q)
}

// Behind a proxy that names the page asked for in headers, no other spelling of
// verify or forward identifies anyone; without such a header, none with a dot
// segment does.
func TestVerifyAndForwardHaveOneSpelling(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	ask := func(path string, lines ...string) *http.Response {
		in := httptest.NewRequest(http.MethodGet, "/", nil)
		parsed, err := url.ParseRequestURI(path)
		if err != nil {
			return nil // net/http refuses it
		}
		in.RequestURI, in.URL, in.Host, in.RemoteAddr = path, parsed, "acme.example.test", "127.0.0.1:1"
		for _, c := range ann.Jar.Cookies(&url.URL{Scheme: "https", Host: in.Host, Path: "/"}) {
			in.AddCookie(c)
		}
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			in.Header[name] = []string{value}
		}
		w := httptest.NewRecorder()
		d.server.ServeHTTP(w, in)
		return w.Result()
	}
	named := []string{"X-Forwarded-Host: acme.example.test", "X-Forwarded-Uri: /r", "X-Original-Url: https://acme.example.test/r"}
	if res := ask("/auth/forward", named...); res.StatusCode != http.StatusOK {
		t.Fatalf("asked as proxies ask, it answers %d", res.StatusCode)
	}
	if res := ask("/auth/forward/r/s"); res.StatusCode != http.StatusOK {
		t.Fatalf("asked as Envoy asks, it answers %d", res.StatusCode)
	}
	var paths []string
	for _, slash := range []string{"/", "//", "%2f", "%2F", "%252f", `\`, "%5c", "%255C"} {
		for _, dots := range []string{".", "..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "%25252E%25252e", "%%32e%%32e", "..;x", "%2e%2e%3bx"} {
			segment := slash + dots
			paths = append(paths,
				"/auth/forward"+segment, "/auth/forward"+segment+slash+"x", "/auth/forward/a"+segment+"/x", "/auth/forward/"+dots+slash+"x",
				"/auth/verify"+segment, "/auth/verify"+segment+slash+"x", "/auth"+segment+"/auth/forward", "/x"+segment+slash+"auth/verify",
				"/auth/forward/a"+segment+segment+slash+"login")
		}
	}
	for _, path := range paths {
		for _, lines := range [][]string{nil, named[:1], named[1:2], named[2:], named} {
			if res := ask(path, lines...); res != nil && (res.StatusCode != http.StatusNotFound || res.Header.Get("Remote-User") != "") {
				t.Errorf("%s with %d headers: %d, %q", path, len(lines), res.StatusCode, res.Header.Get("Remote-User"))
			}
		}
	}
	for _, path := range []string{"/auth/forward/", "/auth/forward/r", "/auth/forward//", "/auth/forward/%2fr", "/auth/forwardx", "/auth/verify/", "/auth/verify/r", "/auth/%66orward", "/auth/forwar%64"} {
		for _, lines := range [][]string{named[:1], named[:2], named[2:], named} {
			if res := ask(path, lines...); res.StatusCode != http.StatusNotFound || res.Header.Get("Remote-User") != "" {
				t.Errorf("%s with %d headers: %d", path, len(lines), res.StatusCode)
			}
		}
	}
}
