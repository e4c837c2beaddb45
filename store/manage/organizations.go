package manage

import (
	"context"
	"errors"
	"time"

	"orglogin/store"
)

// Organization is an organization as an operator sees it.
type Organization struct {
	ID             string                `json:"id"`
	Slug           string                `json:"slug"`
	Name           string                `json:"name"`
	NameSelfChosen bool                  `json:"name_self_chosen"` // pages for people outside show the host instead
	Status         store.SubdomainStatus `json:"subdomain_status"`
	SSO            store.SSO             `json:"sso"`
	Color          string                `json:"color"` // #rrggbb, of its buttons and links; empty: the operator's
	Logo           string                `json:"logo"`  // path at PUBLIC_URL; empty: none
	CreatedAt      time.Time             `json:"created_at"`
}

// NewOrganization is an organization to be made. Status is pending where it is empty.
type NewOrganization struct {
	Slug   string                `json:"slug"`
	Name   string                `json:"name"`
	Status store.SubdomainStatus `json:"subdomain_status"`
}

// OrganizationChange says what to set; nil leaves a value as it is.
type OrganizationChange struct {
	Slug   *string
	Name   *string
	Status *store.SubdomainStatus
	SSO    *store.SSO
	Color  *string // empty: none
	Logo   *[]byte // PNG or WebP; empty: none
}

// beside reports whether everything that is to be changed is kept beside the organizations, which may be the operator's own.
func (c OrganizationChange) beside() bool {
	return c.Slug == nil && c.Name == nil && c.Status == nil && (c.SSO != nil || c.Color != nil || c.Logo != nil)
}

// Changed is a thing before and after an operation. They are equal where nothing was changed.
type Changed[T any] struct{ Before, After T }

const selectOrganization = `
SELECT o.id, o.slug, o.name, o.name_self_chosen, o.subdomain_status, coalesce(g.sso, 'off'), coalesce(b.color, ''), ` + selectLogo + `, o.created_at
FROM orglogin.organizations AS o
LEFT JOIN orglogin.organization_settings AS g ON g.organization_id = o.id
LEFT JOIN orglogin.organization_brands AS b ON b.organization_id = o.id
`

func (n *Organization) into() []any {
	return []any{&n.ID, &n.Slug, &n.Name, &n.NameSelfChosen, &n.Status, &n.SSO, &n.Color, &n.Logo, &n.CreatedAt}
}

// Organizations lists them by slug. A caller bound to one gets that one.
func (m *Manager) Organizations(ctx context.Context, by Caller, l List) (Page[Organization], error) {
	return read(ctx, m, by, func(o *operation) (Page[Organization], error) {
		p, err := l.check(new(string))
		if err == nil {
			err = o.refuseOwnTables(ofOrganizations)
		}
		if err != nil {
			return Page[Organization]{}, err
		}
		q := listing[Organization]{
			from: selectOrganization, key: "o.slug",
			scan: scanOrganization, keyOf: func(n Organization) []any { return []any{n.Slug} },
		}
		if by.Bound() {
			q.where, q.args = "o.id = $1", []any{by.OrganizationID}
		}
		return list(o, p, q)
	})
}

func scanOrganization(scan func(...any) error) (n Organization, err error) {
	return n, scan(n.into()...)
}

// Organization finds one by its id or slug.
func (m *Manager) Organization(ctx context.Context, by Caller, ref string) (Organization, error) {
	return read(ctx, m, by, func(o *operation) (Organization, error) { return o.organization(ref) })
}

// organization reads one of orglogin's own table.
func (o *operation) organization(ref string) (Organization, error) {
	if err := o.refuseOwnTables(ofOrganizations); err != nil {
		return Organization{}, err
	}
	id, err := o.organizationID(ref)
	if err != nil {
		return Organization{}, err
	}
	var n Organization
	err = o.row(selectOrganization+`WHERE o.id = $1`, []any{id}, n.into()...)
	return n, nameMissing(err, "organization", ref)
}

// lockOrganization is organization, for an operation that depends on what others do to its members.
func (o *operation) lockOrganization(ref string) (Organization, error) {
	if err := o.refuseOwnTables(ofOrganizations); err != nil {
		return Organization{}, err
	}
	id, err := o.organizationID(ref)
	if err != nil {
		return Organization{}, err
	}
	if err := o.row(`SELECT id FROM orglogin.organizations WHERE id = $1 FOR UPDATE`, []any{id}, &id); err != nil {
		return Organization{}, nameMissing(err, "organization", ref)
	}
	return o.organization(id)
}

