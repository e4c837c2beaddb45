package config

// The settings are the configuration as an operator writes it: text, one field
// a variable, in groups so that every command takes only what it uses. The
// method Check of a group turns it into the typed part of [Config].
//
// The tags are read by the command line: variable is the name without
// [Prefix], of which the flag is the lower-case form with dashes.

// PublicSettings say where the login host is.
type PublicSettings struct {
	PublicURL string `variable:"PUBLIC_URL" placeholder:"ORIGIN" help:"Origin of the login host, under the base domain, such as https://login.example.com. The provider's callback is this and /auth/callback. Required."`
}

// SiteSettings say where everything is.
type SiteSettings struct {
	PublicSettings

	BaseDomain           string `variable:"BASE_DOMAIN" placeholder:"DOMAIN" help:"Organizations live one label under this domain. The session cookie is for it. Required."`
	AppURL               string `variable:"APP_URL" placeholder:"ORIGIN" help:"Origin of the app outside any organization. Required."`
	DashboardPath        string `variable:"DASHBOARD_PATH" default:"/dashboard" help:"Where a person lands on an organization's host."`
	FallbackPath         string `variable:"FALLBACK_PATH" default:"/clients" help:"Where a person lands on the app's origin who has no organization to land on."`
	RedirectAllowedHosts string `variable:"REDIRECT_ALLOWED_HOSTS" placeholder:"HOSTS" help:"Further hosts that a redirect may name: exact ones, or *.preview.example.com for exactly one label. Separated by commas."`
}

// DatabaseSettings say where the rows are.
type DatabaseSettings struct {
	DatabaseURL      string `variable:"DATABASE_URL" default:"sqlite:orglogin.db" help:"postgres://… of the role that the service runs as, or sqlite:PATH."`
	DatabaseAdminURL string `variable:"DATABASE_ADMIN_URL" placeholder:"URL" help:"postgres://… of the owner, for the commands that work past row-level security; serve never uses it. The database URL by default."`
}

// ProviderSettings say who signs people in: the operator connection "default", further ones, and
// whether organizations may have their own.
type ProviderSettings struct {
	OIDCIssuer        string `name:"oidc-issuer" variable:"OIDC_ISSUER" default:"https://accounts.google.com" help:"Issuer of the OpenID provider, exactly as the provider writes it."`
	OIDCClientID      string `name:"oidc-client-id" variable:"OIDC_CLIENT_ID" placeholder:"ID" help:"Client id that the provider gave. Required."`
	OIDCClientSecret  string `name:"oidc-client-secret" variable:"OIDC_CLIENT_SECRET" placeholder:"SECRET" help:"Client secret that the provider gave. Required. As a flag every user of the machine sees it."`
	OIDCProviderName  string `name:"oidc-provider-name" variable:"OIDC_PROVIDER_NAME" placeholder:"NAME" help:"Name of the provider on the button. Google and Microsoft by their issuers, otherwise \"single sign-on\"."`
	OIDCHostedDomains string `name:"oidc-hosted-domains" variable:"OIDC_HOSTED_DOMAINS" placeholder:"DOMAINS" help:"Accept only accounts of these hosted domains (the hd claim). Separated by commas."`
	OIDCTrustEmail    bool   `name:"oidc-trust-email" variable:"OIDC_TRUST_EMAIL" default:"false" help:"Vouch for the verified addresses of this issuer: imported users are bound by them."`
	OIDCEmailVerified string `name:"oidc-email-verified" variable:"OIDC_EMAIL_VERIFIED" default:"claim" help:"What makes an address verified: claim (email_verified), xms_edov (Microsoft Entra), issuer (you vouch for every address of this issuer)."`
	OIDCUserinfo      string `name:"oidc-userinfo" variable:"OIDC_USERINFO" default:"auto" help:"Ask UserInfo where the ID token lacks the address or its verification: auto or off."`

	ProvidersFile           string `variable:"PROVIDERS_FILE" placeholder:"FILE" help:"JSON array of further providers: docs/providers.md."`
	OrganizationProviders   string `variable:"ORGANIZATION_PROVIDERS" default:"on" help:"on or off: whether organizations may sign in with providers of their own."`
	OutboundAllowedNetworks string `variable:"OUTBOUND_ALLOWED_NETWORKS" placeholder:"NETWORKS" help:"Private networks (CIDR) in which a provider of an organization may be. Separated by commas."`
}

// SignupSettings say what a first login makes.
type SignupSettings struct {
	Signup string `variable:"SIGNUP" default:"organization" help:"What a first login without an invitation makes: organization (profile, organization, membership, workspace), profile (that alone), closed (nothing)."`
}

