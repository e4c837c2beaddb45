package account

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/session"
	"orglogin/handlers/web"
	"orglogin/redirect/access"
	"orglogin/templates"
)

// signOut is GET /logout: a page that asks, because a link ends nothing.
func (s *Handler) signOut(c echo.Context) error {
	live, err := s.Sessions.OnLoginHost(c)
	if err != nil {
		return err
	}
	account, err := s.Sessions.Account(c, live)
	if err != nil {
		return err
	}
	limited := live != nil && !access.HasOperator(live)
	return s.Page(c, http.StatusOK, templates.SignOut{Action: LogoutPath, Account: account, Limited: limited, StayURL: "/login"})
}

// logout is POST /logout: the session ends on the server first. Only when it
// did are the cookies removed, so that an outage never leaves a live session
// that its browser has forgotten.
func (s *Handler) logout(c echo.Context) error {
	form, err := web.FormValues(c, "everywhere")
	if err != nil {
		return err
	}
	everywhere := form["everywhere"] == "1"
	ctx := c.Request().Context()
	found, err := s.Sessions.Read(ctx, c.Request(), session.Leaving)
	if err != nil {
		return web.Unavailable(err)
	}
	if left := found.Session; left != nil {
		ended := 1
		operator := access.HasOperator(left)
		switch {
		case !everywhere || found.Over: // an expired session ends only itself
			err = s.Sessions.End(ctx, left)
		case operator:
			ended, err = s.Sessions.EndAll(ctx, left.UserID)
		default:
			ended, err = s.Sessions.EndOrganizations(ctx, left)
		}
		everywhere = everywhere && !found.Over && operator
		if err != nil {
			return web.Unavailable(err)
		}
		s.Log(c).Info("logout", "user_id", left.UserID, "session_id", left.ID, "sessions", ended)
	}
	s.Sessions.Expire(c.Response().Header(), found)
	s.Sessions.Clear(c.Response().Header())
	c.SetCookie(s.Flows.SignedOut(everywhere))
	return s.Redirect(c, http.StatusSeeOther, s.Site.Public.String()+"/login")
}
