package login

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/store"
)

// callback is GET /auth/callback: the provider's answer, checked in this order
// so that nothing is redeemed that this browser did not ask for:
// the form of the answer, the state (ours), the cookie (this browser's), the
// age, the single use, and only then the code.
func (s *Handler) callback(c echo.Context) error {
	r := c.Request()
	answer, err := signin.ParseAnswer(r.URL.RawQuery)
	if err != nil {
		return s.refuseAnswer(c, flow.Intent{}, store.BadState, err)
	}
	id, in, err := s.Flows.OpenState(answer.State)
	if err != nil {
		return s.goOn(c, flow.Intent{}, store.BadState)
	}
	begun, reason := s.Flows.Read(r, id, answer.State)
	if reason != "" {
		return s.goOn(c, in, reason)
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
	snapshot, err := s.complete(c, in, begun, answer)
	if err != nil {
		c.SetCookie(s.Flows.Ended(id))
		return err
	}
	c.SetCookie(s.Flows.Remove(id))
	if s.Flows.ReadSignedOut(r) != "" {
		c.SetCookie(s.Flows.RemoveSignedOut())
	}
	user := snapshot.Profile.ID
	d := redirect.Decide(s.Site, in.Request(&store.Session{UserID: user}), snapshot, s.Now())
	return s.land(c, arrival{intent: in, userID: user, snapshot: snapshot, begun: begun.Begun}, d, nil)
}

// complete redeems the code, and makes the account chain and the session.
func (s *Handler) complete(c echo.Context, in flow.Intent, begun signin.Flow, answer signin.Answer) (store.AccessSnapshot, error) {
	r := c.Request()
	var none store.AccessSnapshot
	identity, err := s.Provider.Finish(r.Context(), begun, answer)
	if err != nil {
		return none, s.providerProblem(c, in, err)
	}
	if !identity.EmailVerified { // until the store refuses it for identities that are not bound
		return none, s.refused(c, in, http.StatusForbidden, store.EmailNotVerified, identity.Email, fmt.Errorf("%s: %s", store.EmailNotVerified, identity.EmailProblem))
	}
	old, err := s.Sessions.OnLoginHost(c)
	if err != nil {
		return none, s.failed(c, in, web.AsProblem(err))
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
		return none, s.refuseAnswer(c, in, store.ProviderAnswer, err)
	case err != nil:
		return none, s.failed(c, in, web.Unavailable(err))
	case done.Refused != "":
		return none, s.refused(c, in, http.StatusForbidden, done.Refused, identity.Email, nil)
	}
	user := done.Snapshot.Profile.ID
	if err := s.Sessions.SetCookies(c.Response().Header(), fresh, user); err != nil {
		return none, err
	}
	if login.Invitation != nil {
		s.Log(c).Info("invitation", "user_id", user, "reason", done.Invitation)
	}
	return done.Snapshot, nil
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
