package store

import (
	"regexp"
	"strings"
	"time"
)

// Connection is one OpenID provider together with one client id at it
// (contract section 10).
type Connection struct {
	// ID is "default" or the operator's own word for an operator connection,
	// and "c-" with 16 characters of [a-z2-7] for an organization's, never used again.
	ID string
	// OrganizationID is the organization that the connection opens. It is empty for
	// an operator connection, which opens every organization that does not require its own.
	OrganizationID string
	Name           string // on the button, at most 40 characters
	Issuer         string
	ClientID       string
	SealedSecret   string // the client secret, sealed with SECRET_KEYS for the purpose seal.ConnectionSecret
	EmailVerified  EmailVerifiedMode
	UserInfo       bool // UserInfo is asked where the ID token lacks the address or its verification
	HostedDomains  []string
	Tenants        []string // tenant ids of Microsoft Entra
	// Private allows a provider in OUTBOUND_ALLOWED_NETWORKS. Only an operator sets it.
	Private bool
	State   ConnectionState
	// Revision changes whenever issuer, client id or secret do.
	Revision  int64
	CreatedAt time.Time
}

// DefaultConnection is the id of the operator connection that OIDC_* configures.
const DefaultConnection = "default"

// GoogleIssuer is Google's only issuer.
const GoogleIssuer = "https://accounts.google.com"

// MicrosoftIssuers is what every issuer of Microsoft Entra begins with, followed by a tenant id,
// or by organizations or common.
const MicrosoftIssuers = "https://login.microsoftonline.com/"

// SharedMicrosoftIssuer reports whether the issuer is one of Microsoft Entra's that many tenants
// share: organizations or common. Its discovery document has a placeholder for the tenant.
func SharedMicrosoftIssuer(issuer string) bool {
	rest, ok := strings.CutPrefix(issuer, MicrosoftIssuers)
	return ok && (rest == "organizations/v2.0" || rest == "common/v2.0")
}

// ValidTenantID reports whether id is a tenant id of Microsoft Entra, a GUID in lower case.
func ValidTenantID(id string) bool { return tenantPattern.MatchString(id) }

var tenantPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// MaxConnectionName is the most characters of the name of a connection, which is on a button.
const MaxConnectionName = 40

// EmailVerifiedMode says what makes the address of a login a verified one.
type EmailVerifiedMode string

// The modes. An explicit email_verified of false verifies in none.
const (
	EmailVerifiedClaim  EmailVerifiedMode = "claim"    // email_verified is the JSON value true
	EmailVerifiedEDOV   EmailVerifiedMode = "xms_edov" // Microsoft Entra: the domain's owner is verified
	EmailVerifiedIssuer EmailVerifiedMode = "issuer"   // the operator vouches for every address of the issuer
)

// ConnectionState is where an organization connection is in its life.
type ConnectionState string

// The states. Only an active connection opens anything. A change of issuer,
// client id or secret makes it a draft again.
const (
	ConnectionDraft    ConnectionState = "draft"
	ConnectionTested   ConnectionState = "tested"
	ConnectionActive   ConnectionState = "active"
	ConnectionDisabled ConnectionState = "disabled"
)

// SSO says whether an organization's own connections open it, and whether they alone do.
type SSO string

// The values of SSO.
const (
	SSOOff      SSO = "off"
	SSOOptional SSO = "optional"
	SSORequired SSO = "required"
)

// Valid reports whether s is one of the three.
func (s SSO) Valid() bool { return s == SSOOff || s == SSOOptional || s == SSORequired }

// SessionConnection is one connection by which a session was made or joined. It
// counts until SESSION_LIFETIME after At.
type SessionConnection struct {
	ConnectionID   string
	OrganizationID string // see [Connection.OrganizationID]
	At             time.Time
	// Email, Name and Picture are what an organization's connection asserts of the person, as
	// of the last login by it. They are for that organization alone, and empty for an operator's
	// connection, whose word the profile has.
	Email   string
	Name    string
	Picture string
}

// NewConnectionID returns the id of a new organization connection: c- and 16 random characters
// of [a-z2-7].
func NewConnectionID() string { return "c-" + NewReceiptID() }

// ValidConnectionID reports whether id can be that of a connection: [a-z0-9-], at most 32.
func ValidConnectionID(id string) bool {
	return id != "" && len(id) <= 32 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// IsOrganizationConnection reports whether an id is of the form of an organization connection's.
func IsOrganizationConnection(id string) bool {
	return len(id) == 18 && id[:2] == "c-" && ValidReceiptID(id[2:])
}
