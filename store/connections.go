package store

import (
	"context"
	"time"
)

// Connections are the organization connections, as the service reads them.
type Connections interface {
	// Connection finds by id, in any state. ErrNotFound: there is none, or none any more.
	Connection(ctx context.Context, id string) (Connection, error)
	// OrganizationConnections lists the active ones of an organization, by name, then id.
	OrganizationConnections(ctx context.Context, organizationID string) ([]Connection, error)
	// TakeConnectionTest takes the test whose token has this hash: once, before it expires, and
	// only while issuer, client id and secret are those that it was made for. ErrNotFound otherwise.
	TakeConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, now time.Time) (Connection, error)
	// FinishConnectionTest makes a draft tested, after a test login with this revision of it.
	// ErrConflict: the connection has changed since.
	FinishConnectionTest(ctx context.Context, connectionID string, revision int64) error
}

// NewConnection is an organization connection to be made. It begins as a draft.
type NewConnection struct {
	ID               string // of [NewConnectionID]: the secret is sealed for it
	OrganizationSlug string
	Name             string
	Issuer           string
	ClientID         string
	SealedSecret     string
	EmailVerified    EmailVerifiedMode
	UserInfo         bool
	HostedDomains    []string
	Tenants          []string
	Private          bool
}

// MaxConnections is how many connections one organization may have.
const MaxConnections = 10

// ConnectionOperator manages organization connections, as the owner of the database. ErrNotFound
// says that the organization or the connection is unknown.
type ConnectionOperator interface {
	// AddConnection stores a draft. ErrConflict: the organization has [MaxConnections].
	AddConnection(ctx context.Context, n NewConnection, now time.Time) error
	// ListConnections lists those of an organization, in any state, oldest first.
	ListConnections(ctx context.Context, organizationSlug string) ([]Connection, error)
	// NewConnectionTest stores the hash of the token of a test login, for the present revision.
	NewConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, expires time.Time) error
	// ActivateConnection makes a tested one active, and a disabled one that was tested since its
	// last change. Idempotent. ErrConflict: it was not tested.
	ActivateConnection(ctx context.Context, connectionID string) error
	// DisableConnection removes it from every session, and ends the sessions that it alone had
	// opened, in one transaction. Idempotent. The organization is the connection's.
	DisableConnection(ctx context.Context, connectionID string, now time.Time) (Organization, error)
	// RemoveConnection disables and deletes it, with its identities. Its id is never used again.
	RemoveConnection(ctx context.Context, connectionID string, now time.Time) (Organization, error)
	// ResealConnections replaces each sealed secret by what reseal returns for it, of all
	// organizations, in one transaction, and returns how many there were.
	ResealConnections(ctx context.Context, reseal func(connectionID, sealed string) (string, error)) (int, error)
	// SetSSO says whether the organization's connections open it, and whether they alone do.
	// ErrConflict: required without an active connection.
	SetSSO(ctx context.Context, organizationSlug string, sso SSO) error
}
