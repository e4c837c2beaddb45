package handlers

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/account"
	"orglogin/handlers/flow"
	"orglogin/handlers/login"
	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/handlers/signin"
	"orglogin/handlers/token"
	"orglogin/handlers/verify"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// Limit is a number of requests in a time.
type Limit = web.Limit

// Limiter counts requests.
type Limiter = web.Limiter

// Config is what the service answers with. Every field but Connections, Limiter and VerifyWait is required.
type Config struct {
	Site      redirect.Site
	Store     store.Store
	Sessions  *session.Keeper
	Providers *signin.Registry
	// Connections are those of organizations; nil ignores them: ORGANIZATION_PROVIDERS is off.
	Connections store.Connections
	Box         *seal.Box
	Pages       *templates.Set
	Tokens      *token.Signer

	Signup         store.Signup
	CookieSuffix   string
	TrustedProxies []netip.Prefix
	RateLimit      Limit
	VerifyWait     time.Duration // for the store, of verify and forward; zero: a second
	Discovery      bool          // the login page finds the organization's connection of an address, by its domain
	Limiter        Limiter       // of logins begun and finished; nil: in this process

	Logger        *slog.Logger
	LogErrorsOnly bool // no line for a request that was answered with less than 400
	Registry      *prometheus.Registry
	Now           func() time.Time
}

// Server answers everything on the public listener.
type Server struct {
	*web.Responder

	echo     *echo.Echo
	handle   echo.HandlerFunc // one request, from the log to its route
	flows    flow.Cookies
	verify   *verify.Handler
	sessions *session.Keeper
	logins   Limiter // of /login and what leads there
}

// generous is how many times RATE_LIMIT the requests may be that ask no provider:
// one login makes several of them.
const generous = 10

// New wires the flows together. It makes no request yet.
//
// The limits count, each with a Limiter of its own:
//
//	/auth/start, /auth/callback…          client address   RATE_LIMIT, by Redis where there is one
//	/login, GET and POST, and what an     client address   ten times it, in this process
//	organization's host sends to PUBLIC_URL
//	/auth/discover                        client address   RATE_LIMIT, in this process
//	/organizations, /auth/session,        session          ten times it, in this process
//	/auth/token, /auth/why
//
// The last three cost less than a question to Redis would. Not counted are:
// /logout, because a flood of requests in a person's name must not keep the person
// from signing out; what proxies ask, because it is as much as the apps behind them
// are used, because their only answers are those of the contract (nginx makes a
// 500 of a 429), and because only trusted peers are answered at all; and what is
// the same for every client.
func New(cfg Config) (*Server, error) {
	rest := Limit{Count: generous * cfg.RateLimit.Count, Per: cfg.RateLimit.Per}
	s := &Server{
		echo:     echo.New(),
		flows:    flow.New(cfg.Box, cfg.CookieSuffix),
		sessions: cfg.Sessions,
		logins:   web.NewLimiter(rest, cfg.Now),
		Responder: &web.Responder{
			Site: cfg.Site, Organizations: cfg.Store, Brands: cfg.Store, Pages: cfg.Pages,
			Logger: cfg.Logger, LogErrorsOnly: cfg.LogErrorsOnly, Now: cfg.Now,
		},
	}
	s.RetryURL = s.retryURL
	sessions := &web.Sessions{
		Keeper: cfg.Sessions, Responder: s.Responder, Accounts: cfg.Store, Limiter: web.NewLimiter(rest, cfg.Now),
	}
	if cfg.Limiter == nil {
		cfg.Limiter = web.NewLimiter(cfg.RateLimit, cfg.Now)
	}
	s.echo.HTTPErrorHandler = s.Fail
	s.echo.IPExtractor = web.ClientAddress(cfg.TrustedProxies)
	read := []string{http.MethodGet, http.MethodHead}
	s.echo.Match(read, templates.StaticPath+"*", s.Static)
	s.echo.Match(read, templates.StylePath+"*", s.Static)
	s.echo.Match(read, store.LogoPath+"*", s.Logo)
	s.echo.Match(read, "/favicon.ico", s.Icon)
	s.echo.Match(read, "/robots.txt", s.Robots)
	s.echo.Match(read, "/", s.toLogin)

	signIn, err := login.New(login.Config{
		Responder: s.Responder, Sessions: sessions, Store: cfg.Store, Providers: cfg.Providers, Connections: cfg.Connections, Flows: s.flows, Signup: cfg.Signup,
		Discovery:   cfg.Discovery,
		FlowLimiter: cfg.Limiter, LoginLimiter: s.logins, DiscoverLimiter: web.NewLimiter(cfg.RateLimit, cfg.Now), Registry: cfg.Registry,
	})
	if err != nil {
		return nil, err
	}
	signIn.Routes(s.echo)
	own := &account.Handler{
		Responder: s.Responder, Sessions: sessions, Store: cfg.Store, Tokens: cfg.Tokens, Flows: s.flows, ClientLimiter: s.logins,
	}
	own.Routes(s.echo)
	s.verify, err = verify.New(verify.Config{
		Responder: s.Responder, Sessions: sessions, Store: cfg.Store, Tokens: cfg.Tokens,
		TrustedProxies: cfg.TrustedProxies, Wait: cfg.VerifyWait, Registry: cfg.Registry,
	})
	if err != nil {
		return nil, err
	}
	if s.Metrics, err = web.NewMetrics(cfg.Registry, s.routes()); err != nil {
		return nil, err
	}
	s.handle = s.chain()
	return s, nil
}

// routes are all that a request may be counted under.
func (s *Server) routes() []string {
	all := verify.Routes()
	for _, route := range s.echo.Routes() {
		all = append(all, route.Path)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// toLogin answers the bare address of the login host.
func (s *Server) toLogin(c echo.Context) error {
	if web.HostOf(c) != redirect.LoginHost {
		return web.Failure(http.StatusNotFound, "", nil)
	}
	return s.Redirect(c, http.StatusFound, s.Site.Public.String()+login.Path)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.echo.AcquireContext()
	path := web.RawPath(r)
	c.Reset(r, s.Begin(w, r, web.Kind{Proxied: verify.Serves(path), Programs: account.ForPrograms(path)}))
	_ = s.handle(c) // answered by Logged, whatever it was
	s.echo.ReleaseContext(c)
}

// middlewares come before the router, in the order in which a request meets them.
func (s *Server) middlewares() []echo.MiddlewareFunc {
	return []echo.MiddlewareFunc{
		s.Logged,    // sees the status that the rest came to
		s.Recovered, // inside the log, so that a panic is a logged 500
		s.Secured,   // before anything can answer
		s.Bounded,   // before anything reads what came
		s.Hosts,     // before anything is built from the host
		s.NoPrefetch,
		s.verify.Middleware, // what proxies ask, in any method
		s.Timed,
		s.toLoginHost, // waits for a lookup, and knows more methods than the routes
	}
}

// chain puts the middlewares round the router, once. Echo's own Pre and Use
// would do it anew for every request.
func (s *Server) chain() echo.HandlerFunc {
	handle := func(c echo.Context) error {
		r := c.Request()
		s.echo.Router().Find(r.Method, web.RawPath(r), c)
		return c.Handler()(c)
	}
	all := s.middlewares()
	for i := len(all) - 1; i >= 0; i-- {
		handle = all[i](handle)
	}
	return handle
}
