package handlers

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

// login is GET /login: a live session is decided, everybody else gets the page.
func (s *Server) login(c echo.Context) error {
	in := intentOf(queryOf(c.Request()))
	if in.Invitation != "" { // what /auth/start goes by where Sec-Fetch-Site is absent
		c.Response().Header().Set("Referrer-Policy", "same-origin")
	}
	hint, err := s.hint(c, in)
	if err != nil {
		return err
	}
	live, err := s.here(c)
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
func (s *Server) hint(c echo.Context, in intent) (*store.Organization, error) {
	if in.Organization == "" {
		return nil, nil
	}
	org, err := s.organizationNamed(c, in.Organization)
	if err != nil {
		return nil, err
	}
	return &org, nil
}

func (s *Server) loginPage(c echo.Context, in intent, hint *store.Organization, live *store.Session) error {
	page := templates.Login{Provider: s.ProviderName, Google: s.Google, HomeURL: s.Site.App.String()}
	if s.reportRefused(c, in) {
		page.Notice = templates.NoticeRedirectRefused
	}
	if signedOut := s.flows.ReadSignedOut(c.Request()); signedOut != "" && live == nil {
		page.Notice = templates.NoticeSignedOut
		if signedOut == signedOutEverywhere {
			page.Notice = templates.NoticeSignedOutEverywhere
		}
		in.Prompt = cmp.Or(in.Prompt, selectAccount)
	}
	page.StartURL = in.path("/auth/start")
	if hint != nil {
		page.Organization = s.publicName(*hint)
	}
	if err := s.offer(c, in, &page); err != nil {
		return err
	}
	account, err := s.account(c, live)
	if err != nil {
		return err
	}
	if account != nil {
		in.Prompt = ""
		page.SignedInAs, page.ContinueURL = account, in.path("/login")
	}
	return s.page(c, http.StatusOK, page)
}

// offer puts the invitation on the page: the inviting organization, or why it
// cannot be accepted. Whoever has the token may see that; the invited address is
// shown only after the login. The login of a used one goes on with it, because
// the member who accepted it lands by it.
func (s *Server) offer(c echo.Context, in intent, page *templates.Login) error {
	if in.Invitation == "" {
		return nil
	}
	inv, err := s.Store.Invitation(c.Request().Context(), store.HashToken(in.Invitation))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return away(err)
	}
	invalid := templates.InvitationGone{Reason: store.Unknown}
	if err == nil {
		name := s.publicName(inv.Organization)
		invalid.Organization = name
		switch inv.State(s.Now()) {
		case store.InvitationPending:
			page.Invitation = &templates.InvitationOffer{Organization: name, Role: inv.Role}
			return nil
		case store.InvitationAccepted:
			invalid.Reason, invalid.GoOnURL = store.Used, in.without().path("/login")
		case store.InvitationRevoked:
			invalid.Reason = store.Revoked
		case store.InvitationExpired:
			invalid.Reason = store.Expired
		}
	}
	if invalid.Reason != store.Used {
		page.StartURL = in.without().path("/auth/start")
	}
	page.Invalid = &invalid
	return nil
}

// account is who is signed in, nil for nobody: no session, or one whose profile
// was deleted.
func (s *Server) account(c echo.Context, live *store.Session) (*templates.Account, error) {
	if live == nil {
		return nil, nil
	}
	snapshot, err := s.Store.AccessSnapshot(c.Request().Context(), store.AccessQuery{UserID: live.UserID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, away(err)
	}
	account := accountOf(snapshot)
	return &account, nil
}

func accountOf(snapshot store.AccessSnapshot) templates.Account {
	return templates.Account{Name: snapshot.Profile.Name, Email: snapshot.Profile.Email}
}

// reportRefused sets the header of a redirect whose form alone is refused, and
// reports whether it is.
func (s *Server) reportRefused(c echo.Context, in intent) bool {
	_, reason := s.Site.Parse(in.Redirect)
	if reason == store.OK || reason == store.NotGiven {
		return false
	}
	c.Response().Header().Set(refusedHeader, string(reason))
	return true
}

// decide lands a live session, or asks first where an invitation waits.
func (s *Server) decide(c echo.Context, in intent, live *store.Session) error {
	begun := s.Now()
	d, snapshot, err := redirect.Resolve(c.Request().Context(), s.Site, s.Store, in.request(live), begun)
	switch {
	case errors.Is(err, store.ErrNotFound): // the profile was deleted under its session
		s.Sessions.Clear(c.Response().Header())
		hint, err := s.hint(c, in)
		if err != nil {
			return err
		}
		return s.loginPage(c, in, hint, nil)
	case err == nil:
		s.touch(c, live)
		if d.AcceptPending {
			s.reportRefused(c, in)
			return s.page(c, http.StatusOK, s.acceptPage(in, d, snapshot))
		}
	}
	return s.land(c, arrival{intent: in, userID: live.UserID, snapshot: snapshot, begun: begun}, d, err)
}

func (s *Server) acceptPage(in intent, d redirect.Decision, snapshot store.AccessSnapshot) templates.Page {
	page := templates.AcceptInvitation{
		Account:    accountOf(snapshot),
		Token:      in.Invitation,
		SwitchURL:  in.otherAccount().path("/auth/start"),
		DeclineURL: in.without().path("/login"),
	}
	if inv := d.Invitation; inv != nil {
		page.Organization, page.Role, page.Invited = s.publicName(inv.Organization), inv.Role, inv.Email
		if m, member := snapshot.Membership(inv.Organization.ID); member && d.AlreadyMember {
			page.MemberRole = m.Role
		}
	}
	if len(in.Redirect) == 1 {
		page.Redirect = s.absolute(in.Redirect[0], in.Organization) // the form names no organization
	}
	return page
}

// accept is POST /login: the page that asked was answered.
func (s *Server) accept(c echo.Context) error {
	form, err := formValues(c, "invitation", "redirect")
	if err != nil {
		return err
	}
	in := formIntent(form)
	ctx := c.Request().Context()
	live, err := s.here(c)
	if err != nil {
		return err
	}
	again := s.Site.Public.String() + in.path("/login")
	if live == nil { // ended while the page was open: the login page keeps the intent
		return c.Redirect(http.StatusSeeOther, again)
	}
	user := live.UserID
	if in.Invitation != "" {
		reason, err := s.Store.AcceptInvitation(ctx, user, store.HashToken(in.Invitation), s.Now())
		switch {
		case errors.Is(err, store.ErrNotFound): // the profile was deleted under its session
			return c.Redirect(http.StatusSeeOther, again)
		case err != nil:
			return away(err)
		}
		s.log(c).Info("invitation", "user_id", user, "reason", reason)
	}
	begun := s.Now()
	d, snapshot, err := redirect.Resolve(ctx, s.Site, s.Store, in.request(live), begun)
	if errors.Is(err, store.ErrNotFound) {
		return c.Redirect(http.StatusSeeOther, again)
	}
	return s.land(c, arrival{intent: in, userID: user, snapshot: snapshot, begun: begun}, d, err)
}
