package templates

import (
	"time"

	"orglogin/store"
)

// NotAMember answers a person who asked for an organization that is not theirs.
type NotAMember struct {
	Account       Account
	Organization  string   // the one asked for
	Organizations []Choice // the person's own
	Join          *Join    // the organization asked for, where the person may ask to join it
	SwitchURL     string
	ChooserURL    string
	RequestID     string
}

func (p NotAMember) text() text                      { return textNotAMember() }
func (p NotAMember) StatusCode() int                 { return p.text().status }
func (p NotAMember) Title() string                   { return p.text().title }
func (p NotAMember) Problem() (title, detail string) { return p.text().problem() }
func (p NotAMember) HasForm() bool                   { return p.Join != nil && !p.Join.Waiting }
func (NotAMember) template() string                  { return "notamember" }
func (p NotAMember) requestID() string               { return p.RequestID }

func (p NotAMember) actions() []action {
	return []action{{Label: labelSwitch, URL: p.SwitchURL, Primary: !p.HasForm()}, {Label: labelChooser, URL: p.ChooserURL}}
}

// WrongAccount answers a person who opened an invitation to another address,
// or (Unverified) to their own while it is not verified.
type WrongAccount struct {
	Account      Account
	Invited      string // the invited address
	Organization string
	Unverified   bool
	SwitchURL    string
	GoOnURL      string // goes on without the invitation
	RequestID    string
}

func (p WrongAccount) text() text                      { return textWrongAccount(p.Unverified) }
func (p WrongAccount) StatusCode() int                 { return p.text().status }
func (p WrongAccount) Title() string                   { return p.text().title }
func (p WrongAccount) Problem() (title, detail string) { return p.text().problem() }
func (WrongAccount) HasForm() bool                     { return false }
func (WrongAccount) template() string                  { return "wrongaccount" }
func (p WrongAccount) requestID() string               { return p.RequestID }

func (p WrongAccount) actions() []action {
	return []action{
		{Label: labelSwitch, URL: p.SwitchURL, Primary: true},
		{Label: labelWithoutInvitation, URL: p.GoOnURL},
	}
}

// InvitationGone answers an invitation that is not valid any more, or never was.
type InvitationGone struct {
	Reason       store.Reason // Expired, Revoked, Used; anything else reads as Unknown
	Organization string       // empty where unknown
	GoOnURL      string
	RequestID    string
}

func (p InvitationGone) text() text                      { return textInvitation(p.Reason) }
func (p InvitationGone) StatusCode() int                 { return p.text().status }
func (p InvitationGone) Title() string                   { return p.text().title }
func (p InvitationGone) Problem() (title, detail string) { return p.text().problem() }
func (InvitationGone) HasForm() bool                     { return false }
func (InvitationGone) template() string                  { return "invitationgone" }
func (p InvitationGone) requestID() string               { return p.RequestID }

func (p InvitationGone) actions() []action {
	return []action{{Label: labelWithoutInvitation, URL: p.GoOnURL, Primary: true}}
}

// Refused answers a login that the provider or this service did not let in.
// There is no session.
type Refused struct {
	Reason    store.Reason // EmailNotVerified, HostedDomain, SignupIsClosed, DisabledUser, Denied, NotInvited, Ambiguous, UnknownConnection
	Account   string       // the address that was refused, shown to its owner; may be empty
	Missing   string       // what the provider did not say of the address; may be empty
	RetryURL  string
	RequestID string
}

func (p Refused) text() text                      { return textRefused(p.Reason) }
func (p Refused) StatusCode() int                 { return p.text().status }
func (p Refused) Title() string                   { return p.text().title }
func (p Refused) Problem() (title, detail string) { return p.text().problem() }
func (Refused) HasForm() bool                     { return false }
func (Refused) template() string                  { return "refused" }
func (p Refused) requestID() string               { return p.RequestID }

func (p Refused) actions() []action {
	label := labelOtherAccount
	if p.Reason == store.Denied {
		label = labelRetry
	}
	return []action{{Label: label, URL: p.RetryURL, Primary: true}}
}

// SSORequired answers a session that does not open what was asked for: an
// organization that asks for its own connection, or the app outside any organization.
type SSORequired struct {
	Account      Account
	Organization string
	App          bool // the app, and no organization
	SignIn       SignInLinks
	ChooserURL   string
	RequestID    string
}

