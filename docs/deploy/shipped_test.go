package deploy_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// testProxy is what every shipped proxy must do.
func testProxy(t *testing.T, p *proxy) {
	const navigates, fetches = "Sec-Fetch-Mode: navigate", "Sec-Fetch-Mode: cors"
	const ann = "Cookie: __Secure-session=ann"

	t.Run("a person without a session is sent to the login with the page asked for", func(t *testing.T) {
		resp, _ := p.do(t, "GET", "acme", "/reports?year=2026&q=%2F", nil, navigates)
		if resp.StatusCode != http.StatusFound {
			t.Fatal(resp.Status)
		}
		want := "redirect=" + p.scheme + "%3A%2F%2Facme.example.com%3A" + strings.TrimPrefix(p.host(""), ".example.com:") + "%2Freports%3Fyear%3D2026%26q%3D%252F"
		if got := resp.Header.Get("Location"); !strings.HasSuffix(got, want) {
			t.Errorf("Location %q does not end in %q", got, want)
		}
	})
	t.Run("a form of a person without a session is sent there with 303", func(t *testing.T) {
		resp, _ := p.do(t, "POST", "acme", "/reports", strings.NewReader("a=1"), navigates)
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") == "" {
			t.Error(resp.Status, resp.Header)
		}
	})
	t.Run("a script without a session gets the address of the login page", func(t *testing.T) {
		resp, text := p.do(t, "GET", "acme", "/api", nil, fetches, "Accept: text/html")
		if resp.StatusCode != http.StatusUnauthorized || !strings.Contains(text, `"login_url":"https://login.example.com/login?redirect=`) {
			t.Error(resp.Status, text)
		}
		if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
			t.Error(got)
		}
	})
	t.Run("a person who is not a member gets the page that says so", func(t *testing.T) {
		resp, text := p.do(t, "GET", "globex", "/reports?a=b", nil, navigates, ann)
		if resp.StatusCode != http.StatusForbidden || text != "the page that names the account" {
			t.Error(resp.Status, text)
		}
		if uri := p.service.last().Header.Get("X-Forwarded-Uri"); uri != "/reports?a=b" {
			t.Errorf("asked for %q", uri)
		}
	})
	t.Run("an outage is an outage, never a way in nor a way out", func(t *testing.T) {
		resp, _ := p.do(t, "GET", "down", "/", nil, navigates, ann)
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			t.Error(resp.Status, resp.Header)
		}
	})
	t.Run("a member's requests reach the app whole", func(t *testing.T) {
		for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			got := p.app(t, method, "/a%2Fb;c?d=%20e", nil)
			if got.Method != method || got.URI != "/a%2Fb;c?d=%20e" || got.Host != p.host("acme") {
				t.Errorf("%s: %+v", method, got)
			}
		}
		if got := p.app(t, "POST", "/upload", bytes.NewReader(make([]byte, 1<<20))); got.Body != 1<<20 {
			t.Errorf("%d bytes of 1 MiB arrived", got.Body)
		}
		if asked := p.service.last(); asked.ContentLength > 0 {
			t.Error("the upload was sent to the login service too")
		}
		resp, _ := p.do(t, "HEAD", "acme", "/", nil, ann)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("X-App-Saw") != "HEAD" {
			t.Error("HEAD:", resp.Status, resp.Header)
		}
	})
	t.Run("a WebSocket reaches the app with the person's name on it", func(t *testing.T) {
		got, err := p.upgrade(t, ann)
		if err != nil || got != "ours Remote-User says hello\n" {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("no spelling of an identity header passes from outside", func(t *testing.T) {
		var got seen
		for _, written := range []func(string) string{strings.Clone, strings.ToLower, strings.ToUpper} {
			var lies []string
			for _, name := range identityHeaders {
				for _, spelling := range spellings(name) {
					lies = append(lies, written(spelling)+": a lie")
				}
			}
			got = p.app(t, "GET", "/", nil, lies...)
			for name, values := range got.Header {
				if strings.Contains(strings.Join(values, " "), "a lie") {
					t.Errorf("%s: %q", name, values)
				}
			}
		}
		for _, name := range identityHeaders {
			want := "ours " + name
			if name == "Remote-Name" {
				want = ""
			}
			if v := got.Header.Get(name); v != want {
				t.Errorf("%s: %q, want %q", name, v, want)
			}
		}
	})
	t.Run("a Connection header takes no identity away", func(t *testing.T) {
		got := p.app(t, "GET", "/", nil, "Connection: close, Remote-User, X-Org-Id, X-Org-Role")
		if got.Header.Get("Remote-User") == "" || got.Header.Get("X-Org-Id") == "" || got.Header.Get("X-Org-Role") == "" {
			t.Errorf("%v", got.Header)
		}
	})
	t.Run("only the proxy reports the URL of the request", func(t *testing.T) {
		var lies []string
		for _, name := range urlHeaders {
			for _, spelling := range spellings(name) {
				lies = append(lies, spelling+": globex.example.com")
			}
		}
		got := p.app(t, "GET", "/true?a=1", nil, lies...)
		for what, header := range map[string]http.Header{"the service": p.service.last().Header, "the app": got.Header} {
			for name, values := range header {
				if strings.Contains(strings.Join(values, " "), "globex") {
					t.Errorf("%s got %s: %q", what, name, values)
				}
			}
		}
		asked := p.service.last().Header
		if asked.Get("X-Forwarded-Uri") != "/true?a=1" || asked.Get("X-Forwarded-Host") != p.host("acme") ||
			asked.Get("X-Forwarded-Proto") != p.scheme || asked.Get("X-Forwarded-Method") != "GET" || asked.Get("X-Forwarded-For") != "127.0.0.1" {
			t.Errorf("%v", asked)
		}
	})
	t.Run("the app sees the browser's cookies without any session", func(t *testing.T) {
		for cookies, want := range map[string][]string{
			"__Secure-session=ann":           nil,
			"a=1; __Secure-session=ann; b=2": {"a=1", "b=2"},
			"__Secure-session=ann; a=1":      {"a=1"},
			"a=1; __Secure-session=ann":      {"a=1"},

			"__Secure-session=bad; x=1;__Secure-session=ann; __Secure-session=": {"x=1"},
			"__Secure-session-staging=s; a=1; __Secure-session=ann":             {"a=1"},
			"a=__Secure-session; __Secure-session=ann":                          {"a=__Secure-session"},
		} {
			resp, text := p.do(t, "GET", "acme", "/", nil, "Cookie: "+cookies)
			var got seen
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Errorf("%q: %s %s", cookies, resp.Status, text)
			}
			var names []string
			for _, cookie := range (&http.Request{Header: got.Header}).Cookies() {
				names = append(names, cookie.String())
			}
			if p.isTraefik {
				want = nil
			}
			if !slices.Equal(names, want) {
				t.Errorf("%q arrived as %q", cookies, got.Header["Cookie"])
			}
		}
	})
	t.Run("verify and forward are not there for a browser", func(t *testing.T) {
		for _, label := range []string{"login", "acme"} {
			for _, path := range outsideSpellings() {
				p.service.forget()
				resp, text := p.do(t, "GET", label, path, nil, ann)
				if asked := p.service.last(); asked != nil && asked.Header.Get("X-Forwarded-Uri") == "" {
					t.Errorf("%s %s reached the service (%s)", label, path, resp.Status)
				}
				if resp.Header.Get("Authorization") != "" || resp.Header.Get("Remote-User") != "" {
					t.Errorf("%s %s answered the browser %v", label, path, resp.Header)
				}
				raw, _, _ := strings.Cut(path, "?")
				if odd := strings.ContainsAny(raw, `%\;`) || strings.Contains(raw, "/."); odd && !p.isTraefik && strings.HasPrefix(text, "orglogin ") {
					t.Errorf("%s %s reached the service as another page: %s", label, path, text)
				}
			}
		}
	})
	t.Run("the login, the logout and the chooser of every host are the service's", func(t *testing.T) {
		for _, label := range []string{"acme", "app", "login"} {
			for _, path := range []string{"/login", "/logout", "/organizations", "/auth/session", "/auth/static/style.css"} {
				if _, text := p.do(t, "GET", label, path, nil); text != "orglogin "+p.host(label)+" "+path {
					t.Errorf("%s%s: %q", label, path, text)
				}
			}
		}
	})
	t.Run("a host that is not ours is refused", func(t *testing.T) {
		for _, label := range []string{"a.acme", "evil.org/x?"} {
			req, err := http.NewRequestWithContext(t.Context(), "GET", p.scheme+"://"+p.host(label)+"/", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := p.client.Do(req)
			if err != nil {
				continue // no certificate, no answer
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusMisdirectedRequest && !(p.isTraefik && resp.StatusCode == http.StatusNotFound) {
				t.Errorf("%s: %s", label, resp.Status)
			}
		}
	})
}

// spellings returns a name with each of its hyphens as it is or as an underscore.
func spellings(name string) []string {
	head, tail, more := strings.Cut(name, "-")
	if !more {
		return []string{name}
	}
	var all []string
	for _, rest := range spellings(tail) {
		all = append(all, head+"-"+rest, head+"_"+rest)
	}
	return all
}
