package handlers_test

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"orglogin/redirect/redirecttest"
)

// The lists of package redirect, sent through HTTP: what the judge says must be
// what a browser gets, on every route that redirects. service.inspect holds each
// answer to the invariants of the lists' heads: no control character and no
// foreign host in any header.

type listed struct{ class, value, location string }

func hostileValues(t testing.TB) []listed {
	t.Helper()
	text, err := os.ReadFile("../redirect/testdata/redirect_hostile.txt")
	must(t, err)
	var values []listed
	class := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if section, ok := strings.CutPrefix(line, "# @section class="); ok {
			class, _, _ = strings.Cut(section, " ")
		} else if !strings.HasPrefix(line, "#") {
			values = append(values, listed{class: class, value: redirecttest.Unescape(line)})
		}
	}
	if len(values) != 1001 {
		t.Fatalf("%d hostile values", len(values))
	}
	return values
}

func goodValues(t testing.TB) []listed {
	t.Helper()
	text, err := os.ReadFile("../redirect/testdata/redirect_ok.txt")
	must(t, err)
	var values []listed
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); !strings.HasPrefix(line, "#") && len(fields) == 3 {
			value := redirecttest.Unescape(fields[0])
			if value == "(empty)" {
				value = ""
			}
			values = append(values, listed{value: value, location: fields[1]})
		}
	}
	if len(values) != 57 {
		t.Fatalf("%d good values", len(values))
	}
	return values
}

const home = "https://acme.example.test/dashboard"

// checkLanding says whether the answer that ends a login is one that the class
// of its redirect allows.
func checkLanding(t *testing.T, l listed, res *http.Response, body string) {
	t.Helper()
	to := res.Header.Get("Location")
	turnedDown := tooLong(l, res) || res.Header.Get("X-Redirect-Refused") != "" &&
		(res.StatusCode == http.StatusFound && to == home || res.StatusCode == http.StatusForbidden)
	switch l.class {
	case "must-reject", "strict":
		if !turnedDown {
			t.Errorf("%s %.80q: %d %s", l.class, l.value, res.StatusCode, to)
		}
	case "safe":
		if !turnedDown && !strings.HasPrefix(to, "https://acme.example.test") {
			t.Errorf("safe %.80q: %d %s", l.value, res.StatusCode, to)
		}
	default:
		if res.StatusCode != http.StatusFound || to != l.location || res.Header.Get("X-Redirect-Refused") != "" {
			t.Errorf("good %.80q: %d %s, want %s", l.value, res.StatusCode, to, l.location)
		}
	}
	checkUnescaped(t, l, body)
}

// tooLong: what no browser would send is refused before it is read.
func tooLong(l listed, res *http.Response) bool {
	return len(l.value) > 8<<10 && res.StatusCode == http.StatusRequestURITooLong
}

// checkUnescaped: no page holds a value that means something in HTML as it came.
func checkUnescaped(t *testing.T, l listed, body string) {
	t.Helper()
	if len(l.value) > 8 && html.EscapeString(l.value) != l.value && strings.ContainsAny(l.value, `<>"'`) && strings.Contains(body, l.value) {
		t.Errorf("%.80q stands unescaped in the page", l.value)
	}
}

