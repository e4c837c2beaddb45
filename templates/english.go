package templates

// english is the language that every other one is compared with.
func english() *Language {
	return &Language{Tag: "en", texts: texts{
		Common: commonTexts{
			ThisOrganization: "this organization",
			SignedInAs:       "Signed in as",
			Reference:        "Reference for support:",
			ActionsLabel:     "What you can do",
			FooterLabel:      "Help and legal",

			Support: "Help",
			Terms:   "Terms",
			Privacy: "Privacy",
			Status:  "Service status",

			Home:              "Go to the home page",
			SignIn:            "Sign in",
			SignOut:           "Sign out",
			StartAgain:        "Start again",
			Retry:             "Try again",
			UseAnotherAccount: "Use another account",
			OtherAccount:      "Sign in with another account",
			AllOrganizations:  "See your organizations",
			SignInPage:        "Go to the sign-in page",
			Continue:          "Continue",
			WithoutInvitation: "Continue without the invitation",
		},
		Roles: roleTexts{
			Owner: "Owner", Admin: "Administrator", Member: "Member",
			AsOwner: "as an owner", AsAdmin: "as an administrator", AsMember: "as a member", AsOther: "with the role {role}",
		},
		Dates: dateTexts{
			Months: [12]message{
				"January", "February", "March", "April", "May", "June",
				"July", "August", "September", "October", "November", "December",
			},
			Date: "{day}\u00a0{month} {year}", FirstDay: "{day}",
			Hour: "1 hour", Minute: "1 minute", Second: "1 second",
			Hours: "{n} hours", Minutes: "{n} minutes", Seconds: "{n} seconds",
		},
		Login: loginTexts{
			SignIn:           "Sign in",
			SignInTo:         "Sign in to {name}",
			UseAccount:       "Use your account to continue.",
			UseAccountOf:     "Use your {provider} account to continue.",
			Choose:           "Choose how to sign in.",
			SignInWith:       "Sign in with {provider}",
			OtherWays:        "Other ways to sign in",
			OrKeep:           "Or keep this account",
			KeepAccount:      "Continue with this account",
			Email:            "Work email",
			FindsConnection:  "Finds the sign-in of your organization, if it has its own.",
			InvitationSignIn: "Sign in with the address that the invitation was sent to.",
		},
		Notices: noticeTexts{
			SignedOut:           "You’re signed out.",
			SignedOutEverywhere: "You’re signed out on all your devices.",
			SessionEnded:        "Your session has ended. Sign in again to go on.",
			NotDiscovered:       "We found no sign-in of your organization for this address. Sign in below instead.",
			RedirectRefused:     "We can’t take you to the page that the link you followed names, so we’ll take you to your usual place instead.",
		},
		Invitation: invitationTexts{
			Join:          "Join {organization}",
			AlreadyMember: "You’re already a member of {organization}",
			Invited:       "You’ve been invited to join {as}.",
			InvitedBy:     "{inviter} invited you to join {as}.",
			ValidUntil:    "The invitation is valid until {date}.",
			ChangesMember: "Your role there is {role}, so this invitation changes nothing.",
			SentTo:        "Invitation sent to",
			SignedInAs:    "You’re signed in as",
			Accept:        "Accept the invitation",
			Decline:       "Not now",
			WasFor:        "It was an invitation to join {organization}.",
			WrongAccount: sentences{
				"This invitation is for another address",
				"The invitation was sent to a different email address than the one you’re signed in with.",
				"Switch to the invited account to accept it. The invitation is still waiting.",
			},
			WrongAccountOf: "The invitation to join {organization} was sent to a different email address than the one you’re signed in with.",
			Unverified: sentences{
				"Your email address isn’t confirmed",
				"The invitation is for this address, but the account you signed in with hasn’t confirmed that the address is yours.",
				"Confirm the address where you manage that account, then open the invitation again. It’s still waiting for you.",
			},
			UnverifiedOf: "The invitation to join {organization} is for this address, but the account you signed in with hasn’t confirmed that the address is yours.",
			Expired: sentences{
				"This invitation has expired",
				"Invitations are only good for a limited time, and this one has run out.",
				"Ask the person who invited you to send a new one.",
			},
			Revoked: sentences{
				"This invitation was withdrawn",
				"Someone in the organization has taken the invitation back.",
				"If you think that’s a mistake, ask the person who invited you.",
			},
			Used: sentences{
				"This invitation has already been used",
				"An invitation works once, and this one has been accepted before.",
				"If you accepted it yourself, sign in with the account you accepted it with. If you didn’t, or you’re no longer a member, ask the person who invited you for a new one.",
			},
			Unknown: sentences{
				"We don’t know this invitation",
				"The link doesn’t match any invitation. It may have been cut off when it was copied.",
				"Open the link from your mail again, or ask for a new invitation.",
			},
		},
		Chooser: chooserTexts{
			Title:           "Choose an organization",
			NoOrganization:  "You’re not in an organization yet",
			OpenTheMail:     "You have been invited, though: open the link in the mail you were sent to join.",
			AskToJoinOne:    "You can ask to join one that knows the domain of your email address.",
			AskForAnInvite:  "To get into one, ask someone there to invite you at the address above, then open the link in the mail. If you belong to an organization with another account, use that one.",
			JoinsTitle:      "Organizations of your email address",
			InvitationTitle: "Invitations for you",
			OpenTheLink:     "Open the link in your mail to join.",
			Until:           "until {date}",
			Pending:         "Its web address is still being set up.",
			LastUsed:        "Last used",
			Filter:          "Find an organization",
			FilterButton:    "Find",
			ShowAll:         "Show all",
			NoMatch:         "None of your organizations matches “{query}”.",
			Without:         "Continue without an organization",
			Yours:           "Your organizations",
			Requested:       "You’ve asked to join {organization}. Someone there will decide.",
			AskToJoin:       "Ask to join {organization}",
		},
		SignOut: signOutTexts{
			Title:            "Sign out?",
			NotSignedIn:      "You’re not signed in",
			NoOneSignedIn:    "No one is signed in on this browser.",
			Everywhere:       "Sign out everywhere",
			EverywhereMeans:  "Everywhere means all browsers and devices where you’re signed in with this account.",
			EverywhereOfOrgs: "Everywhere means all browsers and devices where you’re signed in with your organization’s sign-in alone.",
			Stay:             "Stay signed in",
		},
		Connection: connectionTexts{
			Worked: sentences{
				"The test sign-in worked",
				"The provider answered with these claims. No one was signed in by it, and nothing else has changed.",
				"You can close this page, and activate the connection.",
			},
			WouldRefuse:   "The connection can be activated, but a sign-in with these claims would be refused: {problem}.",
			FailedTitle:   "The test sign-in failed",
			FailedNext:    "Correct the connection or the provider, then ask for a new test link: each works once.",
			Unreachable:   "We couldn’t reach the provider (unreachable).",
			TLS:           "The provider’s certificate isn’t valid for its address (tls).",
			NotJSON:       "The provider answered with something other than JSON (not_json).",
			OtherIssuer:   "The provider’s documents name another issuer than the connection does (issuer_mismatch).",
			ClientRefused: "The provider didn’t accept the client ID and client secret of the connection (client_refused).",
		},
		Refused: refusedTexts{
			TriedAs:           "You tried to sign in as",
			ForAdministrators: "For whoever runs the sign-in: {problem}.",
			NotAMember: sentences{
				"You’re not a member of this organization",
				"The account you’re signed in with isn’t a member of the organization you asked for.",
				"If you belong to it with another account, use that one. Otherwise ask someone in the organization to invite you.",
			},
			NotAMemberOf: "The account you’re signed in with isn’t a member of {organization}.",
			SSOApp: sentences{
				"Sign in another way",
				"The way you’re signed in opens the organizations that you signed in for, and nothing else.",
				"You stay signed in here.",
			},
			SSO: sentences{
				"This organization asks you to sign in another way",
				"The way you’re signed in doesn’t open this organization.",
				"You stay signed in here.",
			},
			SSOAsks:    "{organization} asks you to sign in with {provider}.",
			SSOAsksOwn: "{organization} asks you to sign in with its own sign-in.",
			Denied: sentences{
				"Sign-in was cancelled",
				"You left the sign-in before it was finished, so you’re not signed in.",
				"If you didn’t mean to, just try again.",
			},
			EmailNotVerified: sentences{
				"Your email address isn’t confirmed",
				"We can only sign you in once the account you used has confirmed that its email address is yours.",
				"Confirm the address where you manage that account, then sign in again.",
			},
			HostedDomain: sentences{
				"Please use your work account",
				"Only accounts that are managed by an approved organization can sign in here.",
				"Sign in with the account from your work or school.",
			},
			SignupIsClosed: sentences{
				"You need an invitation",
				"There’s no account for you here yet, and new ones are by invitation only.",
				"Ask someone in your organization to invite you. If you have an invitation, open its link and sign in with the address it was sent to.",
			},
			NotInvited: sentences{
				"You haven’t been invited yet",
				"Your organization’s sign-in worked, but there’s no account for you here that it may open.",
				"Ask someone in the organization to invite you, then open the link in the mail and sign in from there.",
			},
			Ambiguous: sentences{
				"We can’t tell which account is yours",
				"More than one member of the organization has this address.",
				"Ask an administrator of the organization to invite you, then open the link in the mail and sign in from there.",
			},
			UnknownConnection: sentences{
				"This way to sign in has been turned off",
				"It was turned off while you were signing in, so you’re not signed in.",
				"Try again, or ask an administrator of your organization.",
			},
			DisabledUser: sentences{
				"This account has been turned off",
				"An administrator has turned off your access.",
				"If you think that’s a mistake, ask an administrator of your organization.",
			},
			Other: sentences{
				"We couldn’t sign you in",
				"The account you used can’t sign in here.",
				"Sign in with another account, or ask an administrator of your organization.",
			},
		},
		Flow:    englishFlow(),
		Failure: englishFailures(),
	}}
}

