package login

import (
	"slices"

	"orglogin/redirect"
	"orglogin/store"
)

// decided are the reasons of each step that decides, by outcome.
func decided() map[string]map[redirect.Step][]store.Reason {
	gone := []store.Reason{store.Expired, store.Revoked, store.Used, store.Unknown, store.EmailMismatch, store.EmailNotVerified, store.SSORequiredReason}
	place := []store.Reason{store.NoOrganization, store.SubdomainNotVerified}
	return map[string]map[redirect.Step][]store.Reason{
		outcomeLanded: {
			redirect.Explicit: {store.OK}, redirect.Invitation: {store.OK}, redirect.Organization: {store.OK, store.Joined}, redirect.Fallback: place,
		},
		outcomePage: {
			redirect.Explicit: {store.NotAMember, store.SSORequiredReason}, redirect.Invitation: gone,
			redirect.Organization: {store.NotAMember, store.SSORequiredReason, store.UnknownOrganization, store.Choose},
			redirect.Fallback:     append(slices.Clone(place), store.JoinRequested),
		},
		outcomeRefused: {redirect.Explicit: {store.DisabledUser}},
		outcomeFailed: {
			redirect.Explicit: {store.LookupFailed}, redirect.Invitation: {store.LookupFailed}, redirect.Organization: {store.LookupFailed},
		},
	}
}

// undecided are the reasons of logins that came to no step.
func undecided() map[string][]store.Reason {
	return map[string][]store.Reason{
		outcomeRefused: {
			store.Denied, store.BadState, store.NoCookie, store.FlowExpired, store.FlowUsed, store.ProviderAnswer, store.HostedDomain,
			store.SignupIsClosed, store.DisabledUser, store.EmailNotVerified, store.UnknownConnection, store.NotInvited, store.Ambiguous,
		},
		outcomeFailed: {store.LookupFailed, store.ProviderAnswer, store.ProviderAway, store.ProviderSlow},
	}
}

// refusedRedirects are the reasons of X-Redirect-Refused.
func refusedRedirects() []store.Reason {
	return []store.Reason{
		store.Malformed, store.Scheme, store.Userinfo, store.Port, store.Host, store.Loop,
		store.NotAMember, store.SSORequiredReason, store.UnknownOrganization, store.NoOrganization, store.SubdomainNotVerified,
	}
}

// addZeros counts nothing for everything that may be counted: an alert sees an increase of what was there before.
func (m *metrics) addZeros() {
	for outcome, steps := range decided() {
		for step, reasons := range steps {
			for _, reason := range reasons {
				m.logins.WithLabelValues(outcome, string(step), string(reason))
			}
		}
	}
	for outcome, reasons := range undecided() {
		for _, reason := range reasons {
			m.logins.WithLabelValues(outcome, "", string(reason))
		}
	}
	for _, reason := range refusedRedirects() {
		m.redirectsRefused.WithLabelValues(string(reason))
	}
}
