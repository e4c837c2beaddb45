package account

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
	"orglogin/store"
)

// requestJoin is POST /organizations/requests: the person asks to join one of the
// organizations that the chooser offers. Asking again changes nothing.
func (s *Handler) requestJoin(c echo.Context) error {
	form, err := web.FormValues(c, "organization")
	if err != nil {
		return err
	}
	live, err := s.Sessions.Limited(c, s.Sessions.OnLoginHost)
	if err != nil {
		return err
	}
	if live == nil {
		return s.backToChooser(c)
	}
	slug := form["organization"]
	if !s.Site.ValidSlug(slug) {
		return web.Failure(http.StatusNotFound, store.UnknownOrganization, nil)
	}
	err = s.Store.RequestJoin(c.Request().Context(), live.Ref(), slug, s.Now())
	switch {
	case errors.Is(err, store.ErrConflict):
		return web.Failure(http.StatusConflict, store.JoinRequested, nil)
	case err != nil:
		return web.Lookup(err, http.StatusNotFound, store.UnknownOrganization)
	}
	s.Log(c).Info("join requested", "user_id", live.UserID, "session_id", live.ID)
	s.Sessions.Used(c, live)
	return s.Redirect(c, http.StatusSeeOther, s.Site.ChooserURL(""))
}
