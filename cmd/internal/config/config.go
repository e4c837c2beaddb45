package config

import (
	"net/netip"
	"time"

	"orglogin/handlers"
	"orglogin/store"
)

// Config is what the service runs on: values, no live objects. A command reads it, or the groups of it that it
// uses, from flags and variables, and checks them with [Check.Use]. Code that writes one by hand (the demo) is
// responsible for its values.
//
// The tags are read by the command line and by [Check]: variable is the name without [Prefix], of which name, the
// flag, is the lower-case form with dashes; type says how the text is read, see [Check.Decoders]; missing makes
// the setting required, and is the fix.
type Config struct {
	Site     Site     `embed:""`
	Provider Provider `embed:""` // of OIDC_*

	FurtherProviders      []Provider     `name:"providers-file" variable:"PROVIDERS_FILE" type:"providers-file" placeholder:"FILE" help:"JSON array of further providers: docs/providers.md."`
	OrganizationProviders Switch         `name:"organization-providers" variable:"ORGANIZATION_PROVIDERS" type:"choice" choices:"on,off" default:"on" help:"on or off: whether organizations may sign in with providers of their own."`
	OutboundNetworks      []netip.Prefix `name:"outbound-allowed-networks" variable:"OUTBOUND_ALLOWED_NETWORKS" type:"networks" example:"10.20.0.0/16" placeholder:"NETWORKS" help:"Private networks (CIDR) in which a provider of an organization may be. Separated by commas."`

	Database     Database `embed:""`
	SignupPolicy `embed:""`
	Sessions     Sessions `embed:""`
	Keys         Keys     `embed:""`

	Redis          []string       `name:"redis-url" variable:"REDIS_URL" type:"redis-urls" placeholder:"URL" help:"redis://, rediss:// or unix:// of the shared cache; several for a cluster. Without it every process has its own."`
	CacheTTL       time.Duration  `name:"cache-ttl" variable:"CACHE_TTL" type:"duration" example:"5m" default:"5m" help:"How long organization lookups are remembered; unknown ones a tenth of it."`
	TrustedProxies []netip.Prefix `name:"trusted-proxies" variable:"TRUSTED_PROXIES" type:"proxies" default:"127.0.0.0/8,::1/128" help:"Networks (CIDR) whose X-Forwarded headers are believed, or none."`
	ListenAddr     string         `name:"listen-addr" variable:"LISTEN_ADDR" type:"address" example:":8080" default:":8080" help:"Address of the public listener, HOST:PORT."`
	RateLimit      handlers.Limit `name:"rate-limit" variable:"RATE_LIMIT" type:"rate-limit" default:"120/m" help:"Logins begun and finished by one client address, a number per s, m or h; ten times as many of /login, and of /organizations, /auth/session, /auth/token and /auth/why by one session; or off."`
	Token          Token          `embed:""`
	ShutdownDelay  time.Duration  `name:"shutdown-delay" variable:"SHUTDOWN_DELAY" type:"shutdown-delay" default:"1s" help:"Time between /readyz answering 503 and the listener closing at shutdown: how long the balancer needs to notice."`
	CookieSuffix   string         `name:"cookie-suffix" variable:"COOKIE_SUFFIX" type:"cookie-suffix" placeholder:"SUFFIX" help:"Ends every cookie's name, such as -staging: two environments can share a parent domain."`
	Discovery      Switch         `name:"discovery" variable:"DISCOVERY" type:"choice" choices:"on,off" default:"off" help:"on or off: whether the login page asks for a work email and finds the provider of its verified domain."`

	DNS           `embed:""`
	AdminListener `embed:""`

	Pages Pages `embed:""`
	API   API   `embed:""`
	Mail  Mail  `embed:""`
	Log   Log   `embed:""`

	Tracing *Tracing `kong:"-"` // of OTEL_*, see [CheckTracing]; nil: no span is made
}

// Switch is on or off. It is no bool, because kong reads a bool as a flag without a value.
type Switch string

// On is the value of a [Switch] that is not off.
const On Switch = "on"

// SignupPolicy says what a first login makes.
type SignupPolicy struct {
	Signup store.Signup `name:"signup" variable:"SIGNUP" type:"choice" choices:"organization,profile,closed" default:"organization" help:"What a first login without an invitation makes: organization (profile, organization, membership, workspace), profile (that alone), closed (nothing)."`
}

