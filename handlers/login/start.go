package login

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
)

// start is GET /auth/start: one flow begins, in a cookie of its own. A link or
// frame of another origin must not begin a login, and no link may begin
// one that accepts an invitation before our page has shown it.
func (s *Handler) start(c echo.Context) error {
	r := c.Request()
	in := flow.IntentOf(web.QueryOf(r))
	if web.FromOtherOrigin(r) || in.Invitation != "" && !s.FromOwnPage(r) {
		return c.Redirect(http.StatusFound, s.Site.Public.String()+in.Path(Path))
	}
	if _, err := s.hint(c, in); err != nil {
		return err
	}
	s.reportRefused(c, in)
	prompt := in.Prompt
	if in.Invitation != "" { // it is for one address: the person picks the account
		prompt = flow.SelectAccount
	}
	begun := s.Provider.NewFlow()
	state := s.Flows.State(begun.ID, in)
	to, err := s.Provider.AuthURL(r.Context(), begun, state, prompt, in.LoginHint)
	if err != nil {
		return s.providerProblem(c, in, err)
	}
	for _, id := range s.Flows.Surplus(r) {
		c.SetCookie(s.Flows.Remove(id))
	}
	c.SetCookie(s.Flows.Cookie(begun, state))
	return c.Redirect(http.StatusFound, to)
}
