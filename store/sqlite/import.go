package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/store"
)

// Import brings the file in, all or nothing. Members that the file does not
// give are left as they are; what is new gets the defaults of the contract.
func (s *Store) Import(ctx context.Context, f store.ImportFile, now time.Time) error {
	f = f.Normalized()
	if err := f.Check(s.config.Reserved); err != nil {
		return err
	}
	return s.write(ctx, func(t *transaction) error {
		in := importer{transaction: t, now: now, users: map[string]string{}}
		err := each(&in, "organizations", f.Organizations, in.organization)
		if err == nil {
			err = each(&in, "users", f.Users, in.user)
		}
		if err == nil && len(in.mistakes) == 0 { // others follow from mistakes of organizations and users
			err = each(&in, "memberships", f.Memberships, in.membership)
		}
		if err == nil && len(in.mistakes) == 0 {
			err = each(&in, "invitations", f.Invitations, in.invitation)
		}
		if err == nil && len(in.mistakes) > 0 {
			return in.mistakes
		}
		return err
	})
}

// each brings the entries in one by one, and notes those that are refused.
func each[E any](in *importer, list string, entries []E, bring func(E) error) error {
	for i, e := range entries {
		at := fmt.Sprintf("%s[%d]", list, i)
		if err := bring(e); err != nil && !in.mistakes.Add(at, err) {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

// importer is one import under way.
type importer struct {
	*transaction
	now   time.Time
	users map[string]string // address → profile, of the users of this file

	mistakes store.ImportMistakes
}

func (in *importer) organization(e store.ImportOrganization) error {
	o := store.Organization{ID: store.NewID(), Name: e.Name, Slug: e.Slug, Status: e.SubdomainStatus}
	var there store.Organization
	var selfChosen bool
	err := in.row(`SELECT id, name, subdomain_status, name_self_chosen FROM organizations WHERE slug = $1`, []any{e.Slug},
		&there.ID, &there.Name, &there.Status, &selfChosen)
	if errors.Is(err, store.ErrNotFound) {
		if o.Name == "" {
			o.Name = o.Slug
		}
		if o.Status == "" {
			o.Status = store.Pending
		}
		if err := newOrganization(in.transaction, o, false, in.now); err != nil {
			return fmt.Errorf("the slug %q: %w", e.Slug, err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	there.Slug = e.Slug
	if err := ensureWorkspace(in.transaction, there, in.now); err != nil {
		return err
	}
	if (e.Name == "" || e.Name == there.Name && !selfChosen) && (e.SubdomainStatus == "" || e.SubdomainStatus == there.Status) {
		return nil
	}
	_, err = in.exec(`
		UPDATE organizations
		SET name = coalesce(nullif($2, ''), name), name_self_chosen = name_self_chosen AND $2 = '', subdomain_status = coalesce(nullif($3, ''), subdomain_status)
		WHERE id = $1`,
		there.ID, e.Name, e.SubdomainStatus)
	return err
}

func (in *importer) user(e store.ImportUser) error {
	email := e.Email
	id, err := in.findUser(e, email)
	switch {
	case errors.Is(err, store.ErrNotFound):
		id = store.NewID()
		p := store.Profile{ID: id, Email: email, Name: e.Name, Disabled: e.Disabled != nil && *e.Disabled}
		if err := newProfile(in.transaction, p, true, in.now); err != nil {
			return err
		}
		if e.Issuer != "" {
			if err := bind(in.transaction, e.Identity(), id, in.now); err != nil {
				return err
			}
		}
	case err != nil:
		return err
	default:
		if err := in.changeUser(id, email, e); err != nil {
			return err
		}
	}
	in.users[email] = id
	return nil
}

// findUser finds by issuer and subject where given. An imported person of the
// address who has no identity yet gets this one: the operator says who it is.
func (in *importer) findUser(e store.ImportUser, email string) (id string, err error) {
	if e.Issuer == "" {
		return in.personOf(email)
	}
	id, err = boundProfile(in.transaction, e.Identity())
	if err == nil {
		return id, in.checkAddress(id, email)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if id, err = unboundProfile(in.transaction, email); err != nil {
		return "", err
	}
	return id, bind(in.transaction, e.Identity(), id, in.now)
}

// checkAddress returns [store.ErrConflict] when the address that the file gives
// to a profile is that of another one, by import or verified by a provider.
func (in *importer) checkAddress(id, email string) error {
	var own, other string
	err := in.row(`
		SELECT p.email, o.id
		FROM profiles p
		JOIN profiles o ON o.email = $2 AND o.id <> p.id AND (o.imported OR o.email_verified)
		WHERE p.id = $1 AND p.email <> $2
		ORDER BY o.created_at, o.rowid`,
		[]any{id, email}, &own, &other)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return store.TwoProfilesError(id, own, other, email)
}

// changeUser takes over what the file gives. A new address is not
// verified.
func (in *importer) changeUser(id, email string, e store.ImportUser) error {
	was, _, err := profile(in.transaction, id)
	if err != nil {
		return err
	}
	is := was
	if is.Email != email {
		is.Email, is.EmailVerified, is.Authoritative = email, false, false
	}
	if e.Name != "" {
		is.Name = e.Name
	}
	if e.Disabled != nil {
		is.Disabled = *e.Disabled
	}
	if is == was {
		return nil
	}
	_, err = in.exec(`
		UPDATE profiles
		SET imported = imported OR email <> $2, email = $2, email_verified = $3, authoritative = $4, name = $5, disabled = $6
		WHERE id = $1`,
		id, is.Email, is.EmailVerified, is.Authoritative, is.Name, is.Disabled)
	return err
}

// personOf finds the one person whom an operator can mean by an address: the
// imported one, else the only one whose address was verified. Several are
// [store.ErrConflict]: whose places they are is never guessed.
func (in *importer) personOf(email string) (id string, err error) {
	var found []string
	imported := 0
	err = in.rows(`
		SELECT id, imported
		FROM profiles
		WHERE email = $1 AND (imported OR email_verified)
		ORDER BY imported DESC, created_at, rowid`,
		[]any{email}, func(scan func(...any) error) error {
			var id string
			var byImport bool
			if err := scan(&id, &byImport); err != nil {
				return err
			}
			if byImport {
				imported++
			}
			found = append(found, id)
			return nil
		})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", store.ErrNotFound
	case len(found) > 1 && imported != 1:
		return "", fmt.Errorf("%w: %d accounts have the address %s; name issuer and subject under users", store.ErrConflict, len(found), email)
	}
	return found[0], nil
}

// place finds the organization that an entry names, by an old slug too.
func (in *importer) place(slug string) (store.Organization, error) {
	o, err := organizationBySlug(in.transaction, slug)
	if errors.Is(err, store.ErrNotFound) {
		return o, fmt.Errorf("%w: there is no organization %q", store.ErrInvalid, slug)
	}
	return o, err
}

// member is the one person that an address means: the one of this file, else as [importer.personOf].
func (in *importer) member(email string) (string, error) {
	if id := in.users[email]; id != "" {
		return id, nil
	}
	id, err := in.personOf(email)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("%w: no profile has the address %s", store.ErrInvalid, email)
	}
	return id, err
}

func (in *importer) membership(e store.ImportMembership) error {
	o, err := in.place(e.Organization)
	if err != nil {
		return err
	}
	id, err := in.member(e.Email)
	if err != nil {
		return err
	}
	role, active, found, err := membership(in.transaction, id, o.ID)
	if err != nil {
		return err
	}
	wasRole, wasActive := role, active
	if e.Role != "" {
		role = e.Role
	}
	if e.Active != nil {
		active = *e.Active
	}
	switch {
	case !found:
		if role == "" {
			role = "member"
		}
		return newMembership(in.transaction, id, o.ID, role, e.Active == nil || active, in.now)
	case role != wasRole || active != wasActive:
		return setMembership(in.transaction, id, o.ID, role, active)
	}
	return nil
}

// inviter is the id of the active member who invites, nil where the entry names none.
func (in *importer) inviter(e store.ImportInvitation, organizationID string) (*string, error) {
	if e.InvitedBy == "" {
		return nil, nil
	}
	id, err := in.member(e.InvitedBy)
	if err != nil {
		return nil, err
	}
	_, active, _, err := membership(in.transaction, id, organizationID)
	if err == nil && active {
		err = in.row(`SELECT NOT disabled FROM profiles WHERE id = $1`, []any{id}, &active)
	}
	if err == nil && !active {
		err = store.NotInviterError(e.InvitedBy, e.Organization)
	}
	return &id, err
}

func (in *importer) invitation(e store.ImportInvitation) error {
	o, err := in.place(e.Organization)
	if err != nil {
		return err
	}
	inviter, err := in.inviter(e, o.ID)
	if err != nil {
		return err
	}
	email, hash := e.Email, store.HashToken(e.Token)
	was, err := invitation(in.transaction, hash)
	if errors.Is(err, store.ErrNotFound) {
		if e.Role == "" {
			e.Role = "member"
		}
		_, err := in.exec(`
			INSERT INTO invitations (id, organization_id, email, role, token_hash, expires_at, revoked, created_at, invited_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			store.NewID(), o.ID, email, e.Role, hash, micros(e.ExpiresAt), e.Revoked, micros(in.now), inviter)
		return err
	}
	if err != nil {
		return err
	}
	if was.Organization.ID != o.ID || was.Email != email {
		return fmt.Errorf("%w: the token is that of another invitation", store.ErrConflict)
	}
	// What was accepted is over; what was revoked is never offered again.
	if was.AcceptedBy != "" {
		return nil
	}
	_, err = in.exec(`
		UPDATE invitations
		SET role = coalesce(nullif($2, ''), role), expires_at = $3, revoked = max(revoked, $4), invited_by = coalesce($5, invited_by)
		WHERE id = $1`,
		was.ID, e.Role, micros(e.ExpiresAt), e.Revoked, inviter)
	return err
}