// CreateOrganization makes an organization with its workspace.
func (m *Manager) CreateOrganization(ctx context.Context, by Caller, n NewOrganization) (Organization, error) {
	if by.Bound() {
		return Organization{}, forbidden("a token that is bound to an organization makes no other")
	}
	if n.Status == "" {
		n.Status = store.Pending
	}
	return write(ctx, m, by, func(o *operation) (Organization, error) {
		made := Organization{ID: store.NewID(), Slug: n.Slug, Name: store.CleanName(n.Name), Status: n.Status, SSO: store.SSOOff, CreatedAt: o.now}
		var bad fields
		m.checkSlug(&bad, made.Slug)
		checkName(&bad, n.Name)
		checkStatus(&bad, made.Status)
		if err := errors.Join(bad.err(), o.refuseOwnTables(ofOrganizations)); err != nil {
			return made, err
		}
		err := o.exec(`
INSERT INTO orglogin.organizations (id, slug, name, subdomain_status, name_self_chosen, created_at)
VALUES ($1, $2, $3, $4, FALSE, $5)`, made.ID, made.Slug, made.Name, string(made.Status), o.now)
		if err != nil {
			return made, slugTaken(err, made.Slug)
		}
		err = o.exec(`INSERT INTO orglogin.workspaces (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)`,
			store.NewID(), made.ID, made.Name, o.now)
		if err != nil {
			return made, err
		}
		o.changedOrganization(made.ID, made.Slug)
		return made, o.audit(audited{action: "organization.create", organizationID: made.ID, target: made.ID, after: made})
	})
}

// UpdateOrganization changes what is given. A caller bound to the organization may change its name, sso, colour and logo.
func (m *Manager) UpdateOrganization(ctx context.Context, by Caller, ref string, c OrganizationChange) (Changed[Organization], error) {
	sent := readBrand(c) // here, because the transaction keeps others waiting
	return write(ctx, m, by, func(o *operation) (done Changed[Organization], err error) {
		if c.Slug != nil || c.Status != nil {
			if err := o.forbidBound(ref, "a token that is bound to an organization changes neither slug nor subdomain_status"); err != nil {
				return done, err
			}
		}
		if done.Before, err = o.organizationToChange(ref, c); err != nil {
			return done, err
		}
		if err := o.checkIfMatch(done.Before); err != nil {
			return done, err
		}
		done.After, err = m.updated(done.Before, c, sent, by)
		if err != nil || done.After == done.Before {
			return done, err
		}
		if err := o.setOrganization(done.Before, done.After, sent); err != nil {
			return done, err
		}
		n := done.After
		return done, o.audit(audited{action: "organization.update", organizationID: n.ID, target: n.ID, before: done.Before, after: n})
	})
}

// organizationToChange is an organization, or what orglogin keeps beside one of the operator's own table.
func (o *operation) organizationToChange(ref string, c OrganizationChange) (Organization, error) {
	if c.beside() {
		own, err := o.OwnTables()
		if err != nil {
			return Organization{}, err
		}
		if own.Organizations != "" {
			return o.foreignOrganization(ref)
		}
	}
	return o.lockOrganization(ref)
}

// updated is an organization with what is to be set.
func (m *Manager) updated(n Organization, c OrganizationChange, sent sentBrand, by Caller) (Organization, error) {
	bad := sent.bad
	if c.Slug != nil && *c.Slug != n.Slug {
		n.Slug = *c.Slug
		m.checkSlug(&bad, n.Slug)
	}
	if c.Name != nil {
		checkName(&bad, *c.Name)
		// Only an operator's word is shown to people outside.
		n.Name, n.NameSelfChosen = store.CleanName(*c.Name), by.Bound()
	}
	if c.Status != nil {
		n.Status = *c.Status
		checkStatus(&bad, n.Status)
	}
	if c.SSO != nil {
		n.SSO = *c.SSO
		checkSSO(&bad, n.SSO)
	}
	if c.Color != nil {
		n.Color = sent.color
	}
	if c.Logo != nil {
		n.Logo = sent.logoURL()
	}
	return n, bad.err()
}

// setOrganization writes what differs.
func (o *operation) setOrganization(was, n Organization, sent sentBrand) error {
	if n.SSO != was.SSO {
		if err := o.setSSO(n.ID, n.Slug, n.SSO); err != nil {
			return err
		}
	}
	if n.Color != was.Color || n.Logo != was.Logo {
		if err := o.setBrand(was, n, sent); err != nil {
			return err
		}
	}
	n.SSO, n.Color, n.Logo = was.SSO, was.Color, was.Logo
	if n == was {
		return nil
	}
	err := o.exec(`
UPDATE orglogin.organizations
SET slug = $2, name = $3, subdomain_status = $4, name_self_chosen = $5
WHERE id = $1`, n.ID, n.Slug, n.Name, string(n.Status), n.NameSelfChosen)
	if err != nil {
		return slugTaken(err, n.Slug)
	}
	o.changedOrganization(n.ID, was.Slug, n.Slug)
	return nil
}