// Sessions says how long a browser stays signed in.
type Sessions struct {
	Lifetime time.Duration `name:"session-lifetime" variable:"SESSION_LIFETIME" type:"duration" example:"12h" default:"12h" help:"A session ends this long after the login, whatever happens."`
	Idle     time.Duration `name:"session-idle" variable:"SESSION_IDLE" type:"duration" example:"2h" placeholder:"2h" help:"A session ends this long after its last use. 2h by default, or the lifetime where that is shorter."`
}

// Keys are the secrets of the service.
type Keys struct {
	Secret      [][]byte `name:"secret-keys" variable:"SECRET_KEYS" type:"secret-keys" missing:"Make keys with orglogin keys new --dir DIR and write DIR/secret-keys in ORGLOGIN_SECRET_KEYS_FILE." placeholder:"KEYS" help:"32-byte base64 keys that seal the cookies, newest first: sealed with the first, opened with all. Required."`
	SigningFile string   `name:"signing-keys-file" variable:"SIGNING_KEYS_FILE" type:"signing-keys" missing:"Make keys with orglogin keys new --dir DIR and write DIR/signing-keys.json here." placeholder:"FILE" help:"Private JWK Set that signs the access tokens, newest key first. Required."`
}

// Token is what the access token says beside the person.
type Token struct {
	Audience string `name:"token-audience" variable:"TOKEN_AUDIENCE" type:"claim" default:"authenticated" help:"aud of the access token."`
	Role     string `name:"token-role" variable:"TOKEN_ROLE" type:"claim" default:"authenticated" help:"role of the access token."`
}

// DNS says which server is queried for the records of domains; empty is the system's.
type DNS struct {
	DNSResolver string `name:"dns-resolver" variable:"DNS_RESOLVER" type:"dns-server" example:"192.0.2.53:53" placeholder:"HOST:PORT" help:"DNS server that is asked for the TXT records of organizations' domains. The system's by default."`
}

// AdminListener says where the service is watched.
type AdminListener struct {
	AdminAddr string `name:"admin-listen-addr" variable:"ADMIN_LISTEN_ADDR" type:"address" example:"127.0.0.1:9090" default:"127.0.0.1:9090" help:"Address of /healthz, /readyz and /metrics, HOST:PORT. Keep it away from the public."`
}

// Providers are all operator connections, the one of OIDC_* first.
func (cfg *Config) Providers() []Provider {
	return append([]Provider{cfg.Provider}, cfg.FurtherProviders...)
}

// check checks every group, and what depends on several.
func (cfg *Config) check(c *Check) {
	c.Use(
		&cfg.Site, &cfg.Provider, &cfg.Database, &cfg.SignupPolicy, &cfg.Sessions, &cfg.Keys, &cfg.Token,
		&cfg.DNS, &cfg.AdminListener, &cfg.Pages, &cfg.Pages.Brand, &cfg.Mail, &cfg.Log,
	)
	cfg.API.Check(c, &cfg.Database)
	cfg.Mail.checkSender(c, cfg.Database)
	cfg.checkListeners(c)
}

// maxLifetime is how long browsers keep a cookie at most (RFC 6265bis 5.5).
const maxLifetime = 400 * 24 * time.Hour

// defaultIdle is the idle time where none is set and the lifetime is not shorter.
const defaultIdle = 2 * time.Hour

func (s *Sessions) check(c *Check) {
	if s.Idle == 0 && !c.has("SESSION_IDLE") {
		s.Idle = min(defaultIdle, s.Lifetime)
	}
	switch {
	case s.Lifetime > maxLifetime:
		c.Add("SESSION_LIFETIME", shortDuration(s.Lifetime), "is longer than browsers keep a cookie", "Write 9600h (400 days) or less.")
	case s.Lifetime > 0 && s.Idle > s.Lifetime:
		c.Add("SESSION_IDLE", shortDuration(s.Idle), "is longer than "+Prefix+"SESSION_LIFETIME, which ends the session first",
			"Write "+shortDuration(s.Lifetime)+" or less.")
	}
}
