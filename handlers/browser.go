package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/session"
	"orglogin/store"
)

// here reads the session that this browser has on the login host, nil for none,
// and takes away what came beside it and is dead or planted. A store that does
// not answer is a 503, and no cookie is touched.
func (s *Server) here(c echo.Context) (*store.Session, error) {
	found, err := s.Sessions.Read(c.Request().Context(), c.Request(), session.LoginHost)
	if err != nil {
		return nil, away(err)
	}
	s.Sessions.Expire(c.Response().Header(), found)
	return found.Session, nil
}

// elsewhere reads the session that came to a host of an organization or the
// app. Nothing begins, ends or is taken away there.
func (s *Server) elsewhere(c echo.Context) (*store.Session, error) {
	found, err := s.Sessions.Read(c.Request().Context(), c.Request(), session.Elsewhere)
	if err != nil {
		return nil, away(err)
	}
	return found.Session, nil
}

// checkCookies refuses more cookies than any browser keeps for us, before they
// are parsed.
func checkCookies(r *http.Request) error {
	if err := session.CheckCookies(r.Header); err != nil {
		return failure(http.StatusRequestHeaderFieldsTooLarge, "", err)
	}
	return nil
}
