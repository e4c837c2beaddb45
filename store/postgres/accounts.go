package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// logIn is one statement and so one transaction and one round trip. The chain is
// made under the claims of nobody; what stands afterwards is read under the
// person's own.
const logIn = `
SELECT
	l.user_id,
	l.refused,
	l.verdict,
	l.first_login,
	(l.snapshot).*
FROM orglogin.log_in(
	p_issuer            => $1::text,
	p_subject           => $2::text,
	p_email             => $3::text,
	p_email_verified    => $4::boolean,
	p_authoritative     => $5::boolean,
	p_name              => $6::text,
	p_picture           => $7::text,
	p_signup            => $8::text,
	p_organization_name => $9::text,
	p_organization_slug => $10::text,
	p_invitation        => $11::bytea,
	p_session_id        => $12::uuid,
	p_secret_hash       => $13::bytea,
	p_browser_hash      => $14::bytea,
	p_created_at        => $15::timestamptz,
	p_last_seen_at      => $16::timestamptz,
	p_expires_at        => $17::timestamptz,
	p_replaces          => $18::uuid,
	p_now               => $19::timestamptz,
	p_slugs             => $20::text[]
) AS l`

// CompleteLogin implements store.Accounts.
func (s *Store) CompleteLogin(ctx context.Context, login store.Login) (store.Completed, error) {
	const op = "complete login"
	id := login.Identity
	if err := login.Check(); err != nil {
		return store.Completed{}, fmt.Errorf("postgres: %s: %w", op, err)
	}
	replaces := orNull(login.Replaces)
	if !store.ValidID(login.Replaces) {
		replaces = nil // no session has that id
	}
	var (
		userID, refused, verdict string
		first                    bool
		row                      snapshotRow
	)
	err := s.again(ctx, op, func(ctx context.Context) error {
		row = snapshotRow{}
		return s.pool.QueryRow(ctx, logIn,
			id.Issuer, id.Subject, store.LowerASCII(id.Email), id.EmailVerified, id.Authoritative, id.Name, id.Picture,
			string(login.Signup), id.FirstOrganizationName(), store.NewSlug(), given(login.Invitation),
			login.Session.ID, login.Session.SecretHash, login.Session.BrowserHash,
			login.Session.CreatedAt, login.Session.LastSeenAt, login.Session.ExpiresAt,
			replaces, login.Now, s.asked(login.Slugs),
		).Scan(append([]any{&userID, &refused, &verdict, &first}, row.into()...)...)
	})
	if err != nil {
		return store.Completed{}, err
	}
	done := store.Completed{Invitation: store.Reason(verdict), FirstLogin: first}
	if refused != "" {
		done.Refused = store.Reason(refused)
		return done, nil
	}
	if done.Snapshot, err = row.snapshot(s.validSlug); err != nil {
		return store.Completed{}, fmt.Errorf("postgres: %s of the profile %s: %w", op, userID, err)
	}
	return done, nil
}

// AcceptInvitation implements store.Accounts.
func (s *Store) AcceptInvitation(ctx context.Context, userID string, tokenHash []byte, now time.Time) (store.Reason, error) {
	const op = "accept invitation"
	if !store.ValidID(userID) {
		return "", border(op, pgx.ErrNoRows)
	}
	if tokenHash == nil {
		tokenHash = []byte{}
	}
	var verdict *string
	err := s.ask(ctx, question{op: op, as: person(userID), queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.accept_invitation($1::bytea, $2::timestamptz)`, tokenHash, now), &verdict)
	}})
	if err == nil && verdict == nil {
		err = border(op, pgx.ErrNoRows)
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
		return store.AccessSnapshot{}, border(op, pgx.ErrNoRows)
	}
	var row snapshotRow
	err := s.ask(ctx, question{op: op, as: person(q.UserID), queue: func(b *batch) {
		row = snapshotRow{}
		b.one(b.Queue(selectSnapshot, s.asked(q.Slugs), given(q.Invitation)), row.into()...)
	}})
	if err != nil {
		return store.AccessSnapshot{}, err
	}
	answer, err := row.snapshot(s.validSlug)
	return answer, border(op, err)
}

// MarkUsed implements store.Accounts.
func (s *Store) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(organizationID) {
		return nil
	}
	return s.ask(ctx, question{op: "mark used", as: person(userID), late: true, queue: func(b *batch) {
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
