package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"orglogin/store"
)

// batch is how many rows one sweep removes: more than one call adds, few
// enough to cost nothing.
const batch = 20

const sessionColumns = `
	SELECT id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at, ended_at,
		(` + selectConnections + ` sessions.id)
	FROM sessions`

// selectConnections is JSON, an array of connectionJSON. It ends where the id of the session follows.
const selectConnections = `
	SELECT json_group_array(json_object(
		'ID', c.connection_id, 'Organization', c.organization_id, 'At', c.at, 'Email', i.email, 'Name', i.name, 'Picture', i.picture
	) ORDER BY c.at, c.connection_id)
	FROM session_connections c
	JOIN sessions s ON s.id = c.session_id
	LEFT JOIN identities i ON c.organization_id IS NOT NULL AND i.profile_id = s.profile_id AND i.connection = c.connection_id
	WHERE c.session_id =`

type connectionJSON struct {
	ID, Organization, Email, Name, Picture string // empty where the database has NULL
	At                                     int64
}

func sessionConnections(t *transaction, sessionID string) ([]store.SessionConnection, error) {
	var text []byte
	if err := t.row(selectConnections+` $1`, []any{sessionID}, &text); err != nil {
		return nil, err
	}
	return scanConnections(text)
}

func scanSession(scan func(...any) error) (s store.Session, err error) {
	var created, seen, expires int64
	var ended sql.NullInt64
	var connections []byte
	err = scan(&s.ID, &s.UserID, &s.SecretHash, &s.BrowserHash, &created, &seen, &expires, &ended, &connections)
	if err == nil {
		s.Connections, err = scanConnections(connections)
	}
	s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.EndedAt = fromMicros(created), fromMicros(seen), fromMicros(expires), fromNullMicros(ended)
	return s, err
}

func scanConnections(text []byte) (all []store.SessionConnection, err error) {
	var rows []connectionJSON
	if err := json.Unmarshal(text, &rows); err != nil {
		return nil, fmt.Errorf("connections of a session: %w", err)
	}
	for _, r := range rows {
		all = append(all, store.SessionConnection{
			ConnectionID: r.ID, OrganizationID: r.Organization, At: fromMicros(r.At), Email: r.Email, Name: r.Name, Picture: r.Picture,
		})
	}
	return all, nil
}

// Session finds by person and the hash of the cookie's secret.
func (s *Store) Session(ctx context.Context, userID string, secretHash []byte) (found store.Session, err error) {
	if !store.ValidID(userID) || !store.ValidHash(secretHash) {
		return found, store.ErrNotFound
	}
	err = s.ask(ctx, func(t *transaction) error {
		found, err = scanSession(func(into ...any) error {
			return t.row(sessionColumns+` WHERE secret_hash = $1 AND profile_id = $2`, []any{secretHash, userID}, into...)
		})
		return err
	})
	if err != nil {
		return store.Session{}, err
	}
	return found, nil
}

// TouchSession moves LastSeenAt forward.
func (s *Store) TouchSession(ctx context.Context, userID, id string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(id) {
		return nil
	}
	return s.note(ctx, func(t *transaction) error {
		_, err := t.exec(`
			UPDATE sessions
			SET last_seen_at = $3
			WHERE id = $1 AND profile_id = $2 AND ended_at IS NULL AND last_seen_at < $3`,
			id, userID, micros(at))
		return err
	})
}

// EndSession ends one session of the person.
func (s *Store) EndSession(ctx context.Context, userID, id string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(id) {
		return nil
	}
	return s.write(ctx, func(t *transaction) error {
		_, err := t.exec(`
			UPDATE sessions
			SET ended_at = $3
			WHERE id = $1 AND profile_id = $2 AND ended_at IS NULL`,
			id, userID, micros(at))
		return err
	})
}

// EndSessions ends all of the person's sessions and returns how many were live.
func (s *Store) EndSessions(ctx context.Context, userID string, at time.Time) (int, error) {
	if !store.ValidID(userID) {
		return 0, nil
	}
	var live int64
	err := s.write(ctx, func(t *transaction) (err error) {
		live, err = t.exec(`
			UPDATE sessions
			SET ended_at = $2
			WHERE profile_id = $1 AND ended_at IS NULL AND expires_at > $2`,
			userID, micros(at))
		if err != nil {
			return err
		}
		_, err = t.exec(`UPDATE sessions SET ended_at = $2 WHERE profile_id = $1 AND ended_at IS NULL`, userID, micros(at))
		return err
	})
	return int(live), err
}

