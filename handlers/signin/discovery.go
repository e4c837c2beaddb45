package signin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"orglogin/store"
)

// metadataFresh is how often metadata is renewed, failures included.
const metadataFresh = time.Hour

// endpoints are where the browser, the code and the trust in keys go. userInfo is
// empty where it is not asked.
type endpoints struct{ authorization, token, keys, userInfo string }

// metadata is what of the provider's discovery document is used (OpenID
// Connect Discovery 1.0 section 3), and what is built from it once.
type metadata struct {
	issuer       string // only where it is not the configured one
	authPrefix   string // the authorization URL up to what differs by login
	token        tokenRequest
	endpoints    endpoints
	algorithms   []jose.SignatureAlgorithm
	issuerAnswer bool     // RFC 9207: every authorization response carries iss
	claims       []string // that the provider says it sends; nil when it does not say
}

// discover fetches and checks the discovery document.
func (p *Provider) discover(ctx context.Context) (metadata, time.Duration, error) {
	m, _, err := p.discoverNow(ctx)
	m.claims = nil // only Check shows them
	if err != nil {
		p.config.Logger.WarnContext(ctx, "fetch provider metadata failed", "error", err)
		return metadata{}, 0, err
	}
	if old := p.endpoints.Swap(&m.endpoints); old != nil && *old != m.endpoints {
		p.config.Logger.ErrorContext(ctx, "the provider moved an endpoint; verify that this was intended", "old", *old, "new", m.endpoints)
	}
	return m, metadataFresh, nil
}

// discoverNow also returns the Date that the provider gave, zero without one.
func (p *Provider) discoverNow(ctx context.Context) (m metadata, date time.Time, err error) {
	location := strings.TrimSuffix(p.config.Issuer, "/") + "/.well-known/openid-configuration"
	err = p.get(ctx, discoveryEndpoint, location, func(r reply) error {
		date, _ = time.Parse(time.RFC1123, r.header.Get("Date"))
		m, err = p.readMetadata(r.body)
		return err
	})
	return m, date, err
}

// readMetadata checks a discovery document. When the issuer is not the
// configured one, byte for byte, nothing else of it is looked at.
func (p *Provider) readMetadata(body []byte) (metadata, error) {
	o, err := readObject(body)
	if err != nil {
		return metadata{}, err
	}
	issuer, _, err := o.text("issuer")
	if err != nil {
		return metadata{}, err
	}
	if issuer != p.discoveredIssuer() {
		return metadata{issuer: issuer}, fmt.Errorf("%w: the provider's is %.200q, the configured one is %q", ErrIssuerMismatch, issuer, p.config.Issuer)
	}
	e, err := p.readEndpoints(o)
	if err != nil {
		return metadata{}, err
	}
	style, err := authStyle(o)
	if err != nil {
		return metadata{}, err
	}
	c := oauth2.Config{
		ClientID:     p.config.ClientID,
		ClientSecret: p.config.ClientSecret,
		RedirectURL:  p.config.RedirectURL,
		Scopes:       []string{"openid", "email", "profile"},
		Endpoint: oauth2.Endpoint{
			AuthURL:   e.authorization,
			TokenURL:  e.token,
			AuthStyle: style,
		},
	}
	claims, _ := o.texts("claims_supported") // only for an operator to read
	m := metadata{
		claims:       claims,
		endpoints:    e,
		issuerAnswer: o.raw("authorization_response_iss_parameter_supported") == "true",
	}
	if m.algorithms, err = p.algorithms(o); err != nil {
		return metadata{}, err
	}
	if m.authPrefix, err = authPrefix(c); err != nil {
		return metadata{}, err
	}
	m.token, err = newTokenRequest(c)
	return m, err
}

// readEndpoints reads and checks the endpoints that are used.
func (p *Provider) readEndpoints(o object) (e endpoints, err error) {
	local := strings.HasPrefix(p.config.Issuer, "http:")
	names := map[string]*string{"authorization_endpoint": &e.authorization, "token_endpoint": &e.token, "jwks_uri": &e.keys}
	if p.config.UserInfo && o.raw("userinfo_endpoint") != "" {
		names["userinfo_endpoint"] = &e.userInfo
	}
	for name, to := range names {
		if *to, _, err = o.text(name); err != nil {
			return endpoints{}, err
		}
		err := checkURL(*to, local)
		if p.config.guard != nil {
			err = p.config.guard.checkEndpoint(*to, p.config.Issuer)
		}
		if err != nil {
			return endpoints{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	return e, nil
}

// authPrefix is the part of every authorization URL that is the same. An
// endpoint that brings parameters of ours along would have them twice.
func authPrefix(c oauth2.Config) (string, error) {
	_, query, _ := strings.Cut(c.Endpoint.AuthURL, "?")
	own, err := url.ParseQuery(query)
	if err != nil {
		return "", errors.New("authorization_endpoint: bad query")
	}
	for _, name := range []string{
		"response_type", "response_mode", "client_id", "redirect_uri", "scope", "state", "nonce",
		"code_challenge", "code_challenge_method", "prompt", "login_hint", "request", "request_uri",
	} {
		if own.Has(name) {
			return "", fmt.Errorf("authorization_endpoint: its query has %s", name)
		}
	}
	// S256 whatever the document says of it: a provider without PKCE ignores
	// it, and no document makes us use plain.
	return c.AuthCodeURL("", oauth2.SetAuthURLParam("code_challenge_method", "S256")), nil
}

// authStyle is how the client authenticates at the token endpoint. It is never
// found out by trying, which would send the code twice.
func authStyle(o object) (oauth2.AuthStyle, error) {
	methods, err := o.texts("token_endpoint_auth_methods_supported")
	switch {
	case err != nil:
		return 0, err
	case methods == nil, slices.Contains(methods, "client_secret_basic"): // the default of Discovery section 3
		return oauth2.AuthStyleInHeader, nil
	case slices.Contains(methods, "client_secret_post"):
		return oauth2.AuthStyleInParams, nil
	}
	return 0, errors.New("token_endpoint_auth_methods_supported has neither client_secret_basic nor client_secret_post")
}

// asymmetric are the algorithms that a provider may sign with. Never none, and
// never an HMAC, whose key would be our own secret.
var asymmetric = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
}

// ed25519Name is what RFC 9864 calls EdDSA with an Ed25519 key, the only kind
// that is accepted.
const ed25519Name = "Ed25519"

// canonical returns the name by which an algorithm is known here.
func canonical(name string) jose.SignatureAlgorithm {
	if name == ed25519Name {
		return jose.EdDSA
	}
	return jose.SignatureAlgorithm(name)
}

// algorithms are those accepted in an ID token: RS256 for Google, else the
// asymmetric ones that discovery offers.
func (p *Provider) algorithms(o object) ([]jose.SignatureAlgorithm, error) {
	if p.config.Issuer == store.GoogleIssuer {
		return []jose.SignatureAlgorithm{jose.RS256}, nil
	}
	offered, err := o.texts("id_token_signing_alg_values_supported")
	if err != nil {
		return nil, err
	}
	var accepted []jose.SignatureAlgorithm
	for _, name := range offered {
		if a := canonical(name); slices.Contains(asymmetric, a) && !slices.Contains(accepted, a) {
			accepted = append(accepted, a)
		}
	}
	if accepted == nil {
		return nil, fmt.Errorf("%w: id_token_signing_alg_values_supported is %.50q, accepted are %s", ErrNoAlgorithm, offered[:min(len(offered), 20)], asymmetric)
	}
	return accepted, nil
}
