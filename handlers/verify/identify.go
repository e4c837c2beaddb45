package verify

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/token"
	"orglogin/handlers/web"
	"orglogin/store"
)

// identityHeaders are set on every 200, empty where there is nothing, so that a
// client's own copy never passes the proxy. In the canonical spelling. The last
// one marks an answer from what was last known while the store does not answer.
var identityHeaders = [...]string{
	"Remote-User", "X-Auth-Request-User", "Remote-Email", "X-Auth-Request-Email", "Remote-Name",
	"Remote-Groups", "X-Auth-Request-Groups", "X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id", "X-Auth-Connection", "Authorization",
	"X-Auth-Degraded",
}

// identify is the 200: who came, and for which organization.
func (s *Handler) identify(c echo.Context, v verdict) error {
	h := c.Response().Header()
	p := v.who.Profile
	claims := token.Claims{UserID: p.ID, Email: p.Email, SessionID: v.session.ID}
	authorization := ""
	if v.place.Organization.ID != "" {
		claims.OrganizationID = v.place.Organization.ID
		claims.OrganizationSlug = v.place.Organization.Slug
		claims.OrganizationRole = v.place.Role
		var err error
		if authorization, err = s.Tokens.Authorization(claims); err != nil {
			return web.Unavailable(err)
		}
	}
	degraded := ""
	if v.result == resultDegraded {
		degraded = "store"
	}
	values := [...]string{
		p.ID, p.ID, p.Email, p.Email, store.CleanName(p.Name),
		printable(claims.OrganizationRole), printable(claims.OrganizationRole),
		claims.OrganizationID, claims.OrganizationSlug, printable(claims.OrganizationRole), v.session.ID, v.opened, authorization,
		degraded,
	}
	all := values[:]
	for i, name := range &identityHeaders {
		h[name] = all[i : i+1 : i+1]
	}
	web.Quiet(c)
	return c.NoContent(http.StatusOK)
}

// printable leaves out what no header value may hold (RFC 9110 5.5).
func printable(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			b := make([]byte, 0, len(s))
			for j := range len(s) {
				if s[j] >= ' ' && s[j] != 0x7f {
					b = append(b, s[j])
				}
			}
			return string(b)
		}
	}
	return s
}