// SessionSettings say how long a browser stays signed in.
type SessionSettings struct {
	SessionLifetime string `variable:"SESSION_LIFETIME" default:"12h" help:"A session ends this long after the login, whatever happens."`
	SessionIdle     string `variable:"SESSION_IDLE" placeholder:"2h" help:"A session ends this long after its last use. 2h by default, or the lifetime where that is shorter."`
}

// KeySettings are the secrets of the service.
type KeySettings struct {
	SecretKeys      string `variable:"SECRET_KEYS" placeholder:"KEYS" help:"32-byte base64 keys that seal the cookies, newest first: sealed with the first, opened with all. Required."`
	SigningKeysFile string `variable:"SIGNING_KEYS_FILE" placeholder:"FILE" help:"Private JWK Set that signs the access tokens, newest key first. Required."`
}

// ServiceSettings are the rest of what serve reads.
type ServiceSettings struct {
	RedisURL       string `name:"redis-url" variable:"REDIS_URL" placeholder:"URL" help:"redis://, rediss:// or unix:// of the shared cache; several for a cluster. Without it every process has its own."`
	CacheTTL       string `name:"cache-ttl" variable:"CACHE_TTL" default:"5m" help:"How long organization lookups are remembered; unknown ones a tenth of it."`
	TrustedProxies string `variable:"TRUSTED_PROXIES" default:"127.0.0.0/8,::1/128" help:"Networks (CIDR) whose X-Forwarded headers are believed, or none."`
	ListenAddr     string `variable:"LISTEN_ADDR" default:":8080" help:"Address of the public listener, HOST:PORT."`
	RateLimit      string `variable:"RATE_LIMIT" default:"120/m" help:"Logins begun and finished by one client address, a number per s, m or h; ten times as many of /login, and of /organizations, /auth/session, /auth/token and /auth/why by one session; or off."`
	TokenAudience  string `variable:"TOKEN_AUDIENCE" default:"authenticated" help:"aud of the access token."`
	TokenRole      string `variable:"TOKEN_ROLE" default:"authenticated" help:"role of the access token."`
	ShutdownDelay  string `variable:"SHUTDOWN_DELAY" default:"1s" help:"Time between /readyz answering 503 and the listener closing at shutdown: how long the balancer needs to notice."`
	CookieSuffix   string `variable:"COOKIE_SUFFIX" placeholder:"SUFFIX" help:"Ends every cookie's name, such as -staging: two environments can share a parent domain."`
	Discovery      string `variable:"DISCOVERY" default:"off" help:"on or off: whether the login page asks for a work email and finds the provider of its verified domain."`

	DNSSettings
}

// DNSSettings say who is asked for the records of domains.
type DNSSettings struct {
	DNSResolver string `name:"dns-resolver" variable:"DNS_RESOLVER" placeholder:"HOST:PORT" help:"DNS server that is asked for the TXT records of organizations' domains. The system's by default."`
}

// PublishSettings are what a command needs to tell the running instances what it
// changes.
type PublishSettings struct {
	RedisURL     string `name:"redis-url" variable:"REDIS_URL" placeholder:"URL" help:"That of serve, if it has one: through it the running instances learn of the change, which matters behind a transaction pooler."`
	SecretKeys   string `variable:"SECRET_KEYS" placeholder:"KEYS" help:"Those of serve, beside its Redis: the messages are sealed."`
	CookieSuffix string `variable:"COOKIE_SUFFIX" placeholder:"SUFFIX" help:"That of serve, beside its Redis."`
}

// DomainSettings say which instances a change is published to, where nothing else is read of
// the site.
type DomainSettings struct {
	BaseDomain string `variable:"BASE_DOMAIN" placeholder:"DOMAIN" help:"That of serve, beside its Redis."`
}

// AdminSettings say where the service is watched.
type AdminSettings struct {
	AdminListenAddr string `variable:"ADMIN_LISTEN_ADDR" default:"127.0.0.1:9090" help:"Address of /healthz, /readyz and /metrics, HOST:PORT. Keep it away from the public."`
}

// LogSettings say what is logged, on standard error.
type LogSettings struct {
	LogFormat string `variable:"LOG_FORMAT" default:"json" help:"json or text."`
	LogLevel  string `variable:"LOG_LEVEL" default:"info" help:"debug, info, warn or error."`

	LogRequests string `variable:"LOG_REQUESTS" default:"all" help:"all logs a line per request; errors only those answered with 400 and above."`
}