// setSSO says whether the organization's connections open it, and whether they alone do.
func (o *operation) setSSO(organizationID, slug string, sso store.SSO) error {
	if sso == store.SSORequired {
		// Locked, so that the connection is not disabled at the same moment.
		var connection string
		err := o.row(`SELECT id FROM orglogin.connections WHERE organization_id = $1 AND state = 'active' LIMIT 1 FOR UPDATE`,
			[]any{organizationID}, &connection)
		if errors.Is(err, store.ErrNotFound) {
			return conflict(ReasonConflict, "%s has no active connection, so sso required would let no person in: activate one first", slug)
		}
		if err != nil {
			return err
		}
	}
	err := o.exec(`
INSERT INTO orglogin.organization_settings (organization_id, sso) VALUES ($1, $2)
ON CONFLICT (organization_id) DO UPDATE SET sso = excluded.sso`, organizationID, string(sso))
	o.changedOrganization(organizationID, slug)
	return err
}

// foreignOrganization reads what orglogin keeps beside an organization of the operator's own table.
func (o *operation) foreignOrganization(ref string) (n Organization, err error) {
	id, err := o.organizationID(ref)
	if err != nil {
		return n, err
	}
	n = Organization{ID: id, Slug: ref, SSO: store.SSOOff}
	err = o.row(`SELECT sso FROM orglogin.organization_settings WHERE organization_id = $1`, []any{id}, &n.SSO)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return n, err
	}
	err = o.row(`SELECT b.color, `+selectLogo+` FROM orglogin.organization_brands AS b WHERE b.organization_id = $1`, []any{id}, &n.Color, &n.Logo)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return n, err
}

// Deletion is what goes with an organization.
type Deletion struct {
	Organization Organization `json:"organization"`
	Members      int          `json:"members"`
	Invitations  int          `json:"invitations"` // pending ones
	Domains      int          `json:"domains"`
	Connections  int          `json:"connections"`
}

// DeletionOf counts what would go with an organization.
func (m *Manager) DeletionOf(ctx context.Context, by Caller, ref string) (Deletion, error) {
	return read(ctx, m, by, func(o *operation) (d Deletion, err error) {
		if d.Organization, err = o.organization(ref); err != nil {
			return d, err
		}
		return d, o.countDeletion(&d)
	})
}

func (o *operation) countDeletion(d *Deletion) error {
	return o.row(`
SELECT
	(SELECT count(*) FROM orglogin.memberships WHERE organization_id = $1),
	(SELECT count(*) FROM orglogin.invitations WHERE organization_id = $1 AND accepted_by IS NULL AND NOT revoked AND expires_at > $2),
	(SELECT count(*) FROM orglogin.organization_domains WHERE organization_id = $1),
	(SELECT count(*) FROM orglogin.connections WHERE organization_id = $1)`,
		[]any{d.Organization.ID, o.now}, &d.Members, &d.Invitations, &d.Domains, &d.Connections)
}

// DeleteOrganization deletes an organization with everything in it. Profiles stay.
func (m *Manager) DeleteOrganization(ctx context.Context, by Caller, ref string) (Deletion, error) {
	return write(ctx, m, by, func(o *operation) (d Deletion, err error) {
		if err := o.forbidBound(ref, "a token that is bound to an organization does not delete it"); err != nil {
			return d, err
		}
		if d.Organization, err = o.lockOrganization(ref); err != nil {
			return d, err
		}
		if err := o.checkIfMatch(d.Organization); err != nil {
			return d, err
		}
		if err := o.countDeletion(&d); err != nil {
			return d, err
		}
		return d, o.deleteOrganization(d.Organization)
	})
}

func (o *operation) deleteOrganization(n Organization) error {
	if err := o.exec(`DELETE FROM orglogin.organizations WHERE id = $1`, n.ID); err != nil {
		return err
	}
	o.changedOrganization(n.ID, n.Slug)
	o.changed(Change{}) // connections and members went with it
	return o.audit(audited{action: "organization.delete", organizationID: n.ID, target: n.ID, before: n})
}

func (o *operation) changedOrganization(id string, slugs ...string) {
	o.changed(Change{Kind: "organization", ID: id, Slugs: slugs})
}

// slugTaken says which value was in conflict.
func slugTaken(err error, slug string) error {
	if errors.Is(err, store.ErrConflict) {
		return conflict(ReasonSlugTaken, "the slug %q is, or was, another organization's", slug)
	}
	return err
}
