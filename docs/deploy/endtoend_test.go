package deploy_test

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// testEndToEnd is what a person, a script and forged headers meet behind a proxy, with the real service behind it.
func testEndToEnd(t *testing.T, o *orglogin, proxyAddr string) {
	(&endToEnd{service: o, addr: proxyAddr}).test(t)
}

func (w *endToEnd) test(t *testing.T) {
	t.Run("a person signs in and lands on exactly the page asked for", w.signsIn)
	t.Run("the decision can be read through the proxy, by the person whose login it was", w.why)
	t.Run("a member of one organization is refused at another", w.notAMember)
	t.Run("pages and stylesheets arrive compressed, answers for programs do not", w.compressed)
	t.Run("a script without a session gets the address of the login page", w.endedSession)
	t.Run("the app gets the identity that the service reports, and no other", w.identity)
	t.Run("two tokens of the browser's are no way in", w.duplicates)
	t.Run("what is empty is empty, whatever the browser says", w.empty)
	t.Run("what the browser says of the URL changes nothing", w.otherURL)
	t.Run("verify and forward are not there for a browser", w.inside)
	t.Run("headers that no cache goes by change no answer", w.unkeyed)
	t.Run("no line break in a URL splits an answer or a question", w.split)
	t.Run("a session that a sibling plants is ignored on the login host, and a login replaces it", w.planted)
	t.Run("bodies arrive whole", w.bodies)
	t.Run("a WebSocket is decided as any request", w.webSocket)
	t.Run("who signs out is out everywhere", w.signsOut)
	t.Run("keys are replaced while it serves, without an error", w.rotates)
	t.Run("while the service does not answer, no request passes and no session ends", w.away)
}

type endToEnd struct {
	service *orglogin
	addr    string

	// isTraefik: it removes dot segments, writes escapes in upper case, and answers 500 or 502 where the service cannot be reached.
	isTraefik bool
}

// signedIn is a browser whose person has signed in at acme.
func (w *endToEnd) signedIn(t *testing.T, who string) *browser {
	t.Helper()
	b := newBrowser(t, w.addr, who)
	if resp, text := b.signIn(b.url("acme", "/reports")); resp.StatusCode != http.StatusOK {
		t.Fatalf("signing in ends with %s\n%.500s", resp.Status, text)
	}
	return b
}

// reached is what the app saw of a request that must reach it.
func reached(t *testing.T, resp *http.Response, text string) seen {
	t.Helper()
	var got seen
	if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK || resp.Header.Get("X-App-Saw") == "" {
		t.Fatalf("not from the app: %s %v\n%.300s", resp.Status, err, text)
	}
	return got
}

func (w *endToEnd) signsIn(t *testing.T) {
	const page = "/reports/d%C3%A9j%C3%A0?a=1&b=2%2F&c="
	b := newBrowser(t, w.addr, "ann")
	resp, text := b.signIn(b.url("acme", page))
	got := reached(t, resp, text)
	if got.URI != page || got.Host != "acme"+b.origin || got.Method != http.MethodGet {
		t.Errorf("the app was asked for %s %s%s", got.Method, got.Host, got.URI)
	}
	if receipt := b.landed().Get("X-Login-Receipt"); !regexp.MustCompile(`^[a-z2-7]{16}$`).MatchString(receipt) {
		t.Errorf("X-Login-Receipt: %q", receipt)
	}
	if cookie := got.Header.Get("Cookie"); strings.Contains(cookie, "__") {
		t.Errorf("the app got the session: %q", cookie)
	}
	resp, text = b.open(b.url("acme", page))
	if reached(t, resp, text); len(b.trail) != 1 {
		t.Errorf("a page with a session took %d redirects", len(b.trail)-1)
	}
	// What browsers send as it was typed means the same page.
	resp, text = newBrowser(t, w.addr, "ann").signIn(b.url("acme", "/r?ids[]=1&ids[]=2&f=a|b"))
	if got := reached(t, resp, text); got.URI != "/r?ids%5B%5D=1&ids%5B%5D=2&f=a%7Cb" {
		t.Errorf("a query with brackets leads back to %q", got.URI)
	}
	resp, text = b.send(http.MethodHead, b.url("acme", "/reports"), nil)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-App-Saw") != http.MethodHead || text != "" {
		t.Errorf("HEAD: %s %q %q", resp.Status, resp.Header.Get("X-App-Saw"), text)
	}
}

