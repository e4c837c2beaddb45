package sqlite

import (
	"context"
	"strings"
	"time"

	sqlite "modernc.org/sqlite"

	"orglogin/store"
)

// isHeld recognises the refusal of the triggers on organizations.slug by its name.
func isHeld(err *sqlite.Error) bool {
	return strings.Contains(err.Error(), "organization_slugs_held")
}

// OrganizationBySlug finds by current slug, then by old ones.
func (s *Store) OrganizationBySlug(ctx context.Context, slug string) (o store.Organization, err error) {
	if !store.ValidSlug(slug) {
		return o, store.ErrNotFound
	}
	err = s.ask(ctx, func(t *transaction) error {
		o, err = organizationBySlug(t, slug)
		return err
	})
	return o, err
}

// publicName is the name of organization o for readers who may not be members.
const publicName = `CASE WHEN o.name_self_chosen THEN '' ELSE o.name END`

// ssoSetting is what an organization o says of its connections; off is empty.
const ssoSetting = `coalesce((SELECT nullif(g.sso, 'off') FROM organization_settings g WHERE g.organization_id = o.id), '')`

func organizationBySlug(t *transaction, slug string) (o store.Organization, err error) {
	err = t.row(`
		SELECT o.id, `+publicName+`, o.slug, o.subdomain_status, `+ssoSetting+`
		FROM organizations o
		WHERE o.slug = $1
		UNION ALL
		SELECT o.id, `+publicName+`, o.slug, o.subdomain_status, `+ssoSetting+`
		FROM organization_slugs h
		JOIN organizations o ON o.id = h.organization_id
		WHERE h.slug = $1
		LIMIT 1`,
		[]any{slug}, &o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO)
	return o, err
}

// newOrganization makes an organization with its workspace.
func newOrganization(t *transaction, o store.Organization, nameSelfChosen bool, now time.Time) error {
	_, err := t.exec(`
		INSERT INTO organizations (id, name, slug, subdomain_status, name_self_chosen, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		o.ID, o.Name, o.Slug, o.Status, nameSelfChosen, micros(now))
	if err != nil {
		return err
	}
	return ensureWorkspace(t, o, now)
}

// ensureWorkspace makes the workspace of an organization that has none.
func ensureWorkspace(t *transaction, o store.Organization, now time.Time) error {
	_, err := t.exec(`
		INSERT INTO workspaces (id, organization_id, name, created_at)
		SELECT $1, $2, $3, $4
		WHERE NOT EXISTS (SELECT 1 FROM workspaces WHERE organization_id = $2)`,
		store.NewID(), o.ID, o.Name, micros(now))
	return err
}
