package handlers

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"orglogin/store"
	"orglogin/templates"
)

// organizations is GET /organizations, the chooser.
func (s *Server) organizations(c echo.Context) error {
	ctx := c.Request().Context()
	live, err := s.paced(c, s.here)
	if err != nil {
		return err
	}
	if live == nil {
		return s.backToChooser(c)
	}
	snapshot, err := s.Store.AccessSnapshot(ctx, store.AccessQuery{UserID: live.UserID})
	switch {
	case errors.Is(err, store.ErrNotFound): // the profile was deleted under its session
		return s.backToChooser(c)
	case err != nil:
		return away(err)
	case snapshot.Profile.Disabled:
		return &problem{status: http.StatusForbidden, reason: store.DisabledUser, page: templates.Refused{
			Reason: store.DisabledUser, Account: snapshot.Profile.Email,
			RetryURL: intent{}.otherAccount().path("/auth/start"), RequestID: requestID(c),
		}}
	}
	invitations, err := s.Store.InvitationsFor(ctx, live.UserID, s.Now())
	if err != nil {
		return away(err)
	}
	s.touch(c, live)
	if wantsJSON(c) {
		return c.JSON(http.StatusOK, chooserJSON{s.organizationsJSON(snapshot), s.invitationsJSON(invitations)})
	}
	page := templates.Chooser{
		Account:       accountOf(snapshot),
		Organizations: s.choices(snapshot, s.keptPath(c)),
		FallbackURL:   s.Site.App.String() + s.Site.FallbackPath,
		LogoutURL:     "/logout",
		SwitchURL:     intent{}.otherAccount().path("/auth/start"),
	}
	for _, inv := range invitations {
		page.Invitations = append(page.Invitations, templates.PendingInvitation{
			Organization: s.publicName(inv.Organization), Role: inv.Role, Expires: inv.ExpiresAt,
		})
	}
	return s.page(c, http.StatusOK, page)
}

// backToChooser sends a browser without a session to log in, and back here with
// the path that it was to keep.
func (s *Server) backToChooser(c echo.Context) error {
	chooser := s.Site.ChooserURL(s.keptPath(c))
	if len(chooser) > maxRedirect {
		chooser = s.Site.ChooserURL("")
	}
	login := s.atPublic("/login", url.Values{"redirect": {chooser}})
	if wantsJSON(c) {
		return &problem{status: http.StatusUnauthorized, login: login}
	}
	return c.Redirect(http.StatusFound, login)
}

// keptPath is the path that the chooser was given to keep; anything else is
// dropped here, the choice itself names the place.
func (s *Server) keptPath(c echo.Context) string {
	given := intentOf(queryOf(c.Request())).Redirect
	target, reason := s.Site.Parse(given)
	if reason != store.OK || !target.IsPath() {
		return ""
	}
	return given[0]
}

// choices are links that decide like any login on that organization's host.
func (s *Server) choices(snapshot store.AccessSnapshot, path string) []templates.Choice {
	return s.choicesAt("", snapshot, path)
}

// choicesAt are the same links from a page of another host.
func (s *Server) choicesAt(origin string, snapshot store.AccessSnapshot, path string) []templates.Choice {
	choices := make([]templates.Choice, 0, len(snapshot.Memberships))
	for _, m := range snapshot.Memberships {
		in := intent{Organization: m.Organization.Slug}
		if path != "" {
			in.Redirect = []string{path}
		}
		choice := templates.Choice{
			Name: m.Organization.Name, Slug: m.Organization.Slug, Role: m.Role, URL: origin + in.path("/login"),
		}
		if m.Organization.Status != store.Verified {
			choice.Note = "Its web address is still being set up."
		}
		choices = append(choices, choice)
	}
	return choices
}