func (w *endToEnd) why(t *testing.T) {
	b := newBrowser(t, w.addr, "ann")
	b.signIn(b.url("acme", "/reports"))
	receipt := b.landed().Get("X-Login-Receipt")
	path := "/auth/why/" + receipt
	var decision struct{ Outcome, URL, Step, Reason, Receipt string }
	eventually(t, "the receipt is stored", func() bool { // up to a second late
		resp, text := b.open(b.url("login", path))
		return resp.StatusCode == http.StatusOK && json.Unmarshal([]byte(text), &decision) == nil
	})
	if decision.Outcome != "land" || decision.URL != b.url("acme", "/reports") || decision.Step != "explicit" ||
		decision.Reason != "ok" || decision.Receipt != receipt {
		t.Errorf("%+v", decision)
	}
	if resp, _ := b.open(b.url("acme", path)); resp.StatusCode != http.StatusOK || resp.Request.URL.Host != "login"+b.origin {
		t.Errorf("on acme's host it ends at %s with %s", resp.Request.URL.Host, resp.Status)
	}
	if resp, _ := w.signedIn(t, "bea").open(b.url("login", path)); resp.StatusCode != http.StatusNotFound {
		t.Errorf("to an app with another audience: %s", resp.Status)
	}
	if resp, _ := newBrowser(t, w.addr, "ann").open(b.url("login", path)); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a session: %s", resp.Status)
	}
}

func (w *endToEnd) notAMember(t *testing.T) {
	b := w.signedIn(t, "ann")
	resp, text := b.open(b.url("beta", "/reports?a=1"))
	if resp.StatusCode != http.StatusForbidden || !strings.Contains(text, "ann@acme.test") || len(b.trail) != 1 {
		t.Errorf("%s after %d answers\n%.300s", resp.Status, len(b.trail), text)
	}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", resp.Header)
	}
	for language, lines := range map[string][]string{"en": nil, "de": {"Accept-Language: de"}, "ja": {"Accept-Language: ja, de;q=0.5"}} {
		resp, text = b.send("GET", b.url("beta", "/reports"), nil, append(lines, "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")...)
		if resp.StatusCode != http.StatusForbidden || !strings.Contains(text, `<html lang="`+language+`"`) {
			t.Errorf("for %q the page is not in %q: %s\n%.100s", lines, language, resp.Status, text)
		}
	}
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		resp, text = b.fetch(method, b.url("beta", "/reports"), nil, "Accept: application/json")
		if resp.StatusCode != http.StatusForbidden || resp.Header.Get("X-App-Saw") != "" {
			t.Errorf("%s: %s\n%.300s", method, resp.Status, text)
		}
	}
	both := w.signedIn(t, "bea")
	resp, text = both.open(both.url("beta", "/reports"))
	if got := reached(t, resp, text); got.Header.Get("X-Org-Slug") != "beta" || got.Header.Get("X-Org-Role") != "admin" {
		t.Errorf("%v", got.Header)
	}
	if resp, _ = both.open(both.url("unknown", "/reports")); resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusForbidden {
		t.Errorf("an organization that there is not: %s", resp.Status)
	}
}

// compressed asks for what is sent as gzip, and for what is not, because a token may be in it.
func (w *endToEnd) compressed(t *testing.T) {
	b := w.signedIn(t, "ann")
	chooser := b.url("login", "/organizations")
	_, page := b.open(chooser)
	style := b.url("login", regexp.MustCompile(`/auth/static/[^"]+\.css`).FindString(page))
	_, css := b.open(style)
	asked := func(client *http.Client, to string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", to, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "login" + b.origin
		resp, text := (&browser{t: t, origin: b.origin, client: client}).do(req, "Accept: text/html", "Accept-Encoding: gzip")
		if vary := strings.Join(resp.Header["Vary"], ", "); resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Encoding") == "gzip" && !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%s: %s, Vary: %s", to, resp.Status, vary)
		}
		return resp, text
	}
	for to, want := range map[string]string{chooser: page, style: css} {
		resp, text := asked(b.client, to)
		if resp.Header.Get("Content-Encoding") != "gzip" || len(text) > len(want)*2/3 || unzipped(t, text) != want {
			t.Errorf("%s: %d bytes of %d as %q", to, len(text), len(want), resp.Header.Get("Content-Encoding"))
		}
	}
	_, passed := asked(b.client, style)
	if _, own := asked(http.DefaultClient, "http://"+w.service.addr+strings.TrimPrefix(style, b.url("login", ""))); passed != own {
		t.Errorf("the stylesheet is %d bytes, and the service sends %d", len(passed), len(own))
	}
	for _, path := range []string{"/auth/session", "/.well-known/jwks.json"} {
		if resp, text := asked(b.client, b.url("login", path)); resp.Header.Get("Content-Encoding") != "" || !json.Valid([]byte(text)) {
			t.Errorf("%s: %q\n%.100s", path, resp.Header.Get("Content-Encoding"), text)
		}
	}
}

