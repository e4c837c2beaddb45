package deploy_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// planted: the server of another host under the domain sets bea's session, which is live, in ann's browser.
func (w *endToEnd) planted(t *testing.T) {
	bea := w.signedIn(t, "bea")
	var value string
	for _, pair := range strings.Split(strings.TrimPrefix(bea.cookies(bea.url("acme", "/")), "Cookie: "), "; ") {
		if v, ok := strings.CutPrefix(pair, "__Secure-session="); ok {
			value = v
		}
	}
	if value == "" {
		t.Fatal("bea has no session")
	}
	plant := func(b *browser, path string) {
		from, err := url.Parse(b.url("beta", "/"))
		if err != nil {
			t.Fatal(err)
		}
		b.client.Jar.SetCookies(from, []*http.Cookie{{Name: "__Secure-session", Value: value, Domain: "example.com", Path: path, Secure: true, HttpOnly: true}})
	}
	user := func(b *browser, path string) string {
		resp, text := b.fetch("GET", b.url("acme", path), nil)
		if resp.StatusCode == http.StatusUnauthorized {
			return ""
		}
		return reached(t, resp, text).Header.Get("Remote-Email")
	}

	t.Run("over the own one", func(t *testing.T) {
		ann := w.signedIn(t, "ann")
		plant(ann, "/")
		if resp, _ := ann.fetch("GET", ann.url("login", "/auth/session"), nil); resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("on the login host it is worth %s", resp.Status)
		}
		resp, text := ann.signIn(ann.url("login", "/login?redirect=%2Freports"))
		if got := reached(t, resp, text).Header.Get("Remote-Email"); got != "ann@acme.test" {
			t.Errorf("after a login ann is %s", got)
		}
	})
	t.Run("beside the own one, for one path of everybody's", func(t *testing.T) {
		ann := w.signedIn(t, "ann")
		plant(ann, "/reports")
		if got := user(ann, "/reports"); got != "" {
			t.Errorf("with two people's sessions one is %s", got)
		}
		if got := user(ann, "/other"); got != "ann@acme.test" {
			t.Errorf("on another page ann is %q", got)
		}
		if resp, text := ann.fetch("GET", ann.url("login", "/auth/session"), nil); !strings.Contains(text, "ann@acme.test") {
			t.Errorf("on the login host: %s", resp.Status)
		}
	})
	if got := user(bea, "/reports"); got != "bea@both.test" {
		t.Errorf("bea's own browser is %q", got)
	}
}
