package handlers

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/handlers/signin"
	"orglogin/handlers/token"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// Config is what the front door needs. Every field but Limiter and VerifyWait is required.
type Config struct {
	Site     redirect.Site
	Store    store.Store
	Sessions *session.Keeper
	Provider *signin.Provider
	Box      *seal.Box
	Pages    *templates.Set
	Tokens   *token.Signer

	Signup         store.Signup
	ProviderName   string // as the sign-in link says it
	Google         bool   // the link follows Google's brand rules
	CookieSuffix   string
	TrustedProxies []netip.Prefix
	RateLimit      Limit
	VerifyWait     time.Duration // for the store, of verify and forward; zero: a second
	Limiter        Limiter       // of logins begun and finished; nil: in this process

	Logger        *slog.Logger
	LogErrorsOnly bool // no line for a request that was answered with less than 400
	Registry      *prometheus.Registry
	Now           func() time.Time
}

// Server answers everything on the public listener.
type Server struct {
	Config

	echo    *echo.Echo
	walk    echo.HandlerFunc // of one request, from the log to its route
	flows   flows
	limits  limits
	metrics *metrics
	headers []header
	hsts    header
}

// New makes the front door. It asks nobody anything yet.
func New(cfg Config) (*Server, error) {
	m, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Config:  cfg,
		echo:    echo.New(),
		flows:   newFlows(cfg.Box, cfg.CookieSuffix),
		limits:  newLimits(cfg),
		metrics: m,
		headers: bodyHeaders(),
		hsts:    header{"Strict-Transport-Security", []string{"max-age=31536000; includeSubDomains"}},
	}
	if s.VerifyWait == 0 {
		s.VerifyWait = verifyWait
	}
	s.echo.HTTPErrorHandler = s.fail
	s.echo.IPExtractor = clientAddress(cfg.TrustedProxies)
	s.routes()
	s.walk = s.chain()
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.echo.AcquireContext()
	c.Reset(r, s.visit(w, r))
	_ = s.walk(c) // answered by s.logged, whatever it was
	s.echo.ReleaseContext(c)
}

// routes is contract section 3, but for what proxies ask ([Server.proxied]) and
// for what other hosts send here ([Server.atLogin]).
func (s *Server) routes() {
	get := []string{http.MethodGet, http.MethodHead}
	e := s.echo

	e.Match(get, "/login", limited(s.limits.logins, s.login))
	e.POST("/login", s.ownForm(limited(s.limits.logins, s.accept)))
	e.GET("/auth/start", limited(s.limits.flows, s.start))
	e.GET(callbackPath, limited(s.limits.flows, s.callback))
	e.Match(get, "/organizations", s.organizations)
	e.Match(get, "/logout", s.signOut)
	e.POST("/logout", s.ownForm(s.logout))
	e.Match(get, "/auth/session", s.session)
	e.Match(get, whyRoute, s.why)
	e.Match(get, "/auth/token", s.token)
	e.Match(get, "/.well-known/jwks.json", s.keySet)
	e.Match(get, "/.well-known/openid-configuration", s.issuer)
	e.Match(get, templates.StaticPath+"*", s.static)
}

// page renders to a buffer before the status is written.
func (s *Server) page(c echo.Context, status int, p templates.Page) error {
	var html bytes.Buffer
	if err := s.Pages.Render(&html, p); err != nil {
		return err
	}
	if p.HasForm() {
		h := c.Response().Header()
		h.Set("Referrer-Policy", "same-origin") // on a no-referrer page Chromium sends Origin: null
		h.Set("Content-Security-Policy", templates.ContentSecurityPolicy+"; form-action "+s.formAction())
	}
	return c.HTMLBlob(status, html.Bytes())
}

// formAction names every place that a form may lead to: the check is made on
// the redirects after a POST too (CSP level 3, 6.4.1).
func (s *Server) formAction() string {
	sources := s.ourOrigins()
	for _, host := range s.Site.AllowedHosts {
		sources += " " + redirect.Origin{Scheme: s.Site.Public.Scheme, Host: host, Port: s.Site.Public.Port}.String()
	}
	return sources
}

// ourOrigins are the origins of organizations and of the app, as the sources of
// a Content-Security-Policy.
func (s *Server) ourOrigins() string {
	return "'self' " + s.Site.OrganizationURL("*", "") + " " + s.Site.App.String()
}

func (s *Server) static(c echo.Context) error {
	content, kind, ok := s.Pages.Asset(c.Request().URL.Path)
	if !ok {
		return failure(http.StatusNotFound, "", nil)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, kind, content)
}

func isTooLarge(err error) bool {
	var tooLarge *http.MaxBytesError
	return errors.As(err, &tooLarge)
}