// unzipped is what was compressed with gzip.
func unzipped(t *testing.T, text string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func (w *endToEnd) endedSession(t *testing.T) {
	b := w.signedIn(t, "ann")
	kept := b.cookies(b.url("acme", "/"))
	b.logout()
	page := b.url("acme", "/api/list?a=1&b=2%2F&c=")
	for name, ask := range map[string]func() (*http.Response, string){
		"the cookies gone":            func() (*http.Response, string) { return b.fetch("GET", page, nil) },
		"an ended session":            func() (*http.Response, string) { return b.fetch("GET", page, nil, kept) },
		"a POST":                      func() (*http.Response, string) { return b.fetch("POST", page, strings.NewReader("a=1"), kept) },
		"an unknown cookie":           func() (*http.Response, string) { return b.fetch("GET", page, nil, "Cookie: __Secure-session=x") },
		"a client that is no browser": func() (*http.Response, string) { return b.send("GET", page, nil, "Accept: */*") },
	} {
		resp, text := ask()
		var problem struct {
			Status    int
			Reason    *string
			RequestID string `json:"request_id"`
			LoginURL  string `json:"login_url"`
		}
		err := json.Unmarshal([]byte(text), &problem)
		if resp.StatusCode != http.StatusUnauthorized || err != nil || problem.Status != http.StatusUnauthorized ||
			resp.Header.Get("Content-Type") != "application/problem+json" || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %v %v\n%.300s", name, resp.Status, err, resp.Header, text)
			continue
		}
		if !strings.HasPrefix(problem.LoginURL, w.service.public+"/login?") {
			t.Errorf("%s: login_url %q", name, problem.LoginURL)
		}
		if problem.Reason == nil || problem.RequestID == "" || resp.Header.Get("X-Request-Id") != problem.RequestID {
			t.Errorf("%s: reason and request id of %s, with the header %q", name, text, resp.Header.Get("X-Request-Id"))
		}
		resp, text = b.signIn(problem.LoginURL)
		if got := reached(t, resp, text); got.URI != "/api/list?a=1&b=2%2F&c=" {
			t.Errorf("%s: the login_url leads back to %q", name, got.URI)
		}
		b.logout()
	}
	resp, _ := b.send("POST", page, strings.NewReader("a=1"), kept, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")
	if resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(resp.Header.Get("Location"), w.service.public+"/login?") {
		t.Errorf("a form: %s %q", resp.Status, redacted(resp.Header.Get("Location")))
	}
	resp, _ = b.send("GET", page, nil, kept, "Accept: */*", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: empty")
	if resp.StatusCode != http.StatusFound || !strings.HasPrefix(resp.Header.Get("Location"), w.service.public+"/login?") {
		t.Errorf("a navigation of a service worker: %s %q", resp.Status, redacted(resp.Header.Get("Location")))
	}
	for _, dest := range []string{"iframe", "frame", "embed", "object"} {
		resp, text := b.send("GET", page, nil, kept, "Accept: text/html", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: "+dest)
		if resp.StatusCode != http.StatusUnauthorized || resp.Header.Get("X-Frame-Options") != "" ||
			!strings.Contains(text, `href="`+w.service.public+`/login?redirect=`) || !strings.Contains(text, ` target="_top"`) {
			t.Errorf("%s: %s %v\n%.300s", dest, resp.Status, resp.Header, text)
		}
	}
}

func (w *endToEnd) bodies(t *testing.T) {
	b := w.signedIn(t, "ann")
	body := make([]byte, 1<<20)
	rand.Read(body)
	sum := sha256.Sum256(body)
	for name, sent := range map[string]struct {
		method string
		body   []byte
	}{"a form": {"POST", []byte("a=1&b=2%2F&c=")}, "an upload": {"POST", body}, "a file": {"PUT", body}, "nothing": {"POST", nil}} {
		resp, text := b.fetch(sent.method, b.url("acme", "/upload?a=1&b=2%2F&c="), bytes.NewReader(sent.body), "Content-Type: application/octet-stream")
		got := reached(t, resp, text)
		sum := sha256.Sum256(sent.body)
		if got.Method != sent.method || got.Body != len(sent.body) || got.Sum != hex.EncodeToString(sum[:]) || got.URI != "/upload?a=1&b=2%2F&c=" {
			t.Errorf("%s: %s %s, %d bytes", name, got.Method, got.URI, got.Body)
		}
	}
	resp, text := b.fetch("POST", b.url("acme", "/upload"), struct{ *bytes.Reader }{bytes.NewReader(body)}) // of unknown length: in chunks
	if got := reached(t, resp, text); got.Body != len(body) || got.Sum != hex.EncodeToString(sum[:]) {
		t.Errorf("in chunks: %d bytes", got.Body)
	}
}

func (w *endToEnd) webSocket(t *testing.T) {
	b := w.signedIn(t, "ann")
	session, _ := w.session(t, b, "acme")
	p := newProxy("https", w.addr, nil)
	if got, err := p.upgrade(t, b.cookies(b.url("acme", "/"))); err != nil || got != session.User.ID+" says hello\n" {
		t.Errorf("%q, %v", got, err)
	}
	for name, cookie := range map[string]string{"no session": "Cookie: a=1", "an unknown cookie": "Cookie: __Secure-session=x"} {
		if got, err := p.upgrade(t, cookie); err == nil || !strings.Contains(err.Error(), "401") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func (w *endToEnd) signsOut(t *testing.T) {
	b, other := w.signedIn(t, "bea"), w.signedIn(t, "bea")
	places := map[string]string{"acme": "/reports", "beta": "/reports", "app": "/clients"}
	kept := map[string]string{}
	for label, path := range places {
		resp, text := b.open(b.url(label, path))
		reached(t, resp, text)
		kept[label] = b.cookies(b.url(label, path))
	}
	b.logout()
	for label, path := range places {
		for _, cookies := range []string{b.cookies(b.url(label, path)), kept[label]} {
			if resp, _ := b.fetch("GET", b.url(label, path), nil, cookies); resp.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %s", label, resp.Status)
			}
		}
		resp, text := other.open(b.url(label, path))
		reached(t, resp, text) // the person's other browser stays in
	}
}

func (w *endToEnd) away(t *testing.T) {
	b := w.signedIn(t, "ann")
	page, login := b.url("acme", "/reports?a=1"), b.url("login", "/login")
	w.service.stop(t, syscall.SIGKILL)
	for name, ask := range map[string]func() (*http.Response, string){
		"a page":                   func() (*http.Response, string) { return b.open(page) },
		"a page without a session": func() (*http.Response, string) { return newBrowser(t, w.addr, "ann").open(page) },
		"a script":                 func() (*http.Response, string) { return b.fetch("POST", page, strings.NewReader("a=1")) },
		"the login":                func() (*http.Response, string) { return b.open(login) },
		"acme's login":             func() (*http.Response, string) { return b.open(b.url("acme", "/login")) },
		"acme's session":           func() (*http.Response, string) { return b.fetch("GET", b.url("acme", "/auth/session"), nil) },
	} {
		resp, text := ask()
		unavailable := resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != "" && resp.Header.Get("Cache-Control") == "no-store"
		if !unavailable && !(w.isTraefik && (resp.StatusCode == 500 || resp.StatusCode == 502)) ||
			resp.Header.Get("Set-Cookie") != "" || resp.Header.Get("X-App-Saw") != "" {
			t.Errorf("%s: %s %v\n%.200s", name, resp.Status, resp.Header, text)
		}
	}
	w.service.start(t)
	resp, text := b.open(page)
	if got := reached(t, resp, text); got.URI != "/reports?a=1" || len(b.trail) != 1 {
		t.Errorf("afterwards: %s after %d redirects", got.URI, len(b.trail)-1)
	}
}

// session is what the service tells a page of that host about its person.
func (w *endToEnd) session(t *testing.T, b *browser, label string) (s struct{ User struct{ ID string } }, organization struct{ ID string }) {
	t.Helper()
	var answer struct {
		User         struct{ ID string }
		Organization struct{ ID string }
	}
	resp, text := b.fetch("GET", b.url(label, "/auth/session"), nil)
	if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != http.StatusOK || answer.User.ID == "" {
		t.Fatalf("%s %v\n%.300s", resp.Status, err, text)
	}
	s.User = answer.User
	return s, answer.Organization
}

// logout presses the button of the page that asks.
func (b *browser) logout() {
	b.t.Helper()
	resp, _ := b.fetch("POST", b.url("login", "/logout"), nil, "Origin: "+strings.TrimSuffix(b.url("login", ""), "/"))
	if resp.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("logging out: %s", resp.Status)
	}
}