// EndOrganizationSessions ends those that have connections of these organizations alone.
func (s *Store) EndOrganizationSessions(ctx context.Context, userID string, organizationIDs []string, at time.Time) (int, error) {
	if !store.ValidID(userID) || len(organizationIDs) == 0 {
		return 0, nil
	}
	ids, err := json.Marshal(organizationIDs)
	if err != nil {
		return 0, err
	}
	var live int64
	err = s.write(ctx, func(t *transaction) error {
		return t.rows(`
			UPDATE sessions
			SET ended_at = $2
			WHERE profile_id = $1 AND ended_at IS NULL
				AND NOT EXISTS (
					SELECT 1
					FROM session_connections c
					WHERE c.session_id = sessions.id
						AND (c.organization_id IS NULL OR c.organization_id NOT IN (SELECT value FROM json_each($3))))
			RETURNING expires_at > $2`,
			[]any{userID, micros(at), string(ids)}, func(scan func(...any) error) error {
				var counts int64
				err := scan(&counts)
				live += counts
				return err
			})
	})
	if err != nil {
		return 0, err
	}
	return int(live), nil
}

// TakeFlow takes the flow: true the first time.
func (s *Store) TakeFlow(ctx context.Context, id string, expires time.Time) (bool, error) {
	if !store.ValidFlowID(id) {
		return false, store.ErrInvalid
	}
	var taken int64
	err := s.note(ctx, func(t *transaction) (err error) {
		taken, err = t.exec(`INSERT INTO flows (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`, id, micros(expires))
		if err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM flows WHERE id IN (SELECT id FROM flows WHERE expires_at < $1 AND id <> $2 LIMIT $3)`,
			micros(s.config.Now()), id, batch)
		return err
	})
	return taken == 1 && err == nil, err
}

// SaveReceipt stores one decision.
func (s *Store) SaveReceipt(ctx context.Context, r store.Receipt) error {
	if err := r.Check(); err != nil {
		return err
	}
	return s.SaveReceipts(ctx, []store.Receipt{r})
}

// SaveReceipts stores decisions in one transaction, and sweeps away what is
// older than a receipt may be: receipts, and sessions long over.
func (s *Store) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	return s.note(ctx, func(t *transaction) error {
		for _, r := range all {
			_, err := t.exec(`INSERT INTO receipts (id, profile_id, at, decision) VALUES ($1, $2, $3, $4)`,
				r.ID, r.UserID, micros(r.At), string(r.Decision))
			if err != nil {
				return err
			}
		}
		oldest, rows := micros(s.oldest()), max(batch, 2*len(all)) // more than were added
		_, err := t.exec(`DELETE FROM receipts WHERE id IN (SELECT id FROM receipts WHERE at < $1 LIMIT $2)`, oldest, rows)
		if err != nil {
			return err
		}
		_, err = t.exec(`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)`, oldest, rows)
		return err
	})
}

// oldest is the time before which receipts and ended sessions are gone.
func (s *Store) oldest() time.Time { return s.config.Now().Add(-store.ReceiptLifetime) }

// Receipt finds one of the person's own.
func (s *Store) Receipt(ctx context.Context, userID, id string) (store.Receipt, error) {
	r, err := s.AnyReceipt(ctx, id)
	if err == nil && r.UserID != userID {
		return store.Receipt{}, store.ErrNotFound
	}
	return r, err
}

// AnyReceipt finds a receipt whoever it belongs to.
func (s *Store) AnyReceipt(ctx context.Context, id string) (r store.Receipt, err error) {
	if !store.ValidReceiptID(id) {
		return r, store.ErrNotFound
	}
	var at int64
	err = s.ask(ctx, func(t *transaction) error {
		return t.row(`SELECT id, profile_id, at, decision FROM receipts WHERE id = $1 AND at >= $2`,
			[]any{id, micros(s.oldest())}, &r.ID, &r.UserID, &at, &r.Decision)
	})
	if err != nil {
		return store.Receipt{}, err
	}
	r.At = fromMicros(at)
	return r, nil
}
