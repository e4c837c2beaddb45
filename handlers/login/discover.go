package login

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

// discover is POST /auth/discover: it sends the browser to the login page with the
// address that was typed, and with the connection of its domain where that is
// discoverable. It reads no session and no profile: whoever has which address, the
// answer and the work are the same for all addresses of a domain.
func (s *Handler) discover(c echo.Context) error {
	form, err := web.FormValues(c, "email", "redirect", "invitation", "prompt")
	if err != nil {
		return err
	}
	in := flow.FormIntent(form)
	if _, domain, ok := strings.Cut(in.LoginHint, "@"); ok && s.Connections != nil {
		in.Connection, err = s.Store.DiscoverConnection(c.Request().Context(), domain)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return web.Unavailable(err)
		}
	}
	return s.Redirect(c, http.StatusSeeOther, s.Site.Public.String()+in.Path(Path))
}

// discovered is the connection that connection= names, with those of the operator: an
// organization's that can be used, for a login that is for no organization in particular.
func (s *Handler) discovered(c echo.Context, in flow.Intent) ([]store.Connection, error) {
	if !store.IsOrganizationConnection(in.Connection) {
		return s.operators, nil
	}
	_, connection, err := s.provider(c.Request().Context(), in.Connection)
	switch {
	case isUnusable(err):
		return s.operators, nil
	case err != nil:
		return nil, web.Unavailable(err)
	}
	return append([]store.Connection{connection}, s.operators...), nil
}

// discovery is the field of the login page, nil where there is none: without
// DISCOVERY, and for the login of an organization, which is known by its host or by the
// redirect.
func (s *Handler) discovery(in flow.Intent, named *store.Organization) *templates.Discovery {
	if !s.Discovery || named != nil {
		return nil
	}
	return &templates.Discovery{Email: in.LoginHint, Hidden: []templates.Hidden{
		{Name: "redirect", Value: cmp.Or(in.Redirect...)},
		{Name: "invitation", Value: in.Invitation},
		{Name: "prompt", Value: in.Prompt},
	}}
}
