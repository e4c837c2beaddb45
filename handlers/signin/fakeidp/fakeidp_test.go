package fakeidp

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	issuer   = "http://idp.example.localhost:8080"
	back     = "http://login.example.localhost:8080/auth/callback"
	verifier = "a-verifier-of-forty-three-characters-or-more"
)

var (
	ann = Person{Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true, Name: "Ann <b>Bold</b>", Note: "owner of acme"}
	dan = Person{Subject: "dan-1", Email: "dan@acme.test", EmailVerified: "true", Name: "Dan", Deny: true}
)

func newProvider(change func(*Config)) *Provider {
	c := Config{Issuer: issuer, ClientID: "client", ClientSecret: "s+c/r%t", RedirectURLs: []string{back}, People: []Person{ann, dan}}
	if change != nil {
		change(&c)
	}
	return New(c)
}

func serve(p *Provider, r *http.Request) *httptest.ResponseRecorder {
	r.RemoteAddr = "127.0.0.1:1"
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

func request(change func(url.Values)) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {"client"}, "redirect_uri": {back}, "scope": {"openid email profile"},
		"state": {"st&te"}, "nonce": {"n"}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])},
	}
	if change != nil {
		change(q)
	}
	return issuer + "/authorize?" + q.Encode()
}

func set(pairs ...string) func(url.Values) {
	return func(q url.Values) {
		for i := 0; i < len(pairs); i += 2 {
			q.Set(pairs[i], pairs[i+1])
		}
	}
}

// answer is the query that authorize sends the browser back with.
func answer(t *testing.T, w *httptest.ResponseRecorder) url.Values {
	t.Helper()
	where, ok := strings.CutPrefix(w.Header().Get("Location"), back+"?")
	if w.Code != http.StatusFound || !ok {
		t.Fatalf("%d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	q, err := url.ParseQuery(where)
	if err != nil || q.Get("state") != "st&te" || q.Get("iss") != issuer {
		t.Fatalf("answered %s", where)
	}
	return q
}

func redeem(p *Provider, change func(url.Values)) *httptest.ResponseRecorder {
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {back}, "code_verifier": {verifier}}
	change(form)
	r := httptest.NewRequest(http.MethodPost, issuer+"/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !form.Has("client_secret") {
		r.SetBasicAuth("client", url.QueryEscape("s+c/r%t"))
	}
	return serve(p, r)
}

func TestAPersonIsChosenOnThePage(t *testing.T) {
	p := newProvider(nil)
	w := serve(p, httptest.NewRequest(http.MethodGet, request(set("login_hint", "DAN@acme.test")), nil))
	page := w.Body.String()
	if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	for _, part := range []string{`<html lang="en">`, "Ann &lt;b&gt;Bold", "owner of acme", "Cancel"} {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %q:\n%s", part, page)
		}
	}
	if strings.Index(page, "Dan") > strings.Index(page, "Ann") {
		t.Error("the hinted person is not first")
	}
	for name, want := range map[string]struct{ link, parameter string }{
		"ann signs in":      {"person=ann-1", "code"},
		"dan denies":        {"person=dan-1", "error"},
		"cancelling denies": {"cancel=1", "error"},
	} {
		t.Run(name, func(t *testing.T) {
			for part := range strings.SplitSeq(page, `"`) {
				if link := html.UnescapeString(part); strings.Contains(link, want.link) {
					q := answer(t, serve(p, httptest.NewRequest(http.MethodGet, issuer+link, nil)))
					if q.Get(want.parameter) == "" || want.parameter == "error" && q.Get("error") != "access_denied" {
						t.Errorf("answered %v", q)
					}
					return
				}
			}
			t.Error("no such link")
		})
	}
}

