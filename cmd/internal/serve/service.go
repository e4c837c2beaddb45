package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/telemetry"
	"orglogin/handlers"
	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/handlers/signin"
	"orglogin/handlers/token"
	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/templates"
)

// Options are the live things that a Config does not hold.
type Options struct {
	Logger *slog.Logger
	Now    func() time.Time // time.Now when nil
	// DialContext opens the connections to the provider; nil asks the system's
	// resolver, which does not know *.localhost everywhere.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// VerifyWait bounds the lookups of one answer of /auth/verify and /auth/forward; zero is a second.
	VerifyWait time.Duration
	// Before gets the requests of the public listener before the service; nil is
	// nothing. The demo serves its other hosts there.
	Before func(service http.Handler) http.Handler
	// Listeners are served in place of one at Config.ListenAddr. The demo has
	// them before it knows its own URLs, and one for each family of addresses.
	Listeners []net.Listener

	tracing *telemetry.Tracing // nil: none
}

func (o Options) database(cfg config.Config) database.Options {
	system := "postgresql"
	if cfg.Database.Path() != "" {
		system = "sqlite"
	}
	return database.Options{Reserved: config.Reserved(cfg.Site.Redirect()), Now: o.Now, Logger: o.Logger, Trace: o.tracing.Statements(system)}
}

// Service is the object graph of one service.
type Service struct {
	config    config.Config
	logger    *slog.Logger
	store     *cache.Store
	providers *signin.Registry
	tokens    *token.Signer
	keysRead  fs.FileInfo // the file of signing keys as it was when first read
	metrics   *metrics
	tracing   *telemetry.Tracing // nil: none
	public    http.Handler
	// listeners are Options.Listeners.
	listeners []net.Listener
	draining  atomic.Bool
	sleep     func(time.Duration)
	now       func() time.Time
	admin     *handlers.Admin
	api       *apiService // nil: none
}

// Open builds the graph and asks the database whether it is of this version:
// the error is [store.ErrBehind], and names the command, where migrate must run
// first. The provider is not asked: a service starts while it is unavailable. Whoever
// gets a Service closes it.
func Open(ctx context.Context, cfg config.Config, opts Options) (*Service, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	tracing, err := telemetry.Open(ctx, cfg.Tracing, opts.Logger)
	if err != nil {
		return nil, err
	}
	opts.Logger, opts.tracing = tracing.Logger(opts.Logger), tracing
	s, err := openAll(ctx, cfg, opts)
	if err != nil {
		tracing.Close()
	}
	return s, err
}

func openAll(ctx context.Context, cfg config.Config, opts Options) (*Service, error) {
	pages := sync.OnceValues(func() (*templates.Set, error) {
		return templates.New(templates.Options{Languages: cfg.Pages.Languages, Brand: templates.Brand(cfg.Pages.Brand)})
	})
	go func() { _, _ = pages() }() // while the database is asked
	db, err := database.Open(ctx, cfg.Database, opts.database(cfg))
	if err != nil {
		return nil, err
	}
	metrics, err := newMetrics(prometheus.NewRegistry())
	if err != nil {
		return nil, database.JoinClose(fmt.Errorf("metrics: %w", err), db)
	}
	metrics.store("database", true) // it has answered for its version
	cached, err := openCache(cfg, opts, metrics, db)
	if err != nil {
		return nil, database.JoinClose(err, db)
	}
	s, err := assemble(cfg, opts, metrics, cached, pages)
	if err == nil {
		s.api, err = openAPI(ctx, cfg, opts, metrics, db, cached)
	}
	if err != nil {
		return nil, database.JoinClose(err, cached)
	}
	return s, nil
}

