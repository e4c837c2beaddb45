package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"orglogin/templates"
)

// inspect holds every answer that any test of this package gets to what is true
// of all answers: the headers of N2, no CORS (N3), a Location that is ASCII and
// leads to a host of ours or the provider (G7), cookies of the right kind (H1,
// H2), one page (O1).
func (d *service) inspect(r *http.Request, res *http.Response, body string) {
	d.t.Helper()
	h := res.Header
	wrong := func(what string) {
		d.t.Helper()
		d.t.Errorf("%s %s: %d: %s\n%v", r.Method, r.URL, res.StatusCode, what, h)
	}
	if len(h.Get("X-Request-Id")) != 16 {
		wrong("X-Request-Id")
	}
	if isProxied := strings.HasPrefix(r.URL.Path, "/auth/verify") || strings.HasPrefix(r.URL.Path, "/auth/forward"); isProxied &&
		body == "" && (res.StatusCode < 300 || res.StatusCode >= 400) {
		if h.Get("Cache-Control") != "no-store" || len(h.Values("Set-Cookie")) > 0 {
			wrong("a status for a proxy")
		}
		return
	}
	frames, ancestors := "DENY", "frame-ancestors 'none'"
	if res.StatusCode == http.StatusUnauthorized && strings.Contains(body, `target="_top"`) { // the one page for frames
		frames, ancestors = "", "frame-ancestors 'self' https://*.example.test https://app.example.test;"
	}
	for name, want := range map[string]string{
		"X-Content-Type-Options":     "nosniff",
		"X-Frame-Options":            frames,
		"Cross-Origin-Opener-Policy": "same-origin",
	} {
		if h.Get(name) != want {
			wrong(name)
		}
	}
	csp := h.Get("Content-Security-Policy")
	if strings.HasPrefix(h.Get("Content-Type"), "image/") {
		if csp != templates.PicturePolicy {
			wrong("Content-Security-Policy of a picture: " + csp)
		}
		csp = "default-src 'none'; " + ancestors + " base-uri 'none'; form-action "
	}
	for _, part := range []string{"default-src 'none'", ancestors, "base-uri 'none'", "form-action "} {
		if !strings.Contains(csp, part) || strings.Contains(csp, "unsafe") {
			wrong("Content-Security-Policy without " + part)
		}
	}
	// Only a page with a form, the login page of an invitation, and a page that begins a
	// login with one, name themselves to us.
	referrer := "no-referrer"
	if strings.Contains(body, "<form") || strings.Contains(body, "/auth/start?") && strings.Contains(body, "invitation=") && r.Method == http.MethodPost ||
		r.URL.Path == "/login" && r.URL.Hostname() == "login.example.test" && r.URL.Query().Get("invitation") != "" {
		referrer = "same-origin"
	}
	if p := h.Get("Referrer-Policy"); p != referrer && (p != "no-referrer" || res.StatusCode == http.StatusOK && body != "") {
		wrong("Referrer-Policy")
	}
	public := strings.HasPrefix(r.URL.Path, "/.well-known/") || strings.HasPrefix(r.URL.Path, "/auth/static/") ||
		res.StatusCode == http.StatusOK && (strings.HasPrefix(r.URL.Path, "/auth/logo/") || strings.HasPrefix(r.URL.Path, "/auth/brand/")) || r.URL.Path == "/favicon.ico" || r.URL.Path == "/robots.txt"
	if !public && h.Get("Cache-Control") != "no-store" {
		wrong("Cache-Control")
	}
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") && !(strings.HasPrefix(r.URL.Path, "/.well-known/") && h.Get(name) == "*") {
			wrong("CORS")
		}
	}
	if kind := h.Get("Content-Type"); body != "" && strings.Contains(body, "<") &&
		strings.HasPrefix(kind, "text/html") && (kind != "text/html; charset=UTF-8" || !strings.HasPrefix(body, "<!doctype html>") || strings.Count(body, "<h1") != 1) {
		wrong("an answer in HTML that is no page of ours: " + body)
	}
	for name, values := range h {
		for _, v := range values {
			if strings.ContainsAny(v, "\r\n\x00") {
				wrong("a control character in " + name)
			}
		}
	}
	if to := h.Get("Location"); to != "" {
		d.inspectLocation(to, wrong)
	}
	for _, line := range h.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || len(line) > 4096 {
			wrong("cookie " + line)
			continue
		}
		switch {
		case strings.HasPrefix(c.Name, "__Secure-session"):
			if c.MaxAge >= 0 && (c.Domain != "example.test" || c.Path != "/" || len(c.Name)+1+len(c.Value) >= 200) {
				wrong("session cookie " + line)
			}
		case strings.HasPrefix(c.Name, "__Host-"):
			if c.Domain != "" || c.Path != "/" || len(c.Name)+1+len(c.Value) >= 300 {
				wrong("cookie " + line)
			}
		default:
			wrong("a cookie that is neither: " + line)
		}
		if r.Method == http.MethodHead || res.StatusCode == http.StatusServiceUnavailable {
			wrong("a cookie with HEAD or 503: " + line)
		}
	}
}

