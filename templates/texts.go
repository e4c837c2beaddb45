package templates

// message is one text of the pages. A name in braces, such as {organization}, stands for what
// [Language.html] and [Language.plain] put there. Every language has the same names in the same message.
type message string

// sentences are what a refusal says: a title, what happened, then what to do.
type sentences struct{ Title, Detail, Next message }

// texts are all the words of the pages. Each language fills every field.
type texts struct {
	Common     commonTexts
	Roles      roleTexts
	Dates      dateTexts
	Login      loginTexts
	Notices    noticeTexts
	Invitation invitationTexts
	Chooser    chooserTexts
	SignOut    signOutTexts
	Connection connectionTexts
	Refused    refusedTexts
	Flow       flowTexts
	Failure    failureTexts
}

// commonTexts are the words of several pages.
type commonTexts struct {
	ThisOrganization message // where an organization has no name
	SignedInAs       message
	Reference        message // before the id of the request
	ActionsLabel     message // names the links of a page to a screen reader
	FooterLabel      message // names the links under a page to a screen reader

	Support message
	Terms   message
	Privacy message
	Status  message // the page that says what works at the moment

	Home              message
	SignIn            message
	SignOut           message
	StartAgain        message
	Retry             message
	UseAnotherAccount message
	OtherAccount      message // sign in with another account
	AllOrganizations  message
	SignInPage        message
	Continue          message
	WithoutInvitation message
}

// roleTexts are the roles: alone, and in "invited you to join as …". A role of the operator's own is
// shown as it is.
type roleTexts struct {
	Owner, Admin, Member       message
	AsOwner, AsAdmin, AsMember message
	AsOther                    message // {role}
}

// dateTexts are the forms of dates and of times to wait.
type dateTexts struct {
	Months   [12]message
	Date     message // {day}, {month}, {year}
	FirstDay message // {day} on the first of a month

	Hour, Minute, Second    message // one
	Hours, Minutes, Seconds message // {n}
}

// loginTexts are those of [Login].
type loginTexts struct {
	SignIn           message
	SignInTo         message // {name}: an organization or the product
	UseAccount       message
	UseAccountOf     message // {provider}
	Choose           message
	SignInWith       message // {provider}
	OtherWays        message
	OrKeep           message
	KeepAccount      message
	Email            message
	FindsConnection  message
	InvitationSignIn message
}

// noticeTexts are those of [Login.Notice] and [Chooser.Notice].
type noticeTexts struct {
	SignedOut           message
	SignedOutEverywhere message
	SessionEnded        message
	NotDiscovered       message
	RedirectRefused     message
}

// invitationTexts are those of [AcceptInvitation], [WrongAccount] and [InvitationGone].
type invitationTexts struct {
	Join          message // {organization}
	AlreadyMember message // {organization}
	Invited       message // {as}
	InvitedBy     message // {inviter}, {as}
	ValidUntil    message // {date}
	ChangesMember message // {role}: that of the member, whom the invitation gives nothing
	SentTo        message
	SignedInAs    message
	Accept        message
	Decline       message
	WasFor        message // {organization}

	WrongAccount   sentences
	WrongAccountOf message // {organization}; the detail of the page, where the organization is known
	Unverified     sentences
	UnverifiedOf   message // {organization}
	Expired        sentences
	Revoked        sentences
	Used           sentences
	Unknown        sentences
}

// chooserTexts are those of [Chooser] and of the lists of organizations.
type chooserTexts struct {
	Title           message
	NoOrganization  message
	OpenTheMail     message // there are invitations only
	AskToJoinOne    message // there are organizations to ask only
	AskForAnInvite  message // there is nothing
	JoinsTitle      message
	InvitationTitle message
	OpenTheLink     message
	Until           message // {date}
	Pending         message
	LastUsed        message
	Filter          message
	FilterButton    message
	ShowAll         message
	NoMatch         message // {query}
	Without         message
	Yours           message
	Requested       message // {organization}
	AskToJoin       message // {organization}
}

// signOutTexts are those of [SignOut].
type signOutTexts struct {
	Title            message
	NotSignedIn      message
	NoOneSignedIn    message
	Everywhere       message
	EverywhereMeans  message
	EverywhereOfOrgs message // the session was made by an organization's connection
	Stay             message
}

// connectionTexts are those of [ConnectionTest] and [ConnectionTestFailed], for who sets up a connection.
type connectionTexts struct {
	Worked        sentences
	WouldRefuse   message // {problem}
	FailedTitle   message
	FailedNext    message
	Unreachable   message
	TLS           message
	NotJSON       message
	OtherIssuer   message
	ClientRefused message
}

// refusedTexts are those of [Refused], [NotAMember] and [SSORequired].
type refusedTexts struct {
	TriedAs           message
	ForAdministrators message // {problem}

	NotAMember        sentences
	NotAMemberOf      message // {organization}; the detail of the page, where the organization is known
	SSOApp            sentences
	SSO               sentences
	SSOAsks           message // {organization}, {provider}
	SSOAsksOwn        message // {organization}
	Denied            sentences
	EmailNotVerified  sentences
	HostedDomain      sentences
	SignupIsClosed    sentences
	NotInvited        sentences
	Ambiguous         sentences
	UnknownConnection sentences
	DisabledUser      sentences
	Other             sentences
}

// flowTexts are those of [FlowProblem].
type flowTexts struct{ Rejected, NoCookie, Expired, Used, BadState, Other sentences }

// failureTexts are those of [Failure] and [SignInFromFrame].
type failureTexts struct {
	SignInFromFrame sentences

	UnknownConnection    sentences
	SSOUnavailable       sentences
	SSORequired          sentences
	UnknownOrganization  sentences
	JoinRequested        sentences
	SubdomainNotVerified sentences
	UntrustedRequest     sentences

	BadRequest       sentences
	Unauthorized     sentences
	Forbidden        sentences
	NotFound         sentences
	MethodNotAllowed sentences
	TooLarge         sentences
	URITooLong       sentences
	Misdirected      sentences
	TooManyRequests  sentences // Next: {time}
	HeadersTooLarge  sentences
	BadGateway       sentences
	Unavailable      sentences
	GatewayTimeout   sentences
	Internal         sentences
}
