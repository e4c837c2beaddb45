package handlers_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/handlers/signin/fakeidp"
)

func newRealService(t testing.TB) *service {
	return newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
}

// begin starts one flow and returns the request that the provider gets, and the
// cookie that binds it.
func (d *service) begin(c *http.Client, intent string) (url.Values, *http.Cookie, *http.Response) {
	d.t.Helper()
	res, body := get(d.t, c, public+"/auth/start"+intent, fromOurPage)
	to, err := res.Location()
	if err != nil || res.StatusCode != http.StatusFound {
		d.t.Fatalf("%d %s", res.StatusCode, body)
	}
	for _, cookie := range res.Cookies() {
		if strings.HasPrefix(cookie.Name, "__Host-flow") && cookie.MaxAge > 0 {
			return to.Query(), cookie, res
		}
	}
	d.t.Fatal("no flow cookie")
	return nil, nil, nil
}

// A1, A2, A3, A5.
func TestEveryRequestToTheProviderIsFreshAndTellsNoSecret(t *testing.T) {
	d := newService(t, serviceConfig{mangle: fakeidp.Mangle{Discovery: func(m map[string]any) {
		m["code_challenge_methods_supported"] = []string{"plain"} // denied or not, it is S256
	}}})
	seen := map[string]bool{}
	for range 50 {
		q, cookie, _ := d.begin(d.browser(), "?redirect=%2Fthe-page-asked-for")
		for name, want := range map[string]string{
			"response_type": "code", "code_challenge_method": "S256", "scope": "openid email profile",
			"client_id": "service", "redirect_uri": public + "/auth/callback",
		} {
			if got := q[name]; !slices.Equal(got, []string{want}) {
				t.Errorf("%s is %q", name, got)
			}
		}
		for name := range q {
			if !slices.Contains([]string{"response_type", "code_challenge_method", "scope", "client_id", "redirect_uri", "state", "nonce", "code_challenge"}, name) {
				t.Errorf("%s=%q goes to the provider", name, q[name])
			}
		}
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			value := q.Get(name)
			if b, err := base64.RawURLEncoding.DecodeString(value); err != nil || len(b) < 16 || seen[value] {
				t.Errorf("%s=%q: 128 bits, and never again", name, value)
			}
			seen[value] = true
		}
		// The cookie is sealed: neither nonce nor anything else of the flow is to be read in it.
		sealed, err := base64.RawURLEncoding.DecodeString(cookie.Value)
		must(t, err)
		for _, value := range []string{q.Get("nonce"), q.Get("state"), q.Get("code_challenge")} {
			if strings.Contains(cookie.Value, value) || strings.Contains(string(sealed), value) {
				t.Error("the cookie tells", value)
			}
		}
		state, err := base64.RawURLEncoding.DecodeString(q.Get("state"))
		must(t, err)
		if strings.Contains(string(state), "the-page-asked-for") {
			t.Error("the state tells the redirect")
		}
	}
}

// A4: sealed, __Host-, and small; with a suffix too (H1, H2; inspect holds every
// cookie of every answer to its attributes).
func TestCookiesAreSmall(t *testing.T) {
	for _, suffix := range []string{"", "-staging", "-a-suffix-of-thirty-two-letters"} {
		t.Run("suffix "+suffix, func(t *testing.T) {
			d := newService(t, serviceConfig{trust: true, suffix: suffix, fixture: read(t, "testdata/fixture.json")})
			_, cookie, _ := d.begin(d.browser(), "?redirect="+strings.Repeat("%2Fx", 900))
			if n := len(cookie.Name) + 1 + len(cookie.Value); n >= 300 || !strings.HasPrefix(cookie.Name, "__Host-flow"+suffix+"-") {
				t.Errorf("%s is of %d bytes", cookie.Name, n)
			}
			res, _ := d.loginAs(d.browser(), "ann-1", "")
			for _, c := range res.Cookies() {
				if n := len(c.Name) + 1 + len(c.Value); n >= 200 {
					t.Errorf("%s is of %d bytes", c.Name, n)
				}
			}
		})
	}
}

