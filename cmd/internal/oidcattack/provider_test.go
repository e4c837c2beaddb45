package oidcattack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin/fakeidp"
)

// attack is what the provider, or who carries its answer, does in one login.
// What it leaves out is done honestly.
type attack struct {
	person  fakeidp.Person                                              // who signs in; zero: a stranger, who would get an organization
	claims  func(claims map[string]any)                                 // before signing
	token   func(claims map[string]any) string                          // in place of signing
	members func(answer map[string]any)                                 // of the token answer
	reply   func(w http.ResponseWriter, honest string, r *http.Request) // in place of the token answer
	answer  func(parameters url.Values)                                 // that the browser brings back
	query   func(raw string) string                                     // the same as text
	lax     bool                                                        // the provider forgets PKCE
}

// provider is an OpenID provider whose every login may go another way: the
// login hint names the attack. Discovery offers what must not be accepted.
type provider struct {
	t      testing.TB
	server *httptest.Server
	honest *fakeidp.Provider

	mu      sync.Mutex
	planned int
	attacks map[string]*attack // by login hint
	codes   map[string]*attack // by code
	hosted  string             // Ann's domain, as the claim hd
	before  map[string]http.HandlerFunc
	hits    map[string]int
	issued  []string // what no browser and no log may see
}

// laxVerifier stands in for every verifier where the provider forgets PKCE.
const laxVerifier = "the-verifier-that-a-provider-without-pkce-would-take"

func newProvider(t testing.TB, c *handlertest.Clock) *provider {
	t.Helper()
	p := &provider{
		t: t, attacks: map[string]*attack{}, codes: map[string]*attack{},
		before: map[string]http.HandlerFunc{}, hits: map[string]int{},
	}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	p.honest = fakeidp.New(fakeidp.Config{
		Issuer: p.server.URL, ClientID: clientID, ClientSecret: clientSecret, RedirectURLs: []string{public + "/auth/callback"},
		Auto: p.person, Key: handlertest.ProviderKey(t), Now: c.Now,
		Mangle: fakeidp.Mangle{Discovery: func(d map[string]any) {
			d["id_token_signing_alg_values_supported"] = []string{"none", "HS256", "RS256", "ES256"}
			d["code_challenge_methods_supported"] = []string{"plain"}
		}},
	})
	return p
}

// ann is an owner of Acme.
func ann() fakeidp.Person {
	return fakeidp.Person{Subject: "ann-1", Email: "ann@acme.test", EmailVerified: true, Name: "Ann Example"}
}

// person is who signs in: the attack's, a stranger for an attack without one,
// Ann without an attack.
func (p *provider) person(r *http.Request) fakeidp.Person {
	hint := r.URL.Query().Get("login_hint")
	a := p.attack(hint)
	switch {
	case a == nil:
		person := ann()
		person.HostedDomain = p.hosted
		return person
	case a.person.Subject != "":
		return a.person
	}
	name, _, _ := strings.Cut(hint, "@")
	return fakeidp.Person{Subject: name, Email: hint, EmailVerified: true, Name: "Mallory"}
}

func (p *provider) attack(hint string) *attack {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attacks[hint]
}

// plan returns the login hint under which the attack happens.
func (p *provider) plan(a *attack) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.planned++
	hint := "mallory-" + strconv.Itoa(p.planned) + "@hostile.test"
	p.attacks[hint] = a
	return hint
}

// replace answers a path in the provider's place; nil gives it back.
func (p *provider) replace(path string, h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before[path] = h
}

func (p *provider) asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hits[path]
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.hits[r.URL.Path]++
	h := p.before[r.URL.Path]
	p.mu.Unlock()
	switch {
	case h != nil:
		h(w, r)
	case r.URL.Path == "/jwks":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, published())
	case r.URL.Path == "/authorize":
		p.authorize(w, r)
	case r.URL.Path == "/token":
		p.token(w, r)
	default:
		p.honest.ServeHTTP(w, r)
	}
}

// authorize remembers which attack the code is for.
func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a := p.attack(q.Get("login_hint"))
	if a != nil && a.lax {
		sum := sha256.Sum256([]byte(laxVerifier))
		q.Set("code_challenge", b64(sum[:]))
		r.URL.RawQuery = q.Encode()
	}
	recorder := httptest.NewRecorder()
	p.honest.ServeHTTP(recorder, r)
	if back, err := recorder.Result().Location(); err == nil && a != nil {
		p.mu.Lock()
		p.codes[back.Query().Get("code")] = a
		p.mu.Unlock()
	}
	copyAnswer(w, recorder)
}

// token has the honest provider check the request, and changes what it says.
func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	a := p.codes[form.Get("code")]
	p.mu.Unlock()
	if a == nil {
		a = &attack{}
	}
	p.keep(form.Get("code"), form.Get("code_verifier"))
	if a.lax {
		form.Set("code_verifier", laxVerifier)
	}
	asked := r.Clone(r.Context())
	asked.Body = io.NopCloser(strings.NewReader(form.Encode()))
	recorder := httptest.NewRecorder()
	p.honest.ServeHTTP(recorder, asked)
	if recorder.Code != http.StatusOK {
		copyAnswer(w, recorder)
		return
	}
	answer := p.mangled(a, recorder.Body.Bytes())
	if a.reply != nil {
		a.reply(w, answer, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, answer)
}

// mangled is the token answer with the ID token signed anew, as the attack has it.
func (p *provider) mangled(a *attack, body []byte) string {
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		p.t.Error(err)
	}
	claims := payloadOf(p.t, answer["id_token"].(string))
	for _, name := range []string{"iat", "exp"} { // large numbers, not in the scientific notation
		claims[name] = int64(claims[name].(float64))
	}
	if a.claims != nil {
		a.claims(claims)
	}
	if a.token != nil {
		answer["id_token"] = a.token(claims)
	} else {
		answer["id_token"] = honest(asJSON(claims))
	}
	if a.members != nil {
		a.members(answer)
	}
	for _, name := range []string{"access_token", "id_token"} {
		if s, ok := answer[name].(string); ok {
			p.keep(s)
		}
	}
	return asJSON(answer)
}

func (p *provider) keep(secrets ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range secrets {
		if len(s) >= 16 {
			p.issued = append(p.issued, s)
		}
	}
}

// leaked returns a secret of the provider that the text holds, empty for none.
func (p *provider) leaked(text string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range append(p.issued, clientSecret) {
		if strings.Contains(text, s) {
			return s
		}
	}
	return ""
}

// forget ends the account of one login.
func (p *provider) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.issued = nil
	clear(p.attacks)
	clear(p.codes)
}

func copyAnswer(w http.ResponseWriter, from *httptest.ResponseRecorder) {
	for name, values := range from.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(from.Code)
	_, _ = io.Copy(w, bytes.NewReader(from.Body.Bytes()))
}
