package deploy_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forgeries are header lines that name another person, in every spelling.
func forgeries(values ...string) []string {
	var lines []string
	for _, name := range identityHeaders {
		for _, spelling := range spellings(name) {
			for _, written := range []string{spelling, strings.ToLower(spelling), strings.ToUpper(spelling)} {
				for _, value := range values {
					lines = append(lines, written+": "+value)
				}
			}
		}
	}
	// nginx answers two of these with 400, which is as good: see duplicates.
	lines = slices.DeleteFunc(lines, func(line string) bool { return strings.EqualFold(line[:4], "auth") })
	return append(lines, "Authorization: "+values[0])
}

func (w *endToEnd) identity(t *testing.T) {
	b := w.signedIn(t, "ann")
	page := b.url("acme", "/reports")
	resp, text := b.open(page)
	honest := reached(t, resp, text).Header
	session, organization := w.session(t, b, "acme")
	for name, want := range map[string]string{
		"Remote-User": session.User.ID, "X-Auth-Request-User": session.User.ID,
		"Remote-Email": "ann@acme.test", "X-Auth-Request-Email": "ann@acme.test", "Remote-Name": "Ann Ödman",
		"Remote-Groups": "owner", "X-Auth-Request-Groups": "owner",
		"X-Org-Id": organization.ID, "X-Org-Slug": "acme", "X-Org-Role": "owner",
	} {
		if got := honest[name]; len(got) != 1 || got[0] != want || want == "" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !regexp.MustCompile(`^Bearer [\w-]+\.[\w-]+\.[\w-]+$`).MatchString(honest.Get("Authorization")) || honest.Get("X-Session-Id") == "" {
		t.Errorf("no token or no session: %v", honest)
	}
	for name, lines := range map[string][]string{
		"names of another person":           forgeries("mallory"),
		"twice":                             forgeries("mallory", "mallory"),
		"empty":                             forgeries(""),
		"named by Connection":               {"Connection: Remote-User, X-Org-Id, X-Org-Role, X-Session-Id, Authorization"},
		"named by Connection, to keep them": append(forgeries("mallory"), "Connection: close, Remote-User, Remote_User"),
		"with an upgrade in Connection":     append(forgeries("mallory"), "Connection: Upgrade, Remote-User", "Upgrade: h2c"),
	} {
		resp, text := b.fetch("GET", page, nil, lines...)
		if w.isTraefik && strings.Contains(name, "upgrade") && resp.StatusCode == http.StatusNotFound {
			continue // its router takes no upgrade but that to a WebSocket
		}
		got := reached(t, resp, text).Header
		for _, header := range identityHeaders {
			if !slices.Equal(got[header], honest[header]) {
				t.Errorf("%s: %s is %q, and was %q", name, header, got[header], honest[header])
			}
		}
		for header, values := range got {
			if strings.Contains(strings.Join(values, ""), "mallory") || strings.Contains(header, "_") {
				t.Errorf("%s: %s passes with %q", name, header, values)
			}
		}
	}
}

// duplicates: of Authorization there may be one.
func (w *endToEnd) duplicates(t *testing.T) {
	b := w.signedIn(t, "ann")
	for _, lines := range [][]string{
		{"Authorization: mallory", "Authorization: mallory"}, {"authorization: mallory", "AUTHORIZATION: mallory"}, {"Authorization: ", "Authorization: mallory"},
	} {
		resp, text := b.fetch("GET", b.url("acme", "/reports"), nil, lines...)
		if resp.StatusCode == http.StatusBadRequest && resp.Header.Get("X-App-Saw") == "" {
			continue
		}
		if got := reached(t, resp, text).Header["Authorization"]; len(got) != 1 || !strings.HasPrefix(got[0], "Bearer ey") {
			t.Errorf("%q", got)
		}
	}
}

// empty: on the app's own host there is no organization, and cem has no name.
func (w *endToEnd) empty(t *testing.T) {
	b := w.signedIn(t, "cem")
	for _, lines := range [][]string{nil, forgeries("mallory"), forgeries("")} {
		resp, text := b.fetch("GET", b.url("app", "/clients"), nil, lines...)
		got := reached(t, resp, text).Header
		for _, header := range []string{
			"Remote-Name", "Remote-Groups", "X-Auth-Request-Groups", "X-Org-Id", "X-Org-Slug", "X-Org-Role", "Authorization", "X-Auth-Degraded",
		} {
			if v := strings.Join(got[header], ""); v != "" {
				t.Errorf("%s: %q", header, v)
			}
		}
		if got.Get("Remote-Email") != "cem@acme.test" || got.Get("Remote-User") == "" {
			t.Errorf("%v", got)
		}
	}
}

func (w *endToEnd) otherURL(t *testing.T) {
	b := w.signedIn(t, "ann")
	for _, to := range []struct {
		label, lie string
		status     int
	}{{"acme", "beta", http.StatusOK}, {"beta", "acme", http.StatusForbidden}, {"beta", "app", http.StatusForbidden}} {
		host := to.lie + b.origin
		for _, name := range urlHeaders {
			for _, value := range []string{host, "https://" + host + "/reports", "host=" + host, "/", "https", ""} {
				resp, _ := b.fetch("GET", b.url(to.label, "/reports"), nil, name+": "+value, strings.ReplaceAll(name, "-", "_")+": "+value)
				if resp.StatusCode != to.status {
					t.Errorf("%s with %s: %s: %s, want %d", to.label, name, value, resp.Status, to.status)
				}
			}
		}
	}
	anonymous := newBrowser(t, w.addr, "ann")
	resp, _ := anonymous.send("GET", b.url("acme", "/reports?a=1"), nil, "Sec-Fetch-Mode: navigate",
		"X-Forwarded-Uri: /elsewhere", "X-Forwarded-Host: beta"+b.origin, "X-Original-URL: https://beta"+b.origin+"/elsewhere", "X-Forwarded-Proto: http")
	if where := resp.Header.Get("Location"); !strings.Contains(where, "acme") || strings.Contains(where, "elsewhere") || strings.Contains(where, "beta") {
		t.Errorf("it sends the person to %q", where)
	}
}

func (w *endToEnd) inside(t *testing.T) {
	b := w.signedIn(t, "ann")
	names := append([]string{"X-Login-Receipt"}, identityHeaders...)
	for i, path := range outsideSpellings() {
		labels := []string{"acme"}
		if i < plainSpellings {
			labels = []string{"login", "acme", "beta", "app"}
		}
		for _, label := range labels {
			methods := []string{"GET"}
			if i < plainSpellings {
				methods = []string{"GET", "HEAD", "POST"}
			}
			for _, method := range methods {
				resp, text := b.sendRaw(method, label, path, "X-Forwarded-Host: acme"+b.origin, "X-Forwarded-Uri: /", "X-Forwarded-Proto: https", "X-Forwarded-Method: GET")
				for _, name := range names {
					if v := resp.Header.Get(name); v != "" {
						t.Errorf("%s %s %s tells the browser %s", method, label, path, name)
					}
				}
				cleaned := w.isTraefik && strings.HasPrefix(text, `{"user":`) // /auth/session, which this path is without its dot segments
				if resp.StatusCode < 300 && resp.Header.Get("X-App-Saw") == "" && !cleaned {
					t.Errorf("%s %s %s: %s\n%.200s", method, label, path, resp.Status, text)
				}
			}
		}
	}
	for _, path := range []string{"/auth/verify", "/auth/forward", "/auth/forward/reports"} {
		if resp, _ := b.send("GET", b.url("login", path), nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
}
