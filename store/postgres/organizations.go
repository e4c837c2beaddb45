package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// OrganizationBySlug implements store.Organizations.
func (s *Store) OrganizationBySlug(ctx context.Context, slug string) (store.Organization, error) {
	const op = "organization by slug"
	if !s.validSlug(slug) {
		return store.Organization{}, wrapError(op, pgx.ErrNoRows)
	}
	var r organizationRow
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`
SELECT
	o.id::text,
	o.name,
	o.slug,
	o.status,
	coalesce((SELECT s.sso FROM orglogin.organization_settings AS s WHERE s.organization_id = o.id), '')
FROM api.get_organization_by_slug($1::text) AS o`, slug), &r.ID, &r.Name, &r.Slug, &r.Status, &r.SSO)
	}})
	return r.word(), err
}

// validSlug reports whether an organization can have the slug at all.
func (s *Store) validSlug(slug string) bool {
	return store.CheckSlug(slug, s.reserved) == nil
}

// Invitation implements store.Invitations.
func (s *Store) Invitation(ctx context.Context, tokenHash []byte) (store.Invitation, error) {
	var r invitationRow
	err := s.run(ctx, operation{op: "invitation", as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`
SELECT
	i.id::text,
	i.organization_id::text,
	i.organization_name,
	i.slug,
	i.subdomain_status,
	i.sso,
	i.email,
	i.role,
	i.inviter,
	i.expires_at,
	coalesce(i.accepted_by::text, ''),
	i.accepted_at,
	i.revoked
FROM api.get_invitation($1::bytea) AS i`, tokenHash),
			&r.ID, &r.OrganizationID, &r.OrganizationName, &r.Slug, &r.SubdomainStatus, &r.SSO, &r.Email, &r.Role, &r.Inviter,
			&r.ExpiresAt, &r.AcceptedBy, &r.AcceptedAt, &r.Revoked)
	}})
	if err != nil {
		return store.Invitation{}, err
	}
	return r.word(), nil
}

// InvitationsFor implements store.Invitations.
func (s *Store) InvitationsFor(ctx context.Context, userID string, now time.Time) ([]store.Invitation, error) {
	if !store.ValidID(userID) {
		return nil, nil
	}
	var all []store.Invitation
	err := s.run(ctx, operation{op: "invitations of a person", as: person(userID), queue: func(b *batch) {
		all = nil
		b.Queue(`
SELECT
	i.id::text,
	i.organization_id::text,
	i.organization_name,
	i.slug,
	i.subdomain_status,
	i.sso,
	i.email,
	i.role,
	i.inviter,
	i.expires_at
FROM api.get_invitations($1::timestamptz) AS i
ORDER BY i.expires_at, i.id`, now).Query(func(rows pgx.Rows) error {
			var r invitationRow
			_, err := pgx.ForEachRow(rows, []any{
				&r.ID, &r.OrganizationID, &r.OrganizationName, &r.Slug, &r.SubdomainStatus, &r.SSO, &r.Email, &r.Role, &r.Inviter, &r.ExpiresAt,
			}, func() error {
				all = append(all, r.word())
				return nil
			})
			return err
		})
	}})
	return all, err
}
