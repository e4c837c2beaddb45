package login

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

// finishTest ends the test login of a connection: its page shows the claims, and the
// connection may then be activated. It makes no session and changes none.
func (s *Handler) finishTest(c echo.Context, in flow.Intent, begun flow.Login, answer signin.Answer) error {
	ctx := c.Request().Context()
	changed := web.Failure(http.StatusNotFound, store.UnknownConnection, nil)
	p, connection, err := s.Providers.Provider(ctx, begun.Connection)
	switch {
	case isUnusable(err) || err == nil && connection.Revision != begun.Test:
		return changed
	case err != nil:
		return web.Unavailable(err)
	}
	result, err := p.FinishTest(ctx, begun.Flow, answer)
	if err != nil {
		return s.testProblem(c, p, in, err)
	}
	err = s.Connections.FinishConnectionTest(ctx, connection.ID, begun.Test)
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return changed
	case err != nil:
		return web.Unavailable(err)
	}
	s.Log(c).Info("connection tested", "connection", connection.ID)
	page := templates.ConnectionTest{Problem: result.Identity.EmailProblem}
	page.Claims = append(claimsOf("ID token", result.IDToken), claimsOf("UserInfo", result.UserInfo)...)
	return s.Page(c, http.StatusOK, page)
}

// testProblem is the page of a test login that failed. Of a failure of the provider it
// shows the class alone.
func (s *Handler) testProblem(c echo.Context, p *signin.Provider, in flow.Intent, err error) error {
	answered := s.providerProblem(c, in, err)
	if class := p.Class(err); class != "" {
		page := templates.ConnectionTestFailed{Class: store.Reason(class), RequestID: web.RequestID(c)}
		return &web.Problem{Status: page.StatusCode(), Reason: web.AsProblem(answered).Reason, Cause: err, Page: page}
	}
	return answered
}

func claimsOf(document string, claims map[string]json.RawMessage) []templates.Claim {
	var all []templates.Claim
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		all = append(all, templates.Claim{Document: document, Name: name, Value: string(claims[name])})
	}
	return all
}
