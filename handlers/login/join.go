package login

import (
	"log/slog"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// resolve reads what the decision on req needs, and decides.
func (s *Handler) resolve(c echo.Context, req redirect.Request, now time.Time) (redirect.Decision, store.AccessSnapshot, error) {
	d, snapshot, err := redirect.Resolve(c.Request().Context(), s.Site, s.Store, req, now)
	if err != nil {
		return d, snapshot, err
	}
	d, err = s.decideWithOffers(c, req, snapshot, d)
	return d, snapshot, err
}

// decideWithOffers decides again for a person who has no place and may ask to join an
// organization. For everybody else it asks the store nothing.
func (s *Handler) decideWithOffers(c echo.Context, req redirect.Request, snapshot store.AccessSnapshot, d redirect.Decision) (redirect.Decision, error) {
	if !d.DependsOnOffers() {
		return d, nil
	}
	var err error
	req.Offers, err = s.Store.JoinOffers(c.Request().Context(), req.Session.Ref(), s.Now())
	switch {
	case err != nil:
		return redirect.LookupFailed(s.Site, req), err
	case len(req.Offers) == 0:
		return d, nil
	}
	return redirect.Decide(s.Site, req, snapshot, s.Now()), nil
}

// joinOf is what the page of a person who is no member offers: to ask to join, nil where
// that is not possible. The page is shown without it where the store does not answer.
func (s *Handler) joinOf(c echo.Context, session *store.Session, org store.Organization) *templates.Join {
	offers, err := s.Store.JoinOffers(c.Request().Context(), session.Ref(), s.Now())
	if err != nil {
		s.Warn(c, "the join offers were not read", slog.Any("error", err))
		return nil
	}
	i := slices.IndexFunc(offers, func(o store.JoinOffer) bool { return o.Organization.ID == org.ID })
	if i < 0 {
		return nil
	}
	join := s.Join(offers[i])
	return &join
}
