package signin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

func TestALoginGivesTheIdentity(t *testing.T) {
	o := newOP(t)
	got := mustLogin(t, o, o.client(t, nil))
	want := store.Identity{
		Connection: store.DefaultConnection, Issuer: o.server.URL, Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true,
		Name: "Ann", Picture: "https://img.test/ann.png",
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestNewNamesEveryMistakeAtOnce(t *testing.T) {
	_, err := New(Config{Issuer: "http://op.test", RedirectURL: "/auth/callback"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, part := range []string{"issuer: http is for loopback only", "redirect URL: not an absolute URL", "client id", "client secret"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not named in %q", part, err)
		}
	}
	for _, issuer := range []string{"https://op.test", "https://op.test/tenant/", "http://127.0.0.1:9", "http://[::1]:9", "http://idp.example.localhost"} {
		if _, err := New(Config{Issuer: issuer, RedirectURL: redirectURL, ClientID: "c", ClientSecret: "s"}); err != nil {
			t.Errorf("%s: %v", issuer, err)
		}
	}
	for _, issuer := range []string{"https://u@op.test", "https://op.test?x", "https://op.test#x", "https://op.test?", "ftp://op.test", "op.test", "https://", "http://127.0.0.1.op.test"} {
		if _, err := New(Config{Issuer: issuer, RedirectURL: redirectURL, ClientID: "c", ClientSecret: "s"}); err == nil {
			t.Errorf("%s: accepted", issuer)
		}
	}
}

func TestTheAuthorizationRequest(t *testing.T) {
	o := newOP(t)
	p := o.client(t, nil)
	f := p.NewFlow()
	state := "a state & more=of it"
	ask := func(t *testing.T, prompt, hint string) url.Values {
		t.Helper()
		where, err := p.AuthURL(t.Context(), f, Request{State: state, Prompt: prompt, LoginHint: hint})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(where)
		if err != nil || u.Scheme+"://"+u.Host+u.Path != o.server.URL+"/authorize" {
			t.Fatalf("goes to %s", where)
		}
		q, err := url.ParseQuery(u.RawQuery)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range q {
			if len(values) != 1 {
				t.Errorf("%s comes %d times", name, len(values))
			}
		}
		return q
	}
	t.Run("A2, A3, A7 it is the code flow with S256, three scopes and the configured redirect_uri", func(t *testing.T) {
		q := ask(t, "", "")
		for name, want := range map[string]string{
			"response_type": "code", "client_id": clientID, "redirect_uri": redirectURL, "scope": "openid email profile",
			"code_challenge_method": "S256", "state": state, "nonce": f.Nonce,
		} {
			if q.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, q.Get(name), want)
			}
		}
		if len(q) != 8 || len(q.Get("code_challenge")) != 43 {
			t.Errorf("parameters are %v", q)
		}
		if strings.Contains(q.Encode(), f.Verifier) || strings.Contains(q.Encode(), url.QueryEscape(clientSecret)) {
			t.Error("a secret is in the URL")
		}
	})
	t.Run("A2 S256 is asked for although discovery offers only plain", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Discovery = func(d map[string]any) { d["code_challenge_methods_supported"] = []string{"plain"} }
		mustLogin(t, o, o.client(t, nil))
	})
	t.Run("prompt is one of two words or dropped", func(t *testing.T) {
		for prompt, want := range map[string]string{"select_account": "select_account", "login": "login", "none": "", "login consent": "", "x": ""} {
			if got := ask(t, prompt, "").Get("prompt"); got != want {
				t.Errorf("%q became %q", prompt, got)
			}
		}
	})
	t.Run("login_hint is one plain address or dropped", func(t *testing.T) {
		for hint, want := range map[string]string{
			"a+b@acme.test": "a+b@acme.test", "ann@bücher.test": "ann@xn--bcher-kva.test", "a@b@c": "", "a,b@acme.test": "", "ann": "",
			strings.Repeat("a", 64) + "@" + strings.Repeat("a.", 100) + "test": "",
		} {
			if got := ask(t, "", hint).Get("login_hint"); got != want {
				t.Errorf("%q became %q", hint, got)
			}
		}
	})
}

func TestA1StateNonceAndVerifierAreFreshAndDifferent(t *testing.T) {
	p := newOP(t).client(t, nil)
	seen := make(map[string]bool)
	for range 100 {
		f := p.NewFlow()
		for _, s := range []string{f.ID, f.Nonce, f.Verifier} {
			if seen[s] || len(s) < 22 {
				t.Fatalf("%q is short or comes twice", s)
			}
			seen[s] = true
		}
		if len(f.Verifier) != 43 {
			t.Fatalf("a verifier of %d characters", len(f.Verifier))
		}
	}
}

