// Package fakeidp is an OpenID provider for tests and the demo. Whoever can
// reach it can sign in as anyone, so it answers loopback alone; its keys are fresh at
// every start, unless a test gives one, and nothing is kept.
//
// It is strict where a real one is: PKCE with S256 is required, a code works
// once, redirect_uri and client are checked. It sends iss in every answer
// (RFC 9207). A test that wants a worse provider wraps the handler, or uses
// [Mangle].
package fakeidp

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Person can sign in.
type Person struct {
	Subject       string
	Email         string
	EmailVerified any // as the claim will be; nil leaves it out
	Name          string
	Picture       string
	HostedDomain  string
	Deny          bool   // chooses "deny" on a consent page: error=access_denied
	Note          string // said on the page, for who tries the demo
}

// Config is the one client and the people.
type Config struct {
	Issuer       string // http://host:port, with or without a path
	ClientID     string
	ClientSecret string
	RedirectURLs []string // exact; none accepts any http or https URL
	People       []Person
	// Auto chooses without a page. Nil, or a Person without a Subject: the page.
	Auto   func(*http.Request) Person
	Key    *rsa.PrivateKey  // the first key; nil: a fresh one
	Now    func() time.Time // time.Now when nil
	Mangle Mangle
}

// Mangle changes what is true before it is sent. Nil fields change nothing.
type Mangle struct {
	Discovery func(document map[string]any)
	Claims    func(claims map[string]any)                    // before signing
	IDToken   func(claims map[string]any) (raw string)       // in place of signing
	Answer    func(answer map[string]any, access, id string) // the token answer
	UserInfo  func(claims map[string]any)
}

// Provider is the handler.
type Provider struct {
	config Config
	mux    *http.ServeMux
	look   look

	mu     sync.Mutex
	signer jose.Signer // nil: none yet
	key    jose.JSONWebKey
	grants map[string]grant
	access map[string]signedIn // by access token
}

// New makes a provider with a key of its own and no login in progress.
func New(c Config) *Provider {
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Provider{config: c, mux: http.NewServeMux(), look: newLook(), grants: make(map[string]grant), access: make(map[string]signedIn)}
	var base string
	if u, err := url.Parse(c.Issuer); err == nil {
		base = strings.TrimSuffix(u.Path, "/")
	}
	p.mux.HandleFunc("GET "+base+"/.well-known/openid-configuration", p.discovery)
	p.mux.HandleFunc("GET "+base+"/authorize", p.authorize)
	p.mux.HandleFunc("POST "+base+"/token", p.token)
	p.mux.HandleFunc("GET "+base+"/jwks", p.jwks)
	p.mux.HandleFunc("GET "+base+"/userinfo", p.userInfo)
	return p
}

func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		http.Error(w, "this provider lets everyone sign in as anyone: loopback only", http.StatusForbidden)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	p.mux.ServeHTTP(w, r)
}

// RotateKeys replaces the key: what the old one signed is good no longer.
func (p *Provider) RotateKeys() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signer, p.config.Key = nil, nil
}

// signing returns the signer and public key of the moment. They are made when
// first needed, because a key takes longer to find than everything else.
func (p *Provider) signing() (jose.Signer, jose.JSONWebKey, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.signer == nil {
		key, err := p.config.Key, error(nil)
		if key == nil {
			key, err = rsa.GenerateKey(rand.Reader, 2048)
		}
		if err != nil {
			return nil, jose.JSONWebKey{}, err
		}
		private := jose.JSONWebKey{Key: key, KeyID: random(), Algorithm: string(jose.RS256), Use: "sig"}
		p.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: private}, (&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			return nil, jose.JSONWebKey{}, err
		}
		p.key = private.Public()
	}
	return p.signer, p.key, nil
}

// Sign signs claims as an ID token with the key of the moment.
func (p *Provider) Sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signer, _, err := p.signing()
	if err != nil {
		return "", err
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	base := strings.TrimSuffix(p.config.Issuer, "/")
	document := map[string]any{
		"issuer":                                         p.config.Issuer,
		"authorization_endpoint":                         base + "/authorize",
		"token_endpoint":                                 base + "/token",
		"jwks_uri":                                       base + "/jwks",
		"userinfo_endpoint":                              base + "/userinfo",
		"response_types_supported":                       []string{"code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"token_endpoint_auth_methods_supported":          []string{"client_secret_basic", "client_secret_post"},
		"code_challenge_methods_supported":               []string{"S256"},
		"scopes_supported":                               []string{"openid", "email", "profile"},
		"authorization_response_iss_parameter_supported": true,
	}
	if p.config.Mangle.Discovery != nil {
		p.config.Mangle.Discovery(document)
	}
	writeJSON(w, http.StatusOK, document)
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	_, key, err := p.signing()
	if err != nil {
		http.Error(w, "no key", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=3600")
	writeJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the other side hung up, if anything
}

// random is 128 bits.
func random() string {
	b := make([]byte, 16)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
