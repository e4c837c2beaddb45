package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"orglogin/store"
)

// Import implements store.Operator. Imports wait for each other; one that
// loses an entry to a login at the same moment is done again from the start.
func (s *Store) Import(ctx context.Context, f store.ImportFile, _ time.Time) error {
	f = f.Normalized()
	if err := f.Check(s.reserved); err != nil {
		return fmt.Errorf("postgres: import: %w", err)
	}
	for attempt := 1; ; attempt++ {
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return (&importer{tx: tx, users: make(map[string]string)}).run(ctx, f)
		})
		again := isSerializationFailure(err) || errors.Is(err, store.ErrConflict)
		if err == nil || !again || attempt == 3 {
			return err
		}
	}
}

// importer is one import under way.
type importer struct {
	tx    pgx.Tx
	users map[string]string // address → the profile that this file names by it

	mistakes store.ImportMistakes
}

func (i *importer) run(ctx context.Context, f store.ImportFile) error {
	if _, err := i.tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('orglogin import', 3))`); err != nil {
		return wrapError("import", err)
	}
	if err := i.refuseOwnTables(ctx, f); err != nil {
		return wrapError("import", err)
	}
	err := each(ctx, i, "organizations", f.Organizations, i.organization)
	if err == nil {
		err = each(ctx, i, "users", f.Users, i.user)
	}
	if err == nil && len(i.mistakes) == 0 { // others follow from mistakes of organizations and users
		err = each(ctx, i, "memberships", f.Memberships, i.membership)
	}
	if err == nil && len(i.mistakes) == 0 {
		err = each(ctx, i, "invitations", f.Invitations, i.invitation)
	}
	if err == nil && len(i.mistakes) > 0 {
		return i.mistakes
	}
	return err
}

// each brings the entries in one by one, and notes those that are refused. An error of the server is the last one: it
// has ended the transaction.
func each[E any](ctx context.Context, i *importer, list string, entries []E, bring func(context.Context, E) error) error {
	for n, e := range entries {
		err := bring(ctx, e)
		if err == nil {
			continue
		}
		at := fmt.Sprintf("%s[%d]", list, n)
		_, ended := errors.AsType[*pgconn.PgError](err)
		if ended {
			err = wrapError("import", err)
		}
		known := i.mistakes.Add(at, err)
		switch {
		case !known:
			return wrapError("import: "+at, err)
		case ended:
			return i.mistakes
		}
	}
	return nil
}

// refuseOwnTables refuses what the service would never read: people and
// organizations where it reads them from tables of the operator's own.
func (i *importer) refuseOwnTables(ctx context.Context, f store.ImportFile) error {
	if len(f.Organizations)+len(f.Users)+len(f.Memberships) == 0 {
		return nil
	}
	rows, err := i.tx.Query(ctx, selectOwnTables)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		return err
	}
	return fmt.Errorf("%w: organizations, users and memberships are read from %s, which import does not write; change those tables instead",
		store.ErrInvalid, strings.Join(tables, ", "))
}

// organization makes one, or changes what the file names, and sees that it has
// a workspace.
func (i *importer) organization(ctx context.Context, o store.ImportOrganization) error {
	var id string
	err := i.tx.QueryRow(ctx, `
INSERT INTO orglogin.organizations AS o (slug, name, subdomain_status)
VALUES ($1::text, coalesce($2::text, $1::text), coalesce($3::text, 'pending'))
ON CONFLICT ON CONSTRAINT organizations_slug_key DO UPDATE
	SET name = coalesce($2::text, o.name), name_self_chosen = o.name_self_chosen AND $2::text IS NULL,
		subdomain_status = coalesce($3::text, o.subdomain_status)
RETURNING o.id::text`, o.Slug, orNull(o.Name), orNull(string(o.SubdomainStatus))).Scan(&id)
	if err != nil {
		return err
	}
	_, err = i.tx.Exec(ctx, `
INSERT INTO orglogin.workspaces (organization_id, name)
SELECT o.id, o.name
FROM orglogin.organizations AS o
WHERE o.id = $1::uuid
	AND NOT EXISTS (SELECT FROM orglogin.workspaces AS w WHERE w.organization_id = o.id)`, id)
	return err
}

// user finds the person, by identity where the file has one, and changes what
// the file names; or makes them.
func (i *importer) user(ctx context.Context, u store.ImportUser) error {
	email := u.Email
	id, bound, err := i.findUser(ctx, u, email)
	if errors.Is(err, pgx.ErrNoRows) {
		err = i.tx.QueryRow(ctx, `
