package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

const connectionColumns = `
	k.id,
	k.organization_id::text,
	k.name,
	k.issuer,
	k.client_id,
	k.sealed_secret,
	k.email_verified,
	k.userinfo,
	k.hosted_domains,
	k.tenants,
	k.private,
	k.state,
	k.revision,
	k.created_at`

func intoConnection(c *store.Connection) []any {
	return []any{
		&c.ID, &c.OrganizationID, &c.Name, &c.Issuer, &c.ClientID, &c.SealedSecret, &c.EmailVerified, &c.UserInfo,
		&c.HostedDomains, &c.Tenants, &c.Private, &c.State, &c.Revision, &c.CreatedAt,
	}
}

// connectionOf is a scanned row as every store returns it.
func connectionOf(c store.Connection) store.Connection {
	c.CreatedAt = c.CreatedAt.UTC()
	if len(c.HostedDomains) == 0 {
		c.HostedDomains = nil
	}
	if len(c.Tenants) == 0 {
		c.Tenants = nil
	}
	return c
}

func listConnections(b *batch, all *[]store.Connection, sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		*all = nil
		var c store.Connection
		_, err := pgx.ForEachRow(rows, intoConnection(&c), func() error {
			*all = append(*all, connectionOf(c))
			c = store.Connection{}
			return nil
		})
		return err
	})
}

// Connection implements store.Connections.
func (s *Store) Connection(ctx context.Context, id string) (store.Connection, error) {
	const op = "connection"
	if !store.IsOrganizationConnection(id) {
		return store.Connection{}, wrapError(op, pgx.ErrNoRows)
	}
	var c store.Connection
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		c = store.Connection{}
		b.one(b.Queue(`SELECT`+connectionColumns+` FROM api.get_connection($1::text) AS k`, id), intoConnection(&c)...)
	}})
	if err != nil {
		return store.Connection{}, err
	}
	return connectionOf(c), nil
}

// OrganizationConnections implements store.Connections.
func (s *Store) OrganizationConnections(ctx context.Context, organizationID string) ([]store.Connection, error) {
	if !store.ValidID(organizationID) {
		return nil, nil
	}
	var all []store.Connection
	err := s.run(ctx, operation{op: "connections of an organization", as: noPerson, queue: func(b *batch) {
		listConnections(b, &all, `SELECT`+connectionColumns+` FROM api.get_organization_connections($1::uuid) AS k ORDER BY k.name, k.id`, organizationID)
	}})
	return all, err
}

// TakeConnectionTest implements store.Connections.
func (s *Store) TakeConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, now time.Time) (store.Connection, error) {
	const op = "take connection test"
	if !store.IsOrganizationConnection(connectionID) || !store.ValidHash(tokenHash) {
		return store.Connection{}, wrapError(op, pgx.ErrNoRows)
	}
	var c store.Connection
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		c = store.Connection{}
		b.one(b.Queue(`SELECT`+connectionColumns+` FROM api.take_connection_test($1::text, $2::bytea, $3::timestamptz) AS k`,
			connectionID, tokenHash, now), intoConnection(&c)...)
	}})
	if err != nil {
		return store.Connection{}, err
	}
	return connectionOf(c), nil
}

// FinishConnectionTest implements store.Connections.
func (s *Store) FinishConnectionTest(ctx context.Context, connectionID string, revision int64) error {
	const op = "finish connection test"
	var finished bool
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.finish_connection_test($1::text, $2::bigint)`, connectionID, revision), &finished)
	}})
	if err == nil && !finished {
		err = fmt.Errorf("postgres: %s: %w: the connection %q has changed since the test began", op, store.ErrConflict, connectionID)
	}
	return err
}