// The redirects of a live session: G1, G2, G5.
func TestALiveSessionLandsAsTheListsSay(t *testing.T) {
	t.Parallel()
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	for _, l := range append(hostileValues(t), goodValues(t)...) {
		res, body := get(t, ann, public+"/login?redirect="+url.QueryEscape(l.value))
		checkLanding(t, l, res, body)
		// and the page that asks who it should be
		res, body = get(t, ann, public+"/login?prompt=select_account&redirect="+url.QueryEscape(l.value))
		if res.StatusCode != http.StatusOK && !tooLong(l, res) {
			t.Errorf("the page for %.80q: %d", l.value, res.StatusCode)
		}
		checkUnescaped(t, l, body)
		if l.class == "" {
			continue
		}
		// encoded once more it is no path and no URL
		res, body = get(t, ann, public+"/login?redirect="+url.QueryEscape(url.QueryEscape(l.value)))
		if to := res.Header.Get("Location"); l.class != "safe" && to != home && res.StatusCode != http.StatusForbidden && !tooLong(l, res) {
			t.Errorf("%.80q encoded twice: %d %s", l.value, res.StatusCode, to)
		}
		checkUnescaped(t, l, body)
		// as it is, where a request line can hold it: wherever it leads is ours, says inspect
		if raw, err := url.Parse(public + "/login?redirect=" + l.value); err == nil && !strings.ContainsAny(l.value, "\x00\r\n \t") {
			get(t, ann, raw.String())
		}
	}
	if res, _ := get(t, ann, public+"/login"); res.Header.Get("Location") != home {
		t.Error("an honest login afterwards lands on", res.Header.Get("Location"))
	}
}

// The whole way, start to callback: G1, G2, G3, G4.
func TestAWholeLoginLandsAsTheListsSay(t *testing.T) {
	t.Parallel()
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
	for i, l := range append(hostileValues(t), goodValues(t)...) {
		if testing.Short() && i%10 > 0 {
			continue
		}
		ann, q := d.browser(), "?redirect="+url.QueryEscape(l.value)
		if res, _ := get(t, ann, public+"/auth/start"+q); tooLong(l, res) {
			continue
		}
		res, body := d.loginAs(ann, "ann-1", q)
		checkLanding(t, l, res, body)
	}
	if res, _ := d.loginAs(d.browser(), "ann-1", ""); res.Header.Get("Location") != home {
		t.Error("an honest login afterwards lands on", res.Header.Get("Location"))
	}
}

// Every other route that redirects (G1, G6, H10, J8): wherever these values are
// put, the answer leads to a host of ours, which inspect checks, or nowhere; and
// where they arrive in the end they are judged as ever.
func TestEveryRedirectingRouteKeepsToOurHosts(t *testing.T) {
	t.Parallel()
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
	ann, anonymous := d.browser(), d.browser()
	d.loginAs(ann, "ann-1", "")
	for _, l := range hostileValues(t) {
		q := "?redirect=" + url.QueryEscape(l.value)
		if res, _ := get(t, anonymous, public+"/login"+q); tooLong(l, res) {
			continue
		}
		for _, path := range []string{"/login", "/auth/start", "/logout", "/organizations"} {
			res, body := get(t, anonymous, "https://acme.example.test"+path+q)
			checkUnescaped(t, l, body)
			if to, err := res.Location(); err != nil || to.Host != "login.example.test" || to.Path != path {
				t.Errorf("acme%s %.80q: %d %v", path, l.value, res.StatusCode, to)
			}
		}
		res, _ := get(t, anonymous, "https://acme.example.test/login"+q)
		res, body := follow(t, ann, res)
		if to := res.Header.Get("Location"); l.class != "safe" && to != home && res.StatusCode != http.StatusForbidden && !tooLong(l, res) {
			t.Errorf("from acme %.80q: %d %s", l.value, res.StatusCode, to)
		}
		checkUnescaped(t, l, body)
		res, _ = get(t, anonymous, public+"/auth/start"+q, "Sec-Fetch-Site: cross-site")
		if to, err := res.Location(); err != nil || to.Host != "login.example.test" || to.Path != "/login" {
			t.Errorf("from outside %.80q: %d %v", l.value, res.StatusCode, to)
		}
		_, body = get(t, ann, public+"/organizations"+q)
		checkUnescaped(t, l, body)
		res, _ = do(t, anonymous, http.MethodPost, public+"/logout"+q, url.Values{"redirect": {l.value}})
		if to := res.Header.Get("Location"); to != public+"/login" && res.StatusCode != http.StatusBadRequest {
			t.Errorf("logout %.80q: %d %s", l.value, res.StatusCode, to)
		}
		res, body = do(t, ann, http.MethodPost, public+"/login", url.Values{"redirect": {l.value}})
		if to := res.Header.Get("Location"); l.class != "safe" && to != home && res.StatusCode != http.StatusForbidden && !tooLong(l, res) {
			t.Errorf("the form %.80q: %d %s", l.value, res.StatusCode, to)
		}
		checkUnescaped(t, l, body)
		d.askAbout(t, anonymous, l)
	}
}

