package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func (d *service) cookie(c *http.Client, name string) string {
	for _, cookie := range c.Jar.Cookies(&url.URL{Scheme: "https", Host: "login.example.test", Path: "/"}) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

// H6: fixation. What the browser had before the login is never what it has after.
func TestEveryLoginIsANewSession(t *testing.T) {
	d := newRealService(t)
	attacker := d.browser()
	d.loginAs(attacker, "new-1", "")
	planted := d.cookie(attacker, "__Secure-session")
	plantedBrowser := d.cookie(attacker, "__Host-browser")
	for name, held := range map[string][]*http.Cookie{
		"a made-up session":              {{Name: "__Secure-session", Value: strings.Repeat("A", 92)}},
		"the attacker's session":         {{Name: "__Secure-session", Value: planted}},
		"the attacker's session, bound":  {{Name: "__Secure-session", Value: planted}, {Name: "__Host-browser", Value: plantedBrowser}},
		"a browser cookie alone":         {{Name: "__Host-browser", Value: plantedBrowser}},
		"nothing, as in a fresh browser": nil,
	} {
		t.Run(name, func(t *testing.T) {
			victim := d.browser()
			for _, c := range held {
				c.Path, c.Secure = "/", true
				if c.Name == "__Secure-session" {
					c.Domain = "example.test"
				}
				victim.Jar.SetCookies(&url.URL{Scheme: "https", Host: "login.example.test", Path: "/"}, []*http.Cookie{c})
			}
			d.loginAs(victim, "ann-1", "")
			now, browser := d.cookie(victim, "__Secure-session"), d.cookie(victim, "__Host-browser")
			if now == "" || now == planted || now == strings.Repeat("A", 92) || browser == "" || browser == plantedBrowser {
				t.Error("the session or the browser is the old one")
			}
			if _, body := get(t, victim, public+"/auth/session"); !strings.Contains(body, "ann@acme.test") {
				t.Error(body)
			}
			old := d.browser()
			res, body := get(t, old, public+"/auth/session", "Cookie: __Secure-session="+planted+"; __Host-browser="+browser)
			if res.StatusCode != http.StatusUnauthorized {
				t.Errorf("the planted session in the victim's browser: %d %s", res.StatusCode, body)
			}
		})
	}
}

// H6: the browser's old session ends with its next login, and no other.
func TestTheNextLoginEndsThisBrowsersSessionAlone(t *testing.T) {
	d := newRealService(t)
	phone, laptop := d.browser(), d.browser()
	d.loginAs(phone, "ann-1", "")
	d.loginAs(laptop, "ann-1", "")
	old := jarOf(laptop)
	d.loginAs(laptop, "ann-1", "")
	before := d.browser()
	before.Jar = old
	for name, c := range map[string]struct {
		client *http.Client
		want   int
	}{"the old one": {before, 401}, "the new one": {laptop, 200}, "the phone": {phone, 200}} {
		if res, _ := get(t, c.client, public+"/auth/session"); res.StatusCode != c.want {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}

// H7: nothing that is sealed or secret for one purpose passes for another.
func TestNothingOfALoginPassesForASession(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	q, flow, _ := d.begin(ann, "")
	d.loginAs(ann, "ann-1", "")
	session, browser := d.cookie(ann, "__Secure-session"), d.cookie(ann, "__Host-browser")
	res, body := get(t, ann, "https://acme.example.test/auth/token")
	if res.StatusCode != http.StatusOK {
		t.Fatal(res.StatusCode)
	}
	_, rest, _ := strings.Cut(body, `"access_token":"`)
	bearer, _, _ := strings.Cut(rest, `"`)
	for name, value := range map[string]string{
		"a state": q.Get("state"), "a flow": flow.Value, "a nonce": q.Get("nonce"), "an invitation": "for-bob-at-acme-0123456789ab",
		"an access token": bearer, "a browser cookie": browser, "nothing": "",
		"a session cut short": session[:len(session)-1], "a session made longer": session + "A",
		"a session with its last bits changed": flip(session, len(session)-1), "a session with one bit changed": flip(session, 20),
		"a session in quotes": `"` + session + `"`, "a session with a blank": session + " ", "a session with padding": session + "=",
	} {
		t.Run(name+" is no session", func(t *testing.T) {
			for _, target := range []string{public + "/auth/session", "https://acme.example.test/auth/session"} {
				res, _ := get(t, d.browser(), target, "Cookie: __Secure-session="+value+"; __Host-browser="+browser)
				if res.StatusCode != http.StatusUnauthorized {
					t.Errorf("%s: %d", target, res.StatusCode)
				}
			}
		})
	}
	t.Run("a session is no state and no flow", func(t *testing.T) {
		res, _ := get(t, d.browser(), public+"/auth/callback?code=x&state="+session, "Cookie: "+flow.Name+"="+session)
		if res.StatusCode != http.StatusBadRequest {
			t.Error(res.StatusCode)
		}
	})
	t.Run("a session is no bearer", func(t *testing.T) {
		for _, token := range []string{session, bearer} {
			if res, _ := get(t, d.browser(), public+"/auth/session", "Authorization: Bearer "+token); res.StatusCode != http.StatusUnauthorized {
				t.Error(res.StatusCode)
			}
		}
	})
}

// H5: every route of the login host needs both cookies, bound to each other.
func TestASessionOfASiblingHostIsNoneHere(t *testing.T) {
	d := newRealService(t)
	ann, bob := d.browser(), d.browser()
	d.loginAs(ann, "ann-1", "")
	res, _ := d.loginAs(bob, "new-1", "")
	why := res.Header.Get("X-Login-Receipt")
	session := "__Secure-session=" + d.cookie(bob, "__Secure-session")
	for name, cookies := range map[string]string{
		"without a browser cookie":      session,
		"with another browser's cookie": session + "; __Host-browser=" + d.cookie(ann, "__Host-browser"),
		"with two browser cookies":      session + "; __Host-browser=" + d.cookie(ann, "__Host-browser") + "; __Host-browser=" + d.cookie(bob, "__Host-browser"),
		"with the name in other case":   session + "; __host-browser=" + d.cookie(bob, "__Host-browser"),
		"with a blank before the name":  session + ";\u00a0__Host-browser=" + d.cookie(bob, "__Host-browser"),
		"with RFC 2965 around it":       `$Version=1; ` + session + `; __Host-browser="` + d.cookie(bob, "__Host-browser") + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			for target, want := range map[string]int{
				"/auth/session": 401, "/auth/why/" + why: 401, "/organizations": 302, "/login": 200,
			} {
				res, body := get(t, d.browser(), public+target, "Cookie: "+cookies)
				if res.StatusCode != want || strings.Contains(body, "new@nowhere.test") {
					t.Errorf("%s: %d", target, res.StatusCode)
				}
			}
			res, _ := do(t, d.browser(), http.MethodPost, public+"/login", url.Values{"invitation": {"for-ann-at-beta-0123456789ab"}}, "Cookie: "+cookies)
			if to := res.Header.Get("Location"); !strings.HasPrefix(to, public+"/login?invitation=") {
				t.Errorf("accepts: %d %s", res.StatusCode, to)
			}
			do(t, d.browser(), http.MethodPost, public+"/logout", url.Values{"everywhere": {"1"}}, "Cookie: "+cookies)
			if res, _ := get(t, bob, public+"/auth/session"); res.StatusCode != http.StatusOK {
				t.Fatal("it ended the session")
			}
		})
	}
}

// H12: whoever uses the browser next does not inherit a dead session, whatever
// made it dead.
func TestTheSignInPageClearsWhatIsDead(t *testing.T) {
	for name, kill := range map[string]func(*service){
		"idle":     func(d *service) { d.clock.Move(2*time.Hour + time.Second) },
		"expired":  func(d *service) { d.clock.Move(12*time.Hour + time.Second) },
		"revoked":  func(d *service) { d.byHand(`UPDATE sessions SET ended_at = created_at + 1`) },
		"disabled": func(d *service) { d.byHand(`UPDATE profiles SET disabled = 1`) },
		"deleted":  func(d *service) { d.byHand(`DELETE FROM profiles`) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newRealService(t)
			ann := d.browser()
			d.loginAs(ann, "ann-1", "")
			kill(d)
			res, body := get(t, ann, public+"/login")
			if res.StatusCode != http.StatusOK || strings.Contains(body, "ann@acme.test") {
				t.Errorf("%d", res.StatusCode)
			}
			if d.cookie(ann, "__Secure-session") != "" {
				t.Error("the session's cookie is still there")
			}
		})
	}
}

