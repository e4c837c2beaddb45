package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/account"
	"orglogin/handlers/flow"
	"orglogin/handlers/login"
	"orglogin/handlers/web"
	"orglogin/redirect"
)

// toLoginHost sends what only the login host does there from every other host of
// ours, in any method: no session begins or ends anywhere else.
func (s *Server) toLoginHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		host := web.HostOf(c)
		if host == redirect.LoginHost || host == redirect.ForeignHost {
			return next(c)
		}
		route, ok := onlyOnLoginHost(web.RawPath(r))
		if !ok {
			return next(c)
		}
		c.SetPath(route)
		if route == login.CallbackPath || route == login.CallbackRoute || route == login.DiscoverPath || route == account.RequestsPath {
			return web.Failure(http.StatusNotFound, "", nil)
		}
		q := web.QueryOf(r)
		if host == redirect.OrganizationHost && route != account.LogoutPath { // signing out waits for nothing
			if err := web.CountClient(c, s.logins); err != nil { // a name may be anything
				return err
			}
			org, err := s.OrganizationOfHost(c)
			if err != nil {
				return err
			}
			if route == login.Path || route == login.StartPath {
				q.Set("organization", org.Slug)
				if given := q["redirect"]; len(given) == 1 {
					given[0] = s.AbsoluteRedirect(given[0], org.Slug)
				}
			}
		}
		return s.Redirect(c, web.SeeOther(r.Method), s.LoginHostURL(r.URL.EscapedPath(), q))
	}
}

// onlyOnLoginHost finds the route of a path that no other host has.
func onlyOnLoginHost(path string) (route string, ok bool) {
	switch path {
	case login.Path, login.StartPath, login.CallbackPath, login.DiscoverPath, account.LogoutPath, account.ChooserPath, account.RequestsPath:
		return path, true
	}
	if strings.HasPrefix(path, login.CallbackPath+"/") {
		return login.CallbackRoute, true
	}
	return account.WhyRoute, strings.HasPrefix(path, account.WhyPath)
}

// retryURL is the link of an error page that has no link of its own. After a rate
// limit or an outage it keeps what the browser asked for. With an invitation it
// leads to the page that shows the invitation. After anything else it is the list of the
// person's organizations, where the cookies are those of a session, or the login page.
func (s *Server) retryURL(c echo.Context, status int) (to string, chooser bool) {
	r := c.Request()
	switch {
	case web.RawPath(r) == account.RequestsPath:
		return s.Site.ChooserURL(""), true
	case status == http.StatusTooManyRequests, status >= http.StatusInternalServerError:
		return s.again(c), false
	case status != http.StatusUnauthorized && web.HostOf(c) == redirect.LoginHost && s.sessions.SignedIn(r):
		return s.Site.ChooserURL(""), true
	}
	return s.Site.Public.String() + login.Path, false
}

// again is what was asked for, to be asked for again.
func (s *Server) again(c echo.Context) string {
	r, origin := c.Request(), s.Site.Public.String()
	if web.HostOf(c) == redirect.LoginHost {
		origin = ""
	}
	q := web.QueryOf(r)
	in := flow.IntentOf(q)
	switch path := web.RawPath(r); {
	case path == account.ChooserPath:
		return s.Site.ChooserURL(in.PathRedirect(s.Site))
	case path == login.CallbackPath, strings.HasPrefix(path, login.CallbackPath+"/"):
		_, in, _ = s.flows.OpenState(q.Get("state"))
		web.SetLocales(c, in.Locales)
		return origin + in.AgainPath()
	case (path == login.Path || path == login.DiscoverPath) && r.Method == http.MethodPost:
		form, _ := web.FormValues(c, "invitation", "redirect", "prompt", "email")
		in = flow.FormIntent(form)
	case path != login.Path && path != login.StartPath:
		return origin + login.Path
	case web.HostOf(c) == redirect.OrganizationHost:
		in.Organization = web.Label(c)
	case path == login.StartPath:
		return origin + in.AgainPath()
	}
	return origin + in.Path(login.Path)
}
