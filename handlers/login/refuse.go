package login

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

// refuseAnswer is the 400 page of an answer that is not redeemed.
func (s *Handler) refuseAnswer(c echo.Context, in flow.Intent, reason store.Reason, cause error) *web.Problem {
	s.loginLine(c, outcomeRefused, reason)
	return &web.Problem{
		Status: http.StatusBadRequest, Reason: reason, Cause: cause, Login: s.Site.Public.String() + in.Path(Path),
		Page: templates.FlowProblem{Reason: reason, RetryURL: in.AgainPath(), RequestID: web.RequestID(c)},
	}
}

// refused is a login that is not allowed: no session, nothing stored.
func (s *Handler) refused(c echo.Context, in flow.Intent, status int, reason store.Reason, email string, cause error) error {
	return s.refuse(c, in, status, templates.Refused{Reason: reason, Account: email}, cause)
}

// unverified is a first login whose address is not verified. Page and log say what
// the provider did not send.
func (s *Handler) unverified(c echo.Context, in flow.Intent, identity store.Identity) error {
	return s.refuse(c, in, http.StatusForbidden,
		templates.Refused{Reason: store.EmailNotVerified, Account: identity.Email, Missing: identity.EmailProblem},
		fmt.Errorf("%s: %s", store.EmailNotVerified, identity.EmailProblem))
}

func (s *Handler) refuse(c echo.Context, in flow.Intent, status int, page templates.Refused, cause error) error {
	s.loginLine(c, outcomeRefused, page.Reason)
	page.RetryURL, page.RequestID = in.OtherAccount().Path(StartPath), web.RequestID(c)
	return &web.Problem{Status: status, Reason: page.Reason, Cause: cause, Login: s.Site.Public.String() + in.Path(Path), Page: page}
}

// failed is a login that failed here or at the provider.
func (s *Handler) failed(c echo.Context, in flow.Intent, p *web.Problem) error {
	s.loginLine(c, outcomeFailed, p.Reason)
	p.Login = s.Site.Public.String() + in.Path(Path)
	return p
}

// providerProblem answers an error of the provider or of its answer.
func (s *Handler) providerProblem(c echo.Context, in flow.Intent, err error) error {
	var e *signin.Error
	if !errors.As(err, &e) {
		return s.failed(c, in, web.Failure(http.StatusBadGateway, store.ProviderAnswer, err))
	}
	switch e.Reason {
	case store.Denied, store.EmailNotVerified, store.HostedDomain:
		return s.refused(c, in, e.Status, e.Reason, e.Account, err)
	}
	if e.Rejected != "" {
		s.Warn(c, "provider rejected the authorization request", slog.String("code", e.Rejected),
			slog.String("check", "OIDC_CLIENT_ID, and at the provider the redirect URI and the scopes of this client"))
	}
	if e.Status < http.StatusInternalServerError {
		p := s.refuseAnswer(c, in, e.Reason, err)
		p.Page = templates.FlowProblem{Reason: e.Reason, Rejected: e.Rejected != "", RetryURL: in.AgainPath(), RequestID: web.RequestID(c)}
		return p
	}
	return s.failed(c, in, web.Failure(e.Status, e.Reason, err))
}
