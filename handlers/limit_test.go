package handlers_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"orglogin/handlers"
)

// What is counted, by whose key, and how much of it there may be: RATE_LIMIT is
// 4 a minute here: two logins.
func TestLimits(t *testing.T) {
	const (
		few       = 4
		many      = 10 * few
		unlimited = 3 * many
	)
	acme := "https://acme.example.test"
	for _, c := range []struct {
		name      string
		method    string
		url       string
		allowed   int
		more      []string // headers
		session   bool     // it is the session that is counted, from wherever it comes
		anonymous bool     // asks, without one
	}{
		{name: "a login begins few times for one client", url: public + "/auth/start", allowed: few},
		{name: "the provider's answer comes few times for one client", url: public + "/auth/callback?state=x&code=y", allowed: few},
		{name: "the login page is shown many times to one client", url: public + "/login?invitation=guessed", allowed: many},
		{name: "a live session lands many times for one client", url: public + "/login", allowed: many},
		{name: "an invitation is accepted many times by one client", method: http.MethodPost, url: public + "/login", allowed: many},
		{name: "an organization's host sends one client on many times", url: acme + "/login", allowed: many},
		{name: "and as many times to start", url: acme + "/auth/start", allowed: many},
		{name: "a signing out is sent on as often as it likes", url: acme + "/logout", allowed: unlimited},
		{name: "the chooser answers one session many times", url: public + "/organizations", allowed: many, session: true},
		{name: "the session is answered many times", url: public + "/auth/session", allowed: many, session: true},
		{name: "and on the host of an organization", url: acme + "/auth/session", allowed: many, session: true},
		{name: "a token is given many times to one session", url: acme + "/auth/token", allowed: many, session: true},
		{name: "a token is refused many times to a client without one", url: acme + "/auth/token", allowed: many, anonymous: true},
		{name: "a receipt is shown many times to one session", url: public + "/auth/why/abcdefghijklmnop", allowed: many, session: true},
		{name: "the page that signs out is never refused", url: public + "/logout", allowed: unlimited},
		{name: "the keys are never refused", url: public + "/.well-known/jwks.json", allowed: unlimited},
		{
			name: "a proxy that asks is never refused", url: acme + "/auth/verify", allowed: unlimited,
			more: []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test", "X-Forwarded-For: 203.0.113.1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), limit: handlers.Limit{Count: few, Per: time.Minute}})
			ann, bob := d.browser(), d.browser()
			if !c.anonymous {
				d.loginAs(ann, "ann-1", "")
				d.loginAs(bob, "bob-1", "")
			}
			d.clock.Move(time.Minute) // the logins are forgotten

			ask := func(who *http.Client, from string) *http.Response {
				if c.method == http.MethodPost {
					res, _ := do(t, who, c.method, c.url, url.Values{"redirect": {"/x"}}, from)
					return res
				}
				header := []string{from}
				if c.more != nil {
					header = c.more
				}
				res, _ := get(t, who, c.url, header...)
				return res
			}
			const first, second = "Test-Peer: 203.0.113.1:1", "Test-Peer: 203.0.113.2:1"
			for i := range c.allowed {
				if res := ask(ann, first); res.StatusCode == http.StatusTooManyRequests || res.StatusCode >= 500 {
					t.Fatalf("%d after %d", res.StatusCode, i)
				}
			}
			if c.allowed == unlimited {
				return
			}
			res := ask(ann, first)
			wait, err := strconv.Atoi(res.Header.Get("Retry-After"))
			if res.StatusCode != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 {
				t.Fatalf("%d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
			}
			others := map[string]*http.Response{"another client": ask(ann, second)}
			if c.session {
				others = map[string]*http.Response{"another session": ask(bob, first)}
				if res := ask(ann, second); res.StatusCode != http.StatusTooManyRequests {
					t.Errorf("the same session from another address: %d", res.StatusCode)
				}
			}
			for who, res := range others {
				if res.StatusCode == http.StatusTooManyRequests {
					t.Errorf("%s is held up", who)
				}
			}
			d.clock.Move(time.Duration(wait) * time.Second)
			if res := ask(ann, first); res.StatusCode == http.StatusTooManyRequests {
				t.Error("refused after the wait of Retry-After")
			}
		})
	}
}

// The page of a limit leads on to what was asked for, and names the time that
// Retry-After does.
func TestThePageOfALimitKeepsWhatWasAskedFor(t *testing.T) {
	const q = "?redirect=%2Freports"
	for _, c := range []struct {
		name, method, url, link string
		times                   int
	}{
		{name: "the login page", url: public + "/login" + q, times: 20, link: "/login" + q},
		{name: "the login page with an invitation", url: public + "/login?invitation=" + bobsToken, times: 20, link: "/login?invitation=" + bobsToken},
		{name: "the form of an invitation", method: http.MethodPost, url: public + "/login", times: 20, link: "/login?invitation=" + bobsToken + "&amp;redirect=%2Freports"},
		{name: "the start of a login", url: public + "/auth/start" + q, times: 2, link: "/auth/start" + q},
		{name: "the start of a login with an invitation", url: public + "/auth/start?invitation=" + bobsToken, times: 2, link: "/login?invitation=" + bobsToken},
		{name: "the provider's answer", url: "", times: 2, link: "/auth/start" + q},
		{name: "an organization's host", url: "https://acme.example.test/login" + q, times: 20, link: public + "/login?organization=acme&amp;redirect=%2Freports"},
		{name: "the chooser", url: public + "/organizations" + q, times: 20, link: public + "/organizations" + q},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), limit: handlers.Limit{Count: 2, Per: 12 * time.Second}})
			ann := d.browser()
			if c.url == public+"/organizations"+q {
				d.loginAs(ann, "ann-1", "")
			}
			if c.url == "" {
				c.url = d.answered(ann, "ann-1", q).String()
				d.clock.Move(12 * time.Second)
			}
			ask := func() (*http.Response, string) {
				if c.method != "" {
					return do(t, ann, c.method, c.url, url.Values{"invitation": {bobsToken}, "redirect": {"/reports"}})
				}
				return get(t, ann, c.url)
			}
			for range c.times {
				ask()
			}
			res, body := ask()
			if res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, `href="`+c.link+`"`) {
				t.Errorf("%d, without a link to %s:\n%s", res.StatusCode, c.link, body)
			}
			wait := res.Header.Get("Retry-After")
			if words := map[string]string{"1": "1 second,", "6": "6 seconds,"}[wait]; words == "" || !strings.Contains(body, "Wait "+words) {
				t.Errorf("Retry-After is %q, and the page says otherwise:\n%s", wait, body)
			}
		})
	}
}

// A sibling host can make a browser ask in its session's name. That must not
// keep the person from signing out.
func TestASessionThatAskedTooMuchCanEnd(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), limit: handlers.Limit{Count: 2, Per: time.Minute}})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for range 10 * 2 {
		get(t, ann, public+"/auth/session")
	}
	if res, _ := get(t, ann, public+"/auth/session"); res.StatusCode != http.StatusTooManyRequests {
		t.Fatal(res.StatusCode)
	}
	if res, _ := do(t, ann, http.MethodPost, public+"/logout", url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.StatusCode)
	}
	if res, _ := get(t, ann, public+"/auth/session"); res.StatusCode != http.StatusUnauthorized {
		t.Error(res.StatusCode)
	}
}

func TestNoLimitIsNone(t *testing.T) {
	d := newService(t, serviceConfig{})
	ann := d.browser()
	for range 50 {
		if res, _ := get(t, ann, public+"/login"); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
	}
}
