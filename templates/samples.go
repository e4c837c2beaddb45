package templates

import (
	"time"

	"orglogin/store"
)

// Sample is a page with data to look at and to test with.
type Sample struct {
	Name string // fit for a URL and a file name
	Page Page
}

// Samples lists every page in every variant, in the order in which people
// would meet them.
func Samples() []Sample {
	samples := append(entrySamples(), refusalSamples()...)
	return append(samples, failures(sampleLogin, sampleRequest)...)
}

// What the samples share.
const (
	sampleAgain     = "/auth/start?redirect=%2Finvoices"
	sampleLogin     = "/login"
	sampleChooser   = "/organizations"
	sampleSwitching = "/auth/start?prompt=select_account"
	sampleHome      = "https://app.example.com/clients"
	sampleRequest   = "7f9c2ba4e88f4d07"
	sampleToken     = "sample-token-sample-token-sample"
)

var (
	sampleExpires = time.Date(2030, time.January, 2, 15, 4, 5, 0, time.UTC)

	sampleAnn    = Account{Name: "Ann Smith", Email: "ann@acme.test"}
	samplePlaces = []Choice{
		{Name: "Acme", Slug: "acme", Role: "owner", URL: "/login?organization=acme", LastUsed: true},
		{Name: "Globex Corporation", Slug: "globex", Role: "member", URL: "/login?organization=globex"},
		{Name: "Initech", Slug: "initech", Role: "admin", Pending: true},
	}
	sampleWaiting = []PendingInvitation{
		{Organization: "Hooli", Role: "member", Expires: sampleExpires},
		{Organization: "Globex Corporation", Role: "admin", Inviter: "Gisela Krüger", Expires: sampleExpires},
	}
	sampleJoins = []Join{
		{Organization: "Pied Piper", Slug: "pied-piper"},
		{Organization: "Raviga Capital", Slug: "raviga", Waiting: true},
	}
	sampleGoogle = SignInLinks{{Provider: "Google", Google: true, URL: sampleAgain}}
	sampleOther  = SignInLinks{{Provider: "Example ID", URL: sampleAgain}}
	sampleOwn    = SignInLinks{{Provider: "Acme ID", Host: "login.acme.test", URL: sampleAgain + "&connection=c-aaaaaaaaaaaaaaaa"}}
	sampleOffer  = &InvitationOffer{Organization: "Acme", Role: "member", Inviter: "Bob Jones", Expires: sampleExpires}
)