// Who signs out has signed out, though the clock calls the session over and is
// set back afterwards: a copy of the cookies opens nothing. What is over ends
// nothing but itself.
func TestALogoutEndsWhatTheClockCallsOver(t *testing.T) {
	for name, step := range map[string]time.Duration{"idle": 3 * time.Hour, "expired": 13 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			d := newRealService(t)
			ann, elsewhere := d.browser(), d.browser()
			d.loginAs(ann, "ann-1", "")
			d.loginAs(elsewhere, "ann-1", "")
			copied := "Cookie: __Secure-session=" + d.cookie(ann, "__Secure-session") + "; __Host-browser=" + d.cookie(ann, "__Host-browser")
			d.clock.Move(step)
			if res, _ := do(t, d.browser(), http.MethodPost, public+"/logout", url.Values{"everywhere": {"1"}}, copied); res.StatusCode != http.StatusSeeOther {
				t.Fatalf("logout: %d", res.StatusCode)
			}
			d.clock.Move(-step)
			if res, _ := get(t, d.browser(), public+"/auth/session", copied); res.StatusCode != http.StatusUnauthorized {
				t.Errorf("the copy, with the clock right again: %d", res.StatusCode)
			}
			if res, _ := get(t, elsewhere, public+"/auth/session"); res.StatusCode != http.StatusOK {
				t.Errorf("another browser, with the clock right again: %d", res.StatusCode)
			}
		})
	}
}

