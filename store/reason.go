package store

// Reason says in one word why a step, a redirect or a login ended as it did.
// The words are fixed: operators alert on them.
type Reason string

// Reasons of a decision.
const (
	OK                   Reason = "ok"
	NotGiven             Reason = "not_given"
	Malformed            Reason = "malformed"
	Scheme               Reason = "scheme"
	Userinfo             Reason = "userinfo"
	Port                 Reason = "port"
	Host                 Reason = "host"
	Loop                 Reason = "loop"
	NotAMember           Reason = "not_a_member"
	UnknownOrganization  Reason = "unknown_organization"
	SubdomainNotVerified Reason = "subdomain_not_verified"
	Expired              Reason = "expired"
	Revoked              Reason = "revoked"
	Used                 Reason = "used"
	Unknown              Reason = "unknown"
	EmailMismatch        Reason = "email_mismatch"
	EmailNotVerified     Reason = "email_not_verified"
	NoOrganization       Reason = "no_organization"
	Choose               Reason = "choose"
	LookupFailed         Reason = "lookup_failed"
)

// Reasons of a login that did not come to a decision.
const (
	Denied         Reason = "denied"
	BadState       Reason = "bad_state"
	NoCookie       Reason = "no_cookie"
	FlowExpired    Reason = "flow_expired"
	FlowUsed       Reason = "flow_used"
	ProviderAnswer Reason = "provider_answer"
	ProviderAway   Reason = "provider_away"
	ProviderSlow   Reason = "provider_slow"
	HostedDomain   Reason = "hosted_domain"
	SignupIsClosed Reason = "signup_closed"
	DisabledUser   Reason = "disabled"
	RateLimited    Reason = "rate_limited"
	// Reasons of organization connections (contract section 10).
	SSORequiredReason Reason = "sso_required"
	SSOUnavailable    Reason = "sso_unavailable"
	UnknownConnection Reason = "unknown_connection"
	NotInvited        Reason = "not_invited"
	Ambiguous         Reason = "ambiguous"
	// Reasons of verified domains (contract section 11).
	Joined        Reason = "joined"
	JoinRequested Reason = "join_requested"
)
