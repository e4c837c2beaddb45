package sqlite

import (
	"context"
	"errors"
	"time"

	"orglogin/store"
)

// CompleteLogin makes or finds the account chain in one transaction.
func (s *Store) CompleteLogin(ctx context.Context, l store.Login) (c store.Completed, err error) {
	if err := l.Check(); err != nil {
		return c, err
	}
	l.Identity.Email = store.LowerASCII(l.Identity.Email)
	err = s.write(ctx, func(t *transaction) error {
		c, err = completeLogin(t, l)
		return err
	})
	if err != nil {
		return store.Completed{}, err
	}
	return c, nil
}

func completeLogin(t *transaction, l store.Login) (c store.Completed, err error) {
	organizationID, err := connectionOrganization(t, l.Identity.ConnectionID())
	if errors.Is(err, store.ErrNotFound) {
		return store.Completed{Refused: store.UnknownConnection}, nil
	}
	if err != nil {
		return c, err
	}
	if organizationID != "" {
		l.Signup, l.Identity.Authoritative = organizationSignup(l.Signup), false
	}
	p, bound, err := findProfile(t, l.Identity)
	if err != nil {
		return c, err
	}
	if p.Disabled {
		return store.Completed{Refused: store.DisabledUser}, nil
	}
	if !bound && !l.Identity.EmailVerified {
		return store.Completed{Refused: store.EmailNotVerified}, nil
	}
	who := store.Profile{ID: p.ID, Email: l.Identity.Email, EmailVerified: l.Identity.EmailVerified}
	invited, offer, err := offerToLogin(t, l, who, organizationID)
	if err != nil {
		return c, err
	}
	c.Invitation = offer.Reason
	switch {
	case p.ID != "":
		err = arrive(t, l, p, bound, organizationID)
	case organizationID != "" && c.Invitation != store.OK:
		return store.Completed{Refused: store.NotInvited}, nil
	case l.Signup == store.SignupClosed && c.Invitation != store.OK:
		return store.Completed{Refused: store.SignupIsClosed}, nil
	default:
		c.FirstLogin = true
		first := l
		first.Identity.EmailVerified = first.Identity.EmailVerified && organizationID == "" // not for other organizations
		p.ID, err = signUp(t, first)
	}
	if err == nil && organizationID != "" {
		err = storeAssertions(t, l.Identity)
	}
	if err == nil && offer.Changes {
		err = accept(t, invited, p.ID, l.Now)
	}
	if err == nil {
		err = startSession(t, l, p.ID, organizationID)
	}
	if err != nil {
		return c, err
	}
	if c.Connections, err = sessionConnections(t, l.Session.ID); err != nil {
		return c, err
	}
	c.Snapshot, err = snapshot(t, store.AccessQuery{UserID: p.ID, Slugs: l.Slugs, Invitation: l.Invitation})
	return c, err
}

// offerToLogin finds the invitation of a login, nil without one, and whether it holds for who
// has signed in: this login decides, its address and whether it says that the address is verified.
func offerToLogin(t *transaction, l store.Login, who store.Profile, organizationID string) (*store.Invitation, store.Offer, error) {
	if len(l.Invitation) == 0 {
		return nil, store.Offer{Reason: store.NotGiven}, nil
	}
	invited, offer, err := offerTo(t, who, l.Invitation, l.Now)
	if err == nil && invited != nil && !opens(organizationID, invited.Organization) {
		offer = store.Offer{Reason: store.SSORequiredReason}
	}
	return invited, offer, err
}

// arrive binds the identity of a known person where it is not bound, and takes over what an
// operator connection says. An organization connection never changes the profile.
func arrive(t *transaction, l store.Login, p store.Profile, bound bool, organizationID string) error {
	if !bound {
		if err := bind(t, l.Identity, p.ID, l.Now); err != nil {
			return err
		}
	}
	if organizationID != "" {
		return nil
	}
	return refresh(t, p, l.Identity)
}

// connectionOrganization is the organization of a connection, which is empty for an
// operator's. ErrNotFound: the connection is an organization's and is not active.
func connectionOrganization(t *transaction, id string) (organizationID string, err error) {
	if !store.IsOrganizationConnection(id) {
		return "", nil
	}
	err = t.row(`SELECT organization_id FROM connections WHERE id = $1 AND state = 'active'`, []any{id}, &organizationID)
	return organizationID, err
}

