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

// MaxConnections is how many connections one organization may have.
const MaxConnections = 10
