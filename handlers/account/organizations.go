package account

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
	"orglogin/redirect/access"
	"orglogin/store"
	"orglogin/templates"
)

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

type chooserJSON struct {
	Organizations []organizationJSON `json:"organizations"`
	Invitations   []invitationJSON   `json:"invitations"`
}

func (s *Handler) organizationJSON(m store.Membership) organizationJSON {
	o := m.Organization
	return organizationJSON{
		ID: o.ID, Slug: o.Slug, Name: o.Name, Role: m.Role, SubdomainStatus: o.Status,
		URL: s.Site.OrganizationURL(o.Slug, s.Site.DashboardPath),
	}
}

func (s *Handler) organizationsJSON(snapshot store.AccessSnapshot) []organizationJSON {
	all := make([]organizationJSON, 0, len(snapshot.Memberships))
	for _, m := range snapshot.Memberships {
		all = append(all, s.organizationJSON(m))
	}
	return all
}

func (s *Handler) invitationsJSON(invitations []store.Invitation) []invitationJSON {
	all := make([]invitationJSON, 0, len(invitations))
	for _, inv := range invitations {
		all = append(all, invitationJSON{s.PublicName(inv.Organization), inv.Role, inv.ExpiresAt.UTC()})
	}
	return all
}

// organizations is GET /organizations, the chooser.
func (s *Handler) organizations(c echo.Context) error {
	ctx := c.Request().Context()
	live, err := s.Sessions.Limited(c, s.Sessions.OnLoginHost)
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
		return web.Unavailable(err)
	}
	if access.Decide(access.Host{}, live, snapshot).Reason == store.DisabledUser {
		return &web.Problem{Status: http.StatusForbidden, Reason: store.DisabledUser, Page: templates.Refused{
			Reason: store.DisabledUser, Account: snapshot.Profile.Email,
			RetryURL: flow.Intent{}.OtherAccount().Path("/auth/start"), RequestID: web.RequestID(c),
		}}
	}
	invitations, err := s.Store.InvitationsFor(ctx, live.UserID, s.Now())
	if err != nil {
		return web.Unavailable(err)
	}
	snapshot = access.Visible(live, snapshot)
	invitations = slices.DeleteFunc(slices.Clone(invitations), func(inv store.Invitation) bool { return !access.Opens(live, inv.Organization) })
	s.Sessions.Used(c, live)
	if web.WantsJSON(c) {
		return c.JSON(http.StatusOK, chooserJSON{s.organizationsJSON(snapshot), s.invitationsJSON(invitations)})
	}
	offers, err := s.Store.JoinOffers(ctx, live.Ref(), s.Now())
	if err != nil {
		return web.Unavailable(err)
	}
	page := templates.Chooser{
		Account:     web.AccountOf(snapshot),
		FallbackURL: s.Site.App.String() + s.Site.FallbackPath,
		LogoutURL:   "/logout",
		SwitchURL:   flow.Intent{}.OtherAccount().Path("/auth/start"),
	}
	page.Organizations, page.Filter = s.choices(c, snapshot)
	page.Organizations = s.Branded(c, page.Organizations)
	if !access.HasOperator(live) {
		page.FallbackURL = "" // the session does not open the app
	}
	for _, offer := range offers {
		page.Joins = append(page.Joins, s.Join(offer))
	}
	for _, inv := range invitations {
		page.Invitations = append(page.Invitations, templates.PendingInvitation{
			Organization: s.PublicName(inv.Organization), Brand: s.BrandOf(c, inv.Organization), Role: inv.Role, Inviter: web.Inviter(inv), Expires: inv.ExpiresAt,
		})
	}
	return s.Page(c, http.StatusOK, page)
}

// backToChooser sends a browser without a session to log in, and back here with
// the path that it was to keep.
func (s *Handler) backToChooser(c echo.Context) error {
	chooser := s.Site.ChooserURL(s.keptPath(c))
	if len(chooser) > flow.MaxRedirect {
		chooser = s.Site.ChooserURL("")
	}
	login := s.LoginHostURL("/login", url.Values{"redirect": {chooser}})
	if web.WantsJSON(c) {
		return &web.Problem{Status: http.StatusUnauthorized, Login: login}
	}
	return s.Sessions.ToLogin(c, login)
}

// keptPath is the path that the chooser was given to keep; another redirect is
// dropped here, the choice itself names the place.
func (s *Handler) keptPath(c echo.Context) string {
	return flow.IntentOf(web.QueryOf(c.Request())).PathRedirect(s.Site)
}
