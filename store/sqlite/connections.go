package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"orglogin/store"
)

const connectionColumns = `
	SELECT id, organization_id, name, issuer, client_id, sealed_secret, email_verified, userinfo,
		hosted_domains, tenants, private, state, revision, created_at
	FROM connections`

func scanConnection(scan func(...any) error) (c store.Connection, err error) {
	var domains, tenants string
	var created int64
	err = scan(&c.ID, &c.OrganizationID, &c.Name, &c.Issuer, &c.ClientID, &c.SealedSecret, &c.EmailVerified, &c.UserInfo,
		&domains, &tenants, &c.Private, &c.State, &c.Revision, &created)
	if err != nil {
		return c, err
	}
	c.CreatedAt = fromMicros(created)
	err = errors.Join(json.Unmarshal([]byte(domains), &c.HostedDomains), json.Unmarshal([]byte(tenants), &c.Tenants))
	return c, err
}

func connection(t *transaction, id string) (store.Connection, error) {
	return scanConnection(func(into ...any) error {
		return t.row(connectionColumns+` WHERE id = $1`, []any{id}, into...)
	})
}

func listConnections(t *transaction, condition string, args ...any) (all []store.Connection, err error) {
	err = t.rows(connectionColumns+condition, args, func(scan func(...any) error) error {
		c, err := scanConnection(scan)
		all = append(all, c)
		return err
	})
	return all, err
}

// Connection finds one by its id, in any state.
func (s *Store) Connection(ctx context.Context, id string) (c store.Connection, err error) {
	if !store.IsOrganizationConnection(id) {
		return c, store.ErrNotFound
	}
	err = s.ask(ctx, func(t *transaction) error {
		c, err = connection(t, id)
		return err
	})
	return c, err
}

// OrganizationConnections lists the active ones of an organization.
func (s *Store) OrganizationConnections(ctx context.Context, organizationID string) (all []store.Connection, err error) {
	err = s.ask(ctx, func(t *transaction) error {
		all, err = listConnections(t, ` WHERE organization_id = $1 AND state = 'active' ORDER BY name, id`, organizationID)
		return err
	})
	return all, err
}

// TakeConnectionTest takes a test login, once.
func (s *Store) TakeConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, now time.Time) (c store.Connection, err error) {
	taken := false
	err = s.write(ctx, func(t *transaction) error {
		var revision int64
		err := t.row(`SELECT revision FROM connection_tests WHERE token_hash = $1 AND connection_id = $2 AND expires_at > $3`,
			[]any{tokenHash, connectionID, micros(now)}, &revision)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err = t.exec(`DELETE FROM connection_tests WHERE token_hash = $1`, tokenHash); err != nil {
			return err
		}
		c, err = connection(t, connectionID)
		taken = c.Revision == revision
		return err
	})
	if err == nil && !taken {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Connection{}, err
	}
	return c, nil
}

// FinishConnectionTest records a test login that succeeded.
func (s *Store) FinishConnectionTest(ctx context.Context, connectionID string, revision int64) error {
	return s.write(ctx, func(t *transaction) error {
		n, err := t.exec(`
			UPDATE connections
			SET tested_revision = revision, state = CASE WHEN state = 'draft' THEN 'tested' ELSE state END
			WHERE id = $1 AND revision = $2`,
			connectionID, revision)
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: the connection %q has changed since the test began", store.ErrConflict, connectionID)
		}
		return err
	})
}

