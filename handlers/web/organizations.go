package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/store"
	"orglogin/templates"
)

// OrganizationBySlug finds an organization by a slug from the request; an unknown
// one is a 404 page.
func (s *Responder) OrganizationBySlug(c echo.Context, slug string) (store.Organization, error) {
	if !s.Site.ValidSlug(slug) {
		return store.Organization{}, Failure(http.StatusNotFound, store.UnknownOrganization, nil)
	}
	org, err := s.Organizations.OrganizationBySlug(c.Request().Context(), slug)
	return org, Lookup(err, http.StatusNotFound, store.UnknownOrganization)
}

// OrganizationOfHost finds the organization of the host asked, by its current slug
// or a previous one.
func (s *Responder) OrganizationOfHost(c echo.Context) (store.Organization, error) {
	return s.OrganizationBySlug(c, Label(c))
}

// CurrentOrganizationOfHost is [Responder.OrganizationOfHost] for answers about that
// organization alone. The previous host of a renamed one belongs to no organization.
func (s *Responder) CurrentOrganizationOfHost(c echo.Context) (store.Organization, error) {
	org, err := s.OrganizationOfHost(c)
	if err == nil && org.Slug != Label(c) {
		err = Failure(http.StatusNotFound, store.UnknownOrganization, nil)
	}
	return org, err
}

// AbsoluteRedirect changes a redirect that is a path, given on the host of an
// organization, to the URL on that host; any other is left as it is.
func (s *Responder) AbsoluteRedirect(given, slug string) string {
	target, reason := s.Site.Parse([]string{given})
	if slug == "" || reason != store.OK || !target.IsPath() {
		return given
	}
	// A path too long for that stays one: the organization goes along.
	if absolute := s.Site.OrganizationURL(slug, given); len(absolute) <= flow.MaxRedirect {
		return absolute
	}
	return given
}

// LoginHostURL is a URL of the login host.
func (s *Responder) LoginHostURL(path string, q url.Values) string {
	u := s.Site.Public.String() + path
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	return u
}

// PublicName is what a page shows of an organization to a person who may not be a
// member: its name, or its host where its first member chose the name.
func (s *Responder) PublicName(o store.Organization) string {
	if o.Name != "" {
		return o.Name
	}
	return o.Slug + "." + s.Site.BaseDomain
}

// Inviter is what a page shows of who invited: nothing where the name of the organization
// is not shown either, because a stranger could have chosen both.
func Inviter(inv store.Invitation) string {
	if inv.Organization.Name == "" {
		return ""
	}
	return inv.Inviter
}

// Join is what pages show of an organization that a person may ask to join.
func (s *Responder) Join(o store.JoinOffer) templates.Join {
	return templates.Join{Organization: s.PublicName(o.Organization), Slug: o.Organization.Slug, Waiting: o.Waiting}
}

// AccountOf is the person as pages show them.
func AccountOf(snapshot store.AccessSnapshot) templates.Account {
	return templates.Account{Name: snapshot.Profile.Name, Email: snapshot.Profile.Email}
}
