package sqlite

import (
	"context"

	"orglogin/store"
)

// Profiles lists every profile of an address, oldest first.
func (s *Store) Profiles(ctx context.Context, email string) (all []store.Profile, err error) {
	email, ok := store.NormalizeEmail(email)
	if !ok {
		return nil, nil
	}
	err = s.ask(ctx, func(t *transaction) error {
		return t.rows(`
			SELECT id, email, email_verified, authoritative, name, picture, disabled
			FROM profiles
			WHERE email = $1
			ORDER BY created_at, rowid`,
			[]any{email}, func(scan func(...any) error) error {
				var p store.Profile
				err := scan(&p.ID, &p.Email, &p.EmailVerified, &p.Authoritative, &p.Name, &p.Picture, &p.Disabled)
				all = append(all, p)
				return err
			})
	})
	return all, err
}

// SessionsOf lists the person's sessions, newest first.
func (s *Store) SessionsOf(ctx context.Context, userID string) (all []store.Session, err error) {
	if !store.ValidID(userID) {
		return nil, nil
	}
	err = s.ask(ctx, func(t *transaction) error {
		return t.rows(sessionColumns+`
			WHERE profile_id = $1 AND min(expires_at, coalesce(ended_at, expires_at)) >= $2
			ORDER BY created_at DESC, rowid DESC`,
			[]any{userID, micros(s.oldest())}, func(scan func(...any) error) error {
				found, err := scanSession(scan)
				all = append(all, found)
				return err
			})
	})
	return all, err
}
