package config

import (
	"log/slog"
	"net/netip"
	"time"

	"orglogin/handlers"
	"orglogin/redirect"
	"orglogin/store"
)

// Config is what the service runs on: values, no live objects. The settings
// make one that was checked; whoever writes one by hand (the demo) answers for it.
type Config struct {
	Site     redirect.Site
	Database Database
	Provider Provider // of OIDC_*
	Signup   store.Signup
	Sessions Sessions
	Keys     Keys

	Redis          []string // redis://, rediss:// or unix:// URLs; several are one cluster, none is no Redis
	CacheTTL       time.Duration
	TrustedProxies []netip.Prefix
	ListenAddr     string // HOST:PORT; port 0 takes a free one
	AdminAddr      string // HOST:PORT
	RateLimit      handlers.Limit
	Token          Token
	CookieSuffix   string
	ShutdownDelay  time.Duration // from not ready to closing the listener
	Log            Log

	FurtherProviders      []Provider // of PROVIDERS_FILE, in its order
	OrganizationProviders bool
	OutboundNetworks      []netip.Prefix // in which an organization's provider may be although they are private

	Discovery   bool   // whether the login page asks for an address and finds its provider
	DNSResolver string // HOST:PORT; empty is the system's

	Mail Mail

	API API
}

// Database says where the rows are: Path for SQLite, URL and AdminURL for PostgreSQL.
type Database struct {
	Path     string // file of the SQLite database; empty for PostgreSQL
	URL      string // the runtime role
	AdminURL string // the owner; equal to URL where none was given
	APIURL   string // the role of the HTTP API; empty where none was given
}

// Providers are all operator connections, the one of OIDC_* first.
func (c Config) Providers() []Provider { return append([]Provider{c.Provider}, c.FurtherProviders...) }

// Provider is one operator connection: an OpenID provider and a client id at it.
type Provider struct {
	ID            string // [store.DefaultConnection], or as PROVIDERS_FILE says
	Name          string // on the button
	Issuer        string
	ClientID      string
	ClientSecret  string
	HostedDomains []string
	Tenants       []string // tenant ids of Microsoft Entra, lower case
	TrustEmail    bool
	EmailVerified store.EmailVerifiedMode
	UserInfo      bool // asked where the ID token lacks the address or its verification
}

// Sessions says how long a browser stays signed in.
type Sessions struct {
	Lifetime time.Duration // absolute
	Idle     time.Duration // since the last use
}

// Keys are the secrets of the service.
type Keys struct {
	Secret      [][]byte // 32 bytes each, newest first
	SigningFile string   // private JWK Set (RFC 7517), newest key first
}

// Token is what the access token says beside the person.
type Token struct {
	Audience string
	Role     string
}

// Log says what is logged.
type Log struct {
	JSON  bool
	Level slog.Level

	RequestErrorsOnly bool // no line for a request that was answered with less than 400
}
