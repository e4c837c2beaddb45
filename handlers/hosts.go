package handlers

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// place is which of our hosts a request came to.
type place int

const (
	foreign      place = iota // not ours: 421
	loginHost                 // PUBLIC_URL
	appHost                   // APP_URL, where it is under BASE_DOMAIN
	organization              // <slug>.BASE_DOMAIN, whether or not the slug is anybody's
)

// where judges the Host of a request. The label is the one under BASE_DOMAIN,
// or all labels when there are several: nobody's organization then, but ours to
// answer.
func where(site redirect.Site, host string) (place, string) {
	name := hostname(host)
	switch {
	case name == "":
		return foreign, ""
	case name == site.Public.Host:
		return loginHost, ""
	case name == site.App.Host && (name == site.BaseDomain || strings.HasSuffix(name, "."+site.BaseDomain)):
		return appHost, ""
	}
	label, under := strings.CutSuffix(name, "."+site.BaseDomain)
	if !under || label == "" {
		return foreign, ""
	}
	return organization, label
}

// hostname returns the lower-case name of a Host header without its port, or
// "" where it is none of the forms that our hosts can have: a trailing dot,
// a bracket or a second colon is nobody we know.
func hostname(host string) string {
	name := host
	if strings.Contains(host, ":") {
		var port string
		var err error
		if name, port, err = net.SplitHostPort(host); err != nil || strings.Trim(port, "0123456789") != "" {
			return ""
		}
	}
	if len(name) > 253 || strings.ContainsAny(name, ":[]/@%\\ ") {
		return ""
	}
	return store.LowerASCII(name)
}

const (
	placeKey = "place"
	labelKey = "label"
)

func placeOf(c echo.Context) place {
	p, _ := c.Get(placeKey).(place)
	return p
}

// hosts is the middleware that judges the Host before anything is built from it.
func (s *Server) hosts(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.URL.IsAbs() || r.URL.Host != "" { // absolute-form: two ideas of the host in one request
			return failure(http.StatusBadRequest, "", nil)
		}
		p, label := where(s.Site, r.Host)
		c.Set(placeKey, p)
		c.Set(labelKey, label)
		if p == foreign && !s.anyHost(r.URL.Path) {
			return failure(http.StatusMisdirectedRequest, "", nil)
		}
		return next(c)
	}
}

// anyHost are the paths that go by something else than the Host: what proxies
// ask about, the public keys, and the style sheet that the 421 page needs too.
func (s *Server) anyHost(path string) bool {
	return path == "/auth/verify" || path == "/auth/forward" || strings.HasPrefix(path, "/auth/forward/") ||
		strings.HasPrefix(path, "/.well-known/") || strings.HasPrefix(path, templates.StaticPath)
}

// atLogin serves h on the login host and sends every other host of ours there:
// no session begins or ends anywhere else.
func (s *Server) atLogin(h echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if placeOf(c) == loginHost {
			return h(c)
		}
		q := r.URL.Query()
		path := r.URL.EscapedPath()
		if placeOf(c) == organization {
			slug, err := s.slugAsked(c)
			if err != nil {
				return err
			}
			if path == "/login" || path == "/auth/start" {
				q.Set("organization", slug)
				s.absolutePath(q, slug)
			}
		}
		return c.Redirect(seeOther(r), s.atPublic(path, q))
	}
}

// slugAsked returns the current slug of the organization whose host was asked.
func (s *Server) slugAsked(c echo.Context) (string, error) {
	org, err := s.organizationOf(c)
	return org.Slug, err
}

// organizationOf finds the organization of the host asked; an unknown one is a
// 404 page.
func (s *Server) organizationOf(c echo.Context) (store.Organization, error) {
	label, _ := c.Get(labelKey).(string)
	return s.organizationNamed(c, label)
}

func (s *Server) organizationNamed(c echo.Context, label string) (store.Organization, error) {
	if _, ok := s.Site.SlugOfHost(label + "." + s.Site.BaseDomain); !ok {
		return store.Organization{}, failure(http.StatusNotFound, store.UnknownOrganization, nil)
	}
	org, err := s.Store.OrganizationBySlug(c.Request().Context(), label)
	return org, lookup(err, http.StatusNotFound, store.UnknownOrganization)
}

// absolutePath makes a redirect that is a path mean the host it was given on.
func (s *Server) absolutePath(q url.Values, slug string) {
	target, reason := s.Site.Parse(q["redirect"])
	if reason != store.OK || !target.IsPath() {
		return
	}
	// A path too long for that stays one: the organization goes along.
	if absolute := s.Site.OrganizationURL(slug, q.Get("redirect")); len(absolute) <= maxRedirect {
		q.Set("redirect", absolute)
	}
}

// atPublic is a URL of the login host.
func (s *Server) atPublic(path string, q url.Values) string {
	u := s.Site.Public.String() + path
	if len(q) > 0 {
		u += "?" + q.Encode()
	}
	return u
}

// seeOther is the status of a redirect that must not repeat a body: 302 for
// GET and HEAD, 303 for the rest (RFC 9110 15.4.4).
func seeOther(r *http.Request) int {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return http.StatusFound
	}
	return http.StatusSeeOther
}
