package account

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/redirect/access"
	"orglogin/store"
)

type userJSON struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Name    string `json:"name"`
	Picture string `json:"picture"`
}

type sessionJSON struct {
	User          userJSON           `json:"user"`
	Organization  *organizationJSON  `json:"organization"`
	Organizations []organizationJSON `json:"organizations"`
	ExpiresAt     time.Time          `json:"expires_at"`
}

// session is GET /auth/session. On an organization's host it answers about that
// organization alone, and only for its members.
func (s *Handler) session(c echo.Context) error {
	r := c.Request()
	read := s.Sessions.OnOtherHost
	if web.HostOf(c) == redirect.LoginHost {
		read = s.Sessions.OnLoginHost
	}
	live, err := s.Sessions.Limited(c, read)
	if err != nil {
		return err
	}
	if live == nil {
		return s.unauthorized(c, access.NoSession)
	}
	snapshot, err := s.Store.AccessSnapshot(r.Context(), store.AccessQuery{UserID: live.UserID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s.unauthorized(c, access.NoSession)
	case err != nil:
		return web.Unavailable(err)
	}
	host := access.Host{App: web.HostOf(c) == redirect.AppHost}
	if web.HostOf(c) == redirect.OrganizationHost {
		if host.Organization, err = s.CurrentOrganizationOfHost(c); err != nil {
			return err
		}
		host.Slug = host.Organization.Slug
	}
	snapshot = access.Visible(live, snapshot)
	d := access.Decide(host, live, snapshot)
	if d.Reason == store.SSORequiredReason {
		return s.unauthorized(c, d.Reason)
	}
	if !d.Allowed() && d.Reason != store.SubdomainNotVerified { // a member may know how far the subdomain is
		return web.Failure(http.StatusForbidden, d.Reason, nil)
	}
	p := d.Profile
	answer := sessionJSON{
		User:          userJSON{p.ID, p.Email, p.Name, p.Picture},
		Organizations: s.organizationsJSON(snapshot),
		ExpiresAt:     live.ExpiresAt.UTC(),
	}
	if host.Slug != "" {
		answer.Organizations = []organizationJSON{s.organizationJSON(d.Membership)}
		answer.Organization = &answer.Organizations[0]
	} else if m, member := snapshot.Membership(snapshot.LastUsed); member {
		current := s.organizationJSON(m)
		answer.Organization = &current
	}
	s.Sessions.Used(c, live)
	return c.JSON(http.StatusOK, answer)
}

// unauthorized is the 401 of a program, with the place to log in that comes
// back to the host asked.
func (s *Handler) unauthorized(c echo.Context, reason store.Reason) error {
	q := url.Values{}
	if web.HostOf(c) == redirect.OrganizationHost {
		if label := web.Label(c); s.Site.ValidSlug(label) {
			q.Set("organization", label)
		}
	}
	return &web.Problem{Status: http.StatusUnauthorized, Reason: reason, Login: s.LoginHostURL("/login", q)}
}