// AddConnection stores a draft.
func (s *Store) AddConnection(ctx context.Context, n store.NewConnection, now time.Time) error {
	if err := n.Check(); err != nil {
		return err
	}
	domains, err := json.Marshal(n.HostedDomains)
	if err != nil {
		return err
	}
	tenants, err := json.Marshal(n.Tenants)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *transaction) error {
		o, err := organizationBySlug(t, n.OrganizationSlug)
		if err != nil {
			return err
		}
		var count int
		if err := t.row(`SELECT count(*) FROM connections WHERE organization_id = $1`, []any{o.ID}, &count); err != nil {
			return err
		}
		if count >= store.MaxConnections {
			return store.TooManyConnectionsError(n.OrganizationSlug)
		}
		_, err = t.exec(`
			INSERT INTO connections (id, organization_id, name, issuer, client_id, sealed_secret, email_verified, userinfo,
				hosted_domains, tenants, private, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			n.ID, o.ID, n.Name, n.Issuer, n.ClientID, n.SealedSecret, n.EmailVerified, n.UserInfo,
			string(domains), string(tenants), n.Private, micros(now))
		return err
	})
}

// ListConnections lists those of an organization, oldest first.
func (s *Store) ListConnections(ctx context.Context, organizationSlug string) (all []store.Connection, err error) {
	err = s.read(ctx, func(t *transaction) error {
		o, err := organizationBySlug(t, organizationSlug)
		if err != nil {
			return err
		}
		all, err = listConnections(t, ` WHERE organization_id = $1 ORDER BY created_at, id`, o.ID)
		return err
	})
	return all, err
}

// NewConnectionTest stores the hash of the token of a test login.
func (s *Store) NewConnectionTest(ctx context.Context, connectionID string, tokenHash []byte, expires time.Time) error {
	if !store.ValidHash(tokenHash) {
		return fmt.Errorf("%w: the token's hash is not SHA-256", store.ErrInvalid)
	}
	return s.write(ctx, func(t *transaction) error {
		_, err := t.exec(`DELETE FROM connection_tests WHERE expires_at < $1`, micros(s.oldest()))
		if err != nil {
			return err
		}
		n, err := t.exec(`
			INSERT INTO connection_tests (token_hash, connection_id, revision, expires_at)
			SELECT $2, id, revision, $3 FROM connections WHERE id = $1`,
			connectionID, tokenHash, micros(expires))
		return changed(n, err)
	})
}

// changed is [store.ErrNotFound] for a statement that changed no row.
func changed(rows int64, err error) error {
	if err == nil && rows == 0 {
		return store.ErrNotFound
	}
	return err
}

// ActivateConnection makes a tested one active.
func (s *Store) ActivateConnection(ctx context.Context, connectionID string) error {
	return s.write(ctx, func(t *transaction) error {
		var tested bool
		err := t.row(`SELECT tested_revision = revision FROM connections WHERE id = $1`, []any{connectionID}, &tested)
		if err != nil {
			return err
		}
		if !tested {
			return store.UntestedError(connectionID)
		}
		_, err = t.exec(`UPDATE connections SET state = 'active' WHERE id = $1`, connectionID)
		return err
	})
}

// DisableConnection disables one; the database ends the sessions that it alone opened.
func (s *Store) DisableConnection(ctx context.Context, connectionID string, _ time.Time) (store.Organization, error) {
	return s.endConnection(ctx, connectionID, `UPDATE connections SET state = 'disabled' WHERE id = $1`)
}

// RemoveConnection deletes one; the database ends the sessions that it alone opened.
func (s *Store) RemoveConnection(ctx context.Context, connectionID string, _ time.Time) (store.Organization, error) {
	return s.endConnection(ctx, connectionID, `DELETE FROM connections WHERE id = $1`)
}

func (s *Store) endConnection(ctx context.Context, id, statement string) (o store.Organization, err error) {
	err = s.write(ctx, func(t *transaction) error {
		err := t.row(`
			SELECT o.id, `+publicName+`, o.slug, o.subdomain_status, `+ssoSetting+`
			FROM connections k
			JOIN organizations o ON o.id = k.organization_id
			WHERE k.id = $1`,
			[]any{id}, &o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO)
		if err != nil {
			return err
		}
		_, err = t.exec(statement, id)
		return err
	})
	return o, err
}

// ResealConnections replaces each sealed secret.
func (s *Store) ResealConnections(ctx context.Context, reseal func(connectionID, sealed string) (string, error)) (n int, err error) {
	err = s.write(ctx, func(t *transaction) error {
		all, err := listConnections(t, ` ORDER BY id`)
		if err != nil {
			return err
		}
		for _, c := range all {
			sealed, err := reseal(c.ID, c.SealedSecret)
			if err != nil {
				return err
			}
			if _, err := t.exec(`UPDATE connections SET sealed_secret = $2 WHERE id = $1`, c.ID, sealed); err != nil {
				return err
			}
		}
		n = len(all)
		return nil
	})
	return n, err
}

// SetSSO says whether the organization's connections open it.
func (s *Store) SetSSO(ctx context.Context, organizationSlug string, sso store.SSO) error {
	if err := sso.Check(); err != nil {
		return err
	}
	return s.write(ctx, func(t *transaction) error {
		o, err := organizationBySlug(t, organizationSlug)
		if err != nil {
			return err
		}
		if sso == store.SSORequired {
			var active bool
			err := t.row(`SELECT EXISTS (SELECT 1 FROM connections WHERE organization_id = $1 AND state = 'active')`, []any{o.ID}, &active)
			if err != nil {
				return err
			}
			if !active {
				return store.NoActiveConnectionError(organizationSlug)
			}
		}
		_, err = t.exec(`
			INSERT INTO organization_settings (organization_id, sso) VALUES ($1, $2)
			ON CONFLICT (organization_id) DO UPDATE SET sso = excluded.sso`,
			o.ID, string(sso))
		return err
	})
}
