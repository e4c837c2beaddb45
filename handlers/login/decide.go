package login

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/redirect/access"
	"orglogin/store"
	"orglogin/templates"
)

// decide lands a live session, or asks first where an invitation waits.
func (s *Handler) decide(c echo.Context, in flow.Intent, live *store.Session) error {
	if in.Invitation != "" && !access.HasOperator(live) {
		accepts, err := s.acceptance(c, in, live)
		switch {
		case err != nil:
			return err
		case accepts == byLogin:
			return s.loginPageAgain(c, in, live)
		}
	}
	begun := s.Now()
	d, snapshot, err := s.resolve(c, in.Request(live), begun)
	switch {
	case errors.Is(err, store.ErrNotFound): // the profile was deleted under its session
		s.Sessions.Clear(c.Response().Header())
		return s.loginPageAgain(c, in, nil)
	case err == nil:
		s.Sessions.Used(c, live)
		if d.AcceptPending {
			s.reportRefused(c, in)
			return s.Page(c, http.StatusOK, s.acceptPage(c, in, d, snapshot))
		}
	}
	return s.land(c, arrival{intent: in, session: live, snapshot: snapshot, begun: begun}, d, err)
}

func (s *Handler) acceptPage(c echo.Context, in flow.Intent, d redirect.Decision, snapshot store.AccessSnapshot) templates.Page {
	page := templates.AcceptInvitation{
		Account:    web.AccountOf(snapshot),
		Token:      in.Invitation,
		SwitchURL:  in.OtherAccount().Path(StartPath),
		DeclineURL: in.WithoutInvitation().Path(Path),
	}
	if inv := d.Invitation; inv != nil {
		page.Organization, page.Role, page.Invited = s.PublicName(inv.Organization), inv.Role, inv.Email
		page.Brand = s.BrandOf(c, inv.Organization)
		page.Inviter, page.Expires = web.Inviter(*inv), inv.ExpiresAt
		if m, member := snapshot.Membership(inv.Organization.ID); member && d.AlreadyMember {
			page.MemberRole = m.Role
		}
	}
	if len(in.Redirect) == 1 {
		page.Redirect = s.AbsoluteRedirect(in.Redirect[0], in.Organization) // the form names no organization
	}
	return page
}

// accept is POST /login: the page that asked was answered.
func (s *Handler) accept(c echo.Context) error {
	form, err := web.FormValues(c, "invitation", "redirect")
	if err != nil {
		return err
	}
	in := flow.FormIntent(form)
	ctx := c.Request().Context()
	live, err := s.Sessions.OnLoginHost(c)
	if err != nil {
		return err
	}
	again := s.Site.Public.String() + in.Path(Path)
	if live == nil { // ended while the page was open: the login page keeps the intent
		return s.Sessions.ToLogin(c, again)
	}
	user := live.UserID
	accepts, err := s.acceptance(c, in, live)
	switch {
	case err != nil:
		return err
	case accepts == byLogin:
		return s.Redirect(c, http.StatusSeeOther, again)
	case accepts == byForm:
		reason, err := s.Store.AcceptInvitation(ctx, user, store.HashToken(in.Invitation), s.Now())
		switch {
		case errors.Is(err, store.ErrNotFound): // the profile was deleted under its session
			return s.Redirect(c, http.StatusSeeOther, again)
		case err != nil:
			return web.Unavailable(err)
		}
		s.Log(c).Info("invitation", "user_id", user, "reason", reason)
	}
	begun := s.Now()
	d, snapshot, err := s.resolve(c, in.Request(live), begun)
	if errors.Is(err, store.ErrNotFound) {
		return s.Redirect(c, http.StatusSeeOther, again)
	}
	return s.land(c, arrival{intent: in, session: live, snapshot: snapshot, begun: begun}, d, err)
}

// acceptance is how a signed-in person may accept the invitation of a request.
type acceptance int

const (
	notAccepted acceptance = iota // there is none, or the session does not open its organization
	byForm
	byLogin // another login, by a connection that opens the organization
)

// acceptance finds it. A session without an operator connection accepts by a login
// alone: the address of the profile was not verified by the session's own logins.
func (s *Handler) acceptance(c echo.Context, in flow.Intent, live *store.Session) (acceptance, error) {
	if in.Invitation == "" {
		return notAccepted, nil
	}
	inv, err := s.Store.Invitation(c.Request().Context(), store.HashToken(in.Invitation))
	switch {
	case errors.Is(err, store.ErrNotFound): // the decision says so
		return notAccepted, nil
	case err != nil:
		return notAccepted, web.Unavailable(err)
	case !access.Opens(live, inv.Organization):
		return notAccepted, nil
	case !access.HasOperator(live) && inv.State(s.Now()) == store.InvitationPending:
		return byLogin, nil
	}
	return byForm, nil
}
