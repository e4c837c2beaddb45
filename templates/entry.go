package templates

import (
	"net/http"
	"slices"
)

// Login is the page that a login begins on. The login itself starts with a
// link: a form would fall under form-action on every redirect after it.
type Login struct {
	SignIn       SignInLinks // the connections to sign in with
	Organization string      // name of the organization that the login began on, or empty
	Invitation   *InvitationOffer
	Invalid      *InvitationGone // the invitation of the link, where it cannot be accepted; SignIn is without it, or GoOnURL is
	SignedInAs   *Account        // with a live session, when another account was asked for
	ContinueURL  string          // goes on as SignedInAs
	Notice       string          // one of the Notice constants, or empty
	HomeURL      string
	OthersURL    string     // the page with the other connections, where SignIn is one that was asked for
	Discover     *Discovery // finds the connection of an address; nil: the page has no such field
}

// Discovery is the form that finds an organization's connection by the domain of an
// address. It posts to /auth/discover.
type Discovery struct {
	Email      string // as typed before, or empty
	Redirect   string
	Invitation string
	Prompt     string
}

// SignInLink begins a login with one connection.
type SignInLink struct {
	Provider string // what people call the provider, "Google"
	Google   bool   // the provider is Google: its button, by its brand rules
	Host     string // of the issuer of an organization's connection, whose name the organization chose; else empty
	URL      string // /auth/start with the intent
}

// SignInLinks are those of one page, in its order.
type SignInLinks []SignInLink

// Several reports whether there is a choice.
func (l SignInLinks) Several() bool { return len(l) > 1 }

func (Login) StatusCode() int { return http.StatusOK }

func (p Login) Title() string {
	switch {
	case p.Invalid != nil:
		return p.Invalid.Title()
	case p.Invitation != nil:
		return titleJoin(p.Invitation.Organization)
	case p.Organization != "":
		return titleSignInTo(p.Organization)
	}
	return titleSignIn
}

func (p Login) text() text {
	if p.Invalid != nil {
		return p.Invalid.text()
	}
	return text{}
}

func (p Login) HasForm() bool   { return p.Discover != nil }
func (Login) template() string  { return "login" }
func (Login) requestID() string { return "" }

func (p Login) actions() []action {
	actions := []action{{Label: labelOthers, URL: p.OthersURL}, {Label: labelHome, URL: p.HomeURL}}
	if p.Invalid != nil {
		return append([]action{{Label: labelWithoutInvitation, URL: p.Invalid.GoOnURL}}, actions...)
	}
	return actions
}

// AcceptInvitation asks the person signed in whether to join. It posts
// invitation and redirect to /login.
type AcceptInvitation struct {
	Organization string
	Role         string
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
func (AcceptInvitation) HasForm() bool     { return true }
func (AcceptInvitation) template() string  { return "accept" }
func (AcceptInvitation) requestID() string { return "" }

// Title implements [Page].
func (p AcceptInvitation) Title() string {
	if p.MemberRole != "" {
		return titleAlreadyMember(p.Organization)
	}
	return titleJoin(p.Organization)
}

func (p AcceptInvitation) actions() []action {
	return []action{{Label: labelDecline, URL: p.DeclineURL}, {Label: labelSwitch, URL: p.SwitchURL}}
}

// Chooser lists the person's organizations and the invitations that wait.
type Chooser struct {
	Account       Account
	Organizations []Choice
	Invitations   []PendingInvitation
	Joins         []Join
	FallbackURL   string // where people without an organization go on
	LogoutURL     string
	SwitchURL     string
}

func (Chooser) StatusCode() int { return http.StatusOK }

func (p Chooser) Title() string {
	if len(p.Organizations) == 0 {
		return titleNoOrganization
	}
	return titleChoose
}

func (p Chooser) HasForm() bool {
	return slices.ContainsFunc(p.Joins, func(j Join) bool { return !j.Waiting })
}

func (Chooser) template() string  { return "chooser" }
func (Chooser) requestID() string { return "" }

func (p Chooser) actions() []action {
	return []action{
		{Label: labelWithout, URL: p.FallbackURL, Primary: len(p.Organizations) == 0 && !p.HasForm()},
		{Label: labelSwitch, URL: p.SwitchURL},
		{Label: labelSignOut, URL: p.LogoutURL},
	}
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
func (ConnectionTest) StatusCode() int   { return http.StatusOK }
func (p ConnectionTest) Title() string   { return p.text().title }
func (p ConnectionTest) text() text      { return textConnectionTest() }
func (ConnectionTest) HasForm() bool     { return false }
func (ConnectionTest) template() string  { return "connectiontest" }
func (ConnectionTest) requestID() string { return "" }
func (ConnectionTest) actions() []action { return nil }

// SignOut asks before a session ends. It posts to Action; its second button
// sends everywhere=1.
type SignOut struct {
	Account *Account // nil: nobody is signed in
	Limited bool     // everywhere means the sessions of the same organizations alone
	Action  string
}

func (SignOut) StatusCode() int { return http.StatusOK }

func (p SignOut) Title() string {
	if p.Account == nil {
		return titleSignedOut
	}
	return titleSignOut
}

func (p SignOut) HasForm() bool   { return p.Account != nil }
func (SignOut) template() string  { return "signout" }
func (SignOut) requestID() string { return "" }
func (p SignOut) actions() []action {
	if p.Account != nil {
		return nil
	}
	return []action{{Label: titleSignIn, URL: "/login?prompt=select_account", Primary: true}} // perhaps a shared computer
}
