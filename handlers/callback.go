package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/signin"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// callback is GET /auth/callback: the provider's answer, checked in this order
// so that nothing is redeemed that this browser did not ask for:
// the form of the answer, the state (ours), the cookie (this browser's), the
// age, the single use, and only then the code.
func (s *Server) callback(c echo.Context) error {
	r := c.Request()
	answer, err := signin.ParseAnswer(r.URL.RawQuery)
	if err != nil {
		return s.refuseAnswer(c, intent{}, store.BadState, err)
	}
	id, in, err := s.flows.OpenState(answer.State)
	if err != nil {
		return s.heal(c, intent{}, store.BadState)
	}
	flow, reason := s.flows.Read(r, id, answer.State)
	if reason != "" {
		return s.heal(c, in, reason)
	}
	if !s.Now().Before(flow.Begun.Add(flowLifetime)) {
		c.SetCookie(s.flows.Ended(id))
		return s.heal(c, in, store.FlowExpired)
	}
	first, err := s.Store.TakeFlow(r.Context(), id, flow.Begun.Add(flowLifetime))
	if err != nil {
		return s.failed(c, in, away(err)) // the cookie stays: the same answer may come again
	}
	if !first {
		c.SetCookie(s.flows.Ended(id))
		return s.heal(c, in, store.FlowUsed)
	}
	snapshot, err := s.complete(c, in, flow, answer)
	if err != nil {
		c.SetCookie(s.flows.Ended(id))
		return err
	}
	c.SetCookie(s.flows.Gone(id))
	if s.flows.ReadSignedOut(r) != "" {
		c.SetCookie(s.flows.Gone(signedOutID))
	}
	user := snapshot.Profile.ID
	d := redirect.Decide(s.Site, in.request(&store.Session{UserID: user}), snapshot, s.Now())
	return s.land(c, arrival{intent: in, userID: user, snapshot: snapshot, begun: flow.Begun}, d, nil)
}

// complete redeems the code, and makes the account chain and the session.
func (s *Server) complete(c echo.Context, in intent, flow signin.Flow, answer signin.Answer) (store.AccessSnapshot, error) {
	r := c.Request()
	var none store.AccessSnapshot
	identity, err := s.Provider.Finish(r.Context(), flow, answer)
	if err != nil {
		return none, s.providerProblem(c, in, err)
	}
	if !identity.EmailVerified { // until the store refuses it for identities that are not bound
		return none, s.refused(c, in, http.StatusForbidden, store.EmailNotVerified, identity.Email, fmt.Errorf("%s: %s", store.EmailNotVerified, identity.EmailProblem))
	}
	old, err := s.here(c)
	if err != nil {
		return none, s.failed(c, in, asProblem(err))
	}
	fresh := s.Sessions.Fresh()
	login := store.Login{
		Identity: identity, Signup: s.Signup,
		Session: fresh.Row, Slugs: s.Site.AccessQuery(in.request(nil)).Slugs, Now: s.Now(),
	}
	if in.Invitation != "" {
		login.Invitation = store.HashToken(in.Invitation)
	}
	if old != nil {
		login.Replaces = old.ID
	}
	done, err := s.Store.CompleteLogin(r.Context(), login)
	switch {
	case errors.Is(err, store.ErrInvalid): // an identity that no store would take
		return none, s.refuseAnswer(c, in, store.ProviderAnswer, err)
	case err != nil:
		return none, s.failed(c, in, away(err))
	case done.Refused != "":
		return none, s.refused(c, in, http.StatusForbidden, done.Refused, identity.Email, nil)
	}
	user := done.Snapshot.Profile.ID
	if err := s.Sessions.SetCookies(c.Response().Header(), fresh, user); err != nil {
		return none, err
	}
	if login.Invitation != nil {
		s.log(c).Info("invitation", "user_id", user, "reason", done.Invitation)
	}
	return done.Snapshot, nil
}

// heal answers a callback whose flow cannot be redeemed: a live session lands
// as /login would; anybody else is told what was measured.
func (s *Server) heal(c echo.Context, in intent, reason store.Reason) error {
	live, err := s.here(c)
	if err != nil {
		return s.failed(c, in, asProblem(err))
	}
	if live != nil {
		s.log(c).Info("callback healed", "reason", reason, "user_id", live.UserID)
		return s.decide(c, in, live)
	}
	return s.refuseAnswer(c, in, reason, nil)
}

// refuseAnswer is the 400 page of an answer that is not redeemed.
func (s *Server) refuseAnswer(c echo.Context, in intent, reason store.Reason, cause error) *problem {
	s.loginLine(c, outcomeRefused, reason)
	return &problem{
		status: http.StatusBadRequest, reason: reason, cause: cause, login: s.Site.Public.String() + in.path("/login"),
		page: templates.FlowProblem{Reason: reason, RetryURL: in.again(), RequestID: requestID(c)},
	}
}

// refused is a person who may not come in: no session, nothing stored.
func (s *Server) refused(c echo.Context, in intent, status int, reason store.Reason, email string, cause error) error {
	s.loginLine(c, outcomeRefused, reason)
	return &problem{
		status: status, reason: reason, cause: cause, login: s.Site.Public.String() + in.path("/login"),
		page: templates.Refused{
			Reason: reason, Account: email, RetryURL: in.otherAccount().path("/auth/start"), RequestID: requestID(c),
		},
	}
}

// failed is a login that something of ours or the provider's stopped.
func (s *Server) failed(c echo.Context, in intent, p *problem) error {
	s.loginLine(c, outcomeFailed, p.reason)
	p.login = s.Site.Public.String() + in.path("/login")
	return p
}

// providerProblem answers what signin says went wrong.
func (s *Server) providerProblem(c echo.Context, in intent, err error) error {
	var e *signin.Error
	if !errors.As(err, &e) {
		return s.failed(c, in, failure(http.StatusBadGateway, store.ProviderAnswer, err))
	}
	switch e.Reason {
	case store.Denied, store.EmailNotVerified, store.HostedDomain:
		return s.refused(c, in, e.Status, e.Reason, e.Account, err)
	}
	if e.Rejected != "" {
		s.warn(c, "provider rejected the authorization request", slog.String("code", e.Rejected),
			slog.String("check", "OIDC_CLIENT_ID, and at the provider the redirect URI and the scopes of this client"))
	}
	if e.Status < http.StatusInternalServerError {
		p := s.refuseAnswer(c, in, e.Reason, err)
		p.page = templates.FlowProblem{Reason: e.Reason, Rejected: e.Rejected != "", RetryURL: in.again(), RequestID: requestID(c)}
		return p
	}
	return s.failed(c, in, failure(e.Status, e.Reason, err))
}
