// Package login signs a person in and lands them.
//
// # One login
//
// GET /login shows the page, or, with a live session, decides. The sign-in
// link leads to GET /auth/start, which makes one flow: an id, a PKCE verifier
// and a nonce, sealed into a cookie of this browser, and the intent (redirect,
// invitation, organization), sealed into state. The provider sends the browser
// back to the callback of the connection with both: the cookie says that it is the same
// browser, the state says what it came for. The flow is taken once, the code is
// redeemed once, the account chain is made in one transaction, and the
// decision of package redirect answers.
//
// # States of a flow
//
//	begun     the cookie exists, nothing is stored
//	taken     its id is stored; no other request can finish it
//	finished  session cookies set, flow cookie removed
//
// An answer whose flow is unknown, expired or taken is never redeemed. With a
// live session the browser then lands as /login would, on the intent in state;
// without one it gets a page that says what was found, with one link that starts
// again. The browser is never sent back to the provider by itself.
package login

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/store"
)

// The paths, all on the login host.
const (
	Path         = "/login"
	StartPath    = "/auth/start"
	CallbackPath = "/auth/callback" // of the connection "default"
	// CallbackRoute is that of every other connection, one redirect URI each (RFC
	// 9700 section 4.4).
	CallbackRoute = CallbackPath + "/:connection"
	// DiscoverPath finds the connection of an address, by its domain.
	DiscoverPath = "/auth/discover"
)

// Config is what a login needs. Every field but Connections is required.
type Config struct {
	*web.Responder
	Sessions  *web.Sessions
	Store     store.Store
	Providers *signin.Registry
	// Connections are those of organizations; nil ignores them.
	Connections store.Connections
	Flows       flow.Cookies
	Signup      store.Signup
	Discovery   bool // the login page has a field for the work email

	FlowLimiter     web.Limiter // of /auth/start and /auth/callback
	LoginLimiter    web.Limiter // of /login
	DiscoverLimiter web.Limiter // of /auth/discover
	Registry        *prometheus.Registry
}

// Handler answers /login, /auth/start and /auth/callback.
type Handler struct {
	Config
	operators []store.Connection // in the order of the login page
	metrics   *metrics
}

// New registers the metrics of logins.
func New(cfg Config) (*Handler, error) {
	m, err := newMetrics(cfg.Registry)
	if err != nil {
		return nil, err
	}
	return &Handler{cfg, cfg.Providers.Operators(), m}, nil
}

// Routes adds the routes to e.
func (s *Handler) Routes(e *echo.Echo) {
	e.Match([]string{http.MethodGet, http.MethodHead}, Path, web.Limited(s.LoginLimiter, s.login))
	e.POST(Path, s.OwnForm(web.Limited(s.LoginLimiter, s.accept)))
	e.GET(StartPath, web.Limited(s.FlowLimiter, s.start))
	e.GET(CallbackPath, web.Limited(s.FlowLimiter, s.callback))
	e.GET(CallbackRoute, web.Limited(s.FlowLimiter, s.callback))
	if s.Discovery {
		e.POST(DiscoverPath, s.OwnForm(web.Limited(s.DiscoverLimiter, s.discover)))
	}
}
