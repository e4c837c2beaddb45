// Package verify answers the proxies in front of apps: may this browser have the
// page, and who is it (contract sections 3 and 9).
package verify

import (
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"orglogin/handlers/flow"
	"orglogin/handlers/token"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

// defaultWait bounds the lookups of one answer: meanwhile a proxy keeps a request
// to an app waiting.
const defaultWait = time.Second

// Config is what verify and forward need. Every field but Wait is required.
type Config struct {
	*web.Responder
	Sessions       *web.Sessions
	Store          store.Store
	Tokens         *token.Signer
	TrustedProxies []netip.Prefix
	Wait           time.Duration // for the store; zero: a second
	Registry       *prometheus.Registry
}

// Handler answers /auth/verify and /auth/forward.
type Handler struct {
	Config
	results map[string]prometheus.Counter // each is found once, not at every answer
}

// New registers the metric of the answers.
func New(cfg Config) (*Handler, error) {
	if cfg.Wait == 0 {
		cfg.Wait = defaultWait
	}
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "orglogin_verify_total", Help: "Answers of /auth/verify and /auth/forward.",
	}, []string{"result"})
	s := &Handler{cfg, map[string]prometheus.Counter{}}
	for _, result := range []string{resultOK, resultDegraded, resultUnauthenticated, resultUntrusted, resultForbidden, resultFailed} {
		s.results[result] = answers.WithLabelValues(result)
	}
	return s, cfg.Registry.Register(answers)
}

// The paths that proxies ask.
const (
	verifyPath  = "/auth/verify"
	forwardPath = "/auth/forward"
)

// Routes are the names of what [Handler.Middleware] answers.
func Routes() []string { return []string{verifyPath, forwardPath} }

// Serves reports whether proxies ask the path.
func Serves(path string) bool {
	if len(path) < len(verifyPath) || path[:6] != "/auth/" { // nearly every other path
		return false
	}
	return path == verifyPath || path == forwardPath || strings.HasPrefix(path, forwardPath+"/")
}

// Middleware answers what proxies ask, in any method, which the router cannot do.
func (s *Handler) Middleware(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		switch path := web.RawPath(c.Request()); {
		case !Serves(path):
			return next(c)
		case path == verifyPath:
			c.SetPath(verifyPath)
			return s.verify(c)
		}
		c.SetPath(forwardPath)
		return s.forward(c)
	}
}

// Results, in the metric.
const (
	resultOK              = "ok"
	resultDegraded        = "degraded" // allowed by what was last known
	resultUnauthenticated = "unauthenticated"
	resultUntrusted       = "untrusted"
	resultForbidden       = "forbidden"
	resultFailed          = "failed"
)

// verdict is the answer to one question. verify and forward answer it differently.
type verdict struct {
	result  string
	asked   asked
	who     store.AccessSnapshot
	session *store.Session
	place   store.Membership // zero on the host of the app
	opened  string           // the id of the connection that opens the host
	moved   string           // where a renamed organization has the page now
	reason  store.Reason
	cause   error
}

// decide is [Handler.authorize], with its result in the metric and in the trace.
func (s *Handler) decide(c echo.Context, forward bool) verdict {
	v := s.authorize(c, forward)
	s.results[v.result].Inc()
	web.TraceDecision(c, "decide access", v.result, "", v.reason)
	return v
}

// verify is /auth/verify, for proxies that want only a status.
func (s *Handler) verify(c echo.Context) error {
	v := s.decide(c, false)
	switch v.result {
	case resultOK, resultDegraded:
		return s.identify(c, v)
	case resultUnauthenticated:
		login := s.loginURL(v)
		c.Response().Header()["Location"] = []string{login}
		return &web.Problem{Status: http.StatusUnauthorized, Reason: v.reason, Login: login, Quiet: true, Bare: true}
	case resultFailed:
		return web.Unavailable(v.cause)
	}
	s.denied(c, v)
	return &web.Problem{Status: http.StatusForbidden, Reason: v.reason, Bare: true}
}

// forward is /auth/forward, for proxies that pass the answer on to the browser.
func (s *Handler) forward(c echo.Context) error {
	v := s.decide(c, true)
	switch v.result {
	case resultOK, resultDegraded:
		return s.identify(c, v)
	case resultUnauthenticated:
		return s.sendToLogin(c, v)
	case resultFailed:
		return web.Unavailable(v.cause)
	}
	if v.moved != "" {
		s.WithBody(c)
		return c.Redirect(http.StatusFound, v.moved)
	}
	s.denied(c, v)
	p := &web.Problem{Status: http.StatusForbidden, Reason: v.reason}
	switch v.reason {
	case "": // a header names the page, and the path has more than /auth/forward
		p.Status = http.StatusNotFound
	case store.UnknownOrganization:
		p.Status = http.StatusNotFound
	case store.NotAMember:
		p.Page = s.notAMember(c, v)
	}
	return p
}

// sendToLogin redirects a navigation of the whole window, and answers 401 to a
// frame, with a page that the frame can show, and to a program.
func (s *Handler) sendToLogin(c echo.Context, v verdict) error {
	login := s.loginURL(v)
	p := &web.Problem{Status: http.StatusUnauthorized, Reason: v.reason, Login: login, Quiet: true}
	switch destinationOf(c.Request().Header) {
	case wholeWindow:
		web.Quiet(c)
		s.WithBody(c)
		return c.Redirect(web.SeeOther(v.asked.method), login)
	case frame:
		p.Page, p.Frameable = templates.SignInFromFrame{LoginURL: login, RequestID: web.RequestID(c)}, true
	default:
		p.JSON = true
	}
	return p
}

// denied is the audit line of a person or a proxy that is refused.
func (s *Handler) denied(c echo.Context, v verdict) {
	s.Line(c, slog.LevelInfo, "verify denied",
		slog.String("result", v.result),
		slog.String("reason", string(v.reason)),
		slog.String("user_id", v.who.Profile.ID),
		slog.String("organization_id", v.place.Organization.ID),
		slog.String("client", web.ClientOf(c)))
}

func (s *Handler) notAMember(c echo.Context, v verdict) templates.Refusal {
	in := flow.Intent{Redirect: []string{s.pageURL(v.asked)}}
	return templates.NotAMember{
		Account: web.AccountOf(v.who), Organizations: s.Branded(c, web.FewChoices(s.Site.Public.String(), v.who)),
		Organization: s.PublicName(v.place.Organization), Brand: s.BrandOf(c, v.place.Organization),
		SwitchURL:  s.Site.Public.String() + in.OtherAccount().Path("/login"),
		ChooserURL: s.Site.ChooserURL(""), RequestID: web.RequestID(c),
	}
}
