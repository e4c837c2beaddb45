package postgres

import (
	"context"
	"errors"
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

// transact runs one transaction of the owner, as [Store.retry] does.
func (s *Store) transact(ctx context.Context, op string, do func(ctx context.Context, tx pgx.Tx) error) error {
	return s.retry(ctx, op, func(ctx context.Context) error {
		return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return do(ctx, tx) })
	})
}

// AddConnection implements store.ConnectionOperator.
func (s *Store) AddConnection(ctx context.Context, n store.NewConnection, now time.Time) error {
	const op = "add connection"
	if err := n.Check(); err != nil {
		return fmt.Errorf("postgres: %s: %w", op, err)
	}
	o, err := s.OrganizationBySlug(ctx, n.OrganizationSlug)
	if err != nil {
		return err
	}
	return s.transact(ctx, op, func(ctx context.Context, tx pgx.Tx) error {
		// Of several at once each counts the one before.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1::text, 4))`, o.ID); err != nil {
			return err
		}
		var count int
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM orglogin.connections AS k WHERE k.organization_id = $1::uuid`, o.ID).Scan(&count); err != nil {
			return err
		}
		if count >= store.MaxConnections {
			return store.TooManyConnectionsError(n.OrganizationSlug)
		}
		_, err := tx.Exec(ctx, `
INSERT INTO orglogin.connections (
	id, organization_id, name, issuer, client_id, sealed_secret, email_verified, userinfo, hosted_domains, tenants, private, created_at
) VALUES (
	@id::text, @organization::uuid, @name::text, @issuer::text, @client::text, @secret::text, @verified::text, @userinfo::boolean,
	coalesce(@domains::text[], '{}'), coalesce(@tenants::text[], '{}'), @private::boolean, @now::timestamptz
)`, pgx.NamedArgs{
			"id": n.ID, "organization": o.ID, "name": n.Name, "issuer": n.Issuer, "client": n.ClientID, "secret": n.SealedSecret,
			"verified": string(n.EmailVerified), "userinfo": n.UserInfo, "domains": n.HostedDomains, "tenants": n.Tenants, "private": n.Private, "now": now,
		})
		return err
	})
}

// ListConnections implements store.ConnectionOperator.
func (s *Store) ListConnections(ctx context.Context, organizationSlug string) ([]store.Connection, error) {
	o, err := s.OrganizationBySlug(ctx, organizationSlug)
	if err != nil {
		return nil, err
	}
	var all []store.Connection
	err = s.run(ctx, operation{op: "list connections", as: noPerson, queue: func(b *batch) {
		listConnections(b, &all, `SELECT`+connectionColumns+`
FROM orglogin.connections AS k
WHERE k.organization_id = $1::uuid
ORDER BY k.created_at, k.id`, o.ID)
	}})
	return all, err
}

// NewConnectionTest implements store.ConnectionOperator.
func (s *Store) NewConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, expires time.Time) error {
	const op = "new connection test"
	if !store.ValidHash(tokenHash) {
		return fmt.Errorf("postgres: %s: %w: the token's hash is not SHA-256", op, store.ErrInvalid)
	}
	return s.transact(ctx, op, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
INSERT INTO orglogin.connection_tests (token_hash, connection_id, revision, expires_at)
SELECT $2::bytea, k.id, k.revision, $3::timestamptz
FROM orglogin.connections AS k
WHERE k.id = $1::text`, connectionID, tokenHash, expires)
		return changed(tag.RowsAffected(), err)
	})
}

// changed is pgx.ErrNoRows for a statement that changed no row.
func changed(rows int64, err error) error {
	if err == nil && rows == 0 {
		return pgx.ErrNoRows
	}
	return err
}

// ActivateConnection implements store.ConnectionOperator.
func (s *Store) ActivateConnection(ctx context.Context, connectionID string) error {
	return s.transact(ctx, "activate connection", func(ctx context.Context, tx pgx.Tx) error {
		var tested bool
		err := tx.QueryRow(ctx, `
SELECT k.tested_revision = k.revision
FROM orglogin.connections AS k
WHERE k.id = $1::text
FOR UPDATE`, connectionID).Scan(&tested)
		if err != nil {
			return err
		}
		if !tested {
			return store.UntestedError(connectionID)
		}
		_, err = tx.Exec(ctx, `UPDATE orglogin.connections SET state = 'active' WHERE id = $1::text AND state <> 'active'`, connectionID)
		return err
	})
}

