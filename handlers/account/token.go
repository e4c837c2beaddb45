package account

import (
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/token"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/redirect/access"
	"orglogin/store"
)

// token is GET /auth/token: an access token for the organization of the host
// asked, to a page of that very host.
func (s *Handler) token(c echo.Context) error {
	r := c.Request()
	if web.HostOf(c) != redirect.OrganizationHost {
		return web.Failure(http.StatusNotFound, "", nil)
	}
	if !ownPage(s.Site.OrganizationURL(web.Label(c), ""), r) {
		return web.Failure(http.StatusForbidden, "", nil)
	}
	live, err := s.Sessions.Limited(c, s.Sessions.OnOtherHost)
	if err != nil {
		return err
	}
	if live == nil { // without a session the address is counted
		if err := web.CountClient(c, s.ClientLimiter); err != nil {
			return err
		}
	}
	org, err := s.CurrentOrganizationOfHost(c)
	if err != nil {
		return err
	}
	if live == nil {
		return s.unauthorized(c, access.NoSession)
	}
	snapshot, err := s.Store.AccessSnapshot(r.Context(), store.AccessQuery{UserID: live.UserID})
	if err != nil {
		return web.Lookup(err, http.StatusUnauthorized, "")
	}
	d := access.Decide(access.Host{Slug: org.Slug, Organization: org}, live, snapshot)
	if d.Reason == store.SSORequiredReason {
		return s.unauthorized(c, d.Reason)
	}
	if !d.Allowed() {
		return web.Failure(http.StatusForbidden, d.Reason, nil)
	}
	signed, expires, err := s.Tokens.Issue(token.Claims{
		UserID: live.UserID, Email: d.Profile.Email, SessionID: live.ID,
		OrganizationID: org.ID, OrganizationSlug: org.Slug, OrganizationRole: d.Membership.Role,
	})
	if err != nil {
		return web.Unavailable(err)
	}
	s.Sessions.Used(c, live)
	return c.JSON(http.StatusOK, struct {
		AccessToken    string `json:"access_token"`
		TokenType      string `json:"token_type"`
		ExpiresIn      int    `json:"expires_in"`
		OrganizationID string `json:"organization_id"`
	}{signed, "Bearer", int(expires.Sub(s.Now()) / time.Second), org.ID})
}

// ownPage reports whether the request comes from a page of own, the origin that
// it asks, or from no page at all. A sibling organization is same-site, which is not enough.
func ownPage(own string, r *http.Request) bool {
	for _, site := range r.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return false
		}
	}
	for _, origin := range r.Header.Values("Origin") {
		if origin != own {
			return false
		}
	}
	return true
}

// keySet is GET /.well-known/jwks.json: the public keys, for every client.
func (s *Handler) keySet(c echo.Context) error {
	body, etag := s.Tokens.KeySet()
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("ETag", etag)
	if matches(c.Request().Header.Values("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(http.StatusOK, "application/jwk-set+json", body)
}

// matches reads If-None-Match (RFC 9110 13.1.2): a list of tags, compared
// weakly, or *.
func matches(fields []string, etag string) bool {
	for _, field := range fields {
		for tag := range strings.SplitSeq(field, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}

// issuer is GET /.well-known/openid-configuration, for verifiers that start
// from the issuer. It says no more than they need: no login is possible with it.
func (s *Handler) issuer(c echo.Context) error {
	h := c.Response().Header()
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	public := s.Site.Public.String()
	return c.JSON(http.StatusOK, struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}{public, public + "/.well-known/jwks.json"})
}
