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
	const (
		again     = "/auth/start?redirect=%2Finvoices"
		login     = "/login"
		chooser   = "/organizations"
		switching = "/auth/start?prompt=select_account"
		home      = "https://app.example.com/clients"
		request   = "7f9c2ba4e88f4d07"
	)
	ann := Account{Name: "Ann Smith", Email: "ann@acme.test"}
	places := []Choice{
		{Name: "Acme", Slug: "acme", Role: "owner", URL: "/login?organization=acme"},
		{Name: "Globex Corporation", Slug: "globex", Role: "member", URL: "/login?organization=globex"},
		{Name: "Initech", Slug: "initech", Role: "admin", URL: "/login?organization=initech", Note: "Its web address is still being set up."},
	}
	waiting := []PendingInvitation{
		{Organization: "Hooli", Role: "member", Expires: time.Date(2030, time.January, 2, 15, 4, 5, 0, time.UTC)},
	}
	offer := &InvitationOffer{Organization: "Acme", Role: "member"}

	samples := []Sample{
		{"login", Login{Provider: "Google", Google: true, StartURL: again, HomeURL: home}},
		{"login-organization", Login{Provider: "Google", Google: true, StartURL: again, Organization: "Acme"}},
		{"login-other-provider", Login{Provider: "Example ID", StartURL: again, Organization: "Acme", HomeURL: home}},
		{"login-invitation", Login{Provider: "Google", Google: true, StartURL: again, Invitation: offer}},
		{"login-invitation-expired", Login{
			Provider: "Google", Google: true, StartURL: again, Invalid: &InvitationGone{Reason: store.Expired, Organization: "Acme"},
		}},
		{"login-invitation-used", Login{
			Provider: "Example ID", StartURL: again, Invalid: &InvitationGone{Reason: store.Used, Organization: "Acme", GoOnURL: login},
		}},
		{"login-signed-out", Login{Provider: "Example ID", StartURL: again, Notice: NoticeSignedOut}},
		{"login-signed-out-everywhere", Login{Provider: "Example ID", StartURL: again, Notice: NoticeSignedOutEverywhere}},
		{"login-redirect-refused", Login{Provider: "Google", Google: true, StartURL: again, Notice: NoticeRedirectRefused}},
		{"login-signed-in", Login{Provider: "Google", Google: true, StartURL: again, SignedInAs: &ann, ContinueURL: login}},
		{"login-signed-in-other-provider", Login{Provider: "Example ID", StartURL: again, Organization: "Acme", SignedInAs: &ann, ContinueURL: login}},
		{"accept-invitation", AcceptInvitation{
			Organization: "Acme", Role: "admin", Invited: ann.Email, Account: ann, Token: "sample-token-sample-token-sample",
			Redirect: "/invoices?month=5", SwitchURL: switching, DeclineURL: chooser,
		}},
		{"accept-invitation-member", AcceptInvitation{
			Organization: "Acme", Role: "member", Invited: ann.Email, Account: ann, Token: "sample-token-sample-token-sample",
			MemberRole: "owner", SwitchURL: switching, DeclineURL: chooser,
		}},
		{"chooser", Chooser{Account: ann, Organizations: places, LogoutURL: "/logout", SwitchURL: switching}},
		{"chooser-invitations", Chooser{Account: ann, Organizations: places[:1], Invitations: waiting, LogoutURL: "/logout", SwitchURL: switching}},
		{"chooser-only-invitations", Chooser{Account: ann, Invitations: waiting, FallbackURL: home, LogoutURL: "/logout", SwitchURL: switching}},
		{"chooser-empty", Chooser{Account: ann, FallbackURL: home, LogoutURL: "/logout", SwitchURL: switching}},
		{"chooser-long", longChooser()},
		{"sign-out", SignOut{Account: &ann, Action: "/logout"}},
		{"sign-out-nobody", SignOut{Action: "/logout"}},
		{"not-a-member", NotAMember{
			Account: ann, Organization: "Globex Corporation", Organizations: places[:1], SwitchURL: switching, ChooserURL: chooser, RequestID: request,
		}},
		{"not-a-member-anywhere", NotAMember{Account: ann, Organization: "Globex Corporation", SwitchURL: switching, RequestID: request}},
		{"wrong-account", WrongAccount{
			Account: ann, Invited: "bob@acme.test", Organization: "Acme", SwitchURL: switching, GoOnURL: login, RequestID: request,
		}},
		{"wrong-account-unverified", WrongAccount{
			Account: ann, Invited: ann.Email, Organization: "Acme", Unverified: true, SwitchURL: switching, GoOnURL: login, RequestID: request,
		}},
	}
	for _, reason := range []store.Reason{store.Expired, store.Revoked, store.Used} {
		samples = append(samples, Sample{"invitation-" + slug(reason), InvitationGone{reason, "Acme", login, request}})
	}
	samples = append(samples, Sample{"invitation-unknown", InvitationGone{store.Unknown, "", login, request}})
	for _, reason := range []store.Reason{store.Denied, store.EmailNotVerified, store.HostedDomain, store.SignupIsClosed, store.DisabledUser} {
		page := Refused{Reason: reason, Account: ann.Email, RetryURL: switching, RequestID: request}
		if reason == store.Denied {
			page.Account = ""
		}
		samples = append(samples, Sample{"refused-" + slug(reason), page})
	}
	for _, reason := range []store.Reason{store.NoCookie, store.FlowExpired, store.FlowUsed, store.BadState, store.ProviderAnswer} {
		samples = append(samples, Sample{"flow-" + slug(reason), FlowProblem{Reason: reason, RetryURL: again, RequestID: request}})
	}
	samples = append(samples, Sample{"flow-rejected", FlowProblem{Reason: store.ProviderAnswer, Rejected: true, RetryURL: again, RequestID: request}})
	return append(samples, failures(login, request)...)
}
