package store

import (
	"fmt"
	"unicode/utf8"
)

// Check returns [ErrInvalid] for a connection that no store may keep. Whether the issuer is
// one that a tenant may name is checked by those who know the network.
func (n NewConnection) Check() error {
	switch {
	case !IsOrganizationConnection(n.ID):
		return invalid("the connection's id %.40q is not c- and 16 characters of [a-z2-7]", n.ID)
	case n.Name == "" || !ValidText(n.Name, MaxName) || utf8.RuneCountInString(n.Name) > MaxConnectionName:
		return invalid("the connection's name has no characters, more than %d, or is not text", MaxConnectionName)
	case n.Issuer == "" || !ValidText(n.Issuer, MaxIssuer):
		return invalid("the issuer is empty, not text or too long")
	case n.ClientID == "" || !ValidText(n.ClientID, MaxIssuer):
		return invalid("the client id is empty, not text or too long")
	case !ValidText(n.SealedSecret, MaxDecision):
		return invalid("the sealed secret is not text or too long")
	}
	switch n.EmailVerified {
	case EmailVerifiedClaim, EmailVerifiedEDOV, EmailVerifiedIssuer:
		return nil
	}
	return invalid("email_verified is %.40q, not claim, xms_edov or issuer", n.EmailVerified)
}

// Check returns [ErrInvalid] for a value that is none of the three.
func (s SSO) Check() error {
	switch s {
	case SSOOff, SSOOptional, SSORequired:
		return nil
	}
	return invalid("sso is %.40q, not off, optional or required", s)
}

// UntestedError is [ErrConflict] for a connection that is to be active.
func UntestedError(connectionID string) error {
	return fmt.Errorf("%w: the connection %s was not tested since it was last changed; run orglogin connections test", ErrConflict, connectionID)
}

// TooManyConnectionsError is [ErrConflict] for an organization that has [MaxConnections].
func TooManyConnectionsError(organizationSlug string) error {
	return fmt.Errorf("%w: the organization %s has %d connections, which is the most; remove one first", ErrConflict, organizationSlug, MaxConnections)
}

// NoActiveConnectionError is [ErrConflict] for an organization that is to require its own connections.
func NoActiveConnectionError(organizationSlug string) error {
	return fmt.Errorf("%w: the organization %s has no active connection, so sso=required would let no one in; activate one first", ErrConflict, organizationSlug)
}
