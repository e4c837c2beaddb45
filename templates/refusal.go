package templates

import (
	"net/http"

	"orglogin/store"
)

// NotAMember answers a person who asked for an organization that is not theirs.
type NotAMember struct {
	Account       Account
	Organization  string // the one asked for
	Brand         store.OrganizationBrand
	Organizations []Choice // the person's own
	Join          *Join    // the organization asked for, where the person may ask to join it
	SwitchURL     string
	ChooserURL    string
	RequestID     string
}

func (p NotAMember) about() tile               { return tile{p.Organization, p.Brand} }
func (NotAMember) StatusCode() int             { return http.StatusForbidden }
func (NotAMember) Words(l *Language) sentences { return l.Refused.NotAMember }
func (p NotAMember) title(l *Language) string  { return string(p.Words(l).Title) }
func (p NotAMember) HasForm() bool             { return p.Join != nil && !p.Join.Waiting }
func (NotAMember) template() string            { return "notamember" }
func (p NotAMember) requestID() string         { return p.RequestID }

func (p NotAMember) actions(l *Language) []action {
	return []action{{Label: l.Common.UseAnotherAccount, URL: p.SwitchURL, Primary: !p.HasForm()}, {Label: l.Common.AllOrganizations, URL: p.ChooserURL}}
}

// WrongAccount answers a person who opened an invitation to another address,
// or (Unverified) to their own while it is not verified.
type WrongAccount struct {
	Account      Account
	Invited      string // the invited address
	Organization string
	Brand        store.OrganizationBrand
	Unverified   bool
	SwitchURL    string
	GoOnURL      string // goes on without the invitation
	RequestID    string
}

func (p WrongAccount) about() tile   { return tile{p.Organization, p.Brand} }
func (WrongAccount) StatusCode() int { return http.StatusForbidden }

func (p WrongAccount) Words(l *Language) sentences {
	if p.Unverified {
		return l.Invitation.Unverified
	}
	return l.Invitation.WrongAccount
}

func (p WrongAccount) title(l *Language) string { return string(p.Words(l).Title) }
func (WrongAccount) HasForm() bool              { return false }
func (WrongAccount) template() string           { return "wrongaccount" }
func (p WrongAccount) requestID() string        { return p.RequestID }

func (p WrongAccount) actions(l *Language) []action {
	return []action{
		{Label: l.Common.UseAnotherAccount, URL: p.SwitchURL, Primary: true},
		{Label: l.Common.WithoutInvitation, URL: p.GoOnURL},
	}
}

// InvitationGone answers an invitation that is not valid any more, or never was.
type InvitationGone struct {
	Reason       store.Reason // Expired, Revoked, Used; anything else reads as Unknown
	Organization string       // empty where unknown
	Brand        store.OrganizationBrand
	GoOnURL      string
	RequestID    string
}

func (p InvitationGone) about() tile { return tile{p.Organization, p.Brand} }

func (p InvitationGone) StatusCode() int {
	switch p.Reason {
	case store.Expired, store.Revoked, store.Used:
		return http.StatusGone
	}
	return http.StatusNotFound
}

func (p InvitationGone) Words(l *Language) sentences {
	switch p.Reason {
	case store.Expired:
		return l.Invitation.Expired
	case store.Revoked:
		return l.Invitation.Revoked
	case store.Used:
		return l.Invitation.Used
	}
	return l.Invitation.Unknown
}

func (p InvitationGone) title(l *Language) string { return string(p.Words(l).Title) }
func (InvitationGone) HasForm() bool              { return false }
func (InvitationGone) template() string           { return "invitationgone" }
func (p InvitationGone) requestID() string        { return p.RequestID }

