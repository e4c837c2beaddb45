package sqlite

import (
	"context"
	"slices"
	"strings"
	"time"

	"orglogin/store"
)

// joinable is an organization that a person may ask to join, by an address in its domain.
type joinable struct {
	store.JoinOffer
	email string
}

// JoinOffers lists the organizations that the person of a session may ask to join.
func (s *Store) JoinOffers(ctx context.Context, session store.SessionRef, now time.Time) (all []store.JoinOffer, err error) {
	err = s.read(ctx, func(t *transaction) error {
		found, err := findJoinable(t, session, now)
		for _, j := range found {
			all = append(all, j.JoinOffer)
		}
		return err
	})
	return all, err
}

func findJoinable(t *transaction, session store.SessionRef, now time.Time) (all []joinable, err error) {
	addresses, err := verifiedAddresses(t, session, now)
	if err != nil {
		return nil, err
	}
	for _, a := range addresses {
		var j joinable
		o := &j.Organization
		err := t.rows(`
			SELECT o.id, `+publicName+`, o.slug, o.subdomain_status, `+ssoSetting+`,
				EXISTS (SELECT 1 FROM join_requests r WHERE r.organization_id = o.id AND r.profile_id = $2 AND r.state = 'waiting')
			FROM organization_domains d
			JOIN organizations o ON o.id = d.organization_id
			WHERE d.domain = $1 AND d.status = 'verified' AND d.join_mode = 'request'
				AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.organization_id = o.id AND m.profile_id = $2 AND m.active)
				AND NOT EXISTS (SELECT 1 FROM join_requests r WHERE r.organization_id = o.id AND r.profile_id = $2 AND r.state = 'declined')`,
			[]any{store.EmailDomain(a.email), session.UserID}, func(scan func(...any) error) error {
				return scan(&o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO, &j.Waiting)
			})
		if err != nil {
			return nil, err
		}
		known := slices.ContainsFunc(all, func(k joinable) bool { return k.Organization.ID == o.ID })
		if o.ID != "" && opens(a.organizationID, *o) && !known {
			j.email = a.email
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b joinable) int {
		return strings.Compare(a.Organization.Name+"\x00"+a.Organization.Slug, b.Organization.Name+"\x00"+b.Organization.Slug)
	})
	return all, nil
}

// verifiedAddress is an address that a login of a session verified. The organization is empty
// where an operator connection did.
type verifiedAddress struct{ organizationID, email string }

// verifiedAddresses reads those of the connections that count in a live session.
func verifiedAddresses(t *transaction, session store.SessionRef, now time.Time) (all []verifiedAddress, err error) {
	err = t.rows(`
		SELECT DISTINCT coalesce(c.organization_id, ''), CASE WHEN c.organization_id IS NULL THEN p.email ELSE i.email END
		FROM sessions s
		JOIN profiles p ON p.id = s.profile_id AND NOT p.disabled
		JOIN session_connections c ON c.session_id = s.id AND c.at > $3 - (s.expires_at - s.created_at)
		LEFT JOIN identities i ON i.profile_id = p.id AND i.connection = c.connection_id
		WHERE s.id = $1 AND s.profile_id = $2 AND s.ended_at IS NULL AND s.expires_at > $3
			AND CASE WHEN c.organization_id IS NULL THEN p.email_verified AND p.authoritative ELSE i.email_verified END`,
		[]any{session.ID, session.UserID, micros(now)}, func(scan func(...any) error) error {
			var a verifiedAddress
			err := scan(&a.organizationID, &a.email)
			all = append(all, a)
			return err
		})
	return all, err
}

// RequestJoin asks to join one of the offers.
func (s *Store) RequestJoin(ctx context.Context, session store.SessionRef, organizationSlug string, now time.Time) error {
	return s.write(ctx, func(t *transaction) error {
		all, err := findJoinable(t, session, now)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(j joinable) bool { return j.Organization.Slug == organizationSlug })
		if i < 0 {
			return store.ErrNotFound
		}
		if all[i].Waiting {
			return nil
		}
		var waiting int
		err = t.row(`
			SELECT count(*)
			FROM join_requests r
			WHERE r.profile_id = $1 AND r.state = 'waiting'
				AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.organization_id = r.organization_id AND m.profile_id = $1 AND m.active)`,
			[]any{session.UserID}, &waiting)
		if err != nil {
			return err
		}
		if waiting >= store.MaxWaitingRequests {
			return store.TooManyRequestsError()
		}
		_, err = t.exec(`INSERT INTO join_requests (id, organization_id, profile_id, email, created_at) VALUES ($1, $2, $3, $4, $5)`,
			store.NewID(), all[i].Organization.ID, session.UserID, all[i].email, micros(now))
		return err
	})
}
