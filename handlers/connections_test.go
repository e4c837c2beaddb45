package handlers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin"
	"orglogin/handlers/signin/fakeidp"
)

// second is another provider, configured as the connection "corp".
type second struct {
	*fakeidp.Provider
	url string

	mu    sync.Mutex
	codes []string // that its token endpoint was given
}

// newTwoProviders is a service with two operator connections. It records the codes
// that each token endpoint gets.
func newTwoProviders(t *testing.T) (*service, *second, *second) {
	t.Helper()
	corp, own := &second{}, &second{}
	idp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		corp.record(r)
		corp.ServeHTTP(w, r)
	}))
	t.Cleanup(idp.Close)
	corp.url = idp.URL
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), operators: []signin.Config{{
		ID: "corp", Name: "Corp ID", Issuer: idp.URL, ClientID: "corp", ClientSecret: clientSecret,
	}}})
	corp.Provider = fakeidp.New(fakeidp.Config{
		Issuer: idp.URL, ClientID: "corp", ClientSecret: clientSecret, RedirectURLs: []string{public + "/auth/callback/corp"},
		People: d.people, Auto: d.auto, Key: handlertest.ProviderKey(t), Now: d.clock.Now,
	})
	own.url = d.issuer
	d.allowed[strings.TrimPrefix(idp.URL, "http://")] = true
	d.answerAs(func(_ http.ResponseWriter, r *http.Request) bool {
		own.record(r)
		return false
	})
	return d, own, corp
}

// record keeps the code of a request to the token endpoint, whose body stays readable.
func (s *second) record(r *http.Request) {
	if r.URL.Path != "/token" {
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	form, _ := url.ParseQuery(string(body))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.codes = append(s.codes, form.Get("code"))
}

func (s *second) redeemed() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.codes...)
}

// answerOf begins a login by a connection and returns the provider's answer, which
// the browser has not brought yet.
func answerOf(t *testing.T, d *service, c *http.Client, connection string) *url.URL {
	t.Helper()
	d.pick("ann-1")
	res, body := get(t, c, public+"/auth/start?connection="+connection, fromOurPage)
	if res.StatusCode != http.StatusFound {
		t.Fatalf("start by %s: %d\n%s", connection, res.StatusCode, body)
	}
	res, _ = follow(t, c, res)
	to, err := res.Location()
	must(t, err)
	return to
}

func TestSeveralConnections(t *testing.T) {
	d, _, corp := newTwoProviders(t)
	c := d.browser()
	t.Run("the login page has a link for each", func(t *testing.T) {
		_, body := get(t, c, public+"/login?redirect=%2Freports")
		for _, want := range []string{"Sign in with <bdi>Example</bdi>", "connection=default", "Sign in with <bdi>Corp ID</bdi>", "connection=corp", "Choose how to sign in."} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %q:\n%s", want, body)
			}
		}
	})
	t.Run("or for the one that was asked for", func(t *testing.T) {
		_, body := get(t, c, public+"/login?connection=corp")
		if strings.Contains(body, "connection=default") || !strings.Contains(body, "connection=corp") {
			t.Error(body)
		}
	})
	t.Run("without a choice a login begins on that page", func(t *testing.T) {
		res, _ := get(t, c, public+"/auth/start?redirect=%2Freports", fromOurPage)
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusFound || to != public+"/login?redirect=%2Freports" || res.Header.Get("Set-Cookie") != "" {
			t.Errorf("%d to %s", res.StatusCode, to)
		}
	})
	t.Run("an unknown one is a page", func(t *testing.T) {
		for _, id := range []string{"nosuch", "c-aaaaaaaaaaaaaaaa", "../corp", strings.Repeat("a", 100)} {
			if res, body := get(t, c, public+"/auth/start?connection="+url.QueryEscape(id), fromOurPage); res.StatusCode != http.StatusNotFound || !strings.Contains(body, "know this way to sign in") {
				t.Errorf("%s: %d", id, res.StatusCode)
			}
		}
	})
	t.Run("a login by the second one lands, and the proxies learn its id", func(t *testing.T) {
		to := answerOf(t, d, c, "corp")
		if to.Path != "/auth/callback/corp" {
			t.Fatalf("the answer goes to %s", to.Path)
		}
		if res, body := get(t, c, to.String()); res.StatusCode != http.StatusFound {
			t.Fatalf("%d\n%s", res.StatusCode, body)
		}
		if len(corp.redeemed()) != 1 {
			t.Errorf("its token endpoint got %v", corp.redeemed())
		}
		if id := d.text(`SELECT connection_id FROM session_connections`); id != "corp" {
			t.Errorf("the session keeps %q", id)
		}
		res, _ := get(t, c, "https://app.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: app.example.test")
		if res.StatusCode != http.StatusOK || res.Header.Get("X-Auth-Connection") != "corp" {
			t.Errorf("%d by %q", res.StatusCode, res.Header.Get("X-Auth-Connection"))
		}
	})
	t.Run("the same subject at another connection is another person", func(t *testing.T) {
		other := d.browser()
		d.loginAs(other, "ann-1", "?connection=default")
		if n := d.count(`SELECT count(DISTINCT profile_id) FROM identities WHERE subject = 'ann-1'`); n != 2 {
			t.Errorf("%d people", n)
		}
	})
}

// TestACodeNeverReachesAnotherTokenEndpoint: an answer that one provider's redirect
// leads to the other's callback is refused there, in both directions, before the flow
// or the code is used, and the login can still be finished where it belongs.
func TestACodeNeverReachesAnotherTokenEndpoint(t *testing.T) {
	for _, by := range []string{"default", "corp"} {
		for _, iss := range []string{"kept", "removed", "of the other"} {
			t.Run("by "+by+", iss "+iss, func(t *testing.T) {
				d, own, corp := newTwoProviders(t)
				c := d.browser()
				right := answerOf(t, d, c, by)
				wrong, q := *right, right.Query()
				wrong.Path = "/auth/callback/corp"
				mine, other := own, corp
				if by == "corp" {
					wrong.Path, mine, other = "/auth/callback", corp, own
				}
				switch iss {
				case "removed":
					q.Del("iss")
				case "of the other":
					q.Set("iss", other.url)
				}
				wrong.RawQuery = q.Encode()
				res, body := get(t, c, wrong.String())
				if res.StatusCode != http.StatusBadRequest || !strings.Contains(body, "match this sign-in") || res.Header.Get("Set-Cookie") != "" {
					t.Errorf("%d, sets %q\n%s", res.StatusCode, res.Header.Get("Set-Cookie"), body)
				}
				if n := len(own.redeemed()) + len(corp.redeemed()); n != 0 {
					t.Fatalf("%d codes were sent to a token endpoint", n)
				}
				if res, _ := get(t, c, right.String()); res.StatusCode != http.StatusFound {
					t.Errorf("afterwards, where it belongs: %d", res.StatusCode)
				}
				if len(mine.redeemed()) != 1 || len(other.redeemed()) != 0 {
					t.Errorf("its own token endpoint got %d codes, the other %d", len(mine.redeemed()), len(other.redeemed()))
				}
			})
		}
	}
}
