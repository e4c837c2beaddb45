package handlers_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"orglogin/store"
)

// accessSteps is how many random changes one run makes; each is followed by two dozen requests.
const accessSteps = 40

// accessModel is what the oracle knows, and the service beside it.
type accessModel struct {
	*service
	random   *rand.Rand
	browsers []*http.Client
	tenants  map[string]*tenant // by organization

	sessions map[int]*modelSession // by browser
	sso      map[string]store.SSO
	members  map[string]bool // "person organization"
	active   map[string]bool // whether the connection of an organization is
}

// modelSession is a signed-in browser. by has the time of the login by each connection:
// "default", or the organization whose connection it is.
type modelSession struct {
	person string
	by     map[string]time.Time
}

// opens is the oracle: whether a host opens for a browser, and by which connection.
func (m *accessModel) opens(browser int, host string) (by string, opens bool) {
	s := m.sessions[browser]
	counts := func(connection string) bool {
		return s != nil && m.clock.Now().Sub(s.by[connection]) < 12*time.Hour
	}
	switch host {
	case "nosuch":
		return "", false
	case "login":
		return "", counts("default") || counts("acme") || counts("globex")
	case "app":
		return "default", counts("default")
	}
	switch {
	case s == nil || !m.members[s.person+" "+host]:
		return "", false
	case counts(host):
		return host, true
	}
	return "default", counts("default") && m.sso[host] != store.SSORequired
}

// sees is the oracle of the chooser: whether it lists an organization for a browser.
func (m *accessModel) sees(browser int, organization string) bool {
	if _, operator := m.opens(browser, "app"); operator {
		return m.members[m.sessions[browser].person+" "+organization]
	}
	by, opens := m.opens(browser, organization)
	return opens && by == organization
}

// TestNoHostOpensThatMustNotOverHTTP does random logins, logouts and changes, and compares every
// route with the oracle. ACCESS_SEED repeats a run.
func TestNoHostOpensThatMustNotOverHTTP(t *testing.T) {
	seed := rand.Uint64()
	if given := os.Getenv("ACCESS_SEED"); given != "" {
		var err error
		seed, err = strconv.ParseUint(given, 10, 64)
		must(t, err)
	}
	t.Logf("ACCESS_SEED=%d", seed)
	m := newAccessModel(t, rand.New(rand.NewPCG(seed, 0)))
	for step := range accessSteps {
		m.clock.Move(90 * time.Minute) // under the two hours after which an unused session ends
		name := m.step()
		for browser := range m.browsers {
			m.wantAnswer(browser, "login", "/auth/session") // which keeps the session from being idle
			for _, host := range []string{"acme", "globex", "app", "nosuch"} {
				m.compareVerify(browser, host, "/auth/verify")
			}
		}
		m.compare(m.random.IntN(len(m.browsers)), pickOne(m.random, "acme", "globex", "app", "nosuch"))
		if t.Failed() {
			t.Fatalf("after step %d, %s: %s", step, name, m)
		}
	}
}

// compare asks the other routes about a host.
func (m *accessModel) compare(browser int, host string) {
	m.t.Helper()
	_, opens := m.opens(browser, host)
	m.compareVerify(browser, host, "/auth/forward")
	m.wantAnswer(browser, host, "/auth/session")
	if host != "app" {
		m.wantAnswer(browser, host, "/auth/token")
	}
	page := "https://" + host + ".example.test/reports"
	res, _ := get(m.t, m.browsers[browser], public+"/login?redirect="+url.QueryEscape(page))
	if landed := res.Header.Get("Location") == page; landed != opens {
		m.t.Errorf("/login lands at %s: %t, want %t (%d)", page, landed, opens, res.StatusCode)
	}
	m.checkLanding(browser, res)
	m.compareChooser(browser)
}

// compareVerify asks about a page of a host as a proxy does. The headers of a refusal are empty.
func (m *accessModel) compareVerify(browser int, host, route string) {
	m.t.Helper()
	h := m.wantAnswer(browser, host, route)
	by, opens := m.opens(browser, host)
	if o := m.tenants[by]; o != nil {
		by = o.id
	}
	want := [3]string{by, strings.TrimPrefix(host, "app"), "who it is"}
	if !opens {
		want = [3]string{}
	}
	got := [3]string{h.Get("X-Auth-Connection"), h.Get("X-Org-Slug"), ""}
	if h.Get("Remote-User")+h.Get("Authorization") != "" {
		got[2] = "who it is"
	}
	if got != want {
		m.t.Errorf("%s at %s says %q, want %q", route, host, got, want)
	}
}

// wantAnswer asks a route of a host, which must be answered with 200 where the host opens and
// nowhere else, and returns the headers.
func (m *accessModel) wantAnswer(browser int, host, route string) http.Header {
	m.t.Helper()
	_, opens := m.opens(browser, host)
	name := host + ".example.test"
	header := []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: " + name}
	if route == "/auth/session" || route == "/auth/token" {
		header = nil
	}
	res, body := get(m.t, m.browsers[browser], "https://"+name+route, header...)
	if answered := res.StatusCode == http.StatusOK; answered != opens {
		m.t.Errorf("%s at %s: %d, opens %t\n%s", route, host, res.StatusCode, opens, body)
	}
	return res.Header
}

// checkLanding fails where an answer sends the browser to a host that does not open.
func (m *accessModel) checkLanding(browser int, res *http.Response) {
	m.t.Helper()
	to, err := url.Parse(res.Header.Get("Location"))
	must(m.t, err)
	host, _, _ := strings.Cut(to.Hostname(), ".")
	if _, opens := m.opens(browser, host); host != "" && host != "login" && !opens {
		m.t.Errorf("%s leads to %s, which does not open", res.Request.URL, to)
	}
}

func (m *accessModel) compareChooser(browser int) {
	m.t.Helper()
	res, body := get(m.t, m.browsers[browser], public+"/organizations", "Accept: application/json")
	if _, opens := m.opens(browser, "login"); opens != (res.StatusCode == http.StatusOK) {
		m.t.Errorf("/organizations: %d, signed in %t", res.StatusCode, opens)
		return
	} else if !opens {
		return
	}
	var list struct{ Organizations []struct{ Slug string } }
	must(m.t, json.Unmarshal([]byte(body), &list))
	for _, organization := range []string{"acme", "globex"} {
		listed := slices.ContainsFunc(list.Organizations, func(o struct{ Slug string }) bool { return o.Slug == organization })
		if listed != m.sees(browser, organization) {
			m.t.Errorf("/organizations lists %s: %t\n%s", organization, listed, body)
		}
	}
}

func (m *accessModel) String() string {
	text := fmt.Sprintf("sso %v, active %v, members %v", m.sso, m.active, m.members)
	for n, s := range m.sessions {
		text += fmt.Sprintf(", browser %d is %s", n, s.person)
		for connection, at := range s.by {
			text += fmt.Sprintf(" by %s for %s", connection, m.clock.Now().Sub(at))
		}
	}
	return text
}
