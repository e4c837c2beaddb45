package sqlite

import (
	"context"
	"errors"

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

// arrival is a login and what the database knows of it before anything is written.
type arrival struct {
	store.Login
	organizationID string        // of an organization connection, which is active
	profile        store.Profile // with an empty id at a first login
	bound          bool          // the identity belongs to the profile already
	domain         emailDomain
	joins          bool // the person becomes a member by the domain
	invited        *store.Invitation
	offer          store.Offer
}

func completeLogin(t *transaction, l store.Login) (c store.Completed, err error) {
	a := arrival{Login: l}
	refused, err := a.read(t)
	if err != nil {
		return c, err
	}
	if refused != "" {
		return store.Completed{Refused: refused}, nil
	}
	c.Invitation, c.FirstLogin = a.offer.Reason, a.profile.ID == ""
	id := a.profile.ID
	if c.FirstLogin {
		id, err = signUp(t, a)
	} else {
		err = a.arrive(t)
	}
	if err == nil && a.organizationID != "" {
		err = storeAssertions(t, l.Identity)
	}
	if err == nil && a.offer.Changes {
		err = accept(t, a.invited, id, l.Now)
	}
	if err == nil && a.joins {
		c.Joined, err = join(t, l, id, a.domain.organizationID)
	}
	if err == nil {
		err = startSession(t, l, id, a.organizationID)
	}
	if err != nil {
		return c, err
	}
	if c.Connections, err = sessionConnections(t, l.Session.ID); err != nil {
		return c, err
	}
	c.UserID = id
	c.Snapshot, err = snapshot(t, store.AccessQuery{UserID: id, Slugs: l.Slugs, Invitation: l.Invitation})
	return c, err
}

// read fills the arrival and returns why it is refused, or nothing.
func (a *arrival) read(t *transaction) (refused store.Reason, err error) {
	i := &a.Identity
	a.organizationID, err = connectionOrganization(t, i.ConnectionID())
	if errors.Is(err, store.ErrNotFound) {
		return store.UnknownConnection, nil
	}
	if err != nil {
		return "", err
	}
	if a.organizationID != "" {
		i.Authoritative = false
	}
	if a.domain, err = findDomain(t, *i, a.organizationID); err != nil {
		return "", err
	}
	if refused, err = a.findProfile(t); refused != "" || err != nil {
		return refused, err
	}
	if a.profile.Disabled {
		return store.DisabledUser, nil
	}
	if !a.bound && !i.EmailVerified {
		return store.EmailNotVerified, nil
	}
	who := store.Profile{ID: a.profile.ID, Email: i.Email, EmailVerified: i.EmailVerified}
	if a.invited, a.offer, err = offerToLogin(t, a.Login, who, a.organizationID); err != nil {
		return "", err
	}
	if a.domain.join == store.JoinAuto {
		if a.joins, err = mayJoin(t, a.profile.ID, i.Email, a.domain.organizationID); err != nil {
			return "", err
		}
	}
	if a.profile.ID != "" || a.offer.Reason == store.OK || a.joins {
		return "", nil
	}
	closed := a.Signup == store.SignupClosed
	switch {
	case a.organizationID != "" && (closed || a.domain.join != store.JoinByRequest):
		return store.NotInvited, nil
	case closed:
		return store.SignupIsClosed, nil
	}
	return "", nil
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
func (a *arrival) arrive(t *transaction) error {
	if !a.bound {
		if err := bind(t, a.Identity, a.profile.ID, a.Now); err != nil {
			return err
		}
	}
	if a.organizationID != "" {
		return nil
	}
	return refresh(t, a.profile, a.Identity)
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

// opens reports whether a login opens an organization: by an operator connection, which has
// no organization, unless the organization requires its own; or by its own connection.
func opens(organizationID string, o store.Organization) bool {
	if organizationID != "" {
		return organizationID == o.ID
	}
	return o.SSO != store.SSORequired
}

// findProfile finds the identity's profile; else, where the address is verified, the oldest
// imported one of the address that has no identity yet, for a provider that is authoritative for
// it, or the member of the organization that the address is of; else none, with an empty id.
func (a *arrival) findProfile(t *transaction) (refused store.Reason, err error) {
	i := a.Identity
	id, err := boundProfile(t, i)
	a.bound = err == nil
	switch {
	case !errors.Is(err, store.ErrNotFound):
	case a.organizationID == "" && i.Authoritative && i.EmailVerified:
		id, err = unboundProfile(t, i.Email)
	case a.organizationID != "" && a.domain.organizationID != "":
		var members []string
		members, err = findMembers(t, a.Login, a.organizationID)
		if len(members) > 1 {
			return store.Ambiguous, nil
		}
		if len(members) == 1 {
			id = members[0]
		}
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && id == "" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	a.profile, _, err = profile(t, id)
	return "", err
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