func entrySamples() []Sample {
	return []Sample{
		{"login", Login{SignIn: sampleGoogle}},
		{"login-organization", Login{SignIn: sampleGoogle, Organization: "Acme"}},
		{"login-organization-look", Login{SignIn: sampleGoogle, Organization: "Acme", Brand: SampleLook()}},
		{"login-other-provider", Login{SignIn: sampleOther, Organization: "Acme"}},
		{"login-several-providers", Login{SignIn: append(append(sampleOwn[:1:1], sampleGoogle...), sampleOther...), Organization: "Acme"}},
		{"login-discovery", Login{SignIn: sampleGoogle, Discover: &Discovery{Hidden: []Hidden{{"redirect", "/invoices?month=5"}}}}},
		{"login-discovered", Login{SignIn: sampleOwn, OthersURL: sampleLogin, Discover: &Discovery{Email: sampleAnn.Email}}},
		{"login-not-discovered", Login{SignIn: append(sampleGoogle[:1:1], sampleOther...), Notice: NoticeNotDiscovered, Discover: &Discovery{Email: sampleAnn.Email}}},
		{"login-invitation-discovery", Login{SignIn: sampleOther, Invitation: sampleOffer, Discover: &Discovery{Hidden: []Hidden{{"invitation", sampleToken}}}}},
		{"login-signed-in-discovery", Login{SignIn: sampleGoogle, SignedInAs: &sampleAnn, ContinueURL: sampleLogin, Discover: &Discovery{Hidden: []Hidden{{"prompt", "select_account"}}}}},
		{"login-invitation", Login{SignIn: sampleGoogle, Invitation: sampleOffer}},
		{"login-invitation-unknown-inviter", Login{SignIn: sampleGoogle, Invitation: &InvitationOffer{Organization: "Acme", Role: "auditor", Expires: sampleExpires}}},
		{"login-invitation-expired", Login{
			SignIn: sampleGoogle, Invalid: &InvitationGone{Reason: store.Expired, Organization: "Acme"},
		}},
		{"login-invitation-used", Login{
			SignIn: sampleOther, Invalid: &InvitationGone{Reason: store.Used, Organization: "Acme", GoOnURL: sampleLogin},
		}},
		{"login-signed-out", Login{SignIn: sampleOther, Notice: NoticeSignedOut}},
		{"login-signed-out-everywhere", Login{SignIn: sampleOther, Notice: NoticeSignedOutEverywhere}},
		{"login-session-ended", Login{SignIn: sampleGoogle, Organization: "Acme", Notice: NoticeSessionEnded}},
		{"login-redirect-refused", Login{SignIn: sampleGoogle, Notice: NoticeRedirectRefused}},
		{"login-signed-in", Login{SignIn: sampleGoogle, SignedInAs: &sampleAnn, ContinueURL: sampleLogin}},
		{"login-signed-in-other-provider", Login{SignIn: sampleOther, Organization: "Acme", SignedInAs: &sampleAnn, ContinueURL: sampleLogin}},
		{"accept-invitation", AcceptInvitation{
			Organization: "Acme", Role: "admin", Inviter: "Bob Jones", Expires: sampleExpires, Invited: sampleAnn.Email, Account: sampleAnn, Token: sampleToken,
			Redirect: "/invoices?month=5", SwitchURL: sampleSwitching, DeclineURL: sampleChooser,
		}},
		{"accept-invitation-member", AcceptInvitation{
			Organization: "Acme", Role: "member", Invited: sampleAnn.Email, Account: sampleAnn, Token: sampleToken,
			MemberRole: "owner", SwitchURL: sampleSwitching, DeclineURL: sampleChooser,
		}},
		{"chooser", Chooser{Account: sampleAnn, Organizations: samplePlaces, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-looks", Chooser{
			Account: sampleAnn, LogoutURL: "/logout", SwitchURL: sampleSwitching,
			Organizations: []Choice{{Name: "Acme", Brand: SampleLook(), Slug: "acme", Role: "owner", URL: samplePlaces[0].URL}, samplePlaces[1]},
			Invitations:   []PendingInvitation{{Organization: "Hooli", Role: "member", Expires: sampleWaiting[0].Expires}},
		}},
		{"chooser-invitations", Chooser{Account: sampleAnn, Organizations: samplePlaces[:1], Invitations: sampleWaiting, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-only-invitations", Chooser{Account: sampleAnn, Invitations: sampleWaiting, FallbackURL: sampleHome, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-empty", Chooser{Account: sampleAnn, FallbackURL: sampleHome, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-joins", Chooser{Account: sampleAnn, Organizations: samplePlaces[:1], Invitations: sampleWaiting, Joins: sampleJoins, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-only-joins", Chooser{Account: sampleAnn, Joins: sampleJoins[:1], FallbackURL: sampleHome, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-only-requests", Chooser{Account: sampleAnn, Joins: sampleJoins[1:], FallbackURL: sampleHome, LogoutURL: "/logout", SwitchURL: sampleSwitching}},
		{"chooser-long", longChooser(24, nil)},
		{"chooser-many", longChooser(200, &Filter{Hidden: []Hidden{{"redirect", "/invoices?month=5"}}, AllURL: sampleChooser})},
		{"chooser-found", longChooser(2, &Filter{Query: "org-", AllURL: sampleChooser})},
		{"chooser-not-found", longChooser(0, &Filter{Query: "Zebra", AllURL: sampleChooser})},
		{"connection-test", ConnectionTest{Claims: []Claim{{"ID token", "email", `"ann@acme.test"`}, {"ID token", "email_verified", "true"}, {"UserInfo", "name", `"Ann Smith"`}}}},
		{"connection-test-refused", ConnectionTest{Claims: []Claim{{"ID token", "sub", `"ann-1"`}}, Problem: "the ID token has no email claim"}},
		{"sign-out", SignOut{Account: &sampleAnn, Action: "/logout", StayURL: sampleLogin}},
		{"sign-out-organization", SignOut{Account: &sampleAnn, Action: "/logout", StayURL: sampleLogin, Limited: true}},
		{"sign-out-nobody", SignOut{Action: "/logout"}},
	}
}

func refusalSamples() []Sample {
	samples := []Sample{
		{"not-a-member", NotAMember{
			Account: sampleAnn, Organization: "Globex Corporation", Organizations: samplePlaces[:1], SwitchURL: sampleSwitching, ChooserURL: sampleChooser, RequestID: sampleRequest,
		}},
		{"not-a-member-join", NotAMember{
			Account: sampleAnn, Organization: "Pied Piper", Organizations: samplePlaces[:1], Join: &sampleJoins[0], SwitchURL: sampleSwitching, ChooserURL: sampleChooser, RequestID: sampleRequest,
		}},
		{"not-a-member-requested", NotAMember{
			Account: sampleAnn, Organization: "Raviga Capital", Join: &sampleJoins[1], SwitchURL: sampleSwitching, ChooserURL: sampleChooser, RequestID: sampleRequest,
		}},
		{"not-a-member-anywhere", NotAMember{Account: sampleAnn, Organization: "Globex Corporation", SwitchURL: sampleSwitching, RequestID: sampleRequest}},
		{"sso-required", SSORequired{Account: sampleAnn, Organization: "Acme", SignIn: sampleOwn, ChooserURL: sampleChooser, RequestID: sampleRequest}},
		{"sso-required-several", SSORequired{
			Account: sampleAnn, Organization: "Acme", SignIn: append(sampleOwn[:1:1], sampleOther...), ChooserURL: sampleChooser, RequestID: sampleRequest,
		}},
		{"sso-required-app", SSORequired{Account: sampleAnn, App: true, SignIn: sampleGoogle, ChooserURL: sampleChooser, RequestID: sampleRequest}},
		{"wrong-account", WrongAccount{
			Account: sampleAnn, Invited: "bob@acme.test", Organization: "Acme", SwitchURL: sampleSwitching, GoOnURL: sampleLogin, RequestID: sampleRequest,
		}},
		{"wrong-account-unverified", WrongAccount{
			Account: sampleAnn, Invited: sampleAnn.Email, Organization: "Acme", Unverified: true, SwitchURL: sampleSwitching, GoOnURL: sampleLogin, RequestID: sampleRequest,
		}},
	}
	for _, reason := range []store.Reason{store.Expired, store.Revoked, store.Used} {
		samples = append(samples, Sample{"invitation-" + slug(reason), InvitationGone{Reason: reason, Organization: "Acme", GoOnURL: sampleLogin, RequestID: sampleRequest}})
	}
	samples = append(samples, Sample{"invitation-unknown", InvitationGone{Reason: store.Unknown, GoOnURL: sampleLogin, RequestID: sampleRequest}})
	for _, reason := range []store.Reason{store.Denied, store.EmailNotVerified, store.HostedDomain, store.SignupIsClosed, store.DisabledUser, store.NotInvited, store.Ambiguous, store.UnknownConnection} {
		page := Refused{Reason: reason, Account: sampleAnn.Email, RetryURL: sampleSwitching, RequestID: sampleRequest}
		switch reason {
		case store.Denied:
			page.Account = ""
		case store.EmailNotVerified:
			page.Missing = "the ID token has no email_verified claim, and UserInfo is off"
		}
		samples = append(samples, Sample{"refused-" + slug(reason), page})
	}
	for _, reason := range []store.Reason{store.NoCookie, store.FlowExpired, store.FlowUsed, store.BadState, store.ProviderAnswer} {
		samples = append(samples, Sample{"flow-" + slug(reason), FlowProblem{Reason: reason, RetryURL: sampleAgain, RequestID: sampleRequest}})
	}
	for _, class := range []store.Reason{"unreachable", "tls", "not_json", "issuer_mismatch", "client_refused"} {
		samples = append(samples, Sample{"connection-test-failed-" + slug(class), ConnectionTestFailed{class, sampleRequest}})
	}
	samples = append(samples, Sample{"flow-rejected", FlowProblem{Reason: store.ProviderAnswer, Rejected: true, RetryURL: sampleAgain, RequestID: sampleRequest}})
	return samples
}