// A6: 200 people at once, each with the browser and the destination of their own.
func TestTwoHundredLoginsAtOnceNeverCross(t *testing.T) {
	const many = 200
	d := newService(t, serviceConfig{trust: true})
	var file strings.Builder
	file.WriteString(`{"organizations":[{"slug":"acme","subdomain_status":"verified"}],"users":[`)
	var users, members []string
	for i := range many {
		email := fmt.Sprintf("p%d@many.test", i)
		d.people = append(d.people, fakeidp.Person{Subject: fmt.Sprint("p", i), Email: email, EmailVerified: true, Name: fmt.Sprint("Person ", i)})
		users = append(users, fmt.Sprintf(`{"email":%q}`, email))
		members = append(members, fmt.Sprintf(`{"organization":"acme","email":%q}`, email))
	}
	file.WriteString(strings.Join(users, ",") + `],"memberships":[` + strings.Join(members, ",") + `]}`)
	d.importFile(file.String())
	d.choose = func(r *http.Request) fakeidp.Person { // who the login_hint names signs in
		for _, p := range d.people {
			if p.Email == r.URL.Query().Get("login_hint") {
				return p
			}
		}
		return fakeidp.Person{}
	}
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			c := d.browser()
			res, body := get(t, c, public+"/auth/start?redirect="+url.QueryEscape(fmt.Sprintf("/of/%d", i))+
				"&login_hint="+url.QueryEscape(fmt.Sprintf("p%d@many.test", i)))
			for range 2 {
				if res.StatusCode != http.StatusFound {
					t.Errorf("%d: %d %s", i, res.StatusCode, body)
					return
				}
				res, body = follow(t, c, res)
			}
			if to := res.Header.Get("Location"); to != fmt.Sprintf("https://acme.example.test/of/%d", i) {
				t.Errorf("%d lands on %s", i, to)
			}
			if _, body = get(t, c, public+"/auth/session"); !strings.Contains(body, fmt.Sprintf(`"p%d@many.test"`, i)) {
				t.Errorf("%d is %s", i, body)
			}
		})
	}
	all.Wait()
}

// A9: tabs finish in any order, each where it began.
func TestTenTabsFinishInAnyOrder(t *testing.T) {
	d := newRealService(t)
	for name, order := range map[string][]int{
		"first to last": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		"last to first": {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
		"mixed":         {5, 0, 9, 2, 7, 4, 1, 8, 3, 6},
	} {
		t.Run(name, func(t *testing.T) {
			ann := d.browser()
			d.pick("ann-1")
			tabs := make([]*http.Response, 10)
			for i := range tabs {
				res, _ := get(t, ann, public+fmt.Sprintf("/auth/start?redirect=%%2Ftab%%2F%d", i))
				tabs[i], _ = follow(t, ann, res)
			}
			for _, i := range order {
				res, _ := follow(t, ann, tabs[i])
				if to := res.Header.Get("Location"); to != fmt.Sprintf("https://acme.example.test/tab/%d", i) {
					t.Errorf("tab %d: %d %s", i, res.StatusCode, to)
				}
			}
		})
	}
}

// A8: at most twelve at once in one browser, the oldest makes way.
func TestTheThirteenthFlowDropsTheOldest(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.pick("ann-1")
	var answers []*http.Response
	for i := range 14 {
		d.clock.Move(time.Millisecond)
		res, _ := get(t, ann, public+fmt.Sprintf("/auth/start?redirect=%%2F%d", i))
		res, _ = follow(t, ann, res)
		answers = append(answers, res)
	}
	held := 0
	for _, c := range ann.Jar.Cookies(&url.URL{Scheme: "https", Host: "login.example.test", Path: "/"}) {
		if strings.HasPrefix(c.Name, "__Host-flow-") {
			held++
		}
	}
	if held != 12 {
		t.Errorf("%d flows in the browser", held)
	}
	// In this order: once one of them has logged in, the others heal.
	for i, want := range []int{http.StatusBadRequest, http.StatusBadRequest, http.StatusFound} {
		if res, _ := follow(t, ann, answers[i]); res.StatusCode != want {
			t.Errorf("flow %d: %d, want %d", i, res.StatusCode, want)
		}
	}
	res, _ := follow(t, ann, answers[13])
	if to := res.Header.Get("Location"); to != "https://acme.example.test/13" {
		t.Errorf("the newest: %d %s", res.StatusCode, to)
	}
}

// A10: what starts nothing.
func TestNothingButOurOwnPageStartsAFlow(t *testing.T) {
	d := newRealService(t)
	for name, headers := range map[string][]string{
		"a prefetch":               {"Sec-Purpose: prefetch"},
		"an old prefetch":          {"Purpose: prefetch"},
		"a link of another person": {"Sec-Fetch-Site: cross-site"},
		"a link of a sibling host": {"Sec-Fetch-Site: same-site"},
	} {
		t.Run(name, func(t *testing.T) {
			res, _ := get(t, d.browser(), public+"/auth/start", headers...)
			if to := res.Header.Get("Location"); len(res.Cookies()) > 0 || strings.HasPrefix(to, d.issuer) {
				t.Errorf("%d %s %v", res.StatusCode, to, res.Cookies())
			}
		})
	}
	if res, _ := do(t, d.browser(), http.MethodPost, public+"/auth/start", url.Values{}); res.StatusCode != http.StatusMethodNotAllowed {
		t.Error("POST", res.StatusCode)
	}
	_, body := get(t, d.browser(), public+"/login")
	if strings.Contains(body, d.issuer) {
		t.Error("the page names the provider's address")
	}
}
