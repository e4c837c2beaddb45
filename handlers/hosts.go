package handlers

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
)

func hostOf(c echo.Context) redirect.HostKind { return visitOf(c).host }

// hosts is the middleware that judges the Host before anything is built from it.
func (s *Server) hosts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.URL.IsAbs() || r.URL.Host != "" { // absolute-form: two ideas of the host in one request
			return failure(http.StatusBadRequest, "", nil)
		}
		if hostOf(c) == redirect.ForeignHost && !s.anyHost(rawPath(r)) {
			return failure(http.StatusMisdirectedRequest, "", nil)
		}
		return next(c)
	}
}

// anyHost are the paths that go by something else than the Host: what proxies
// ask about, and the public keys.
func (s *Server) anyHost(path string) bool {
	return isProxied(path) || strings.HasPrefix(path, "/.well-known/")
}

// atLogin sends what the login host alone does there from every other host of
// ours, in any method: no session begins or ends anywhere else.
func (s *Server) atLogin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if p := hostOf(c); p == redirect.LoginHost || p == redirect.ForeignHost {
			return next(c)
		}
		route, ok := onlyAtLogin(rawPath(r))
		if !ok {
			return next(c)
		}
		c.SetPath(route)
		if route == callbackPath {
			return failure(http.StatusNotFound, "", nil)
		}
		q := queryOf(r)
		if hostOf(c) == redirect.OrganizationHost && route != "/logout" { // signing out waits for nothing
			if err := spendHere(c, s.limits.logins); err != nil { // a name may be anything
				return err
			}
			org, err := s.organizationOf(c)
			if err != nil {
				return err
			}
			if route == "/login" || route == "/auth/start" {
				q.Set("organization", org.Slug)
				if given := q["redirect"]; len(given) == 1 {
					given[0] = s.absolute(given[0], org.Slug)
				}
			}
		}
		return c.Redirect(seeOther(r.Method), s.atPublic(r.URL.EscapedPath(), q))
	}
}

const (
	callbackPath = "/auth/callback"
	whyPath      = "/auth/why/"
	whyRoute     = whyPath + ":receipt"
)

// onlyAtLogin finds the route of a path that no other host has.
func onlyAtLogin(path string) (route string, ok bool) {
	switch path {
	case "/login", "/logout", "/organizations", "/auth/start", callbackPath:
		return path, true
	}
	return whyRoute, strings.HasPrefix(path, whyPath)
}

// organizationOf finds the organization of the host asked; an unknown one is a
// 404 page.
func (s *Server) organizationOf(c echo.Context) (store.Organization, error) {
	return s.organizationNamed(c, visitOf(c).label)
}

// ownOrganization is organizationOf for what an organization's host tells of that
// organization alone. The old host of a renamed one is nobody's place.
func (s *Server) ownOrganization(c echo.Context) (store.Organization, error) {
	org, err := s.organizationOf(c)
	if err == nil && org.Slug != visitOf(c).label {
		err = failure(http.StatusNotFound, store.UnknownOrganization, nil)
	}
	return org, err
}

func (s *Server) organizationNamed(c echo.Context, label string) (store.Organization, error) {
	if !s.Site.ValidSlug(label) {
		return store.Organization{}, failure(http.StatusNotFound, store.UnknownOrganization, nil)
	}
	org, err := s.Store.OrganizationBySlug(c.Request().Context(), label)
	return org, lookup(err, http.StatusNotFound, store.UnknownOrganization)
}

// absolute makes a redirect that is a path mean the host of an organization, as
// it was given there; any other is left as it is.
func (s *Server) absolute(given, slug string) string {
	target, reason := s.Site.Parse([]string{given})
	if slug == "" || reason != store.OK || !target.IsPath() {
		return given
	}
	// A path too long for that stays one: the organization goes along.
	if absolute := s.Site.OrganizationURL(slug, given); len(absolute) <= maxRedirect {
		return absolute
	}
	return given
}

// atPublic is a URL of the login host.
func (s *Server) atPublic(path string, q url.Values) string {
	u := s.Site.Public.String() + path
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	return u
}

// isReading reports whether method is one of those that change nothing here.
func isReading(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// seeOther is the status of a redirect that must not repeat a body: 302 for
// GET and HEAD, 303 for the rest (RFC 9110 15.4.4).
func seeOther(method string) int {
	if isReading(method) {
		return http.StatusFound
	}
	return http.StatusSeeOther
}

// publicName is what a page shows of an organization to a person who may not be a
// member: its name, or its host where its first member chose the name.
func (s *Server) publicName(o store.Organization) string {
	if o.Name != "" {
		return o.Name
	}
	return o.Slug + "." + s.Site.BaseDomain
}
