package login

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"orglogin/handlers/flow"
	"orglogin/handlers/web"
	"orglogin/redirect"
	"orglogin/store"
	"orglogin/templates"
)

const (
	receiptHeader = "X-Login-Receipt"
	refusedHeader = "X-Redirect-Refused"
)

// arrival is a signed-in person at the point of being sent somewhere.
type arrival struct {
	intent   flow.Intent
	session  *store.Session
	snapshot store.AccessSnapshot
	begun    time.Time // when the login, or this request, began
}

// land answers with a decision: its 302, or its page. Every decision leaves one
// log line, one count and one receipt.
func (s *Handler) land(c echo.Context, a arrival, d redirect.Decision, err error) error {
	if err != nil {
		s.recordDecision(c, a, d, outcomeFailed)
		return web.Unavailable(err)
	}
	d.Receipt = store.NewReceiptID()
	h := c.Response().Header()
	h.Set(receiptHeader, d.Receipt)
	if d.RefusedRedirect != "" {
		h.Set(refusedHeader, string(d.RefusedRedirect))
		s.metrics.redirectsRefused.WithLabelValues(string(d.RefusedRedirect)).Inc()
	}
	s.keep(c, a, d)
	s.recordDecision(c, a, d, outcomeOf(d))
	if d.Status == http.StatusFound {
		return s.Redirect(c, web.SeeOther(c.Request().Method), d.URL)
	}
	if d.Reason == store.SSORequiredReason {
		p, err := s.ssoRequired(c, a, d.Organization)
		if err != nil {
			return err
		}
		return p
	}
	return &web.Problem{Status: d.Status, Reason: d.Reason, Page: s.decisionPage(c, a, d)}
}

func outcomeOf(d redirect.Decision) string {
	switch {
	case d.Outcome == redirect.Land:
		return outcomeLanded
	case d.Reason == store.DisabledUser:
		return outcomeRefused
	}
	return outcomePage
}

// keep stores the receipt and the organization landed in. Both may be late or
// lost: a landing neither waits for these writes nor fails with them.
func (s *Handler) keep(c echo.Context, a arrival, d redirect.Decision) {
	ctx := c.Request().Context()
	body, err := d.MarshalJSON() // json.Marshal would parse and escape it again
	if err == nil {
		err = s.Store.SaveReceipt(ctx, store.Receipt{ID: d.Receipt, UserID: a.session.UserID, At: s.Now(), Decision: body})
	}
	if err != nil {
		s.Warn(c, "the receipt was not kept", slog.String("receipt", d.Receipt), slog.Any("error", err))
	}
	if d.Outcome != redirect.Land || d.Organization == nil || c.Request().Method == http.MethodHead || !opensPage(c.Request()) {
		return
	}
	// Landing by an invitation is accepting it, which alone does not change where
	// the person goes by default, while there is such a place.
	_, used := a.snapshot.Membership(a.snapshot.LastUsed)
	if a.snapshot.LastUsed == d.Organization.ID || used && d.Step == redirect.Invitation {
		return
	}
	if err := s.Store.MarkUsed(ctx, a.session.UserID, d.Organization.ID, s.Now()); err != nil {
		s.Warn(c, "the organization last used was not kept", slog.String("receipt", d.Receipt), slog.Any("error", err))
	}
}

// opensPage reports whether a person sees where this leads. A picture, script or
// frame of a page of another organization comes with the session too, and shows no
// landing to a person.
func opensPage(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return dest == "" || dest == "document"
}

// decisionPage is the page of a decision that does not land.
func (s *Handler) decisionPage(c echo.Context, a arrival, d redirect.Decision) templates.Refusal {
	account, id := web.AccountOf(a.snapshot), web.RequestID(c)
	switchURL := a.intent.OtherAccount().Path(StartPath)
	switch d.Reason {
	case store.NotAMember:
		page := templates.NotAMember{
			Account: account, Organizations: s.Branded(c, web.FewChoices("", a.snapshot)),
			SwitchURL: switchURL, ChooserURL: s.Site.ChooserURL(""), RequestID: id,
		}
		if d.Organization != nil {
			page.Organization, page.Brand = s.PublicName(*d.Organization), s.BrandOf(c, *d.Organization)
			page.Join = s.joinOf(c, a.session, *d.Organization)
		}
		return page
	case store.EmailMismatch, store.EmailNotVerified:
		page := templates.WrongAccount{
			Account: account, Unverified: d.Reason == store.EmailNotVerified,
			SwitchURL: switchURL, GoOnURL: a.intent.WithoutInvitation().Path(Path), RequestID: id,
		}
		if d.Invitation != nil {
			page.Invited, page.Organization = d.Invitation.Email, s.PublicName(d.Invitation.Organization)
			page.Brand = s.BrandOf(c, d.Invitation.Organization)
		}
		return page
	case store.Expired, store.Revoked, store.Used, store.Unknown:
		page := templates.InvitationGone{Reason: d.Reason, GoOnURL: a.intent.WithoutInvitation().Path(Path), RequestID: id}
		if d.Invitation != nil {
			page.Organization, page.Brand = s.PublicName(d.Invitation.Organization), s.BrandOf(c, d.Invitation.Organization)
		}
		return page
	case store.DisabledUser:
		return templates.Refused{Reason: d.Reason, Account: account.Email, RetryURL: a.intent.OtherAccount().AgainPath(), RequestID: id}
	}
	return templates.Failure{Status: d.Status, Reason: d.Reason, RetryURL: s.Site.ChooserURL(""), Chooser: true, RequestID: id}
}