func TestAuthorizationRequestsThatAreRefused(t *testing.T) {
	p := newProvider(nil)
	for name, change := range map[string]func(url.Values){
		"an unknown client":           set("client_id", "other"),
		"another redirect_uri":        set("redirect_uri", back+"/"),
		"a parameter twice":           func(q url.Values) { q.Add("state", "x") },
		"a redirect_uri that is none": set("redirect_uri", "javascript:alert(1)"),
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(p, httptest.NewRequest(http.MethodGet, request(change), nil))
			if w.Code != 400 || w.Header().Get("Location") != "" {
				t.Errorf("%d to %q", w.Code, w.Header().Get("Location"))
			}
		})
	}
	for name, test := range map[string]struct {
		change func(url.Values)
		code   string
	}{
		"no PKCE":               {func(q url.Values) { q.Del("code_challenge") }, "invalid_request"},
		"plain PKCE":            {set("code_challenge_method", "plain"), "invalid_request"},
		"no PKCE method":        {func(q url.Values) { q.Del("code_challenge_method") }, "invalid_request"},
		"a short challenge":     {set("code_challenge", "abc"), "invalid_request"},
		"the implicit flow":     {set("response_type", "id_token"), "unsupported_response_type"},
		"no openid":             {set("scope", "email"), "invalid_scope"},
		"an unknown prompt":     {set("prompt", "x"), "invalid_request"},
		"prompt=none, no login": {set("prompt", "none"), "login_required"},
		"a request object":      {set("request", "x"), "request_not_supported"},
	} {
		t.Run(name, func(t *testing.T) {
			q := answer(t, serve(p, httptest.NewRequest(http.MethodGet, request(test.change), nil)))
			if q.Get("error") != test.code || q.Has("code") {
				t.Errorf("answered %v", q)
			}
		})
	}
}

func TestTheTokenEndpoint(t *testing.T) {
	now := time.Now()
	p := newProvider(func(c *Config) {
		c.Auto = func(*http.Request) Person { return ann }
		c.Now = func() time.Time { return now }
	})
	code := func() string {
		return answer(t, serve(p, httptest.NewRequest(http.MethodGet, request(nil), nil))).Get("code")
	}
	t.Run("gives an ID token signed with the published key", func(t *testing.T) {
		w := redeem(p, set("code", code()))
		var got struct {
			ID string `json:"id_token"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		jws, err := jose.ParseSignedCompact(got.ID, []jose.SignatureAlgorithm{jose.RS256})
		if err != nil {
			t.Fatal(err)
		}
		keys := func() (set jose.JSONWebKeySet) {
			if err := json.Unmarshal(serve(p, httptest.NewRequest(http.MethodGet, issuer+"/jwks", nil)).Body.Bytes(), &set); err != nil {
				t.Fatal(err)
			}
			return set
		}
		payload, err := jws.Verify(keys())
		if err != nil || !strings.Contains(string(payload), `"nonce":"n"`) || !strings.Contains(string(payload), `"email_verified":true`) {
			t.Errorf("%s, %v", payload, err)
		}
		p.RotateKeys()
		if _, err := jws.Verify(keys()); err == nil {
			t.Error("the old key is still published")
		}
	})
	t.Run("takes client_secret_post", func(t *testing.T) {
		if w := redeem(p, set("code", code(), "client_id", "client", "client_secret", "s+c/r%t")); w.Code != 200 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("takes a code once", func(t *testing.T) {
		c := code()
		first, second := redeem(p, set("code", c)), redeem(p, set("code", c))
		if first.Code != 200 || second.Code != 400 || !strings.Contains(second.Body.String(), "invalid_grant") {
			t.Errorf("%d, then %d %s", first.Code, second.Code, second.Body)
		}
	})
	t.Run("takes a code for a minute", func(t *testing.T) {
		c := code()
		now = now.Add(codeLifetime)
		if w := redeem(p, set("code", c)); w.Code != 400 {
			t.Errorf("%d", w.Code)
		}
	})
	for name, test := range map[string]struct {
		change func(url.Values)
		code   string
	}{
		"refuses another verifier":     {set("code_verifier", verifier+"x"), "invalid_grant"},
		"refuses no verifier":          {set("code_verifier", ""), "invalid_grant"},
		"refuses another redirect_uri": {set("redirect_uri", back+"?"), "invalid_grant"},
		"refuses another grant type":   {set("grant_type", "password"), "unsupported_grant_type"},
		"refuses a wrong secret":       {set("client_id", "client", "client_secret", "x"), "invalid_client"},
		"refuses another client":       {set("client_id", "other", "client_secret", "s+c/r%t"), "invalid_client"},
		"refuses a parameter twice":    {func(q url.Values) { q.Add("code", "x") }, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := redeem(p, func(q url.Values) { q.Set("code", code()); test.change(q) })
			if w.Code == 200 || !strings.Contains(w.Body.String(), test.code) {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestLoopbackAlone(t *testing.T) {
	for peer, want := range map[string]int{"127.0.0.1:1": 200, "[::1]:1": 200, "[::ffff:127.0.0.1]:1": 200, "192.0.2.1:1": 403, "": 403} {
		r := httptest.NewRequest(http.MethodGet, issuer+"/.well-known/openid-configuration", nil)
		r.RemoteAddr = peer
		w := httptest.NewRecorder()
		newProvider(nil).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q: %d, want %d", peer, w.Code, want)
		}
	}
}
