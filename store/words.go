package store

import (
	"cmp"
	"time"
)

// SubdomainStatus says how far the subdomain of an organization is. Only
// [Verified] is a place to land.
type SubdomainStatus string

// The subdomain statuses.
const (
	Pending   SubdomainStatus = "pending"
	Verifying SubdomainStatus = "verifying"
	Verified  SubdomainStatus = "verified"
	Failed    SubdomainStatus = "failed"
	Disabled  SubdomainStatus = "disabled"
)

// Valid reports whether s is one of the five statuses.
func (s SubdomainStatus) Valid() bool {
	switch s {
	case Pending, Verifying, Verified, Failed, Disabled:
		return true
	}
	return false
}

// Organization is a tenant. It lives at <Slug>.<BASE_DOMAIN>.
type Organization struct {
	ID string // UUID
	// Name is empty where the organization was named by its first member and
	// the reader may not be a member: pages then show the host instead.
	Name   string
	Slug   string // one DNS label, lower case, the current one
	Status SubdomainStatus
	// Problem is set in a [Membership] whose landing place is not usable: what the
	// operator's function returned, and why that is no place. Status is then
	// [Failed], and Slug the one by which the organization is found.
	Problem string
	// SSO is empty where the reader did not ask for it, which is [SSOOff].
	SSO SSO
}

// Identity is what a verified ID token says of a person. The key is
// (Connection, Issuer, Subject); the address never is (OpenID Connect Core 5.7).
type Identity struct {
	Connection    string // [Connection.ID]; empty is [DefaultConnection]
	Issuer        string
	Subject       string
	Email         string // one plain address, ASCII lower case
	EmailVerified bool   // by the rule of the connection: see [EmailVerifiedMode]
	// EmailProblem says why the address is not verified, for the page and the log. It
	// holds no address and is never stored.
	EmailProblem string
	// Authoritative says that this provider may speak for this address: Google
	// for gmail.com and for the hosted domain, another issuer when the operator
	// vouches for it. Only then is an imported user bound by address.
	Authoritative bool
	Name          string
	Picture       string
}

// ConnectionID is the connection, which is [DefaultConnection] where none is set.
func (i Identity) ConnectionID() string { return cmp.Or(i.Connection, DefaultConnection) }

// Profile is the user.
type Profile struct {
	ID            string // UUID
	Email         string // ASCII lower case, as of the last login
	EmailVerified bool
	Authoritative bool // see [Identity.Authoritative], as of the last login
	Name          string
	Picture       string
	Disabled      bool
}

// Membership is one person in one organization, with a role. Slug and Status of
// the organization are those of api.get_subdomain_info_for_redirect: where a member
// lands. Those of [Organizations.OrganizationBySlug] only find the organization.
type Membership struct {
	Organization Organization
	Role         string // owner, admin, member, or the operator's own word
}

// InvitationState is the state of an invitation at a given time.
type InvitationState string

// The invitation states.
const (
	InvitationPending  InvitationState = "pending"
	InvitationAccepted InvitationState = "accepted"
	InvitationRevoked  InvitationState = "revoked"
	InvitationExpired  InvitationState = "expired"
)

// Invitation is an offer of a membership to an email address.
type Invitation struct {
	ID           string // UUID
	Organization Organization
	Email        string // ASCII lower case
	Role         string
	Inviter      string // name of who invited, empty where it is not known any more or never was
	ExpiresAt    time.Time
	AcceptedBy   string // profile id, empty until it is accepted
	AcceptedAt   time.Time
	Revoked      bool
}

// State returns the state of the invitation at now. An accepted one stays
// accepted, a revoked one revoked; the rest expire to the second.
func (i Invitation) State(now time.Time) InvitationState {
	switch {
	case i.AcceptedBy != "":
		return InvitationAccepted
	case i.Revoked:
		return InvitationRevoked
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationPending
}

// Source says where a lookup was answered from.
type Source string

// The sources of a lookup, nearest first.
const (
	FromMemory   Source = "memory"
	FromDatabase Source = "database"
)

// AccessQuery is what one decision needs to know.
type AccessQuery struct {
	UserID string // profile id; the claims that the store asks under
	// Slugs are the organizations that the request names, by its host and by
	// its redirect. At most two, each a valid slug.
	Slugs []string
	// Invitation is the [HashToken] of the invitation token, nil without one.
	Invitation []byte
}

// AccessSnapshot answers a [AccessQuery]: a person, their places, and what they asked for.
type AccessSnapshot struct {
	Profile     Profile
	Memberships []Membership // the active ones, by name, then slug
	LastUsed    string       // id of the organization last landed in, or empty
	// Organizations answers AccessQuery.Slugs: asked slug → organization. An old
	// slug answers with the organization under its new one; an unknown slug is
	// not a key.
	Organizations map[string]Organization
	Invitation    *Invitation // nil when none was asked for or the token is unknown
	Source        Source
	Age           time.Duration // how long ago the oldest part was read
	// Degraded says that the store does not answer and this is the last known answer.
	Degraded bool
}

// Membership returns the active membership in the organization with this id.
func (s AccessSnapshot) Membership(organizationID string) (Membership, bool) {
	for _, m := range s.Memberships {
		if m.Organization.ID == organizationID {
			return m, true
		}
	}
	return Membership{}, false
}

// OrganizationBySlug returns the organization that the slug asked for found, with
// the slug and status of the person's membership where there is one.
func (s AccessSnapshot) OrganizationBySlug(slug string) (org Organization, found bool) {
	org, found = s.Organizations[slug]
	if m, member := s.Membership(org.ID); found && member {
		org = m.Organization
	}
	return org, found
}

// Signup says what a first login without an invitation makes.
type Signup string

// The signup policies.
const (
	SignupOrganization Signup = "organization" // profile, organization (pending), owner membership, workspace
	SignupProfile      Signup = "profile"      // the profile alone
	SignupClosed       Signup = "closed"       // nothing: refused
)

// Session is one signed-in browser, as its row says.
type Session struct {
	ID          string // UUID, public: logs, X-Session-Id
	UserID      string
	SecretHash  []byte // SHA-256 of the secret in the cookie
	BrowserHash []byte // SHA-256 of the value of the browser cookie
	CreatedAt   time.Time
	LastSeenAt  time.Time
	ExpiresAt   time.Time // absolute end
	EndedAt     time.Time // zero while it lives
	// Connections are the logins that count for this session, the first one first.
	Connections []SessionConnection
	// Degraded says that the store does not answer and this is the last known answer.
	Degraded bool
}

// Live reports whether the session may still be used at now, when a session
// unused for idle ends.
func (s Session) Live(now time.Time, idle time.Duration) bool {
	return s.EndedAt.IsZero() && now.Before(s.ExpiresAt) && now.Before(s.LastSeenAt.Add(idle))
}

// Receipt is one stored decision.
type Receipt struct {
	ID       string // ^[a-z2-7]{16}$
	UserID   string
	At       time.Time
	Decision []byte // the JSON of contract section 3, explain and why
}

// ReceiptLifetime is how long a receipt is kept.
const ReceiptLifetime = 30 * 24 * time.Hour