INSERT INTO orglogin.profiles (email, name, disabled, email_imported)
VALUES ($1::text, coalesce($2::text, ''), coalesce($3::boolean, false), true)
RETURNING id::text`, email, orNull(u.Name), u.Disabled).Scan(&id)
	} else if err == nil {
		// Another address is the operator's word: that a provider had verified
		// the old one says nothing of it.
		_, err = i.tx.Exec(ctx, `
UPDATE orglogin.profiles AS p
SET name = coalesce($3::text, p.name),
	disabled = coalesce($4::boolean, p.disabled),
	email = $2::text,
	email_verified = p.email_verified AND p.email = $2::text,
	authoritative = p.authoritative AND p.email = $2::text,
	email_imported = p.email_imported OR p.email <> $2::text
WHERE p.id = $1::uuid
	AND (p.email, p.name, p.disabled) IS DISTINCT FROM
		($2::text, coalesce($3::text, p.name), coalesce($4::boolean, p.disabled))`, id, email, orNull(u.Name), u.Disabled)
	}
	if err != nil {
		return err
	}
	i.users[email] = id
	if u.Subject == "" || bound {
		return nil
	}
	_, err = i.tx.Exec(ctx, `
INSERT INTO orglogin.identities (connection, issuer, subject, profile_id)
VALUES ($1::text, $2::text, $3::text, $4::uuid)`, u.Identity().Connection, u.Issuer, u.Subject, id)
	return err
}

// findUser returns the profile that the entry is about, and whether its
// identity is bound to it already. pgx.ErrNoRows: no profile yet.
func (i *importer) findUser(ctx context.Context, u store.ImportUser, email string) (id string, bound bool, err error) {
	if u.Subject == "" {
		if id, err = i.personOf(ctx, email); errors.Is(err, errUnverified) {
			// Accounts that merely claim the address are other people.
			err = pgx.ErrNoRows
		}
		return id, false, err
	}
	_, err = i.tx.Exec(ctx, `
DELETE FROM orglogin.identities AS i
WHERE i.connection = $1::text
	AND i.issuer = $2::text
	AND i.subject = $3::text
	AND NOT EXISTS (SELECT FROM orglogin.profiles AS p WHERE p.id = i.profile_id)`, u.Identity().Connection, u.Issuer, u.Subject)
	if err != nil {
		return "", false, err
	}
	err = i.tx.QueryRow(ctx, `
SELECT i.profile_id::text
FROM orglogin.identities AS i
WHERE i.connection = $1::text
	AND i.issuer = $2::text
	AND i.subject = $3::text`, u.Identity().Connection, u.Issuer, u.Subject).Scan(&id)
	if err == nil {
		return id, true, i.checkAddress(ctx, id, email)
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return "", false, err
	}
	err = i.tx.QueryRow(ctx, `
SELECT p.id::text
FROM orglogin.profiles AS p
WHERE p.email = $1::text
	AND p.email_imported
	AND NOT EXISTS (SELECT FROM orglogin.identities AS i WHERE i.profile_id = p.id)
ORDER BY p.created_at, p.id
LIMIT 1
FOR UPDATE`, email).Scan(&id)
	return id, false, err
}

// checkAddress returns [store.ErrConflict] when the address that the file gives
// to a profile is that of another one, by import or verified by a provider.
func (i *importer) checkAddress(ctx context.Context, id, email string) error {
	var own, other string
	err := i.tx.QueryRow(ctx, `
SELECT
	p.email,
	o.id::text
FROM orglogin.profiles AS p
JOIN orglogin.profiles AS o ON o.email = $2::text AND o.id <> p.id
WHERE p.id = $1::uuid
	AND p.email <> $2::text
	AND (o.email_imported OR o.email_verified)
ORDER BY o.created_at, o.id
LIMIT 1`, id, email).Scan(&own, &other)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return store.TwoProfilesError(id, own, other, email)
}

func (i *importer) membership(ctx context.Context, m store.ImportMembership) error {
	organization, err := i.organizationID(ctx, m.Organization)
	if err != nil {
		return err
	}
	profile, err := i.member(ctx, m.Email)
	if err != nil {
		return err
	}
	_, err = i.tx.Exec(ctx, `
