package templates

import (
	"net/http"

	"orglogin/store"
)

// Notices for [Login.Notice].
const (
	NoticeSignedOut           = "You’re signed out."
	NoticeSignedOutEverywhere = "You’re signed out on all your devices."
	NoticeNotDiscovered       = "We found no sign-in of your organization for this address. Sign in below instead."
	NoticeRedirectRefused     = "We can’t take you to the page that the link you followed names, so we’ll take you to your usual place instead."
)

const (
	titleSignIn         = "Sign in"
	titleChoose         = "Choose an organization"
	titleNoOrganization = "You’re not in an organization yet"
	titleSignOut        = "Sign out?"
	titleSignedOut      = "You’re not signed in"

	labelHome              = "Go to the home page"
	labelDecline           = "Not now"
	labelSwitch            = "Use another account"
	labelOtherAccount      = "Sign in with another account"
	labelChooser           = "See all your organizations"
	labelWithout           = "Continue without an organization"
	labelWithoutInvitation = "Continue without the invitation"
	labelSignOut           = "Sign out"
	labelOthers            = "Other ways to sign in"
	labelSignIn            = "Sign in"
	labelSignInPage        = "Go to the sign-in page"
	labelStartAgain        = "Start again"
	labelRetry             = "Try again"
)

func titleJoin(organization string) string { return "Join " + shownOrganization(organization) }
func titleAlreadyMember(organization string) string {
	return "You’re already a member of " + shownOrganization(organization)
}

func titleSignInTo(organization string) string {
	return "Sign in to " + shownOrganization(organization)
}

// text is what a refusal says: what happened, then what to do.
type text struct {
	status int
	title  string
	Detail string
	Next   string
}

func (t text) problem() (title, detail string) { return t.title, t.Detail + " " + t.Next }

func textNotAMember() text {
	return text{
		http.StatusForbidden, "You’re not a member of this organization",
		"The account you’re signed in with isn’t a member of the organization you asked for.",
		"If you belong to it with another account, use that one. Otherwise ask someone in the organization to invite you.",
	}
}

func textWrongAccount(unverified bool) text {
	if unverified {
		return text{
			http.StatusForbidden, "Your email address isn’t confirmed",
			"The invitation is for this address, but the account you signed in with hasn’t confirmed that the address is yours.",
			"Confirm the address where you manage that account, then open the invitation again. It’s still waiting for you.",
		}
	}
	return text{
		http.StatusForbidden, "This invitation is for another address",
		"The invitation was sent to a different email address than the one you’re signed in with.",
		"Switch to the invited account to accept it. The invitation is still waiting.",
	}
}

func textInvitation(reason store.Reason) text {
	switch reason {
	case store.Expired:
		return text{
			http.StatusGone, "This invitation has expired",
			"Invitations are only good for a limited time, and this one has run out.",
			"Ask the person who invited you to send a new one.",
		}
	case store.Revoked:
		return text{
			http.StatusGone, "This invitation was withdrawn",
			"Someone in the organization has taken the invitation back.",
			"If you think that’s a mistake, ask the person who invited you.",
		}
	case store.Used:
		return text{
			http.StatusGone, "This invitation has already been used",
			"An invitation works once, and this one has been accepted before.",
			"If you accepted it yourself, sign in with the account you accepted it with. If you didn’t, or you’re no longer a member, ask the person who invited you for a new one.",
		}
	}
	return text{
		http.StatusNotFound, "We don’t know this invitation",
		"The link doesn’t match any invitation. It may have been cut off when it was copied.",
		"Open the link from your mail again, or ask for a new invitation.",
	}
}

