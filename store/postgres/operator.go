package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// Profiles implements store.Operator.
func (s *Store) Profiles(ctx context.Context, email string) ([]store.Profile, error) {
	email, ok := store.NormalizeEmail(email)
	if !ok {
		return nil, nil
	}
	var all []store.Profile
	err := s.run(ctx, operation{op: "profiles of an address", as: noPerson, queue: func(b *batch) {
		all = nil
		b.Queue(`
SELECT
	p.id::text,
	p.email,
	p.email_verified,
	p.authoritative,
	p.name,
	p.picture,
	p.disabled
FROM api.get_profiles_by_email($1::text) AS p`, email).Query(func(rows pgx.Rows) error {
			var r profileRow
			_, err := pgx.ForEachRow(rows, []any{
				&r.ID, &r.Email, &r.EmailVerified, &r.Authoritative, &r.Name, &r.Picture, &r.Disabled,
			}, func() error {
				all = append(all, r.word())
				return nil
			})
			return err
		})
	}})
	return all, err
}

// SessionsOf implements store.Operator.
func (s *Store) SessionsOf(ctx context.Context, userID string) ([]store.Session, error) {
	if !store.ValidID(userID) {
		return nil, nil
	}
	var all []store.Session
	err := s.run(ctx, operation{op: "sessions of a person", as: noPerson, queue: func(b *batch) {
		all = nil
		b.Queue(selectSession+`
WHERE s.profile_id = $1::uuid
	AND least(s.ended_at, s.expires_at) > $2::timestamptz
ORDER BY s.created_at DESC, s.id`, userID, s.now().AddDate(0, 0, -30)).Query(func(rows pgx.Rows) error {
			var r sessionRow
			_, err := pgx.ForEachRow(rows, r.into(), func() error {
				all = append(all, r.word())
				return nil
			})
			return err
		})
	}})
	return all, err
}