func (p InvitationGone) actions(l *Language) []action {
	return []action{{Label: l.Common.WithoutInvitation, URL: p.GoOnURL, Primary: true}}
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

func (p Refused) StatusCode() int {
	if p.Reason == store.Denied {
		return http.StatusBadRequest
	}
	return http.StatusForbidden
}

func (p Refused) Words(l *Language) sentences {
	switch p.Reason {
	case store.Denied:
		return l.Refused.Denied
	case store.EmailNotVerified:
		return l.Refused.EmailNotVerified
	case store.HostedDomain:
		return l.Refused.HostedDomain
	case store.SignupIsClosed:
		return l.Refused.SignupIsClosed
	case store.NotInvited:
		return l.Refused.NotInvited
	case store.Ambiguous:
		return l.Refused.Ambiguous
	case store.UnknownConnection:
		return l.Refused.UnknownConnection
	case store.DisabledUser:
		return l.Refused.DisabledUser
	}
	return l.Refused.Other
}

func (p Refused) title(l *Language) string { return string(p.Words(l).Title) }
func (Refused) HasForm() bool              { return false }
func (Refused) template() string           { return "refused" }
func (p Refused) requestID() string        { return p.RequestID }

func (p Refused) actions(l *Language) []action {
	label := l.Common.OtherAccount
	if p.Reason == store.Denied {
		label = l.Common.Retry
	}
	return []action{{Label: label, URL: p.RetryURL, Primary: true}}
}

// SSORequired answers a session that does not open what was asked for: an
// organization that asks for its own connection, or the app outside any organization.
type SSORequired struct {
	Account      Account
	Organization string
	Brand        store.OrganizationBrand
	App          bool // the app, and no organization
	SignIn       SignInLinks
	ChooserURL   string
	RequestID    string
}

func (p SSORequired) about() tile   { return tile{p.Organization, p.Brand} }
func (SSORequired) StatusCode() int { return http.StatusForbidden }

func (p SSORequired) Words(l *Language) sentences {
	if p.App {
		return l.Refused.SSOApp
	}
	return l.Refused.SSO
}

func (p SSORequired) title(l *Language) string { return string(p.Words(l).Title) }
func (SSORequired) HasForm() bool              { return false }
func (SSORequired) template() string           { return "ssorequired" }
func (p SSORequired) requestID() string        { return p.RequestID }

func (p SSORequired) actions(l *Language) []action {
	return []action{{Label: l.Common.AllOrganizations, URL: p.ChooserURL}}
}

// ConnectionTestFailed answers a test login that failed at the organization's provider.
// The class is all that the organization learns of the failure.
type ConnectionTestFailed struct {
	Class     store.Reason // unreachable, tls, not_json, issuer_mismatch, client_refused
	RequestID string
}

func (ConnectionTestFailed) StatusCode() int { return http.StatusBadGateway }

func (p ConnectionTestFailed) Words(l *Language) sentences {
	detail := l.Connection.Unreachable
	switch p.Class {
	case "tls":
		detail = l.Connection.TLS
	case "not_json":
		detail = l.Connection.NotJSON
	case "issuer_mismatch":
		detail = l.Connection.OtherIssuer
	case "client_refused":
		detail = l.Connection.ClientRefused
	}
	return sentences{l.Connection.FailedTitle, detail, l.Connection.FailedNext}
}

func (p ConnectionTestFailed) title(l *Language) string   { return string(p.Words(l).Title) }
func (ConnectionTestFailed) HasForm() bool                { return false }
func (ConnectionTestFailed) template() string             { return "plain" }
func (p ConnectionTestFailed) requestID() string          { return p.RequestID }
func (ConnectionTestFailed) actions(l *Language) []action { return nil }

// FlowProblem answers a provider's answer that belongs to no login in
// progress in this browser. It says what was found; only a click starts again.
type FlowProblem struct {
	Reason    store.Reason // NoCookie, FlowExpired, FlowUsed, BadState; others get a general text
	Rejected  bool         // the provider rejected our request: the configuration is wrong
	RetryURL  string
	RequestID string
}

func (FlowProblem) StatusCode() int { return http.StatusBadRequest }

func (p FlowProblem) Words(l *Language) sentences {
	if p.Rejected {
		return l.Flow.Rejected
	}
	switch p.Reason {
	case store.NoCookie:
		return l.Flow.NoCookie
	case store.FlowExpired:
		return l.Flow.Expired
	case store.FlowUsed:
		return l.Flow.Used
	case store.BadState:
		return l.Flow.BadState
	}
	return l.Flow.Other
}

func (p FlowProblem) title(l *Language) string { return string(p.Words(l).Title) }
func (FlowProblem) HasForm() bool              { return false }
func (FlowProblem) template() string           { return "plain" }
func (p FlowProblem) requestID() string        { return p.RequestID }

func (p FlowProblem) actions(l *Language) []action {
	return []action{{Label: l.Common.StartAgain, URL: p.RetryURL, Primary: true}}
}

// SignInFromFrame answers a page in a frame that needs a session. Providers
// refuse to be framed, so its one link opens the login in the whole window.
type SignInFromFrame struct {
	LoginURL  string
	RequestID string
}

func (SignInFromFrame) StatusCode() int             { return http.StatusUnauthorized }
func (SignInFromFrame) Words(l *Language) sentences { return l.Failure.SignInFromFrame }
func (p SignInFromFrame) title(l *Language) string  { return string(p.Words(l).Title) }
func (SignInFromFrame) HasForm() bool               { return false }
func (SignInFromFrame) template() string            { return "plain" }
func (p SignInFromFrame) requestID() string         { return p.RequestID }

func (p SignInFromFrame) actions(l *Language) []action {
	return []action{{Label: l.Common.SignIn, URL: p.LoginURL, Primary: true, Top: true}}
}