func (p SSORequired) text() text                      { return textSSORequired(p.App) }
func (p SSORequired) StatusCode() int                 { return p.text().status }
func (p SSORequired) Title() string                   { return p.text().title }
func (p SSORequired) Problem() (title, detail string) { return p.text().problem() }
func (SSORequired) HasForm() bool                     { return false }
func (SSORequired) template() string                  { return "ssorequired" }
func (p SSORequired) requestID() string               { return p.RequestID }

// Provider is what the page names: the one provider, or the organization's sign-in.
func (p SSORequired) Provider() string {
	if len(p.SignIn) == 1 && shownName(p.SignIn[0].Provider) != "" {
		return shownName(p.SignIn[0].Provider)
	}
	return "its own sign-in"
}

func (p SSORequired) actions() []action { return []action{{Label: labelChooser, URL: p.ChooserURL}} }

// ConnectionTestFailed answers a test login that failed at the organization's provider.
// The class is all that the organization learns of the failure.
type ConnectionTestFailed struct {
	Class     store.Reason // unreachable, tls, not_json, issuer_mismatch, client_refused
	RequestID string
}

func (p ConnectionTestFailed) text() text                      { return textConnectionTestFailed(string(p.Class)) }
func (p ConnectionTestFailed) StatusCode() int                 { return p.text().status }
func (p ConnectionTestFailed) Title() string                   { return p.text().title }
func (p ConnectionTestFailed) Problem() (title, detail string) { return p.text().problem() }
func (ConnectionTestFailed) HasForm() bool                     { return false }
func (ConnectionTestFailed) template() string                  { return "plain" }
func (p ConnectionTestFailed) requestID() string               { return p.RequestID }
func (ConnectionTestFailed) actions() []action                 { return nil }

// FlowProblem answers a provider's answer that belongs to no login in
// progress in this browser. It says what was found; only a click starts again.
type FlowProblem struct {
	Reason    store.Reason // NoCookie, FlowExpired, FlowUsed, BadState; others get a general text
	Rejected  bool         // the provider rejected our request: the configuration is wrong
	RetryURL  string
	RequestID string
}

func (p FlowProblem) text() text                      { return textFlow(p.Reason, p.Rejected) }
func (p FlowProblem) StatusCode() int                 { return p.text().status }
func (p FlowProblem) Title() string                   { return p.text().title }
func (p FlowProblem) Problem() (title, detail string) { return p.text().problem() }
func (FlowProblem) HasForm() bool                     { return false }
func (FlowProblem) template() string                  { return "plain" }
func (p FlowProblem) requestID() string               { return p.RequestID }

func (p FlowProblem) actions() []action {
	return []action{{Label: labelStartAgain, URL: p.RetryURL, Primary: true}}
}

// SignInFromFrame answers a page in a frame that needs a session. Providers
// refuse to be framed, so its one link opens the login in the whole window.
type SignInFromFrame struct {
	LoginURL  string
	RequestID string
}

func (p SignInFromFrame) text() text                      { return textSignInFromFrame() }
func (p SignInFromFrame) StatusCode() int                 { return p.text().status }
func (p SignInFromFrame) Title() string                   { return p.text().title }
func (p SignInFromFrame) Problem() (title, detail string) { return p.text().problem() }
func (SignInFromFrame) HasForm() bool                     { return false }
func (SignInFromFrame) template() string                  { return "plain" }
func (p SignInFromFrame) requestID() string               { return p.RequestID }

func (p SignInFromFrame) actions() []action {
	return []action{{Label: labelSignIn, URL: p.LoginURL, Primary: true, Top: true}}
}

// Failure answers everything else that went wrong.
type Failure struct {
	Status    int           // one without a text of its own is answered as 500
	Reason    store.Reason  // may be empty; some have a text of their own
	Wait      time.Duration // of a 429: when to try again
	RetryURL  string        // empty: no link
	RequestID string
}

func (p Failure) text() text                      { return textFailure(p.Status, p.Reason, p.Wait) }
func (p Failure) StatusCode() int                 { return p.text().status }
func (p Failure) Title() string                   { return p.text().title }
func (p Failure) Problem() (title, detail string) { return p.text().problem() }
func (Failure) HasForm() bool                     { return false }
func (Failure) template() string                  { return "plain" }
func (p Failure) requestID() string               { return p.RequestID }

func (p Failure) actions() []action {
	label := labelSignInPage
	if p.Reason == store.JoinRequested {
		label = labelChooser
	}
	if s := p.StatusCode(); s >= 500 || s == 429 {
		label = labelRetry
	}
	return []action{{Label: label, URL: p.RetryURL, Primary: true}}
}
