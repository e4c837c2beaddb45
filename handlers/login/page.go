package login

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
	"orglogin/store"
	"orglogin/templates"
)

// login is GET /login: a live session lands; without one the page is shown.
func (s *Handler) login(c echo.Context) error {
	in := flow.IntentOf(web.QueryOf(c.Request()))
	if in.Invitation != "" { // what /auth/start goes by where Sec-Fetch-Site is absent
		c.Response().Header().Set("Referrer-Policy", "same-origin")
	}
	hint, err := s.hint(c, in)
	if err != nil {
		return err
	}
	live, err := s.Sessions.OnLoginHost(c)
	if err != nil {
		return err
	}
	if live != nil && in.Prompt == "" {
		return s.decide(c, in, live)
	}
	return s.loginPage(c, in, hint, live)
}

// hint is the organization that organization= names; nil without one. An
// unknown or malformed one is a 404 page.
func (s *Handler) hint(c echo.Context, in flow.Intent) (*store.Organization, error) {
	if in.Organization == "" {
		return nil, nil
	}
	org, err := s.OrganizationBySlug(c, in.Organization)
	if err != nil {
		return nil, err
	}
	return &org, nil
}

// loginPageAgain is the login page where a session has nothing to land with.
func (s *Handler) loginPageAgain(c echo.Context, in flow.Intent, live *store.Session) error {
	hint, err := s.hint(c, in)
	if err != nil {
		return err
	}
	return s.loginPage(c, in, hint, live)
}

func (s *Handler) loginPage(c echo.Context, in flow.Intent, hint *store.Organization, live *store.Session) error {
	page := templates.Login{}
	in = s.notice(c, in, live, &page)
	offered, invited, err := s.offer(c, in, &page)
	if err != nil {
		return err
	}
	asked := s.askedFor(c, offered, invited, hint)
	named := hint
	if named == nil && invited == nil {
		named = asked
	}
	if named != nil && (hint != nil || named.Status == store.Verified) { // else the landing refuses the redirect
		page.Organization, page.Brand = s.PublicName(*named), s.BrandOf(c, *named)
	}
	all, err := s.connections(c, asked)
	if asked == nil {
		all, err = s.discovered(c, offered)
	}
	switch {
	case err != nil:
		return err
	case len(all) == 0:
		return unavailable()
	}
	page.SignIn = links(all, offered)
	if len(page.SignIn) < len(all) {
		page.OthersURL = offered.By("").Path(Path)
	}
	page.Discover = s.discovery(offered, named)
	if page.Discover != nil && in.LoginHint != "" && in.Connection == "" && s.FromOwnPage(c.Request()) { // by the form, which looked
		page.Notice = cmp.Or(page.Notice, templates.NoticeNotDiscovered)
	}
	account, err := s.Sessions.Account(c, live)
	if err != nil {
		return err
	}
	if account != nil {
		if in.Prompt == "" { // the invitation needs a login: going on leaves it
			in = in.WithoutInvitation()
		}
		in.Prompt = ""
		page.SignedInAs, page.ContinueURL = account, in.Path(Path)
	}
	return s.Page(c, http.StatusOK, page)
}

// notice says on the page what came before it, and returns the intent of the page. It
// goes by cookies that we sealed and by the redirect itself, so that no link from outside
// makes the page say what did not happen. What a cookie says is said once.
func (s *Handler) notice(c echo.Context, in flow.Intent, live *store.Session, page *templates.Login) flow.Intent {
	if s.reportRefused(c, in) {
		page.Notice = templates.NoticeRedirectRefused
	}
	if live != nil {
		return in
	}
	signedOut := s.Flows.ReadSignedOut(c.Request())
	if signedOut == "" {
		if web.SessionEnded(c) {
			page.Notice = cmp.Or(page.Notice, templates.NoticeSessionEnded)
		}
		return in
	}
	if signedOut != flow.SignedOutShown {
		page.Notice = templates.NoticeSignedOut
		if signedOut == flow.SignedOutEverywhere {
			page.Notice = templates.NoticeSignedOutEverywhere
		}
		c.SetCookie(s.Flows.ShowSignedOut())
	}
	in.Prompt = cmp.Or(in.Prompt, flow.SelectAccount)
	return in
}

// offer puts the invitation on the page: the inviting organization, or why it
// cannot be accepted. Who has the token may see that; the invited address is
// shown only after the login. The login of a used one goes on with it, because
// the member who accepted it lands by it.
// It returns the intent of the sign-in link, and the inviting organization where the
// link still carries the invitation.
func (s *Handler) offer(c echo.Context, in flow.Intent, page *templates.Login) (flow.Intent, *store.Organization, error) {
	if in.Invitation == "" {
		return in, nil, nil
	}
	inv, err := s.Store.Invitation(c.Request().Context(), store.HashToken(in.Invitation))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return in, nil, web.Unavailable(err)
	}
	invalid := templates.InvitationGone{Reason: store.Unknown}
	if err == nil {
		name := s.PublicName(inv.Organization)
		invalid.Organization = name
		page.Brand = s.BrandOf(c, inv.Organization)
		switch inv.State(s.Now()) {
		case store.InvitationPending:
			page.Invitation = &templates.InvitationOffer{Organization: name, Role: inv.Role, Inviter: web.Inviter(inv), Expires: inv.ExpiresAt}
			return in, &inv.Organization, nil
		case store.InvitationAccepted:
			invalid.Reason, invalid.GoOnURL = store.Used, in.WithoutInvitation().Path(Path)
		case store.InvitationRevoked:
			invalid.Reason = store.Revoked
		case store.InvitationExpired:
			invalid.Reason = store.Expired
		}
	}
	page.Invalid = &invalid
	if invalid.Reason != store.Used {
		return in.WithoutInvitation(), nil, nil
	}
	return in, &inv.Organization, nil
}

// reportRefused sets the header of a redirect whose form alone is refused, and
// reports whether it is.
func (s *Handler) reportRefused(c echo.Context, in flow.Intent) bool {
	_, reason := s.Site.Parse(in.Redirect)
	if reason == store.OK || reason == store.NotGiven {
		return false
	}
	c.Response().Header().Set(refusedHeader, string(reason))
	return true
}
