// Package account answers a signed-in person about their own session: who they
// are, their organizations, an access token, the decision of a login, signing out.
package account

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/token"
	"orglogin/handlers/web"
	"orglogin/store"
)

// The paths that only the login host has.
const (
	ChooserPath = "/organizations"
	LogoutPath  = "/logout"
	// RequestsPath takes a request to join an organization.
	RequestsPath = ChooserPath + "/requests"
	WhyPath      = "/auth/why/"
	WhyRoute     = WhyPath + ":receipt"
)

const (
	sessionPath = "/auth/session"
	tokenPath   = "/auth/token"
)

// ForPrograms reports whether the path answers JSON to every client, errors too.
func ForPrograms(path string) bool {
	return path == sessionPath || path == tokenPath || strings.HasPrefix(path, WhyPath)
}

// Handler answers them. Every field is required.
type Handler struct {
	*web.Responder
	Sessions      *web.Sessions
	Store         store.Store
	Tokens        *token.Signer
	Flows         flow.Cookies
	ClientLimiter web.Limiter // of requests for a token without a session
}

// Routes adds the routes to e.
func (s *Handler) Routes(e *echo.Echo) {
	get := []string{http.MethodGet, http.MethodHead}
	e.Match(get, ChooserPath, s.organizations)
	e.POST(RequestsPath, s.OwnForm(s.requestJoin))
	e.Match(get, LogoutPath, s.signOut)
	e.POST(LogoutPath, s.OwnForm(s.logout))
	e.Match(get, sessionPath, s.session)
	e.Match(get, WhyRoute, s.why)
	e.Match(get, tokenPath, s.token)
	e.Match(get, "/.well-known/jwks.json", s.keySet)
	e.Match(get, "/.well-known/openid-configuration", s.issuer)
}
