package postgres

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"orglogin/store"
)

const selectSession = `
SELECT
	s.id::text,
	s.profile_id::text,
	s.secret_hash,
	s.browser_hash,
	s.created_at,
	s.last_seen_at,
	s.expires_at,
	s.ended_at,
	orglogin.read_session_connections(s.id)
FROM orglogin.sessions AS s`

// sessionRow scans into a session.
type sessionRow struct {
	store.Session
	ended       *time.Time
	connections pgtype.FlatArray[string] // connectionTexts for each
}

// connectionTexts is how many texts orglogin.read_session_connections returns for each.
const connectionTexts = 6

func (r *sessionRow) into() []any {
	return []any{&r.ID, &r.UserID, &r.SecretHash, &r.BrowserHash, &r.CreatedAt, &r.LastSeenAt, &r.ExpiresAt, &r.ended, &r.connections}
}

func (r *sessionRow) word() store.Session {
	w := r.Session
	w.CreatedAt, w.LastSeenAt, w.ExpiresAt, w.EndedAt = r.CreatedAt.UTC(), r.LastSeenAt.UTC(), r.ExpiresAt.UTC(), timeOf(r.ended)
	w.Connections = connectionsOf(r.connections)
	return w
}

// connectionsOf reads connectionTexts for each.
func connectionsOf(texts []string) (all []store.SessionConnection) {
	for c := range slices.Chunk(texts, connectionTexts) {
		at, _ := strconv.ParseInt(c[2], 10, 64) // the database wrote it
		all = append(all, store.SessionConnection{
			ConnectionID: c[0], OrganizationID: c[1], At: time.UnixMicro(at).UTC(), Email: c[3], Name: c[4], Picture: c[5],
		})
	}
	return all
}

// Session implements store.Sessions.
func (s *Store) Session(ctx context.Context, userID string, secretHash []byte) (store.Session, error) {
	const op = "session"
	if !store.ValidID(userID) || !store.ValidHash(secretHash) {
		return store.Session{}, wrapError(op, pgx.ErrNoRows)
	}
	// A row without an id is a session that exists and is hidden.
	var r sessionRow
	err := s.run(ctx, operation{op: op, as: person(userID), queue: func(b *batch) {
		b.one(b.Queue(`
WITH own AS MATERIALIZED (`+selectSession+`
	WHERE s.secret_hash = $1::bytea
		AND s.profile_id = (SELECT auth.uid())
)
SELECT * FROM own
UNION ALL
SELECT '', '', ''::bytea, ''::bytea, now(), now(), now(), NULL, NULL
WHERE NOT EXISTS (SELECT FROM own)
	AND api.count_sessions($1::bytea, NULL, NULL) > 0`, secretHash), r.into()...)
	}})
	if err == nil && r.ID == "" {
		err = wrapError(op, hiddenError("session"))
	}
	if err != nil {
		return store.Session{}, err
	}
	return r.word(), nil
}

// TouchSession implements store.Sessions.
func (s *Store) TouchSession(ctx context.Context, userID, id string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(id) {
		return nil
	}
	return s.run(ctx, operation{op: "touch session", as: person(userID), late: true, queue: func(b *batch) {
		b.Queue(`
UPDATE orglogin.sessions
SET last_seen_at = $2::timestamptz
WHERE id = $1::uuid
	AND profile_id = (SELECT auth.uid())
	AND ended_at IS NULL
	AND last_seen_at < $2::timestamptz`, id, at)
	}})
}

// EndSession implements store.Sessions.
func (s *Store) EndSession(ctx context.Context, userID, id string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(id) {
		return nil
	}
	_, err := s.endSessions(ctx, "end session", userID, &id, at)
	return err
}

// EndSessions implements store.Sessions. Expired ones are ended too, but were
// not live and do not count.
func (s *Store) EndSessions(ctx context.Context, userID string, at time.Time) (int, error) {
	if !store.ValidID(userID) {
		return 0, nil
	}
	return s.endSessions(ctx, "end sessions", userID, nil, at)
}

// EndOrganizationSessions implements store.Sessions.
func (s *Store) EndOrganizationSessions(ctx context.Context, userID string, organizationIDs []string, at time.Time) (int, error) {
	if !store.ValidID(userID) || len(organizationIDs) == 0 {
		return 0, nil
	}
	var live int
	err := s.run(ctx, operation{op: "end organization sessions", as: person(userID), queue: func(b *batch) {
		b.one(b.Queue(`
WITH ended AS (
	UPDATE orglogin.sessions AS s
	SET ended_at = $2::timestamptz
	WHERE s.profile_id = (SELECT auth.uid())
		AND s.ended_at IS NULL
		AND NOT EXISTS (
			SELECT FROM orglogin.session_connections AS c
			WHERE c.session_id = s.id
				AND (c.organization_id IS NULL OR c.organization_id <> ALL ($1::uuid[]))
		)
	RETURNING s.expires_at
)
SELECT count(*) FILTER (WHERE expires_at > $2::timestamptz)
FROM ended`, organizationIDs, at), &live)
	}})
	return live, err
}

// endSessions ends one session of the person, or all without an id, and returns
// how many had not expired. Where it ends none, none may be left.
func (s *Store) endSessions(ctx context.Context, op, userID string, id *string, at time.Time) (int, error) {
	var live, left int
	err := s.run(ctx, operation{op: op, as: person(userID), queue: func(b *batch) {
		b.one(b.Queue(`
WITH ended AS (
	UPDATE orglogin.sessions
	SET ended_at = $2::timestamptz
	WHERE profile_id = (SELECT auth.uid())
		AND ($1::uuid IS NULL OR id = $1::uuid)
		AND ended_at IS NULL
	RETURNING expires_at
)
SELECT
	(SELECT count(*) FROM ended WHERE expires_at > $2::timestamptz),
	CASE WHEN EXISTS (SELECT FROM ended) THEN 0 ELSE api.count_sessions(NULL, $1::uuid, $2::timestamptz) END`, id, at), &live, &left)
	}})
	if err == nil && left > 0 {
		err = wrapError(op, hiddenError("session"))
	}
	return live, err
}
