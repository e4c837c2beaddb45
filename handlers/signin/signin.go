package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"orglogin/store"
)

// Config is one connection, and what a login needs from the process.
type Config struct {
	ID           string // [store.Connection.ID]; [store.DefaultConnection] when empty
	Name         string // on the button
	Issuer       string // exactly as the provider spells it; http only on loopback
	ClientID     string
	ClientSecret string
	RedirectURL  string // see [RedirectURL]
	// HostedDomains are the hd claims accepted; none accepts every account.
	HostedDomains []string
	// Tenants are the tid claims accepted from an issuer that many tenants of Microsoft
	// Entra share, lower case; none accepts every tenant.
	Tenants []string
	// TrustEmail states that this issuer's verified addresses belong to the
	// people who sign in with them.
	TrustEmail bool
	// EmailVerified says what makes an address a verified one; [store.EmailVerifiedClaim] when empty.
	EmailVerified store.EmailVerifiedMode
	// UserInfo is asked where the ID token lacks the address or its verification.
	UserInfo bool

	// HTTP is the client whose transport every call to the provider takes, so
	// that all share its connections; its other fields are not used. Nil makes
	// one that keeps enough of them open.
	HTTP *http.Client
	// DialContext opens the connections where HTTP is nil: for names that the
	// resolver does not know, such as *.localhost. With it, the proxies of the
	// environment are not asked.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// guard is set where a tenant named the provider: then it dials, and HTTP,
	// DialContext and the proxies of the environment are not used.
	guard *guard
	// MaxExchanges bounds the codes being redeemed at once; 256 when zero. A
	// login that gets no place within a second fails as provider_slow.
	MaxExchanges int

	Now    func() time.Time // time.Now when nil
	Logger *slog.Logger     // discards when nil
	// Observe is called after every call to the provider, unless it is nil:
	// ctx is the caller's, endpoint is discovery, jwks, token or userinfo; err is nil for a usable answer.
	Observe func(ctx context.Context, endpoint string, d time.Duration, err error)
}

// Provider is one OpenID provider as this service sees it. It is safe for
// concurrent use and keeps nothing of any one login.
type Provider struct {
	config    Config
	transport http.RoundTripper
	exchanges chan struct{} // one token for each code being redeemed
	slow      atomic.Int32  // timeouts in a row while redeeming codes
	// exchangeWait is how long a login waits for a place in exchanges.
	exchangeWait time.Duration
	metadata     *document[metadata]
	keys         *document[keySet]
	endpoints    atomic.Pointer[endpoints] // as last discovered

	answering     atomic.Bool // the last call gave a usable answer
	clientRefused atomic.Bool // by the token endpoint, when it last answered
}

// New makes a provider without calling it. The error names everything that is
// wrong with the configuration.
func New(c Config) (*Provider, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observe == nil {
		c.Observe = func(context.Context, string, time.Duration, error) {}
	}
	if c.MaxExchanges == 0 {
		c.MaxExchanges = 256
	}
	c.ID = cmp.Or(c.ID, store.DefaultConnection)
	c.EmailVerified = cmp.Or(c.EmailVerified, store.EmailVerifiedClaim)
	domains := make([]string, len(c.HostedDomains))
	for i, d := range c.HostedDomains {
		var ok bool
		if domains[i], ok = store.NormalizeDomain(d); !ok {
			return nil, fmt.Errorf("hosted domain: %q is not a domain name", d)
		}
	}
	c.HostedDomains = domains
	p := &Provider{config: c, transport: newTransport(c), exchanges: make(chan struct{}, c.MaxExchanges), exchangeWait: exchangeWait}
	p.metadata = &document[metadata]{
		fetch: p.discover, now: c.Now,
		timeout: callTimeout, maxBackoff: 10 * time.Second, retryRenewal: metadataFresh,
	}
	p.keys = &document[keySet]{
		fetch: p.fetchKeys, now: c.Now,
		timeout: keysTimeout, maxBackoff: keysCoolDown, retryRenewal: time.Minute, coolDown: keysCoolDown,
	}
	return p, nil
}

// connection is what is known of the provider's connection without asking a store.
func (p *Provider) connection() store.Connection {
	return store.Connection{
		ID: p.config.ID, Name: p.config.Name, Issuer: p.config.Issuer, ClientID: p.config.ClientID,
		EmailVerified: p.config.EmailVerified, UserInfo: p.config.UserInfo,
		HostedDomains: p.config.HostedDomains, Tenants: p.config.Tenants, State: store.ConnectionActive,
	}
}

func (c Config) validate() error {
	var all []error
	if err := checkURL(c.Issuer, true); err != nil {
		all = append(all, FieldError{"issuer", err.Error()})
	} else if strings.ContainsAny(c.Issuer, "?#") {
		all = append(all, FieldError{"issuer", "has a query or fragment"})
	}
	if err := checkURL(c.RedirectURL, true); err != nil {
		all = append(all, fmt.Errorf("redirect URL: %w", err))
	}
	if c.ClientID == "" || !printable(c.ClientID) {
		all = append(all, FieldError{"client_id", "missing, or not printable ASCII"})
	}
	if c.ClientSecret == "" {
		all = append(all, errors.New("client secret: missing"))
	}
	if c.MaxExchanges < 0 {
		all = append(all, errors.New("max exchanges: negative"))
	}
	all = append(all, c.checkEmailVerified(), c.checkTenants())
	return errors.Join(all...)
}

// maxURL bounds what the provider makes us keep.
const maxURL = 2048

// checkURL wants https, or with loopback also http to this machine, and no
// userinfo or fragment.
func checkURL(s string, loopback bool) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || !printable(s):
		return errors.New("not a URL")
	case len(s) > maxURL:
		return fmt.Errorf("over %d bytes", maxURL)
	case u.Host == "" || u.Hostname() == "" || u.Opaque != "":
		return errors.New("not an absolute URL")
	case u.User != nil:
		return errors.New("has userinfo")
	case u.Fragment != "" || strings.Contains(s, "#"):
		return errors.New("has a fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && loopback && store.IsLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("http is for loopback only")
	}
	return errors.New("neither https nor http")
}

// Up reports whether a login can succeed, as far as is known: the provider's
// last answer was usable, it accepts the client, and its keys fit an accepted
// algorithm. It is false until metadata and keys were read.
func (p *Provider) Up() bool {
	return p.answering.Load() && !p.clientRefused.Load() && p.metadata.known() && p.keys.known()
}

// Warm fetches metadata and keys if they are not known, so that the first
// login does not wait for them. The error is an [*Error]; using the provider
// tries again in any case.
func (p *Provider) Warm(ctx context.Context) error {
	if _, err := p.metadata.get(ctx); err != nil {
		return asError(err)
	}
	if _, err := p.keys.get(ctx); err != nil {
		return asError(err)
	}
	return nil
}

// Keep fetches metadata and keys until ctx ends: now, again soon after a failure,
// and before they expire, so that no login waits for them and [Provider.Up] is at
// most an hour old while there are no logins.
func (p *Provider) Keep(ctx context.Context) {
	const every = 30 * time.Second
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		next := every
		if p.Warm(ctx) != nil { // the fetch has logged why
			next = 2 * time.Second
		}
		wait.Reset(next)
	}
}
