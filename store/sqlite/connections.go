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
	if len(c.HostedDomains) == 0 {
		c.HostedDomains = nil
	}
	if len(c.Tenants) == 0 {
		c.Tenants = nil
	}
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
		if _, err = t.exec(`DELETE FROM connection_tests WHERE token_hash = $1 OR expires_at <= $2`, tokenHash, micros(now)); err != nil {
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