// assemble wires what needs no I/O.
func assemble(cfg config.Config, opts Options, metrics *metrics, db *cache.Store, readPages func() (*templates.Set, error)) (*Service, error) {
	box, err := seal.NewBox(cfg.Keys.Secret)
	if err != nil {
		return nil, fmt.Errorf("secret keys: %w", err)
	}
	keysRead, _ := os.Stat(cfg.Keys.SigningFile) // Open says what is wrong with it
	tokens, err := token.Open(cfg.Keys.SigningFile, token.Config{
		Issuer: cfg.Site.Public.String(), Audience: cfg.Token.Audience, Role: cfg.Token.Role, Now: opts.Now,
	})
	if err != nil {
		return nil, err
	}
	pages, err := readPages()
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	var connections store.Connections
	if cfg.OrganizationProviders == config.On {
		connections = db
	}
	providers, err := signin.NewRegistry(signin.RegistryConfig{
		PublicURL: cfg.Site.Public.String(), Operators: operatorConnections(cfg),
		Connections: connections, Box: box, AllowedNetworks: cfg.OutboundNetworks, OurHost: cfg.Site.Redirect().OwnsHost,
		DialContext: opts.DialContext, Now: opts.Now, Logger: opts.Logger, Observe: observeCalls(metrics.provider, opts.tracing), ObserveTenant: observeCalls(metrics.tenant, opts.tracing),
	})
	if err != nil {
		return nil, fmt.Errorf("providers: %w", err)
	}
	if err := metrics.watchProviders(providers); err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	front, err := handlers.New(handlers.Config{
		Site: cfg.Site.Redirect(), Store: db, Box: box, Pages: pages, Providers: providers, Connections: connections, Tokens: tokens,
		Sessions: session.New(session.Config{
			Store: db, Box: box, Now: opts.Now, Lifetime: cfg.Sessions.Lifetime, Idle: cfg.Sessions.Idle,
			BaseDomain: cfg.Site.BaseDomain, Suffix: cfg.CookieSuffix, OperatorsOnly: cfg.OrganizationProviders != config.On,
		}),
		Signup: cfg.Signup, Discovery: cfg.Discovery == config.On, CookieSuffix: cfg.CookieSuffix, TrustedProxies: cfg.TrustedProxies, VerifyWait: opts.VerifyWait, RateLimit: cfg.RateLimit, Limiter: limiterOf(cfg, db),
		Logger: opts.Logger, LogErrorsOnly: cfg.Log.Requests == "errors", Registry: metrics.registry, Now: opts.Now,
	})
	if err != nil {
		return nil, fmt.Errorf("handlers: %w", err)
	}
	s := &Service{
		config: cfg, logger: opts.Logger, store: db, providers: providers, tokens: tokens, metrics: metrics, tracing: opts.tracing,
		public: front, listeners: opts.Listeners,
		keysRead: keysRead, sleep: time.Sleep, now: opts.Now,
		admin: &handlers.Admin{Ping: db.Ping, Registry: metrics.registry, Logger: opts.Logger},
	}
	if opts.Before != nil {
		s.public = opts.Before(front)
	}
	s.public = s.tracing.Handler(s.public, cfg.TrustedProxies)
	return s, nil
}

// operatorConnections are the connections of the configuration.
func operatorConnections(cfg config.Config) []signin.Config {
	var all []signin.Config
	for _, p := range cfg.Providers() {
		all = append(all, signin.Config{
			ID: p.ID, Name: p.Name, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: p.ClientSecret,
			HostedDomains: p.HostedDomains, Tenants: p.Tenants, TrustEmail: p.TrustEmail,
			EmailVerified: p.EmailVerified, UserInfo: p.UserInfo == config.UserInfoAuto,
		})
	}
	return all
}

// Close waits for deferred writes, lets go of the database, and exports the last spans. Serve has
// returned before.
func (s *Service) Close() error {
	defer s.tracing.Close()
	return errors.Join(s.api.close(), s.store.Close())
}

// limiterOf counts across the instances where there is a Redis; nil leaves it to
// the process, where there is none or no limit.
func limiterOf(cfg config.Config, db *cache.Store) handlers.Limiter {
	if cfg.RateLimit.Count <= 0 || len(cfg.Redis) == 0 {
		return nil
	}
	return db.Limiter("login", cfg.RateLimit.Count, cfg.RateLimit.Per)
}
