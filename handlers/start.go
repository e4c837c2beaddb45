package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// start is GET /auth/start: one flow begins, in a cookie of its own.
func (s *Server) start(c echo.Context) error {
	r := c.Request()
	in := intentOf(queryOf(r))
	if fromOutside(r) {
		// A link or a frame of somebody else must not begin a login; our own page asks first.
		return c.Redirect(http.StatusFound, s.Site.Public.String()+in.path("/login"))
	}
	if _, err := s.hint(c, in); err != nil {
		return err
	}
	s.tellRefused(c, in)
	flow := s.Provider.NewFlow()
	state := s.flows.State(flow.ID, in)
	to, err := s.Provider.AuthURL(r.Context(), flow, state, in.Prompt, in.LoginHint)
	if err != nil {
		return s.providerProblem(c, in, err)
	}
	for _, id := range s.flows.Crowded(r) {
		c.SetCookie(s.flows.Gone(id))
	}
	c.SetCookie(s.flows.Cookie(flow, state))
	return c.Redirect(http.StatusFound, to)
}
