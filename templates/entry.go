package templates

import (
	"net/http"
	"slices"
	"time"

	"orglogin/store"
)

// Notice is what a page says first, of what came before it.
type Notice string

// The notices. The zero value is none.
const (
	NoticeSignedOut           Notice = "signed_out"
	NoticeSignedOutEverywhere Notice = "signed_out_everywhere"
	NoticeSessionEnded        Notice = "session_ended"
	NoticeNotDiscovered       Notice = "not_discovered"
	NoticeRedirectRefused     Notice = "redirect_refused"
)

// Notice is the text of n, empty where it is none.
func (l *Language) Notice(n Notice) message {
	switch n {
	case NoticeSignedOut:
		return l.Notices.SignedOut
	case NoticeSignedOutEverywhere:
		return l.Notices.SignedOutEverywhere
	case NoticeSessionEnded:
		return l.Notices.SessionEnded
	case NoticeNotDiscovered:
		return l.Notices.NotDiscovered
	case NoticeRedirectRefused:
		return l.Notices.RedirectRefused
	}
	return ""
}

// Login is the page that a login begins on. The login itself starts with a
// link: a form would fall under form-action on every redirect after it.
type Login struct {
	SignIn       SignInLinks             // the connections to sign in with
	Organization string                  // name of the organization that the login began on, or empty
	Brand        store.OrganizationBrand // of that organization, or of the inviting one
	Invitation   *InvitationOffer
	Invalid      *InvitationGone // the invitation of the link, where it cannot be accepted; SignIn is without it, or GoOnURL is
	SignedInAs   *Account        // with a live session, when another account was asked for
	ContinueURL  string          // goes on as SignedInAs
	Notice       Notice
	OthersURL    string     // the page with the other connections, where SignIn is one that was asked for
	Discover     *Discovery // finds the connection of an address; nil: the page has no such field
}

// Discovery is the form that finds an organization's connection by the domain of an
// address. It posts to /auth/discover.
type Discovery struct {
	Email  string   // as typed before, or empty
	Hidden []Hidden // what the login goes on with
}

// Hidden is a hidden field of a form. One without a value is left out.
type Hidden struct{ Name, Value string }

// SignInLink begins a login with one connection.
type SignInLink struct {
	Provider string // what people call the provider, "Google"
	Google   bool   // the provider is Google: its button, by its brand rules
	Host     string // of the issuer of an organization's connection, whose name the organization chose; else empty
	URL      string // /auth/start with the intent
}

// SignInLinks are those of one page, in its order.
type SignInLinks []SignInLink

// Provider is the name of the only provider, empty where there are several.
func (l SignInLinks) Provider() string {
	if len(l) == 1 {
		return shownName(l[0].Provider)
	}
	return ""
}

// Several reports whether there is a choice.
func (l SignInLinks) Several() bool { return len(l) > 1 }

func (Login) StatusCode() int { return http.StatusOK }

func (p Login) title(l *Language) string {
	switch {
	case p.Invalid != nil:
		return p.Invalid.title(l)
	case p.Invitation != nil:
		return l.plain(l.Invitation.Join, "organization", p.Invitation.Organization)
	case p.Organization != "":
		return l.plain(l.Login.SignInTo, "name", p.Organization)
	}
	return string(l.Login.SignIn)
}

// isForProduct reports whether the page is about no organization, and its title names the product.
func (p Login) isForProduct() bool { return p.Invalid == nil && p.about().Name == "" }

func (p Login) about() tile {
	switch {
	case p.Invalid != nil:
		return tile{p.Invalid.Organization, p.Brand}
	case p.Invitation != nil:
		return tile{p.Invitation.Organization, p.Brand}
	}
	return tile{p.Organization, p.Brand}
}

func (p Login) HasForm() bool   { return p.Discover != nil }
func (Login) template() string  { return "login" }
func (Login) requestID() string { return "" }

func (p Login) actions(l *Language) []action {
	actions := []action{{Label: l.Login.OtherWays, URL: p.OthersURL}}
	if p.Invalid != nil {
		return append([]action{{Label: l.Common.WithoutInvitation, URL: p.Invalid.GoOnURL}}, actions...)
	}
	return actions
}