func englishFlow() flowTexts {
	return flowTexts{
		Rejected: sentences{
			"Sign-in isn’t set up correctly",
			"The service that checks who you are didn’t accept our request. That’s a mistake in the configuration, not yours.",
			"Give your administrator the reference of this page, or start again later.",
		},
		NoCookie: sentences{
			"This sign-in began somewhere else",
			"Your browser didn’t bring back the cookie we set when the sign-in began. It may have started in another browser or a private window, it may be finished already, or cookies may be blocked.",
			"Start again in this browser, with cookies allowed for this site.",
		},
		Expired: sentences{
			"That took a little too long",
			"A sign-in has to be finished within 15 minutes, and this one took longer.",
			"Start again to sign in. You’ll still end up where you were going.",
		},
		Used: sentences{
			"This sign-in is over",
			"Each sign-in works only once. This one has ended before, perhaps in another tab, or you went back or reloaded the page.",
			"If you’re not signed in, start again.",
		},
		BadState: sentences{
			"We couldn’t match this sign-in",
			"The answer that came back doesn’t belong to a sign-in we know. The link may be incomplete, or from long ago.",
			"Start again to sign in.",
		},
		Other: sentences{
			"We couldn’t finish the sign-in",
			"The answer that came back wasn’t one we can accept, so you’re not signed in.",
			"Start again to sign in.",
		},
	}
}