// H14: a form counts only from our own pages. The table is what a browser can send.
func TestAFormCountsFromOurOwnPagesOnly(t *testing.T) {
	d := newRealService(t)
	for _, c := range []struct {
		sentence string
		headers  []string
		passes   bool
	}{
		{"same-origin", []string{"Sec-Fetch-Site: same-origin"}, true},
		{"the person's own doing", []string{"Sec-Fetch-Site: none"}, true},
		{"no browser", nil, true},
		{"our origin, from a browser without Sec-Fetch-Site", []string{"Origin: https://login.example.test"}, true},
		{"same-site, a sibling", []string{"Sec-Fetch-Site: same-site"}, false},
		{"cross-site", []string{"Sec-Fetch-Site: cross-site"}, false},
		{"Sec-Fetch-Site empty", []string{"Sec-Fetch-Site: "}, false},
		{"Sec-Fetch-Site twice", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"}, false},
		{"Sec-Fetch-Site as a list", []string{"Sec-Fetch-Site: same-origin, cross-site"}, false},
		{"Sec-Fetch-Site in other case", []string{"Sec-Fetch-Site: Same-Origin"}, false},
		{"cross-site with our origin", []string{"Sec-Fetch-Site: cross-site", "Origin: https://login.example.test"}, false},
		{"http instead of https", []string{"Origin: http://login.example.test"}, false},
		{"another port", []string{"Origin: https://login.example.test:8443"}, false},
		{"the default port spelled out, as no browser does", []string{"Origin: https://login.example.test:443"}, false},
		{"a name that begins like ours", []string{"Origin: https://login.example.test.evil.test"}, false},
		{"a name that ends like ours", []string{"Origin: https://evil-login.example.test"}, false},
		{"a subdomain of ours", []string{"Origin: https://x.login.example.test"}, false},
		{"a sibling", []string{"Origin: https://acme.example.test"}, false},
		{"the app", []string{"Origin: https://app.example.test"}, false},
		{"null", []string{"Origin: null"}, false},
		{"empty", []string{"Origin: "}, false},
		{"our origin with a slash", []string{"Origin: https://login.example.test/"}, false},
		{"our origin in capitals", []string{"Origin: HTTPS://LOGIN.EXAMPLE.TEST"}, false},
		{"our origin twice", []string{"Origin: https://login.example.test", "Origin: https://login.example.test"}, false},
		{"our page as the referrer only", []string{"Origin: https://evil.test", "Referer: https://login.example.test/login"}, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			ann := d.browser()
			d.loginAs(ann, "ann-1", "")
			res, _ := do(t, ann, http.MethodPost, public+"/login", url.Values{"redirect": {"/x"}}, c.headers...)
			if want := map[bool]int{true: 303, false: 403}[c.passes]; res.StatusCode != want {
				t.Errorf("accept: %d, want %d", res.StatusCode, want)
			}
			do(t, ann, http.MethodPost, public+"/logout", url.Values{}, c.headers...)
			if res, _ := get(t, ann, public+"/auth/session"); (res.StatusCode == http.StatusOK) == c.passes {
				t.Errorf("after the logout: %d", res.StatusCode)
			}
		})
	}
}

// H16: what no browser holds is refused before it is parsed.
func TestTooManyCookiesAreRefused(t *testing.T) {
	d := newRealService(t)
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"a thousand cookies":        {strings.Repeat("a=b; ", 1000) + "c=d", 431},
		"a thousand of the session": {strings.Repeat("__Secure-session=x; ", 1000), 431},
		"64 kB in one":              {"a=" + strings.Repeat("b", 64<<10), 431},
		"as many as a browser has":  {strings.Repeat("a=b; ", 179) + "c=d", 200},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/login", "/nothing"} {
				want := c.status
				if path == "/nothing" && want == 200 {
					want = 404
				}
				if res, _ := get(t, d.browser(), public+path, "Cookie: "+c.header); res.StatusCode != want {
					t.Errorf("%s: %d", path, res.StatusCode)
				}
			}
		})
	}
}

// H9, H11: an ended session fails on every route at once, its old value too.
func TestAnEndedSessionFailsEverywhereAtOnce(t *testing.T) {
	for name, end := range map[string]func(*service, *http.Client){
		"logged out": func(d *service, c *http.Client) {
			do(d.t, c, http.MethodPost, public+"/logout", url.Values{}, "Sec-Fetch-Site: same-origin")
		},
		"ended by the operator": func(d *service, _ *http.Client) { d.byHand(`UPDATE sessions SET ended_at = created_at + 1`) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newRealService(t)
			ann := d.browser()
			d.loginAs(ann, "ann-1", "")
			kept := d.browser()
			kept.Jar = jarOf(ann)
			end(d, ann)
			for target, want := range map[string]int{
				public + "/auth/session": 401, public + "/login": 200, public + "/organizations": 302,
				"https://acme.example.test/auth/session": 401, "https://acme.example.test/auth/token": 401,
			} {
				if res, _ := get(t, kept, target); res.StatusCode != want {
					t.Errorf("%s: %d, want %d", target, res.StatusCode, want)
				}
				kept.Jar = jarOf(kept)
			}
		})
	}
}
