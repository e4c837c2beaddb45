package login

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/signin"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

// askedFor is the organization that a login is for, nil for none: that of the
// invitation, the host hint, or that of the redirect. It only chooses what is offered:
// where a lookup fails, the landing decides as ever.
func (s *Handler) askedFor(c echo.Context, in flow.Intent, invited, hint *store.Organization) *store.Organization {
	ctx := c.Request().Context()
	if invited != nil {
		return invited
	}
	if hint != nil {
		return hint
	}
	if target, _ := s.Site.Parse(in.Redirect); target.Slug() != "" {
		if org, err := s.Store.OrganizationBySlug(ctx, target.Slug()); err == nil {
			return &org
		}
	}
	return nil
}

// connections are those that open an organization, its own first; without an
// organization, those of the operator. One whose secret or settings cannot be used
// is left out.
func (s *Handler) connections(c echo.Context, org *store.Organization) ([]store.Connection, error) {
	if org == nil || s.Connections == nil && org.SSO != store.SSORequired {
		return s.operators, nil
	}
	var all []store.Connection
	if s.Connections != nil {
		own, err := s.Connections.OrganizationConnections(c.Request().Context(), org.ID)
		if err != nil {
			return nil, web.Unavailable(err)
		}
		for _, connection := range own {
			_, _, err := s.provider(c.Request().Context(), connection.ID)
			if err == nil {
				all = append(all, connection)
			} else if !isUnusable(err) {
				return nil, web.Unavailable(err)
			}
		}
	}
	if org.SSO != store.SSORequired {
		all = append(all, s.operators...)
	}
	return all, nil
}

// provider finds a connection that may be used now. The error is [store.ErrNotFound]
// where there is none, [signin.ErrUnusable], or that of the store.
func (s *Handler) provider(ctx context.Context, id string) (*signin.Provider, store.Connection, error) {
	p, connection, err := s.Providers.Provider(ctx, id)
	if err == nil && connection.OrganizationID != "" && (s.Connections == nil || connection.State != store.ConnectionActive) {
		err = store.ErrNotFound
	}
	return p, connection, err
}

func isUnusable(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, signin.ErrUnusable)
}

// unavailable is the page of an organization that only its own connections open, when
// none can be used.
func unavailable() *web.Problem {
	return web.Failure(http.StatusForbidden, store.SSOUnavailable, nil)
}

// links begin a login with each of the connections, or with the one among them that
// connection= names.
func links(all []store.Connection, in flow.Intent) templates.SignInLinks {
	isAsked := func(c store.Connection) bool { return c.ID == in.Connection }
	asked := slices.ContainsFunc(all, isAsked)
	links := make(templates.SignInLinks, 0, len(all))
	for _, connection := range all {
		if asked && !isAsked(connection) {
			continue
		}
		link := templates.SignInLink{Provider: connection.Name}
		if connection.OrganizationID == "" {
			link.Google = connection.Issuer == store.GoogleIssuer
		} else if issuer, err := url.Parse(connection.Issuer); err == nil {
			link.Host = issuer.Host // the organization chose the name, so the page says the host too
		}
		id := connection.ID
		if len(all) == 1 && id == store.DefaultConnection {
			id = "" // what /auth/start means without it
		}
		link.URL = in.By(id).Path(StartPath)
		links = append(links, link)
	}
	return links
}

// chosen finds the connection that a login begins with: the one that was asked for,
// else the only one that fits. It is nil where the person has to choose.
func (s *Handler) chosen(c echo.Context, in flow.Intent) (*signin.Provider, error) {
	hint, err := s.hint(c, in)
	if err != nil {
		return nil, err
	}
	var invited *store.Organization
	if in.Invitation != "" {
		if inv, err := s.Store.Invitation(c.Request().Context(), store.HashToken(in.Invitation)); err == nil {
			invited = &inv.Organization
		}
	}
	asked := s.askedFor(c, in, invited, hint)
	id := in.Connection
	if id == "" {
		all, err := s.connections(c, asked)
		switch {
		case err != nil:
			return nil, err
		case len(all) == 0:
			return nil, unavailable()
		case len(all) > 1:
			return nil, nil
		}
		id = all[0].ID
	}
	p, connection, err := s.provider(c.Request().Context(), id)
	if err == nil && asked != nil && connection.OrganizationID != "" && connection.OrganizationID != asked.ID {
		err = store.ErrNotFound
	}
	if errors.Is(err, signin.ErrUnusable) {
		return nil, unavailable()
	}
	return p, web.Lookup(err, http.StatusNotFound, store.UnknownConnection)
}

// ssoRequired is the page of a session that does not open the organization, nil for
// the app: it asks for a connection that does.
func (s *Handler) ssoRequired(c echo.Context, a arrival, org *store.Organization) (*web.Problem, error) {
	all, err := s.connections(c, org)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return unavailable(), nil
	}
	if a.intent.Invitation != "" { // what /auth/start goes by where Sec-Fetch-Site is absent
		c.Response().Header().Set("Referrer-Policy", "same-origin")
	}
	page := templates.SSORequired{
		Account: web.AccountOf(a.snapshot), App: org == nil, SignIn: links(all, a.intent.By("")),
		ChooserURL: s.Site.ChooserURL(""), RequestID: web.RequestID(c),
	}
	if org != nil {
		page.Organization, page.Brand = s.PublicName(*org), s.BrandOf(c, *org)
	}
	return &web.Problem{Status: http.StatusForbidden, Reason: store.SSORequiredReason, Page: page}, nil
}
