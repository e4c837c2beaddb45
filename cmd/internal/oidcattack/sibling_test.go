package oidcattack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"orglogin/handlers/signin/fakeidp"
)

const (
	sibling   = "https://evil.example.test" // Eve's organization: the same site as ours, another origin
	stranger  = "https://elsewhere.test"    // another site
	initech   = "https://initech.example.test"
	globex    = "https://globex.example.test"
	ofEve     = "the-invitation-of-eve-for-vic"
	vicLands  = initech + "/reports"
	vicsEmail = "vic@initech.test"
)

// vicPerson is whom Eve is after: an owner of Initech and a member of Globex.
var vicPerson = fakeidp.Person{Subject: "vic-1", Email: vicsEmail, EmailVerified: true, Name: "Vic"}

// street is a browser between the service and an attacker: Eve, who owns the
// organization Evil and every page on its host, and a site elsewhere.
type street struct {
	world
	net     *internet
	browser context.Context
	vic     string // under which login hint who signs in
	eve     string
}

func newStreet(t *testing.T) *street {
	t.Helper()
	w := newWorld(t, nil)
	s := &street{world: w, net: newInternet(t, w.server)}
	s.net.sites = map[string]http.HandlerFunc{"evil.example.test": eves, "elsewhere.test": eves}
	s.vic = w.provider.plan(&attack{person: vicPerson})
	s.eve = w.provider.plan(&attack{person: fakeidp.Person{Subject: "eve-1", Email: "eve@evil.test", EmailVerified: true, Name: "Eve"}})
	s.browser = newChromium(t, s.net.addr)
	return s
}

// eves answers as Eve's pages do: an empty one for her scripts, and whatever
// cookies she wants set, as only a server can write over one that is HttpOnly.
func eves(w http.ResponseWriter, r *http.Request) {
	if n, size := number(r, "flood"), number(r, "size"); n > 0 {
		for i := range n {
			w.Header().Add("Set-Cookie", fmt.Sprintf("flood%d=%s; Domain=example.test; Path=/; Secure; Max-Age=%d", i, strings.Repeat("x", size), number(r, "age")))
		}
	}
	for _, line := range r.URL.Query()["cookie"] {
		w.Header().Add("Set-Cookie", line)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>hostile</title><body>")
}

func number(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.URL.Query().Get(name)) // 0 where there is none
	return n
}

// person is a tab in a profile of its own.
func (s *street) person(t *testing.T) context.Context {
	t.Helper()
	tab, leave := chromedp.NewContext(s.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(leave)
	must(t, chromedp.Do(tab, chromedp.Navigate("about:blank")))
	return tab
}

// signedIn is a tab in which Vic has signed in, and landed.
func (s *street) signedIn(t *testing.T) context.Context {
	t.Helper()
	tab := s.person(t)
	s.signIn(t, tab)
	return tab
}

// signIn is Vic's login, from the address bar.
func (s *street) signIn(t *testing.T, tab context.Context) {
	t.Helper()
	q := url.Values{"login_hint": {s.vic}, "redirect": {vicLands}}
	if where := visit(t, tab, public+"/auth/start?"+q.Encode()); where != vicLands {
		t.Fatalf("Vic's login ends at %s", where)
	}
	s.is(t, tab, public, vicsEmail)
}

// evesSession is the value of a live session of Eve's, from a browser of her own.
func (s *street) evesSession(t *testing.T) (value string, own *http.Client) {
	t.Helper()
	own = s.world.browser(t)
	res := get(t, own, get(t, own, begin(t, own, url.Values{"login_hint": {s.eve}}).String()).Header.Get("Location"))
	for _, c := range res.Cookies() {
		if c.Name == "__Secure-session" {
			return c.Value, own
		}
	}
	t.Fatalf("Eve's own login comes to %d", res.StatusCode)
	return "", nil
}

// evesCallback is the answer to a login of Eve's that waits to be brought back.
func (s *street) evesCallback(t *testing.T) string {
	t.Helper()
	own := s.world.browser(t)
	back := get(t, own, begin(t, own, url.Values{"login_hint": {s.eve}}).String()).Header.Get("Location")
	if !strings.HasPrefix(back, public+"/auth/callback?") {
		t.Fatalf("Eve is sent to %s", back)
	}
	return back
}

// signedOut is the answer to a browser without a session.
const signedOut = "401"

// is checks who a page of an origin of ours finds signed in: an address, or the
// status of a refusal.
func (s *street) is(t *testing.T, tab context.Context, origin, want string) {
	t.Helper()
	if got := s.who(t, tab, origin); got != want {
		t.Errorf("on %s the browser is %s, want %s", origin, got, want)
	}
}

func (s *street) who(t *testing.T, tab context.Context, origin string) string {
	t.Helper()
	visit(t, tab, origin+"/blank")
	var answer struct {
		Status json.Number
		User   struct{ Email string }
	}
	text := evaluate[string](t, tab, `fetch("/auth/session").then(r => r.text())`)
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s/auth/session says %q: %v", origin, text, err)
	}
	if answer.User.Email != "" {
		return answer.User.Email
	}
	return answer.Status.String()
}

// led runs a script that leads the tab away, as a page's own script would, and
// returns the answer that it comes to. The script runs after the call that
// brought it: a call whose page goes away has no answer.
func led(t *testing.T, tab context.Context, script string) *network.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, 2*time.Minute)
	defer cancel()
	later := "setTimeout(() => { " + script + " }, 0)"
	res, err := chromedp.RunResponse(ctx, chromedp.Action[chromedp.Void](chromedp.Evaluate[chromedp.Void](later, byHand)))
	if err != nil {
		t.Fatalf("%.100s: %v", script, err)
	}
	return res
}

// byHand lets a script do what a browser allows after a click only.
func byHand(p *runtime.EvaluateParams) {
	yes := true
	p.UserGesture = &yes
}

// posts is a script that sends a form to the top of the tab.
func posts(action string, fields url.Values) string {
	script := `const f = document.createElement("form"); f.method = "POST"; f.action = ` + quoted(action) + `;`
	for name, values := range fields {
		script += ` { const i = document.createElement("input"); i.name = ` + quoted(name) + `; i.value = ` + quoted(values[0]) + `; f.append(i) }`
	}
	return script + ` document.body.append(f); f.submit()`
}

func quoted(s string) string { return asJSON(s) }

// plants has Eve's server set cookies in the browser.
func plants(t *testing.T, tab context.Context, lines ...string) {
	t.Helper()
	visit(t, tab, sibling+"/plant?"+url.Values{"cookie": lines}.Encode())
}
