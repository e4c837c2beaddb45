package login

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/redirect/access"
	"orglogin/store"
)

// callback is the provider's answer to a connection's own path, checked in this order
// so that nothing is redeemed that this browser did not ask for: the form of the
// answer, the state (ours), the connection (this path's), the cookie (this browser's),
// the age, the single use, and only then the code.
func (s *Handler) callback(c echo.Context) error {
	r := c.Request()
	connectionID, known := s.connectionOfPath(c)
	if !known {
		return web.Failure(http.StatusNotFound, store.UnknownConnection, nil)
	}
	answer, err := signin.ParseAnswer(r.URL.RawQuery)
	if err != nil {
		return s.refuseAnswer(c, flow.Intent{}, store.BadState, err)
	}
	id, in, err := s.Flows.OpenState(answer.State)
	if err != nil {
		return s.goOn(c, flow.Intent{}, store.BadState)
	}
	web.SetLocales(c, in.Locales)
	if cmp.Or(in.Connection, store.DefaultConnection) != connectionID { // another provider's answer
		return s.refuseAnswer(c, in, store.BadState, nil)
	}
	begun, reason := s.Flows.Read(r, id, answer.State)
	if reason != "" {
		return s.goOn(c, in, reason)
	}
	if begun.Connection != connectionID {
		return s.refuseAnswer(c, in, store.BadState, nil)
	}
	if !s.Now().Before(begun.Begun.Add(flow.Lifetime)) {
		c.SetCookie(s.Flows.Ended(id))
		return s.goOn(c, in, store.FlowExpired)
	}
	first, err := s.Store.TakeFlow(r.Context(), id, begun.Begun.Add(flow.Lifetime))
	if err != nil {
		return s.failed(c, in, web.Unavailable(err)) // the cookie stays: the same answer may come again
	}
	if !first {
		c.SetCookie(s.Flows.Ended(id))
		return s.goOn(c, in, store.FlowUsed)
	}
	if begun.Test != 0 {
		c.SetCookie(s.Flows.Ended(id))
		return s.finishTest(c, in, begun, answer)
	}
	session, done, err := s.complete(c, in, begun, answer)
	if err != nil {
		c.SetCookie(s.Flows.Ended(id))
		return err
	}
	c.SetCookie(s.Flows.Remove(id))
	if s.Flows.ReadSignedOut(r) != "" {
		c.SetCookie(s.Flows.RemoveSignedOut())
	}
	req := in.Request(session)
	req.Joined = done.Joined
	d, err := s.decideWithOffers(c, req, done.Snapshot, redirect.Decide(s.Site, req, done.Snapshot, s.Now()))
	return s.land(c, arrival{intent: in, session: session, snapshot: access.Visible(session, done.Snapshot), begun: begun.Begun}, d, err)
}

// connectionOfPath is the connection whose callback was called; known is false where
// organization connections are ignored and it is one.
func (s *Handler) connectionOfPath(c echo.Context) (id string, known bool) {
	id = c.Param("connection")
	switch {
	case web.RawPath(c.Request()) == CallbackPath:
		return store.DefaultConnection, true
	case id == store.DefaultConnection || s.Connections == nil && store.IsOrganizationConnection(id):
		return "", false
	}
	return id, true
}

// complete redeems the code, and makes the account chain and the session.
func (s *Handler) complete(c echo.Context, in flow.Intent, begun flow.Login, answer signin.Answer) (*store.Session, store.Completed, error) {
	r := c.Request()
	var none store.Completed
	p, _, err := s.provider(r.Context(), begun.Connection)
	if isUnusable(err) { // turned off since the login began
		return nil, none, s.refused(c, in, http.StatusForbidden, store.UnknownConnection, "", err)
	} else if err != nil {
		return nil, none, s.failed(c, in, web.Unavailable(err))
	}
	identity, err := p.Finish(r.Context(), begun.Flow, answer)
	if err != nil {
		return nil, none, s.providerProblem(c, in, err)
	}
	old, err := s.Sessions.OnLoginHost(c)
	if err != nil {
		return nil, none, s.failed(c, in, web.AsProblem(err))
	}
	fresh := s.Sessions.Fresh()
	login := store.Login{
		Identity: identity, Signup: s.Signup,
		Session: fresh.Row, Slugs: s.Site.AccessQuery(in.Request(nil)).Slugs, Now: s.Now(),
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
		return nil, none, s.refuseAnswer(c, in, store.ProviderAnswer, err)
	case err != nil:
		return nil, none, s.failed(c, in, web.Unavailable(err))
	case done.Refused == store.EmailNotVerified:
		return nil, none, s.unverified(c, in, identity)
	case done.Refused != "":
		return nil, none, s.refused(c, in, http.StatusForbidden, done.Refused, identity.Email, nil)
	}
	session := fresh.Row
	session.UserID = done.UserID
	session.Connections = done.Connections
	if err := s.Sessions.SetCookies(c.Response().Header(), fresh, session.UserID); err != nil {
		return nil, none, err
	}
	if login.Invitation != nil {
		s.Log(c).Info("invitation", "user_id", session.UserID, "reason", done.Invitation)
	}
	if done.Joined != "" {
		s.Log(c).Info("joined an organization by a verified domain", "user_id", session.UserID, "organization_id", done.Joined)
	}
	return &session, done, nil
}

// goOn answers a callback whose flow cannot be redeemed: a live session lands
// as /login would; without one the page says what was found.
func (s *Handler) goOn(c echo.Context, in flow.Intent, reason store.Reason) error {
	live, err := s.Sessions.OnLoginHost(c)
	if err != nil {
		return s.failed(c, in, web.AsProblem(err))
	}
	if live != nil {
		s.Log(c).Info("callback without a flow landed by its session", "reason", reason, "user_id", live.UserID)
		return s.decide(c, in, live)
	}
	return s.refuseAnswer(c, in, reason, nil)
}
