package sqlite

import (
	"errors"

	"orglogin/store"
)

// emailDomain is a verified domain that the address of a login is in; zero without one.
type emailDomain struct {
	organizationID string
	join           store.JoinMode
}

// findDomain finds the domain of a login that counts for the organization of that domain: its own
// connection verified the address, or an operator's that may speak for the address and opens
// the organization.
func findDomain(t *transaction, i store.Identity, organizationID string) (d emailDomain, err error) {
	if !i.EmailVerified || organizationID == "" && !i.Authoritative {
		return emailDomain{}, nil
	}
	var o store.Organization
	err = t.row(`
		SELECT o.id, `+ssoSetting+`, d.join_mode
		FROM organization_domains d
		JOIN organizations o ON o.id = d.organization_id
		WHERE d.domain = $1 AND d.status = 'verified'`,
		[]any{store.EmailDomain(i.Email)}, &o.ID, &o.SSO, &d.join)
	if errors.Is(err, store.ErrNotFound) || err == nil && !opens(organizationID, o) {
		return emailDomain{}, nil
	}
	d.organizationID = o.ID
	return d, err
}

// findMembers finds the active members of an organization whose profile a first login by its own
// connection, with an address in its domain, may be: the person whose live session this browser
// has, alone; otherwise all whose address is known to be theirs. A profile that has an
// identity of the connection already is none of them.
func findMembers(t *transaction, l store.Login, organizationID string) (ids []string, err error) {
	var signedIn []string
	err = t.rows(`
		SELECT p.id,
			EXISTS (SELECT 1 FROM sessions s WHERE s.id = $4 AND s.profile_id = p.id AND s.ended_at IS NULL AND s.expires_at > $5),
			p.imported OR p.email_verified AND p.authoritative
				OR EXISTS (SELECT 1 FROM invitations i WHERE i.accepted_by = p.id AND i.organization_id = $2 AND i.email = p.email)
		FROM profiles p
		JOIN memberships m ON m.profile_id = p.id AND m.organization_id = $2 AND m.active
		WHERE p.email = $1 AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.profile_id = p.id AND i.connection = $3)`,
		[]any{l.Identity.Email, organizationID, l.Identity.ConnectionID(), l.Replaces, micros(l.Now)}, func(scan func(...any) error) error {
			var id string
			var session, confirmed bool
			err := scan(&id, &session, &confirmed)
			if session {
				signedIn = append(signedIn, id)
			}
			if confirmed {
				ids = append(ids, id)
			}
			return err
		})
	if signedIn != nil {
		return signedIn, err
	}
	return ids, err
}

// mayJoin reports whether a person may join an organization by its domain: they have no
// membership there, in no state, and neither they nor another profile of the address was removed
// from it. The id is empty for a profile that is not made yet.
func mayJoin(t *transaction, profileID, email, organizationID string) (may bool, err error) {
	err = t.row(`
		SELECT NOT EXISTS (SELECT 1 FROM memberships m WHERE m.profile_id = $1 AND m.organization_id = $3)
			AND NOT EXISTS (
				SELECT 1
				FROM profiles p
				LEFT JOIN memberships m ON m.profile_id = p.id AND m.organization_id = $3
				WHERE (p.id = $1 OR p.email = $2)
					AND NOT coalesce(m.active, NOT EXISTS (
						SELECT 1 FROM removed_members r WHERE r.profile_id = p.id AND r.organization_id = $3)))`,
		[]any{profileID, email, organizationID}, &may)
	return may, err
}

// join makes a person a member by the domain, unless the login's invitation has.
func join(t *transaction, l store.Login, profileID, organizationID string) (joined string, err error) {
	_, _, found, err := membership(t, profileID, organizationID)
	if err != nil || found {
		return "", err
	}
	return organizationID, newMembership(t, profileID, organizationID, "member", true, l.Now)
}