// AcceptInvitation asks the person signed in whether to join. It posts
// invitation and redirect to /login.
type AcceptInvitation struct {
	Organization string
	Brand        store.OrganizationBrand
	Role         string
	Inviter      string // empty where it is not known
	Expires      time.Time
	Invited      string // the invited address, which is the account's own
	Account      Account
	Token        string // the invitation's secret, back to us in the body only
	Redirect     string // may be empty
	// MemberRole is the role that the person has in the organization, where
	// accepting would change nothing; else empty.
	MemberRole string
	SwitchURL  string
	DeclineURL string
}

func (AcceptInvitation) StatusCode() int   { return http.StatusOK }
func (p AcceptInvitation) about() tile     { return tile{p.Organization, p.Brand} }
func (AcceptInvitation) HasForm() bool     { return true }
func (AcceptInvitation) template() string  { return "accept" }
func (AcceptInvitation) requestID() string { return "" }

func (p AcceptInvitation) title(l *Language) string {
	if p.MemberRole != "" {
		return l.plain(l.Invitation.AlreadyMember, "organization", p.Organization)
	}
	return l.plain(l.Invitation.Join, "organization", p.Organization)
}

func (p AcceptInvitation) actions(l *Language) []action {
	return []action{{Label: l.Invitation.Decline, URL: p.DeclineURL}, {Label: l.Common.UseAnotherAccount, URL: p.SwitchURL}}
}

// Chooser lists the person's organizations and the invitations that wait.
type Chooser struct {
	Account       Account
	Organizations []Choice
	Filter        *Filter // nil: the page has no such field
	Invitations   []PendingInvitation
	Joins         []Join
	FallbackURL   string // where people without an organization go on
	LogoutURL     string
	SwitchURL     string
}

func (Chooser) StatusCode() int { return http.StatusOK }

// HasPlaces reports whether the person is in an organization. The actions are then above
// the list, which may be long.
func (p Chooser) HasPlaces() bool { return len(p.Organizations) > 0 || p.Filter != nil }

func (p Chooser) title(l *Language) string {
	if p.HasPlaces() {
		return string(l.Chooser.Title)
	}
	return string(l.Chooser.NoOrganization)
}

func (p Chooser) HasForm() bool { return p.Filter != nil || p.CanJoin() }

// CanJoin reports whether there is an organization to ask.
func (p Chooser) CanJoin() bool {
	return slices.ContainsFunc(p.Joins, func(j Join) bool { return !j.Waiting })
}

func (Chooser) template() string  { return "chooser" }
func (Chooser) requestID() string { return "" }

func (p Chooser) actions(l *Language) []action {
	without := action{Label: l.Chooser.Without, URL: p.FallbackURL, Primary: !p.HasPlaces() && !p.CanJoin()}
	account := []action{{Label: l.Common.UseAnotherAccount, URL: p.SwitchURL}, {Label: l.Common.SignOut, URL: p.LogoutURL}}
	if p.HasPlaces() {
		return append(account, without)
	}
	return append([]action{without}, account...)
}

// Claim is one claim of a test login.
type Claim struct{ Document, Name, Value string }

// ConnectionTest is the page of a test login: what the provider said.
type ConnectionTest struct {
	Claims []Claim
	// Problem says why a login with these claims would be refused, empty where it would not.
	Problem string
}

// StatusCode implements [Page].
func (ConnectionTest) StatusCode() int            { return http.StatusOK }
func (ConnectionTest) title(l *Language) string   { return string(l.Connection.Worked.Title) }
func (ConnectionTest) HasForm() bool              { return false }
func (ConnectionTest) template() string           { return "connectiontest" }
func (ConnectionTest) requestID() string          { return "" }
func (ConnectionTest) actions(*Language) []action { return nil }

// SignOut asks before a session ends. It posts to Action; its second button
// sends everywhere=1.
type SignOut struct {
	Account *Account // nil: no one is signed in
	Limited bool     // everywhere means the sessions of the same organizations alone
	Action  string
	StayURL string // goes back
}

func (SignOut) StatusCode() int { return http.StatusOK }

func (p SignOut) title(l *Language) string {
	if p.Account == nil {
		return string(l.SignOut.NotSignedIn)
	}
	return string(l.SignOut.Title)
}

func (p SignOut) HasForm() bool   { return p.Account != nil }
func (SignOut) template() string  { return "signout" }
func (SignOut) requestID() string { return "" }

func (p SignOut) actions(l *Language) []action {
	if p.Account != nil {
		return []action{{Label: l.SignOut.Stay, URL: p.StayURL}}
	}
	return []action{{Label: l.Common.SignIn, URL: "/login?prompt=select_account", Primary: true}} // perhaps a shared computer
}