func TestTheClientSaysWhoItIsAsDiscoveryOffers(t *testing.T) {
	for _, test := range []struct {
		name   string
		offers any
		basic  bool
		fails  bool
	}{
		{"C7 client_secret_basic form-encodes id and secret", []string{"client_secret_post", "client_secret_basic"}, true, false},
		{"without a word it is client_secret_basic", nil, true, false},
		{"client_secret_post where that is all", []string{"client_secret_post"}, false, false},
		{"a method that we do not have is an error, not a guess", []string{"private_key_jwt"}, false, true},
		{"a list that is not one is an error", "client_secret_basic", false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOP(t)
			o.mangle.Discovery = func(d map[string]any) {
				if d["token_endpoint_auth_methods_supported"] = test.offers; test.offers == nil {
					delete(d, "token_endpoint_auth_methods_supported")
				}
			}
			var basic bool
			o.replace("/token", func(w http.ResponseWriter, r *http.Request) {
				_, _, basic = r.BasicAuth()
				o.Provider.ServeHTTP(w, r)
			})
			p := o.client(t, nil)
			if test.fails {
				_, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
				wantError(t, err, store.ProviderAnswer, 502)
				return
			}
			mustLogin(t, o, p)
			if basic != test.basic || o.count("/token") != 1 {
				t.Errorf("basic %v, %d token requests", basic, o.count("/token"))
			}
		})
	}
}

func TestFiftyLoginsOpenNoConnectionEach(t *testing.T) {
	o := newOP(t)
	p := o.client(t, nil)
	for range 50 {
		mustLogin(t, o, p)
	}
	if n := o.opened.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	if d, k, c := o.count("/.well-known/openid-configuration"), o.count("/jwks"), o.count("/token"); d != 1 || k != 1 || c != 50 {
		t.Errorf("%d discoveries, %d key sets, %d exchanges", d, k, c)
	}
}

func TestA6TwoHundredLoginsAtOnceNeverCross(t *testing.T) {
	o := newOP(t)
	p := o.client(t, nil)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			subject := fmt.Sprintf("person-%d", i)
			f, a := o.begin(t, p, subject)
			who, err := p.Finish(t.Context(), f, a)
			if err != nil || who.Subject != subject || who.Email != subject+"@acme.test" {
				t.Errorf("%s became %+v, %v", subject, who, err)
			}
		})
	}
	all.Wait()
	if d, k, c := o.count("/.well-known/openid-configuration"), o.count("/jwks"), o.count("/token"); d != 1 || k != 1 || c != 200 {
		t.Errorf("%d discoveries, %d key sets, %d exchanges", d, k, c)
	}
}

func TestExchangesAtOnceAreBounded(t *testing.T) {
	o := newOP(t)
	p := o.client(t, func(c *Config) { c.MaxExchanges = 1 })
	p.exchangeWait = 10 * time.Millisecond
	f, a := o.begin(t, p, "")
	arrived, let := make(chan struct{}), make(chan struct{})
	o.replace("/token", func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-let
		o.Provider.ServeHTTP(w, r)
	})
	first := make(chan error)
	go func() {
		_, err := p.Finish(t.Context(), f, a)
		first <- err
	}()
	<-arrived
	f2, a2 := o.begin(t, p, "")
	_, err := p.Finish(t.Context(), f2, a2)
	wantError(t, err, store.ProviderSlow, 504)
	close(let)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if n := o.count("/token"); n != 1 {
		t.Errorf("%d token requests, want 1", n)
	}
}

func TestAProviderThatWasUnreachableIsUsedAgain(t *testing.T) {
	o := newOP(t)
	p := o.client(t, func(c *Config) { c.Now = o.clock.now })
	unavailable := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	o.replace("/.well-known/openid-configuration", unavailable)
	if p.Up() {
		t.Error("up before anything was asked")
	}
	wantError(t, p.Warm(t.Context()), store.ProviderAnswer, 502)
	for range 20 {
		_, err := p.AuthURL(t.Context(), p.NewFlow(), Request{State: "s"})
		wantError(t, err, store.ProviderAnswer, 502)
	}
	if n := o.count("/.well-known/openid-configuration"); n > 2 || p.Up() {
		t.Errorf("%d fetches in the first moment, up %v", n, p.Up())
	}
	o.replace("/.well-known/openid-configuration", nil)
	o.clock.advance(15 * time.Second)
	mustLogin(t, o, p)
	if !p.Up() {
		t.Error("not up after a login")
	}
}

func TestObserveIsCalledForEveryCall(t *testing.T) {
	o := newOP(t)
	var mu sync.Mutex
	var calls []string
	p := o.client(t, func(c *Config) {
		c.Observe = func(_ context.Context, endpoint string, d time.Duration, err error) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, fmt.Sprintf("%s %v", endpoint, err == nil && d > 0))
		}
	})
	if err := p.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustLogin(t, o, p)
	if want := []string{"discovery true", "jwks true", "token true"}; !slices.Equal(calls, want) {
		t.Errorf("got %v, want %v", calls, want)
	}
}