// organizationSignup is the policy for a login by an organization connection, which never
// makes an organization.
func organizationSignup(s store.Signup) store.Signup {
	if s == store.SignupOrganization {
		return store.SignupProfile
	}
	return s
}

// opens reports whether a login opens an organization: by an operator connection, which has
// no organization, unless the organization requires its own; or by its own connection.
func opens(organizationID string, o store.Organization) bool {
	if organizationID != "" {
		return organizationID == o.ID
	}
	return o.SSO != store.SSORequired
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

// findProfile finds the identity's profile; else the oldest imported one of
// its address that has no identity yet, where the provider is authoritative for
// the address; else none, with an empty id.
func findProfile(t *transaction, i store.Identity) (p store.Profile, bound bool, err error) {
	id, err := boundProfile(t, i)
	bound = err == nil
	if errors.Is(err, store.ErrNotFound) && i.Authoritative && i.EmailVerified {
		id, err = unboundProfile(t, i.Email)
	}
	if errors.Is(err, store.ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p, _, err = profile(t, id)
	return p, bound, err
}

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

// signUp makes the profile of a first login and, where the policy says so,
// what belongs to it.
func signUp(t *transaction, l store.Login) (id string, err error) {
	i := l.Identity
	var known bool
	if err := t.row(`SELECT EXISTS (SELECT 1 FROM profiles WHERE email = $1)`, []any{i.Email}, &known); err != nil {
		return "", err
	}
	id = store.NewID()
	p := store.Profile{ID: id, Email: i.Email, EmailVerified: i.EmailVerified, Authoritative: i.Authoritative, Name: i.Name, Picture: i.Picture}
	if err := newProfile(t, p, false, l.Now); err != nil {
		return "", err
	}
	if err := bind(t, i, id, l.Now); err != nil {
		return "", err
	}
	if len(l.Invitation) > 0 || l.Signup != store.SignupOrganization || known {
		return id, nil
	}
	o := store.Organization{ID: store.NewID(), Name: i.FirstOrganizationName(), Slug: store.NewSlug(), Status: store.Pending}
	if err := newOrganization(t, o, true, l.Now); err != nil {
		return "", err
	}
	return id, newMembership(t, id, o.ID, "owner", true, l.Now)
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

// startSession stores the session with the connection of this login, whose organization
// is empty for an operator's, and the other connections of the session that it
// replaces, if that is the same person's; and ends that session.
func startSession(t *transaction, l store.Login, profileID, organizationID string) error {
	if err := newSession(t, l, profileID); err != nil {
		return err
	}
	_, err := t.exec(`
		INSERT INTO session_connections (session_id, connection_id, organization_id, at)
		VALUES ($1, $2, nullif($3, ''), $4)`,
		l.Session.ID, l.Identity.ConnectionID(), organizationID, micros(l.Now))
	if err != nil || !store.ValidID(l.Replaces) {
		return err
	}
	oldest := l.Now.Add(-l.Session.ExpiresAt.Sub(l.Session.CreatedAt))
	_, err = t.exec(`
		INSERT INTO session_connections (session_id, connection_id, organization_id, at)
		SELECT $1, c.connection_id, c.organization_id, c.at
		FROM session_connections c
		JOIN sessions s ON s.id = c.session_id
		WHERE c.session_id = $2 AND s.profile_id = $3 AND s.ended_at IS NULL AND s.expires_at > $4
			AND c.connection_id <> $5 AND c.at > $6`,
		l.Session.ID, l.Replaces, profileID, micros(l.Now), l.Identity.ConnectionID(), micros(oldest))
	if err != nil {
		return err
	}
	_, err = t.exec(`UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, l.Replaces, micros(l.Now))
	return err
}

func newSession(t *transaction, l store.Login, profileID string) error {
	_, err := t.exec(`
		INSERT INTO sessions (id, profile_id, secret_hash, browser_hash, created_at, last_seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.Session.ID, profileID, l.Session.SecretHash, l.Session.BrowserHash,
		micros(l.Session.CreatedAt), micros(l.Session.LastSeenAt), micros(l.Session.ExpiresAt))
	return err
}
