package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/templates"
)

// organizations is GET /organizations, the chooser.
func (s *Server) organizations(c echo.Context) error {
	ctx := c.Request().Context()
	live, err := s.here(c)
	if err != nil {
		return err
	}
	if live == nil {
		login := s.atPublic("/login", url.Values{"redirect": {s.Site.Public.String() + "/organizations"}})
		if wantsJSON(c) {
			return &problem{status: http.StatusUnauthorized, login: login}
		}
		return c.Redirect(http.StatusFound, login)
	}
	standing, err := s.Store.Standing(ctx, store.Question{UserID: live.UserID})
	if err != nil {
		return away(err)
	}
	invitations, err := s.Store.InvitationsFor(ctx, live.UserID, s.Now())
	if err != nil {
		return away(err)
	}
	s.touch(c, live)
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, chooserJSON{s.organizationsJSON(standing), invitationsJSON(invitations)})
	}
	page := templates.Chooser{
		Account:       accountOf(standing),
		Organizations: s.choices(standing, s.keptPath(c)),
		FallbackURL:   s.Site.App.String() + s.Site.FallbackPath,
		LogoutURL:     "/logout",
		SwitchURL:     "/login?prompt=select_account",
	}
	for _, inv := range invitations {
		page.Invitations = append(page.Invitations, templates.PendingInvitation{
			Organization: inv.Organization.Name, Role: inv.Role, Expires: inv.ExpiresAt,
		})
	}
	return s.page(c, http.StatusOK, page)
}

// keptPath is the path that the chooser was given to keep; anything else is
// dropped here, the choice itself names the place.
func (s *Server) keptPath(c echo.Context) string {
	target, reason := s.Site.Parse(intentOf(c.QueryParams()).Redirect)
	if reason != store.OK || !target.IsPath() {
		return ""
	}
	return target.String()
}

// choices are links that decide like any login on that organization's host.
func (s *Server) choices(standing store.Standing, path string) []templates.Choice {
	return s.choicesAt("", standing, path)
}

// choicesAt are the same links from a page of another host.
func (s *Server) choicesAt(origin string, standing store.Standing, path string) []templates.Choice {
	choices := make([]templates.Choice, 0, len(standing.Memberships))
	for _, m := range standing.Memberships {
		in := intent{Organization: m.Organization.Slug}
		if path != "" {
			in.Redirect = []string{path}
		}
		choice := templates.Choice{
			Name: m.Organization.Name, Slug: m.Organization.Slug, Role: m.Role, URL: origin + in.path("/login"),
		}
		if m.Organization.Status != store.Verified {
			choice.Note = "Its address is not ready yet."
		}
		choices = append(choices, choice)
	}
	return choices
}
