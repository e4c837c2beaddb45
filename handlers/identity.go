package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

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

type organizationJSON struct {
	ID              string                `json:"id"`
	Slug            string                `json:"slug"`
	Name            string                `json:"name"`
	Role            string                `json:"role"`
	SubdomainStatus store.SubdomainStatus `json:"subdomain_status"`
	URL             string                `json:"url"`
}

type invitationJSON struct {
	Organization string    `json:"organization"`
	Role         string    `json:"role"`
	ExpiresAt    time.Time `json:"expires_at"`
}

type sessionJSON struct {
	User          userJSON           `json:"user"`
	Organization  *organizationJSON  `json:"organization"`
	Organizations []organizationJSON `json:"organizations"`
	ExpiresAt     time.Time          `json:"expires_at"`
}

type chooserJSON struct {
	Organizations []organizationJSON `json:"organizations"`
	Invitations   []invitationJSON   `json:"invitations"`
}

func (s *Server) organizationJSON(m store.Membership) organizationJSON {
	o := m.Organization
	return organizationJSON{
		ID: o.ID, Slug: o.Slug, Name: o.Name, Role: m.Role, SubdomainStatus: o.Status,
		URL: s.Site.OrganizationURL(o.Slug, s.Site.DashboardPath),
	}
}

func (s *Server) organizationsJSON(snapshot store.AccessSnapshot) []organizationJSON {
	all := make([]organizationJSON, 0, len(snapshot.Memberships))
	for _, m := range snapshot.Memberships {
		all = append(all, s.organizationJSON(m))
	}
	return all
}

func (s *Server) invitationsJSON(invitations []store.Invitation) []invitationJSON {
	all := make([]invitationJSON, 0, len(invitations))
	for _, inv := range invitations {
		all = append(all, invitationJSON{s.publicName(inv.Organization), inv.Role, inv.ExpiresAt.UTC()})
	}
	return all
}

// session is GET /auth/session. On an organization's host it speaks of that
// organization alone, and only to its members.
func (s *Server) session(c echo.Context) error {
	r := c.Request()
	read := s.elsewhere
	if hostOf(c) == redirect.LoginHost {
		read = s.here
	}
	live, err := s.paced(c, read)
	if err != nil {
		return err
	}
	if live == nil {
		return s.unauthorized(c)
	}
	snapshot, err := s.Store.AccessSnapshot(r.Context(), store.AccessQuery{UserID: live.UserID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s.unauthorized(c)
	case err != nil:
		return away(err)
	}
	var host access.Host
	if hostOf(c) == redirect.OrganizationHost {
		if host.Organization, err = s.ownOrganization(c); err != nil {
			return err
		}
		host.Slug = host.Organization.Slug
	}
	d := access.Decide(host, live, snapshot)
	if !d.Allowed() && d.Reason != store.SubdomainNotVerified { // a member may know how far the subdomain is
		return failure(http.StatusForbidden, d.Reason, nil)
	}
	p := snapshot.Profile
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
	s.touch(c, live)
	return c.JSON(http.StatusOK, answer)
}

// unauthorized is the 401 of a program, with the place to log in that comes
// back to the host asked.
func (s *Server) unauthorized(c echo.Context) error {
	q := url.Values{}
	if hostOf(c) == redirect.OrganizationHost {
		if label := visitOf(c).label; s.Site.ValidSlug(label) {
			q.Set("organization", label)
		}
	}
	return &problem{status: http.StatusUnauthorized, login: s.atPublic("/login", q)}
}

// why is GET /auth/why/{receipt}: the stored decision, to the person whose
// login it was; 404 to everybody else.
func (s *Server) why(c echo.Context) error {
	ctx := c.Request().Context()
	live, err := s.paced(c, s.here)
	if err != nil {
		return err
	}
	if live == nil {
		return s.unauthorized(c)
	}
	id := c.Param("receipt")
	if !store.ValidReceiptID(id) {
		return failure(http.StatusNotFound, "", nil)
	}
	receipt, err := s.Store.Receipt(ctx, live.UserID, id)
	if err != nil {
		return lookup(err, http.StatusNotFound, "")
	}
	return c.JSONBlob(http.StatusOK, receipt.Decision)
}
