package web

import (
	"errors"
	"log/slog"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/session"
	"orglogin/store"
	"orglogin/templates"
)

// Sessions reads the session of a request.
type Sessions struct {
	*session.Keeper
	Responder *Responder
	Accounts  store.Accounts
	Limiter   Limiter // of the requests of one session
}

// OnLoginHost reads the session that this browser has on the login host, nil for
// none, and expires the dead and planted cookies that came with it. Where the store
// does not answer, the error is a 503 and no cookie is changed.
func (s *Sessions) OnLoginHost(c echo.Context) (*store.Session, error) {
	found, err := s.Read(c.Request().Context(), c.Request(), session.LoginHost)
	if err != nil {
		return nil, Unavailable(err)
	}
	s.Expire(c.Response().Header(), found)
	requestOf(c).ended = found.Ended
	return found.Session, nil
}

// ToLogin sends a browser without a session to the login page. The cookies of a session
// that has ended stay until then, because they are how that page knows.
func (s *Sessions) ToLogin(c echo.Context, login string) error {
	c.Response().Header().Del("Set-Cookie")
	return s.Responder.Redirect(c, SeeOther(c.Request().Method), login)
}

// OnOtherHost reads the session that came to a host of an organization or the
// app. There no session begins or ends, and no cookie is expired.
func (s *Sessions) OnOtherHost(c echo.Context) (*store.Session, error) {
	found, err := s.Read(c.Request().Context(), c.Request(), session.Elsewhere)
	if err != nil {
		return nil, Unavailable(err)
	}
	return found.Session, nil
}

// Limited is read with the limit of the session that it finds.
func (s *Sessions) Limited(c echo.Context, read func(echo.Context) (*store.Session, error)) (*store.Session, error) {
	live, err := read(c)
	if err != nil || live == nil {
		return nil, err
	}
	return live, count(c, s.Limiter, live.ID)
}

// Used moves the idle end of a session in use. The write may be lost: the request
// is answered either way.
func (s *Sessions) Used(c echo.Context, live *store.Session) {
	if err := s.Touch(c.Request().Context(), live); err != nil {
		s.Responder.Warn(c, "the session was not touched", slog.Any("error", err))
	}
}

// Account is the person who is signed in, nil without one: no session, or one
// whose profile was deleted.
func (s *Sessions) Account(c echo.Context, live *store.Session) (*templates.Account, error) {
	if live == nil {
		return nil, nil
	}
	snapshot, err := s.Accounts.AccessSnapshot(c.Request().Context(), store.AccessQuery{UserID: live.UserID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, Unavailable(err)
	}
	account := AccountOf(snapshot)
	return &account, nil
}