INSERT INTO orglogin.memberships AS m (profile_id, organization_id, role, active)
VALUES ($1::uuid, $2::uuid, coalesce($3::text, 'member'), coalesce($4::boolean, true))
ON CONFLICT ON CONSTRAINT memberships_pkey DO UPDATE
	SET role = coalesce($3::text, m.role), active = coalesce($4::boolean, m.active)
	WHERE (m.role, m.active) IS DISTINCT FROM (coalesce($3::text, m.role), coalesce($4::boolean, m.active))`,
		profile, organization, orNull(m.Role), m.Active)
	return err
}

// member is the one person that a membership means by an address: the one of
// this file, else as [importer.personOf].
func (i *importer) member(ctx context.Context, email string) (string, error) {
	if id, ok := i.users[email]; ok {
		return id, nil
	}
	id, err := i.personOf(ctx, email)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("%w: no profile has the address %q; add the user to the file", store.ErrInvalid, email)
	}
	if errors.Is(err, errUnverified) {
		return "", fmt.Errorf("%w: the address %q was never verified; add the user to the file", store.ErrInvalid, email)
	}
	return id, err
}

// errUnverified: accounts claim the address, and no provider vouches for one.
var errUnverified = errors.New("the address was never verified")

// personOf is whom an address alone means: the oldest that an operator named
// by it, else the only one for whom a provider verified it. Anybody can make
// an account that merely claims an address; it is given nothing.
// pgx.ErrNoRows: no profile has the address.
func (i *importer) personOf(ctx context.Context, email string) (string, error) {
	rows, err := i.tx.Query(ctx, `
SELECT
	p.id::text,
	p.email_imported,
	p.email_verified
FROM orglogin.profiles AS p
WHERE p.email = $1::text
ORDER BY
	p.email_imported DESC,
	p.email_verified DESC,
	p.created_at,
	p.id`, email)
	if err != nil {
		return "", err
	}
	type candidate struct {
		ID                 string
		Imported, Verified bool
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[candidate])
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", pgx.ErrNoRows
	case all[0].Imported:
		return all[0].ID, nil
	case !all[0].Verified:
		return "", errUnverified
	case len(all) > 1 && all[1].Verified:
		return "", fmt.Errorf("%w: several people have the address %q", store.ErrConflict, email)
	}
	return all[0].ID, nil
}

func (i *importer) organizationID(ctx context.Context, slug string) (string, error) {
	var id string
	err := i.tx.QueryRow(ctx, `SELECT o.id::text FROM api.get_organization_by_slug($1::text) AS o`, slug).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("%w: there is no organization %q", store.ErrInvalid, slug)
	}
	return id, err
}

// inviter is the id of the active member who invites, nil where the entry names none.
func (i *importer) inviter(ctx context.Context, v store.ImportInvitation, organization string) (*string, error) {
	if v.InvitedBy == "" {
		return nil, nil
	}
	id, err := i.member(ctx, v.InvitedBy)
	if err != nil {
		return nil, err
	}
	var active bool
	err = i.tx.QueryRow(ctx, `
SELECT EXISTS (
	SELECT 1
	FROM orglogin.memberships AS m
	JOIN orglogin.profiles AS p ON p.id = m.profile_id
	WHERE m.profile_id = $1::uuid AND m.organization_id = $2::uuid AND m.active AND NOT p.disabled
)`, id, organization).Scan(&active)
	if err == nil && !active {
		err = store.NotInviterError(v.InvitedBy, v.Organization)
	}
	return &id, err
}

// invitation makes one, or changes a pending one. Accepted stays accepted,
// revoked stays revoked, and a token stays with its organization and address.
func (i *importer) invitation(ctx context.Context, v store.ImportInvitation) error {
	organization, err := i.organizationID(ctx, v.Organization)
	if err != nil {
		return err
	}
	inviter, err := i.inviter(ctx, v, organization)
	if err != nil {
		return err
	}
	tag, err := i.tx.Exec(ctx, `
INSERT INTO orglogin.invitations AS i (organization_id, email, role, token_hash, expires_at, revoked, invited_by)
VALUES ($1::uuid, $2::text, coalesce($3::text, 'member'), $4::bytea, $5::timestamptz, $6::boolean, $7::uuid)
ON CONFLICT ON CONSTRAINT invitations_token_hash_key DO UPDATE
	SET role = CASE WHEN i.accepted_by IS NULL THEN coalesce($3::text, i.role) ELSE i.role END,
		expires_at = $5::timestamptz,
		revoked = i.revoked OR $6::boolean AND i.accepted_by IS NULL,
		invited_by = CASE WHEN i.accepted_by IS NULL THEN coalesce($7::uuid, i.invited_by) ELSE i.invited_by END
	WHERE i.organization_id = $1::uuid AND i.email = $2::text`,
		organization, v.Email, orNull(v.Role), store.HashToken(v.Token), v.ExpiresAt, v.Revoked, inviter)
	if err == nil && tag.RowsAffected() == 0 {
		return fmt.Errorf("%w: the token is another organization's or another address's", store.ErrConflict)
	}
	return err
}
