package login

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/store"
)

// start is GET /auth/start: one flow begins, in a cookie of its own. A link or
// frame of another origin must not begin a login, and no link may begin
// one that accepts an invitation before our page has shown it.
func (s *Handler) start(c echo.Context) error {
	r := c.Request()
	q := web.QueryOf(r)
	in := flow.IntentOf(q)
	if web.FromOtherOrigin(r) || in.Invitation != "" && !s.FromOwnPage(r) {
		return s.Redirect(c, http.StatusFound, s.Site.Public.String()+in.Path(Path))
	}
	if token := q.Get("test"); token != "" {
		return s.startTest(c, in.Connection, token)
	}
	p, err := s.chosen(c, in)
	if err != nil {
		return err
	}
	s.reportRefused(c, in)
	if p == nil {
		return s.Redirect(c, http.StatusFound, s.Site.Public.String()+in.Path(Path))
	}
	return s.begin(c, p, in, 0)
}

// startTest begins the test login of an organization's connection, once.
func (s *Handler) startTest(c echo.Context, id, token string) error {
	unknown := web.Failure(http.StatusNotFound, store.UnknownConnection, nil)
	if s.Connections == nil {
		return unknown
	}
	ctx := c.Request().Context()
	taken, err := s.Connections.TakeConnectionTest(ctx, id, store.HashToken(token), s.Now())
	if err != nil {
		return web.Lookup(err, http.StatusNotFound, store.UnknownConnection)
	}
	p, connection, err := s.Providers.Provider(ctx, id)
	switch {
	case isUnusable(err) || err == nil && connection.Revision != taken.Revision: // changed just now
		return unknown
	case err != nil:
		return web.Unavailable(err)
	}
	return s.begin(c, p, flow.Intent{Connection: id}, taken.Revision)
}

// begin sends the browser to the provider. Test is the revision that a test login is
// for, 0 for a login.
func (s *Handler) begin(c echo.Context, p *signin.Provider, in flow.Intent, test int64) error {
	prompt := in.Prompt
	if in.Invitation != "" { // it is for one address: the person picks the account
		prompt = flow.SelectAccount
	}
	begun := flow.Login{Flow: p.NewFlow(), Test: test}
	if in.Connection = begun.Connection; in.Connection == store.DefaultConnection {
		in.Connection = "" // what /auth/start means without it
	}
	state := s.Flows.State(begun.ID, in)
	to, err := p.AuthURL(c.Request().Context(), begun.Flow, signin.Request{State: state, Prompt: prompt, LoginHint: in.LoginHint, Locales: in.Locales})
	switch {
	case err != nil && test != 0:
		return s.testProblem(c, p, in, err)
	case err != nil:
		return s.providerProblem(c, in, err)
	}
	for _, id := range s.Flows.Surplus(c.Request()) {
		c.SetCookie(s.Flows.Remove(id))
	}
	c.SetCookie(s.Flows.Cookie(begun, state))
	return s.Redirect(c, http.StatusFound, to)
}