func (d *service) inspectLocation(to string, wrong func(string)) {
	for i := range len(to) {
		if to[i] <= ' ' || to[i] >= 0x7f || to[i] == '\\' {
			wrong("Location is not ASCII without controls: " + to)
			return
		}
	}
	u, err := url.Parse(to)
	if err != nil || u.User != nil {
		wrong("Location is no URL: " + to)
		return
	}
	host := u.Host
	if u.Scheme+"://"+host != d.issuer && (u.Scheme != "https" || !strings.HasSuffix("."+host, ".example.test")) && !d.allowed[host] {
		wrong("Location leads to a foreign host: " + to)
	}
	for name := range u.Query() {
		for _, secret := range []string{"verifier", "secret", "token", "session"} {
			if strings.Contains(name, secret) { // A3, C10
				wrong("a secret in a URL: " + to)
			}
		}
	}
}

// secrets is what no log line may hold (O2), gathered from all traffic.
type secrets struct {
	mu  sync.Mutex
	all map[string]string // value → what it is
}

func (s *secrets) add(kind, value string) {
	if len(value) < 12 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]string{}
	}
	s.all[value] = kind
}

func (s *secrets) fromURL(raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		return
	}
	q := u.Query()
	for _, name := range []string{"code", "state", "nonce", "code_challenge", "invitation", "code_verifier", "login_hint"} {
		for _, v := range q[name] {
			s.add(name, v)
		}
	}
	for _, v := range q["redirect"] {
		s.add("redirect", v)
	}
}

func (s *secrets) fromAnswer(res *http.Response) {
	s.fromURL(res.Header.Get("Location"))
	for _, c := range res.Cookies() {
		s.add("cookie "+c.Name, c.Value)
	}
	s.add("access token", strings.TrimPrefix(res.Header.Get("Authorization"), "Bearer "))
}

// checkLog runs when the test of a service ends.
func (d *service) checkLog(t testing.TB) {
	log := d.log.String()
	for _, p := range d.people {
		d.secrets.add("address", p.Email)
	}
	d.secrets.add("client secret", clientSecret)
	d.secrets.add("client secret", organizationSecret)
	d.secrets.mu.Lock()
	defer d.secrets.mu.Unlock()
	for value, kind := range d.secrets.all {
		if i := strings.Index(log, value); i >= 0 {
			line := log[strings.LastIndex(log[:i], "\n")+1:]
			line, _, _ = strings.Cut(line, "\n")
			t.Errorf("the log holds a secret (%s): %s", kind, line)
		}
	}
	for line := range strings.Lines(log) {
		if len(line) > 8<<10 || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\r\n\x1b\u2028\u202e\x00") {
			t.Errorf("a log line that is long or not escaped (O3): %.200q", line)
		}
	}
}