func englishFailures() failureTexts {
	return failureTexts{
		SignInFromFrame: sentences{
			"Sign in to see this",
			"This part of the page needs an account, and you’re not signed in, or your session has ended.",
			"Sign-in opens in the whole window, and then shows this part by itself.",
		},
		UnknownConnection: sentences{
			"We don’t know this way to sign in",
			"The link names a sign-in that doesn’t exist, is turned off, or belongs to another organization.",
			"Choose another way to sign in.",
		},
		SSOUnavailable: sentences{
			"Sign-in for this organization isn’t available",
			"The organization lets people in only by its own sign-in, and that can’t be used at the moment.",
			"Ask an administrator of the organization.",
		},
		SSORequired: sentences{
			"Sign in another way",
			"The way you’re signed in doesn’t open this organization.",
			"Sign in with what the organization asks for, then try again.",
		},
		UnknownOrganization: sentences{
			"We couldn’t find that organization",
			"There’s no organization at this address. It may have been renamed, or the address may have a typing mistake.",
			"Check the address, or sign in and choose from your organizations.",
		},
		JoinRequested: sentences{
			"You have asked to join several organizations",
			"Five of your requests to join an organization are waiting, which is as many as may wait at once.",
			"Wait until one of them is decided, or ask someone in the organization to invite you.",
		},
		SubdomainNotVerified: sentences{
			"This organization’s address isn’t ready yet",
			"You’re a member, but the organization’s own web address is still being set up.",
			"Try again later, or ask an administrator of the organization.",
		},
		UntrustedRequest: sentences{
			"Sign-in isn’t set up for this address",
			"The request came from a proxy that isn’t trusted, or it names the page asked for in more than one way.",
			"If you run the proxy, look at TRUSTED_PROXIES and at the headers that it sends. If you don’t, give your administrator the reference of this page.",
		},
		BadRequest: sentences{
			"We couldn’t understand that",
			"Something about the request isn’t as it should be. The link may be incomplete.",
			"Go back and try again.",
		},
		Unauthorized: sentences{
			"You’re not signed in",
			"This needs an account, and no one is signed in here, or the session has ended.",
			"Sign in, then try again.",
		},
		Forbidden: sentences{
			"That’s not allowed",
			"We couldn’t be sure that the request really came from you, so we left everything as it was.",
			"Go back and try again.",
		},
		NotFound: sentences{
			"Page not found",
			"There’s nothing at this address.",
			"Check the address for typing mistakes.",
		},
		MethodNotAllowed: sentences{
			"That doesn’t work here",
			"This page can’t be used in the way it was asked for.",
			"Go back and try again.",
		},
		TooLarge: sentences{
			"That’s too much at once",
			"The request is larger than this page takes.",
			"Go back and try again.",
		},
		URITooLong: sentences{
			"That address is too long",
			"The address that brought you here is longer than this page takes.",
			"Go back and try again.",
		},
		Misdirected: sentences{
			"Wrong address",
			"This address isn’t one that we serve.",
			"Check the address in your browser, or start from your organization’s own page.",
		},
		TooManyRequests: sentences{
			"Too many attempts",
			"There were a lot of sign-in attempts from your network in a short time, so we’re taking a short break.",
			"Wait {time}, then try again.",
		},
		HeadersTooLarge: sentences{
			"Your browser sent too much",
			"The address or the cookies that came with it are larger than we take.",
			"Clear the cookies for this site, then try again.",
		},
		BadGateway: sentences{
			"Sign-in isn’t working right now",
			"The service that checks who you are gave an answer we couldn’t use. This isn’t your fault.",
			"Try again in a moment.",
		},
		Unavailable: sentences{
			"We’ll be right back",
			"We can’t answer at the moment. Nothing is lost, and if you were signed in you still are.",
			"Try again in a moment.",
		},
		GatewayTimeout: sentences{
			"Sign-in is taking too long",
			"The service that checks who you are didn’t answer in time. This isn’t your fault.",
			"Try again in a moment.",
		},
		Internal: sentences{
			"Something went wrong",
			"We made a mistake while handling your request.",
			"Try again. If it happens again, give your administrator the reference of this page.",
		},
	}
}