// While no login can succeed the provider is not up, and log and doctor say why.
func TestNoLoginCanSucceed(t *testing.T) {
	set := func(name string, value any) func(*op) {
		return func(o *op) { o.mangle.Discovery = func(d map[string]any) { d[name] = value } }
	}
	for _, test := range []struct {
		name  string
		spoil func(*op)
		cause error // of Check, where it has a name
		says  []string
	}{
		{
			"discovery fails", func(o *op) {
				o.replace("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) })
			}, nil, []string{"discovery: status 404"},
		},
		{"the issuer is another", set("issuer", "https://other.test/"), ErrIssuerMismatch, []string{"https://other.test/", "http://127.0.0.1:"}},
		{
			"there is no asymmetric algorithm", set("id_token_signing_alg_values_supported", []string{"HS256", "none"}),
			ErrNoAlgorithm,
			[]string{"HS256", "none", "RS256"},
		},
		{
			"there is no usable key", func(o *op) {
				o.replace("/jwks", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"keys":[{"kty":"oct"}]}`) })
			}, ErrNoKey, []string{"jwks", "of 1 keys"},
		},
		{"no key fits an accepted algorithm", set("id_token_signing_alg_values_supported", []string{"ES256"}), ErrNoKey, []string{"jwks", "ES256"}},
		{
			"the client is refused", func(o *op) {
				o.replace("/token", func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
				})
			}, nil, nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOP(t)
			test.spoil(o)
			log := new(lines)
			p := o.client(t, func(c *Config) { c.Logger = log.logger() })
			err := p.Warm(t.Context())
			if err == nil { // the client is not asked for before there is a code
				_, err = o.login(t, p)
				if !errors.Is(err, ErrClientRefused) {
					t.Errorf("got %v", err)
				}
			}
			wantError(t, err, store.ProviderAnswer, 502)
			if p.Up() {
				t.Error("it is up")
			}
			_, checked := p.Check(t.Context())
			if test.cause != nil && !errors.Is(checked, test.cause) {
				t.Errorf("Check says %v", checked)
			}
			for _, s := range test.says {
				if !strings.Contains(log.String(), s) || !strings.Contains(checked.Error(), s) {
					t.Errorf("%q is not in the log %q, or not in %v", s, log, checked)
				}
			}
		})
	}
	t.Run("a code that is refused says nothing of the provider", func(t *testing.T) {
		o := newOP(t)
		p := o.client(t, nil)
		mustLogin(t, o, p)
		_, err := p.Finish(t.Context(), p.NewFlow(), Answer{Code: "unknown", Issuer: o.server.URL})
		wantError(t, err, store.BadState, 400)
		if !p.Up() {
			t.Error("it is not up")
		}
	})
}

func TestCheckReportsTheFactsAndTheClock(t *testing.T) {
	o := newOP(t)
	o.mangle.Discovery = func(d map[string]any) { d["claims_supported"] = []string{"sub", "email", "email_verified"} }
	p := o.client(t, func(c *Config) { c.Now = func() time.Time { return time.Now().Add(-5 * time.Minute) } })
	begun := time.Now()
	f, err := p.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unsure := 3*time.Second + time.Since(begun) // a Date is in whole seconds, and the machine may be slow
	if f.TokenEndpoint != o.server.URL+"/token" || f.Keys != 1 || !f.IssuerAnswer || !slices.Equal(f.Algorithms, []string{"RS256"}) ||
		!slices.Contains(f.Claims, "email_verified") {
		t.Errorf("facts are %+v", f)
	}
	if !f.DateGiven || f.Skew < 5*time.Minute-unsure || f.Skew > 5*time.Minute+unsure {
		t.Errorf("skew is %v", f.Skew)
	}
}

func TestE9KeepMakesReadyByItselfAndEndsWithItsContext(t *testing.T) {
	o := newOP(t)
	answered := make(chan string, 10)
	p := o.client(t, func(c *Config) {
		c.Observe = func(_ context.Context, endpoint string, _ time.Duration, err error) {
			if err == nil {
				answered <- endpoint
			}
		}
	})
	var once sync.Once
	o.replace("/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		first := false
		once.Do(func() { first = true })
		if first {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		o.Provider.ServeHTTP(w, r)
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		p.Keep(ctx)
		close(ended)
	}()
	if first, second := <-answered, <-answered; first != "discovery" || second != "jwks" {
		t.Errorf("%s, then %s", first, second)
	}
	cancel()
	<-ended
	mustLogin(t, o, p)
	if o.count("/.well-known/openid-configuration") != 2 || o.count("/jwks") != 1 {
		t.Error("the login fetched again what was kept")
	}
}
