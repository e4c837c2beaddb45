package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/session"
	"orglogin/templates"
)

// signOut is GET /logout: a page that asks, because a link ends nothing.
func (s *Server) signOut(c echo.Context) error {
	live, err := s.here(c)
	if err != nil {
		return err
	}
	account, err := s.account(c, live)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, templates.SignOut{Action: "/logout", Account: account})
}

// logout is POST /logout: the session ends on the server first. Only when it
// did are the cookies removed, so that an outage never leaves a live session
// that its browser has forgotten.
func (s *Server) logout(c echo.Context) error {
	form, err := formValues(c, "everywhere")
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	found, err := s.Sessions.Read(ctx, c.Request(), session.Leaving)
	if err != nil {
		return away(err)
	}
	if left := found.Session; left != nil {
		ended := 1
		if form["everywhere"] == "1" && !found.Over { // what is over speaks for itself alone
			ended, err = s.Sessions.EndAll(ctx, left.UserID)
		} else {
			err = s.Sessions.End(ctx, left)
		}
		if err != nil {
			return away(err)
		}
		s.log(c).Info("logout", "user_id", left.UserID, "session_id", left.ID, "sessions", ended)
	}
	s.Sessions.Expire(c.Response().Header(), found)
	s.Sessions.Clear(c.Response().Header())
	c.SetCookie(s.flows.SignedOut(form["everywhere"] == "1"))
	return c.Redirect(http.StatusSeeOther, s.Site.Public.String()+"/login")
}
