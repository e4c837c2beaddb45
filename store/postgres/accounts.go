package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"orglogin/store"
)

// logIn is one statement and so one transaction and one round trip: the chain is
// made without claims of a person, and read under those of the person who signed in.
const logIn = `SELECT l.* FROM orglogin.log_in($1::jsonb) AS l`

// loginArgument is a [store.Login] as the type orglogin.login of the database.
type loginArgument struct {
	Connection       string    `json:"connection"`
	Issuer           string    `json:"issuer"`
	Subject          string    `json:"subject"`
	Email            string    `json:"email"`
	EmailVerified    bool      `json:"email_verified"`
	Authoritative    bool      `json:"authoritative"`
	Name             string    `json:"name"`
	Picture          string    `json:"picture"`
	Signup           string    `json:"signup"`
	OrganizationName string    `json:"organization_name"`
	OrganizationSlug string    `json:"organization_slug"`
	Invitation       byteArray `json:"invitation"`
	SessionID        string    `json:"session_id"`
	SecretHash       byteArray `json:"secret_hash"`
	BrowserHash      byteArray `json:"browser_hash"`
	CreatedAt        time.Time `json:"created_at"`
	LastSeenAt       time.Time `json:"last_seen_at"`
	ExpiresAt        time.Time `json:"expires_at"`
	Replaces         *string   `json:"replaces"`
	Now              time.Time `json:"now"`
	Slugs            []string  `json:"slugs"`
	Known            *string   `json:"known"`
}

// byteArray is a bytea in JSON: the hexadecimal format of PostgreSQL, or null.
type byteArray []byte

func (b byteArray) MarshalJSON() ([]byte, error) {
	if len(b) == 0 {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, `"\\x%x"`, []byte(b)), nil
}

func (s *Store) loginArgument(l store.Login) (string, error) {
	id := l.Identity
	argument := loginArgument{
		Connection: id.ConnectionID(), Issuer: id.Issuer, Subject: id.Subject,
		Email: store.LowerASCII(id.Email), EmailVerified: id.EmailVerified, Authoritative: id.Authoritative && id.EmailVerified,
		Name: id.Name, Picture: id.Picture,
		Signup: string(l.Signup), OrganizationName: id.FirstOrganizationName(), OrganizationSlug: store.NewSlug(),
		Invitation: l.Invitation, SessionID: l.Session.ID, SecretHash: l.Session.SecretHash, BrowserHash: l.Session.BrowserHash,
		CreatedAt: micros(l.Session.CreatedAt), LastSeenAt: micros(l.Session.LastSeenAt), ExpiresAt: micros(l.Session.ExpiresAt),
		Now: micros(l.Now), Slugs: s.asked(l.Slugs),
	}
	if store.ValidID(l.Replaces) { // no session has another id
		argument.Replaces = &l.Replaces
	}
	if l.Invitation == nil { // the snapshot has the invitation in it, so with one it is read
		argument.Known = orNull(l.Known)
	}
	text, err := json.Marshal(argument)
	return string(text), err
}

// micros is a time as the database keeps it, which would round the text of a finer one.
func micros(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// CompleteLogin implements store.Accounts.
func (s *Store) CompleteLogin(ctx context.Context, login store.Login) (store.Completed, error) {
	const op = "complete login"
	if err := login.Check(); err != nil {
		return store.Completed{}, fmt.Errorf("postgres: %s: %w", op, err)
	}
	argument, err := s.loginArgument(login)
	if err != nil {
		return store.Completed{}, fmt.Errorf("postgres: %s: %w", op, err)
	}
	var row loginRow
	err = s.retry(ctx, op, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, logIn, argument)
		if err != nil {
			return err
		}
		row, err = pgx.CollectExactlyOneRow(rows, scanLogin)
		return err
	})
	if err != nil {
		return store.Completed{}, err
	}
	if row.refused != "" {
		return store.Completed{Invitation: store.Reason(row.verdict), Refused: store.Reason(row.refused)}, nil
	}
	done := store.Completed{
		Invitation: store.Reason(row.verdict), UserID: row.userID, FirstLogin: row.first, Joined: row.joined, Unread: row.unread,
		Connections: connectionsOf(row.connections),
	}
	if !row.unread {
		done.Snapshot, err = row.snapshot.snapshot(s.validSlug)
	}
	if err != nil {
		return store.Completed{}, fmt.Errorf("postgres: %s of the profile %s: %w", op, row.userID, err)
	}
	return done, nil
}

// loginRow is a row of orglogin.login_answer.
type loginRow struct {
	userID, refused, verdict string
	first                    bool
	joined                   string
	connections              pgtype.FlatArray[string]
	unread                   bool // there is no snapshot
	snapshot                 snapshotRow
}

func scanLogin(row pgx.CollectableRow) (r loginRow, err error) {
	own := []any{&r.userID, &r.refused, &r.verdict, &r.first, &r.joined, &r.connections}
	snapshot := r.snapshot.into()
	if r.unread = row.RawValues()[len(own)] == nil; r.unread {
		clear(snapshot) // pgx leaves out what has no destination
	}
	return r, row.Scan(append(own, snapshot...)...)
}

// AcceptInvitation implements store.Accounts.
func (s *Store) AcceptInvitation(ctx context.Context, userID string, tokenHash []byte, now time.Time) (store.Reason, error) {
	const op = "accept invitation"
	if !store.ValidID(userID) {
		return "", wrapError(op, pgx.ErrNoRows)
	}
	if tokenHash == nil {
		tokenHash = []byte{}
	}
	var verdict *string
	err := s.run(ctx, operation{op: op, as: person(userID), queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.accept_invitation($1::bytea, $2::timestamptz)`, tokenHash, now), &verdict)
	}})
	if err == nil && verdict == nil {
		err = wrapError(op, pgx.ErrNoRows)
	}
	if err != nil {
		return "", err
	}
	return store.Reason(*verdict), nil
}

// AccessSnapshot implements store.Accounts.
func (s *Store) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	const op = "snapshot"
	if !store.ValidID(q.UserID) {
		return store.AccessSnapshot{}, wrapError(op, pgx.ErrNoRows)
	}
	var row snapshotRow
	err := s.run(ctx, operation{op: op, as: person(q.UserID), queue: func(b *batch) {
		row = snapshotRow{}
		b.one(b.Queue(selectSnapshot, s.asked(q.Slugs), given(q.Invitation)), row.into()...)
	}})
	if err != nil {
		return store.AccessSnapshot{}, err
	}
	answer, err := row.snapshot(s.validSlug)
	return answer, wrapError(op, err)
}

// MarkUsed implements store.Accounts.
func (s *Store) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(organizationID) {
		return nil
	}
	return s.run(ctx, operation{op: "mark used", as: person(userID), late: true, queue: func(b *batch) {
		b.Queue(`
INSERT INTO orglogin.last_used AS u (profile_id, organization_id, used_at)
SELECT auth.uid(), m.organization_id, $2::timestamptz
FROM api.get_memberships() AS m
WHERE m.organization_id = $1::uuid
ON CONFLICT ON CONSTRAINT last_used_pkey DO UPDATE
	SET organization_id = excluded.organization_id, used_at = excluded.used_at
	WHERE u.used_at <= excluded.used_at`, organizationID, at)
	}})
}
