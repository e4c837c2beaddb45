package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"orglogin/store"
)

// An invited person is not a member yet.
const invitationColumns = `
	SELECT i.id, i.email, i.role, coalesce(v.name, ''), i.expires_at, i.accepted_by, i.accepted_at, i.revoked,
		o.id, ` + publicName + `, o.slug, o.subdomain_status, ` + ssoSetting + `
	FROM invitations i
	JOIN organizations o ON o.id = i.organization_id
	LEFT JOIN profiles v ON v.id = i.invited_by AND NOT v.disabled`

func scanInvitation(scan func(...any) error) (i store.Invitation, err error) {
	var by sql.NullString
	var expires int64
	var at sql.NullInt64
	o := &i.Organization
	err = scan(&i.ID, &i.Email, &i.Role, &i.Inviter, &expires, &by, &at, &i.Revoked, &o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO)
	i.ExpiresAt, i.AcceptedBy, i.AcceptedAt = fromMicros(expires), by.String, fromNullMicros(at)
	return i, err
}

// Invitation finds by the hash of its token.
func (s *Store) Invitation(ctx context.Context, tokenHash []byte) (i store.Invitation, err error) {
	if !store.ValidHash(tokenHash) {
		return i, store.ErrNotFound
	}
	err = s.ask(ctx, func(t *transaction) error {
		i, err = invitation(t, tokenHash)
		return err
	})
	return i, err
}

func invitation(t *transaction, tokenHash []byte) (store.Invitation, error) {
	return scanInvitation(func(into ...any) error {
		return t.row(invitationColumns+` WHERE i.token_hash = $1`, []any{tokenHash}, into...)
	})
}

// InvitationsFor lists the pending ones for the person's own address.
func (s *Store) InvitationsFor(ctx context.Context, userID string, now time.Time) (all []store.Invitation, err error) {
	if !store.ValidID(userID) {
		return nil, nil
	}
	err = s.ask(ctx, func(t *transaction) error {
		return t.rows(invitationColumns+`
			JOIN profiles p ON p.email = i.email
			WHERE p.id = $1 AND p.email_verified AND p.authoritative AND NOT p.disabled
				AND i.accepted_by IS NULL AND i.revoked = 0 AND i.expires_at > $2
			ORDER BY i.expires_at, i.id`,
			[]any{userID, micros(now)}, func(scan func(...any) error) error {
				i, err := scanInvitation(scan)
				all = append(all, i)
				return err
			})
	})
	return all, err
}

// AcceptInvitation accepts for a person already signed in. A disabled one gets
// [store.DisabledUser].
func (s *Store) AcceptInvitation(ctx context.Context, userID string, tokenHash []byte, now time.Time) (reason store.Reason, err error) {
	if !store.ValidID(userID) {
		return "", store.ErrNotFound
	}
	err = s.write(ctx, func(t *transaction) error {
		p, _, err := profile(t, userID)
		if err != nil {
			return err
		}
		if p.Disabled {
			reason = store.DisabledUser
			return nil
		}
		i, offer, err := offerTo(t, p, tokenHash, now)
		reason = offer.Reason
		if err != nil || !offer.Changes {
			return err
		}
		return accept(t, i, userID, now)
	})
	if err != nil {
		return "", err
	}
	return reason, nil
}

// offerTo reads the invitation and decides what it means for a person, whose id
// is empty while they have no profile.
func offerTo(t *transaction, who store.Profile, tokenHash []byte, now time.Time) (*store.Invitation, store.Offer, error) {
	var found *store.Invitation
	invitee := store.Invitee{ProfileID: who.ID, Email: who.Email, EmailVerified: who.EmailVerified}
	if store.ValidHash(tokenHash) {
		i, err := invitation(t, tokenHash)
		switch {
		case err == nil:
			found = &i
			role, active, _, err := membership(t, who.ID, i.Organization.ID)
			if err != nil {
				return nil, store.Offer{}, err
			}
			if active {
				invitee.Role = role
			}
		case !errors.Is(err, store.ErrNotFound):
			return nil, store.Offer{}, err
		}
	}
	return found, found.For(invitee, now), nil
}

// accept gives the person the membership, or the higher role, that the
// invitation offers.
func accept(t *transaction, i *store.Invitation, profileID string, now time.Time) error {
	_, err := t.exec(`UPDATE invitations SET accepted_by = $2, accepted_at = $3 WHERE id = $1`, i.ID, profileID, micros(now))
	if err != nil {
		return err
	}
	return activate(t, profileID, i.Organization.ID, i.Role, now)
}

// activate makes the person an active member. A member who is active already keeps the higher
// of the two roles.
func activate(t *transaction, profileID, organizationID, role string, now time.Time) error {
	present, active, found, err := membership(t, profileID, organizationID)
	switch {
	case err != nil || active && !store.Outranks(role, present):
		return err
	case found:
		return setMembership(t, profileID, organizationID, role, true)
	}
	return newMembership(t, profileID, organizationID, role, true, now)
}

// membership reads one, active or not.
func membership(t *transaction, profileID, organizationID string) (role string, active, found bool, err error) {
	err = t.row(`SELECT role, active FROM memberships WHERE profile_id = $1 AND organization_id = $2`,
		[]any{profileID, organizationID}, &role, &active)
	if errors.Is(err, store.ErrNotFound) {
		return "", false, false, nil
	}
	return role, active, err == nil, err
}

func setMembership(t *transaction, profileID, organizationID, role string, active bool) error {
	_, err := t.exec(`UPDATE memberships SET role = $3, active = $4 WHERE profile_id = $1 AND organization_id = $2`,
		profileID, organizationID, role, active)
	return err
}