// DisableConnection implements store.ConnectionOperator. The database ends the sessions.
func (s *Store) DisableConnection(ctx context.Context, connectionID string, _ time.Time) (store.Organization, error) {
	return s.endConnection(ctx, "disable connection", connectionID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE orglogin.connections SET state = 'disabled' WHERE id = $1::text AND state <> 'disabled'`, connectionID)
		return err
	})
}

// RemoveConnection implements store.ConnectionOperator. The database ends the sessions.
func (s *Store) RemoveConnection(ctx context.Context, connectionID string, _ time.Time) (store.Organization, error) {
	return s.endConnection(ctx, "remove connection", connectionID, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM orglogin.connections WHERE id = $1::text`, connectionID)
		return err
	})
}

func (s *Store) endConnection(ctx context.Context, op, id string, end func(ctx context.Context, tx pgx.Tx) error) (store.Organization, error) {
	var r organizationRow
	err := s.transact(ctx, op, func(ctx context.Context, tx pgx.Tx) error {
		r = organizationRow{}
		err := tx.QueryRow(ctx, `
SELECT
	k.organization_id::text,
	o.name,
	o.slug,
	o.subdomain_status,
	coalesce((SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = k.organization_id), '')
FROM orglogin.connections AS k
CROSS JOIN LATERAL orglogin.read_organization(k.organization_id) AS o
WHERE k.id = $1::text`, id).Scan(&r.ID, &r.Name, &r.Slug, &r.Status, &r.SSO)
		if err != nil {
			return err
		}
		return end(ctx, tx)
	})
	if err != nil {
		return store.Organization{}, err
	}
	return r.word(), nil
}

// ResealConnections implements store.ConnectionOperator.
func (s *Store) ResealConnections(ctx context.Context, reseal func(connectionID, sealed string) (string, error)) (n int, err error) {
	err = s.transact(ctx, "reseal connections", func(ctx context.Context, tx pgx.Tx) error {
		n = 0
		rows, err := tx.Query(ctx, `SELECT k.id, k.sealed_secret FROM orglogin.connections AS k ORDER BY k.id FOR UPDATE`)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ ID, Sealed string }])
		if err != nil {
			return err
		}
		for _, c := range all {
			sealed, err := reseal(c.ID, c.Sealed)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE orglogin.connections SET sealed_secret = $2::text WHERE id = $1::text`, c.ID, sealed); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// SetSSO implements store.ConnectionOperator.
func (s *Store) SetSSO(ctx context.Context, organizationSlug string, sso store.SSO) error {
	const op = "set SSO"
	if err := sso.Check(); err != nil {
		return fmt.Errorf("postgres: %s: %w", op, err)
	}
	o, err := s.OrganizationBySlug(ctx, organizationSlug)
	if err != nil {
		return err
	}
	return s.transact(ctx, op, func(ctx context.Context, tx pgx.Tx) error {
		if sso == store.SSORequired {
			// Locked, so that the connection is not disabled at the same moment.
			var id string
			err := tx.QueryRow(ctx, `
SELECT k.id
FROM orglogin.connections AS k
WHERE k.organization_id = $1::uuid AND k.state = 'active'
LIMIT 1
FOR SHARE`, o.ID).Scan(&id)
			if errors.Is(err, pgx.ErrNoRows) {
				return store.NoActiveConnectionError(organizationSlug)
			}
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `
INSERT INTO orglogin.organization_settings AS g (organization_id, sso)
VALUES ($1::uuid, $2::text)
ON CONFLICT ON CONSTRAINT organization_settings_pkey DO UPDATE
	SET sso = excluded.sso
	WHERE g.sso <> excluded.sso`, o.ID, string(sso))
		return err
	})
}