// askAbout puts a value where verify and forward read the page asked for.
func (d *service) askAbout(t *testing.T, c *http.Client, l listed) {
	t.Helper()
	if strings.IndexFunc(l.value, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return // no header can hold it
	}
	for name, headers := range map[string][]string{
		"uri":      {"X-Forwarded-Host: acme.example.test", "X-Forwarded-Uri: " + l.value},
		"host":     {"X-Forwarded-Host: " + l.value, "X-Forwarded-Uri: /"},
		"original": {"X-Original-URL: " + l.value},
		"behind":   {"X-Original-URL: https://acme.example.test" + l.value},
	} {
		headers = append(headers, "Test-Peer: 127.0.0.1:1", "Test-Host: orglogin:8080")
		for _, path := range []string{"/auth/verify", "/auth/forward"} {
			r := append([]string{"Sec-Fetch-Mode: navigate"}, headers...)
			res, body := get(t, c, "https://acme.example.test"+path, r...)
			checkUnescaped(t, l, body)
			to := res.Header.Get("Location")
			if to == "" && (res.StatusCode == http.StatusForbidden || res.StatusCode == http.StatusNotFound) {
				continue
			}
			u, err := url.Parse(to)
			if err != nil || u.Host != "login.example.test" || u.Path != "/login" ||
				res.StatusCode != http.StatusUnauthorized && res.StatusCode != http.StatusFound {
				t.Errorf("%s as %s %.80q: %d %s", path, name, l.value, res.StatusCode, to)
				continue
			}
			if page := u.Query().Get("redirect"); page != "" {
				if p, err := url.Parse(page); err != nil || !strings.HasSuffix("."+p.Host, ".example.test") {
					t.Errorf("%s as %s %.80q leads on to %s", path, name, l.value, page)
				}
			}
		}
	}
}

// What was true when the login began is asked again at its end (G4).
func TestTheDestinationIsJudgedAgainAtTheEnd(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile string
		status    int
		location  string
	}{
		"nothing happened":           {"", http.StatusFound, "https://acme.example.test/x"},
		"the membership was ended":   {`UPDATE memberships SET active = 0`, http.StatusForbidden, ""},
		"the address is not one now": {`UPDATE organizations SET subdomain_status = 'disabled'`, http.StatusFound, app + "/clients"},
		"the organization moved":     {`UPDATE organizations SET slug = 'apex' WHERE slug = 'acme'`, http.StatusFound, "https://apex.example.test/x"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
			ann := d.browser()
			d.loginAs(ann, "ann-1", "")
			res, _ := get(t, ann, public+"/auth/start?redirect="+url.QueryEscape("https://acme.example.test/x"))
			res, _ = follow(t, ann, res)
			if c.meanwhile != "" {
				d.byHand(c.meanwhile)
			}
			res, _ = follow(t, ann, res)
			if res.StatusCode != c.status || res.Header.Get("Location") != c.location {
				t.Errorf("%d %s", res.StatusCode, res.Header.Get("Location"))
			}
		})
	}
}

// Another person's organization says nothing that its login page does not (G5).
func TestAForeignOrganizationTellsItsNameAlone(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json")})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	res, body := get(t, ann, public+"/login?redirect="+url.QueryEscape("https://globex.example.test/secret"))
	if res.StatusCode != http.StatusForbidden {
		t.Fatal(res.StatusCode)
	}
	org, err := d.store.OrganizationBySlug(t.Context(), "globex")
	must(t, err)
	for _, secret := range []string{org.ID, "bob@acme.test", "invitation=", "verified"} {
		if strings.Contains(body, secret) || bytes.Contains([]byte(res.Header.Get("Location")), []byte(secret)) {
			t.Errorf("the page tells %.80q", secret)
		}
	}
}
