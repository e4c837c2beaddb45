package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"orglogin/store"
)

// AccessSnapshot answers q from one snapshot.
func (s *Store) AccessSnapshot(ctx context.Context, q store.AccessQuery) (answer store.AccessSnapshot, err error) {
	if !store.ValidID(q.UserID) {
		return answer, store.ErrNotFound
	}
	err = s.read(ctx, func(t *transaction) error {
		answer, err = snapshot(t, q)
		return err
	})
	return answer, err
}

func snapshot(t *transaction, q store.AccessQuery) (store.AccessSnapshot, error) {
	answer := store.AccessSnapshot{Organizations: map[string]store.Organization{}, Source: store.FromDatabase}
	var err error
	if answer.Profile, answer.LastUsed, err = profile(t, q.UserID); err != nil {
		return store.AccessSnapshot{}, err
	}
	err = t.rows(`
		SELECT o.id, o.name, o.slug, o.subdomain_status, `+ssoSetting+`, m.role
		FROM memberships m
		JOIN organizations o ON o.id = m.organization_id
		WHERE m.profile_id = $1 AND m.active
		ORDER BY o.name, o.slug`,
		[]any{q.UserID}, func(scan func(...any) error) error {
			var m store.Membership
			o := &m.Organization
			if err := scan(&o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO, &m.Role); err != nil {
				return err
			}
			answer.Memberships = append(answer.Memberships, m)
			return nil
		})
	if err != nil {
		return store.AccessSnapshot{}, err
	}
	for _, slug := range q.Slugs {
		if !store.ValidSlug(slug) {
			continue
		}
		o, err := organizationBySlug(t, slug)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return store.AccessSnapshot{}, err
		}
		answer.Organizations[slug] = o
	}
	if store.ValidHash(q.Invitation) {
		i, err := invitation(t, q.Invitation)
		if err == nil {
			answer.Invitation = &i
		} else if !errors.Is(err, store.ErrNotFound) {
			return store.AccessSnapshot{}, err
		}
	}
	return answer, nil
}

// profile reads a person and the id of the organization last landed in.
func profile(t *transaction, id string) (p store.Profile, lastUsed string, err error) {
	var last sql.NullString
	err = t.row(`
		SELECT id, email, email_verified, authoritative, name, picture, disabled, last_organization_id
		FROM profiles
		WHERE id = $1`,
		[]any{id}, &p.ID, &p.Email, &p.EmailVerified, &p.Authoritative, &p.Name, &p.Picture, &p.Disabled, &last)
	return p, last.String, err
}

// MarkUsed remembers the organization last landed in.
func (s *Store) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	if !store.ValidID(userID) || !store.ValidID(organizationID) {
		return nil
	}
	return s.note(ctx, func(t *transaction) error {
		_, err := t.exec(`
			UPDATE profiles
			SET last_organization_id = $2, last_used_at = $3
			WHERE id = $1
				AND (last_used_at IS NULL OR last_used_at <= $3)
				AND EXISTS (SELECT 1 FROM memberships WHERE profile_id = $1 AND organization_id = $2 AND active)`,
			userID, organizationID, micros(at))
		return err
	})
}
