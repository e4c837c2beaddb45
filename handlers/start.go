package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// start is GET /auth/start: one flow begins, in a cookie of its own. A link or
// frame of another origin must not begin a login, and no link may begin
// one that accepts an invitation before our page has shown it.
func (s *Server) start(c echo.Context) error {
	r := c.Request()
	in := intentOf(queryOf(r))
	if fromOtherOrigin(r) || in.Invitation != "" && !s.fromOwnPage(r) {
		return c.Redirect(http.StatusFound, s.Site.Public.String()+in.path("/login"))
	}
	if _, err := s.hint(c, in); err != nil {
		return err
	}
	s.reportRefused(c, in)
	prompt := in.Prompt
	if in.Invitation != "" { // it is for one address: the person picks the account
		prompt = selectAccount
	}
	flow := s.Provider.NewFlow()
	state := s.flows.State(flow.ID, in)
	to, err := s.Provider.AuthURL(r.Context(), flow, state, prompt, in.LoginHint)
	if err != nil {
		return s.providerProblem(c, in, err)
	}
	for _, id := range s.flows.Crowded(r) {
		c.SetCookie(s.flows.Gone(id))
	}
	c.SetCookie(s.flows.Cookie(flow, state))
	return c.Redirect(http.StatusFound, to)
}
