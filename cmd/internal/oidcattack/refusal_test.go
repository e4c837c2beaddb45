package oidcattack_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin"
	"orglogin/store"
	"orglogin/templates"
)

// world is a service before a provider of ours.
type world struct {
	*service
	provider *provider
}

func newWorld(t testing.TB, change func(*signin.Config)) world {
	t.Helper()
	c := handlertest.NewClock(time.Now())
	p := newProvider(t, c)
	return world{newService(t, p.server.URL, c, change), p}
}

// newWorldOver is newWorld with what over makes of the service's store.
func newWorldOver(t testing.TB, over func(store.Store) store.Store) world {
	t.Helper()
	c := handlertest.NewClock(time.Now())
	p := newProvider(t, c)
	return world{newServiceOver(t, p.server.URL, c, nil, over), p}
}

// row is one way to lie, with what the page says.
type row struct {
	name string // begins with the line of the list that it tests
	attack
	status   int
	reason   store.Reason
	redeemed int // token requests
}

// The usual ends of an attack.
func untrusted(name string, a attack) row { // the token endpoint or the ID token is not believed
	return row{name, a, http.StatusBadGateway, store.ProviderAnswer, 1}
}

func foreign(name string, a attack) row { // the browser's answer is not this login's
	return row{name, a, http.StatusBadRequest, store.BadState, 0}
}

func unwelcome(name string, reason store.Reason, a attack) row { // the account may not come in
	return row{name, a, http.StatusForbidden, reason, 1}
}

// try runs each row as one login of a new browser: it is refused with its
// page, nothing is stored, no session begins, nothing leaks, and an honest
// login after it works.
func (w world) try(t *testing.T, rows []row) {
	w.login(t) // metadata, keys and Ann's account are there
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[r.name] {
			t.Errorf("%q comes twice", r.name)
		}
		seen[r.name] = true
		t.Run(r.name, func(t *testing.T) {
			before, asked := w.rows(t), w.provider.asked("/token")
			c := w.browser(t)
			w.refused(t, c, w.attempt(t, c, &r.attack), r.status, r.reason)
			if n := w.provider.asked("/token") - asked; n != r.redeemed {
				t.Errorf("the code was redeemed %d times, want %d", n, r.redeemed)
			}
			w.unchanged(t, before)
			w.login(t)
			w.log.Clear()
			w.provider.forget()
		})
	}
}

// attempt walks one login under an attack and returns the callback's answer.
func (w world) attempt(t testing.TB, c *http.Client, a *attack) page {
	t.Helper()
	return get(t, c, w.bringBack(t, c, a))
}

// bringBack walks as far as the callback, which it returns with the answer
// that the attack brings.
func (w world) bringBack(t testing.TB, c *http.Client, a *attack) string {
	t.Helper()
	q := url.Values{"redirect": {"/reports"}}
	if a != nil {
		q.Set("login_hint", w.provider.plan(a))
	}
	res := get(t, c, begin(t, c, q).String())
	back, err := res.Location()
	must(t, err)
	if a != nil && a.answer != nil {
		parameters := back.Query()
		a.answer(parameters)
		back.RawQuery = parameters.Encode()
	}
	if a != nil && a.query != nil {
		back.RawQuery = a.query(back.RawQuery)
	}
	w.provider.keep(back.Query().Get("code"))
	return back.String()
}

// login is an honest login of Ann in a browser of her own.
func (w world) login(t testing.TB) *http.Client {
	t.Helper()
	c := w.browser(t)
	res := w.attempt(t, c, nil)
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusFound || to != "https://acme.example.test/reports" || !hasSession(c) {
		t.Fatalf("an honest login comes to %d %s (%s):\n%s\n%s", res.StatusCode, to, w.log.reason(t), res.text, w.log)
	}
	return c
}

// refused checks the answer to a login that must not be.
func (w world) refused(t testing.TB, c *http.Client, res page, status int, reason store.Reason) {
	t.Helper()
	if got := w.log.reason(t); res.StatusCode != status || got != reason {
		t.Errorf("answered %d %s, want %d %s", res.StatusCode, got, status, reason)
	}
	pages, err := templates.New(templates.Options{})
	must(t, err)
	title, _ := pages.Problem(pageOf(res.StatusCode, reason))
	if !strings.Contains(html.UnescapeString(res.text), "<h1>"+title+"</h1>") {
		t.Errorf("not the page %q:\n%s", title, res.text)
	}
	if !strings.Contains(res.text, `href="/auth/start`) {
		t.Errorf("no link starts again:\n%s", res.text)
	}
	w.noSession(t, c, res)
	w.silent(t, res)
}

// noSession checks that no session began, and that nothing sends the browser on (B10).
func (w world) noSession(t testing.TB, c *http.Client, res page) {
	t.Helper()
	if to := res.Header.Get("Location"); to != "" {
		t.Errorf("sent on to %s", to)
	}
	for _, line := range res.Header.Values("Set-Cookie") {
		// A flow that ended is remembered as such, in a cookie with no room for a verifier.
		cookie, err := http.ParseSetCookie(line)
		must(t, err)
		if !strings.HasPrefix(cookie.Name, "__Host-flow-") || cookie.MaxAge > 0 && len(cookie.Value) > 60 {
			t.Errorf("a cookie is set: %s", line)
		}
	}
	if hasSession(c) {
		t.Error("the browser holds a session")
	}
	who := get(t, c, public+"/auth/session")
	if who.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session answers %d: %s", who.StatusCode, who.text)
	}
}

// silent checks that neither answer nor log tell a secret, and that the answer
// is neither kept nor passed on (B7, B13, C7, C10, O2).
func (w world) silent(t testing.TB, res page) {
	t.Helper()
	if secret := w.provider.leaked(res.text + asJSON(res.Header)); secret != "" {
		t.Errorf("the answer tells %q", secret)
	}
	if secret := w.provider.leaked(w.log.String()); secret != "" {
		t.Errorf("the log tells %q", secret)
	}
	if h := res.Header; h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("Cache-Control %q, Referrer-Policy %q", h.Get("Cache-Control"), h.Get("Referrer-Policy"))
	}
}

// unchanged checks that the database holds what it held.
func (w world) unchanged(t testing.TB, before string) {
	t.Helper()
	if after := w.rows(t); after != before {
		t.Errorf("the database was\n%s\nand is\n%s", before, after)
	}
}

// pageOf is the page that tells a reason.
func pageOf(status int, reason store.Reason) templates.Refusal {
	switch {
	case status >= http.StatusInternalServerError || status == http.StatusMethodNotAllowed:
		return templates.Failure{Status: status, Reason: reason}
	case reason == store.BadState || reason == store.NoCookie || reason == store.FlowUsed || reason == store.FlowExpired:
		return templates.FlowProblem{Reason: reason}
	case reason == store.ProviderAnswer:
		return templates.FlowProblem{Reason: reason, Rejected: true}
	}
	return templates.Refused{Reason: reason}
}