func textRefused(reason store.Reason) text {
	switch reason {
	case store.Denied:
		return text{
			http.StatusBadRequest, "Sign-in was cancelled",
			"You left the sign-in before it was finished, so you’re not signed in.",
			"If you didn’t mean to, just try again.",
		}
	case store.EmailNotVerified:
		return text{
			http.StatusForbidden, "Your email address isn’t confirmed",
			"We can only sign you in once the account you used has confirmed that its email address is yours.",
			"Confirm the address where you manage that account, then sign in again.",
		}
	case store.HostedDomain:
		return text{
			http.StatusForbidden, "Please use your work account",
			"Only accounts that are managed by an approved organization can sign in here.",
			"Sign in with the account from your work or school.",
		}
	case store.SignupIsClosed:
		return text{
			http.StatusForbidden, "You need an invitation",
			"There’s no account for you here yet, and new ones are by invitation only.",
			"Ask someone in your organization to invite you. If you have an invitation, open its link and sign in with the address it was sent to.",
		}
	case store.NotInvited:
		return text{
			http.StatusForbidden, "You haven’t been invited yet",
			"Your organization’s sign-in worked, but there’s no account for you here that it may open.",
			"Ask someone in the organization to invite you, then open the link in the mail and sign in from there.",
		}
	case store.Ambiguous:
		return text{
			http.StatusForbidden, "We can’t tell which account is yours",
			"More than one member of the organization has this address.",
			"Ask an administrator of the organization to invite you, then open the link in the mail and sign in from there.",
		}
	case store.UnknownConnection:
		return text{
			http.StatusForbidden, "This way to sign in has been turned off",
			"It was turned off while you were signing in, so you’re not signed in.",
			"Try again, or ask an administrator of your organization.",
		}
	case store.DisabledUser:
		return text{
			http.StatusForbidden, "This account has been turned off",
			"An administrator has turned off your access.",
			"If you think that’s a mistake, ask an administrator of your organization.",
		}
	}
	return text{
		http.StatusForbidden, "We couldn’t sign you in",
		"The account you used can’t sign in here.",
		"Sign in with another account, or ask an administrator of your organization.",
	}
}

func textSSORequired(app bool) text {
	if app {
		return text{
			http.StatusForbidden, "Sign in another way",
			"The way you’re signed in opens the organizations that you signed in for, and nothing else.",
			"You stay signed in here.",
		}
	}
	return text{
		http.StatusForbidden, "This organization asks you to sign in another way",
		"The way you’re signed in doesn’t open this organization.",
		"You stay signed in here.",
	}
}

func textConnectionTest() text {
	return text{
		http.StatusOK, "The test sign-in worked",
		"The provider answered with these claims. Nobody was signed in by it, and nothing else has changed.",
		"You can close this page, and activate the connection.",
	}
}

func textConnectionTestFailed(class string) text {
	detail := "We couldn’t reach the provider (unreachable)."
	switch class {
	case "tls":
		detail = "The provider’s certificate isn’t valid for its address (tls)."
	case "not_json":
		detail = "The provider answered with something other than JSON (not_json)."
	case "issuer_mismatch":
		detail = "The provider’s documents name another issuer than the connection does (issuer_mismatch)."
	case "client_refused":
		detail = "The provider didn’t accept the client ID and client secret of the connection (client_refused)."
	}
	return text{
		http.StatusBadGateway, "The test sign-in failed", detail,
		"Correct the connection or the provider, then ask for a new test link: each works once.",
	}
}

func textFlow(reason store.Reason, rejected bool) text {
	t := text{status: http.StatusBadRequest}
	if rejected {
		t.title = "Sign-in isn’t set up correctly"
		t.Detail = "The service that checks who you are didn’t accept our request. That’s a mistake in the configuration, not yours."
		t.Next = "Give your administrator the reference of this page, or start again later."
		return t
	}
	switch reason {
	case store.NoCookie:
		t.title = "This sign-in began somewhere else"
		t.Detail = "Your browser didn’t bring back the cookie we set when the sign-in began. It may have started in another browser or a private window, it may be finished already, or cookies may be blocked."
		t.Next = "Start again in this browser, with cookies allowed for this site."
	case store.FlowExpired:
		t.title = "That took a little too long"
		t.Detail = "A sign-in has to be finished within 15 minutes, and this one took longer."
		t.Next = "Start again to sign in. You’ll still end up where you were going."
	case store.FlowUsed:
		t.title = "This sign-in is over"
		t.Detail = "Each sign-in works only once. This one has ended before, perhaps in another tab, or you went back or reloaded the page."
		t.Next = "If you’re not signed in, start again."
	case store.BadState:
		t.title = "We couldn’t match this sign-in"
		t.Detail = "The answer that came back doesn’t belong to a sign-in we know. The link may be incomplete, or from long ago."
		t.Next = "Start again to sign in."
	default:
		t.title = "We couldn’t finish the sign-in"
		t.Detail = "The answer that came back wasn’t one we can accept, so you’re not signed in."
		t.Next = "Start again to sign in."
	}
	return t
}
