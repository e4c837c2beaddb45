package sqlite

import (
	"time"

	"orglogin/store"
)

// boundProfile is the id of the profile that an identity is bound to. An
// identity whose profile was deleted without it (the sqlite3 shell does not
// enforce references unless asked to) is unbound first.
func boundProfile(t *transaction, i store.Identity) (id string, err error) {
	_, err = t.exec(`
		DELETE FROM identities
		WHERE connection = $1 AND issuer = $2 AND subject = $3
			AND NOT EXISTS (SELECT 1 FROM profiles p WHERE p.id = identities.profile_id)`,
		i.ConnectionID(), i.Issuer, i.Subject)
	if err != nil {
		return "", err
	}
	err = t.row(`SELECT profile_id FROM identities WHERE connection = $1 AND issuer = $2 AND subject = $3`,
		[]any{i.ConnectionID(), i.Issuer, i.Subject}, &id)
	return id, err
}

func unboundProfile(t *transaction, email string) (id string, err error) {
	err = t.row(`
		SELECT p.id
		FROM profiles p
		WHERE p.email = $1 AND p.imported
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.profile_id = p.id)
		ORDER BY p.created_at, p.rowid
		LIMIT 1`,
		[]any{email}, &id)
	return id, err
}

// storeAssertions keeps what an organization connection asserts on the identity alone.
func storeAssertions(t *transaction, i store.Identity) error {
	_, err := t.exec(`
		UPDATE identities
		SET email = $4, email_verified = $5, name = $6, picture = $7
		WHERE connection = $1 AND issuer = $2 AND subject = $3`,
		i.ConnectionID(), i.Issuer, i.Subject, i.Email, i.EmailVerified, i.Name, i.Picture)
	return err
}

// signUp makes the profile of a first login and, where the policy says so, what belongs to it. What
// an organization connection asserts is not for other organizations.
func signUp(t *transaction, a arrival) (id string, err error) {
	i := a.Identity
	var known bool
	if err := t.row(`SELECT EXISTS (SELECT 1 FROM profiles WHERE email = $1)`, []any{i.Email}, &known); err != nil {
		return "", err
	}
	id = store.NewID()
	p := store.Profile{
		ID: id, Email: i.Email, EmailVerified: i.EmailVerified && a.organizationID == "", Authoritative: i.Authoritative,
		Name: i.Name, Picture: i.Picture,
	}
	if err := newProfile(t, p, false, a.Now); err != nil {
		return "", err
	}
	if err := bind(t, i, id, a.Now); err != nil {
		return "", err
	}
	joinable := a.domain.join == store.JoinAuto || a.domain.join == store.JoinByRequest
	if len(a.Invitation) > 0 || a.Signup != store.SignupOrganization || a.organizationID != "" || known || joinable {
		return id, nil
	}
	o := store.Organization{ID: store.NewID(), Name: i.FirstOrganizationName(), Slug: store.NewSlug(), Status: store.Pending}
	if err := newOrganization(t, o, true, a.Now); err != nil {
		return "", err
	}
	return id, newMembership(t, id, o.ID, "owner", true, a.Now)
}

func newProfile(t *transaction, p store.Profile, imported bool, now time.Time) error {
	_, err := t.exec(`
		INSERT INTO profiles (id, email, email_verified, authoritative, name, picture, disabled, imported, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		p.ID, p.Email, p.EmailVerified, p.Authoritative, p.Name, p.Picture, p.Disabled, imported, micros(now))
	return err
}

func bind(t *transaction, i store.Identity, profileID string, now time.Time) error {
	_, err := t.exec(`
		INSERT INTO identities (connection, issuer, subject, profile_id, created_at)
		VALUES ($1, $2, $3, $4, $5)`,
		i.ConnectionID(), i.Issuer, i.Subject, profileID, micros(now))
	return err
}

func newMembership(t *transaction, profileID, organizationID, role string, active bool, now time.Time) error {
	_, err := t.exec(`
		INSERT INTO memberships (profile_id, organization_id, role, active, created_at)
		VALUES ($1, $2, $3, $4, $5)`,
		profileID, organizationID, role, active, micros(now))
	return err
}

// refresh takes over what the provider says now; an empty name keeps the old one, and
// an address that is not verified the old address, which then is not verified either.
func refresh(t *transaction, p store.Profile, i store.Identity) error {
	if !i.EmailVerified {
		i.Email, i.Authoritative = p.Email, false
	}
	if i.Name == "" {
		i.Name = p.Name
	}
	fresh := store.Profile{ID: p.ID, Email: i.Email, EmailVerified: i.EmailVerified, Authoritative: i.Authoritative, Name: i.Name, Picture: i.Picture}
	if fresh == p {
		return nil
	}
	_, err := t.exec(`
		UPDATE profiles
		SET imported = imported AND email = $2, email = $2, email_verified = $3, authoritative = $4, name = $5, picture = $6
		WHERE id = $1`,
		p.ID, fresh.Email, fresh.EmailVerified, fresh.Authoritative, fresh.Name, fresh.Picture)
	return err
}
