package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"orglogin/store"
)

const domainColumns = `
	SELECT o.id, ` + publicName + `, o.slug, o.subdomain_status, ` + ssoSetting + `,
		d.domain, d.status, d.join_mode, d.discoverable, d.token, d.by_hand,
		d.created_at, d.verified_at, d.checked_at, d.failing_since, d.detail
	FROM organization_domains d
	JOIN organizations o ON o.id = d.organization_id`

func scanDomain(scan func(...any) error) (d store.Domain, err error) {
	var created int64
	var verified, checked, failing sql.NullInt64
	o := &d.Organization
	err = scan(&o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO, &d.Name, &d.Status, &d.Join, &d.Discoverable, &d.Token, &d.ByHand,
		&created, &verified, &checked, &failing, &d.Detail)
	d.CreatedAt, d.VerifiedAt = fromMicros(created), fromNullMicros(verified)
	d.CheckedAt, d.FailingSince = fromNullMicros(checked), fromNullMicros(failing)
	return d, err
}

func domainOf(t *transaction, organizationID, domain string) (store.Domain, error) {
	return scanDomain(func(into ...any) error {
		return t.row(domainColumns+` WHERE d.organization_id = $1 AND d.domain = $2`, []any{organizationID, domain}, into...)
	})
}

func listDomains(t *transaction, condition string, args ...any) (all []store.Domain, err error) {
	err = t.rows(domainColumns+condition, args, func(scan func(...any) error) error {
		d, err := scanDomain(scan)
		all = append(all, d)
		return err
	})
	return all, err
}

// DiscoverConnection finds the connection that people of a domain sign in with.
func (s *Store) DiscoverConnection(ctx context.Context, domain string) (connectionID string, err error) {
	if !store.ValidDomain(domain) {
		return "", store.ErrNotFound
	}
	err = s.ask(ctx, func(t *transaction) error {
		return t.row(`
			SELECT k.id
			FROM organization_domains d
			JOIN connections k ON k.organization_id = d.organization_id
			WHERE d.domain = $1 AND d.status = 'verified' AND d.discoverable AND k.state = 'active'
			ORDER BY k.name, k.id
			LIMIT 1`,
			[]any{domain}, &connectionID)
	})
	return connectionID, err
}

// nextCheck is about a day later, so that the checks of all domains are spread over the day.
func nextCheck(now time.Time) int64 {
	return micros(now.Add(23*time.Hour + rand.N(2*time.Hour)))
}

// DueDomains takes those that are to be checked.
func (s *Store) DueDomains(ctx context.Context, now time.Time, limit int) (due []store.Domain, err error) {
	err = s.write(ctx, func(t *transaction) error {
		due, err = listDomains(t, `
			WHERE d.status <> 'pending' AND d.by_hand = 0 AND d.next_check_at <= $1
			ORDER BY d.next_check_at
			LIMIT $2`, micros(now), limit)
		if err != nil {
			return err
		}
		for _, d := range due {
			_, err := t.exec(`UPDATE organization_domains SET next_check_at = $3 WHERE organization_id = $1 AND domain = $2`,
				d.Organization.ID, d.Name, nextCheck(now))
			if err != nil {
				return err
			}
		}
		return nil
	})
	return due, err
}

// RecordDomainCheck stores what a check found. The check of a domain that was verified by hand
// changes its status only where the record is right.
func (s *Store) RecordDomainCheck(ctx context.Context, organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) (d store.Domain, err error) {
	if err := verdict.Check(detail); err != nil {
		return d, err
	}
	err = s.write(ctx, func(t *transaction) error {
		if err := recordDomainCheck(t, organizationID, domain, verdict, detail, now); err != nil {
			return err
		}
		d, err = domainOf(t, organizationID, domain)
		return err
	})
	if errors.Is(err, store.ErrConflict) {
		err = store.DomainHeldError()
	}
	return d, err
}

func recordDomainCheck(t *transaction, organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) error {
	n, err := t.exec(`
		UPDATE organization_domains
		SET status = CASE
				WHEN $3 = 'proved' THEN 'verified'
				WHEN $3 = 'missing' AND status = 'verified' AND by_hand = 0 AND coalesce(failing_since, $5) <= $6 THEN 'lapsed'
				ELSE status
			END,
			verified_at = CASE WHEN $3 = 'proved' AND status <> 'verified' THEN $5 ELSE verified_at END,
			failing_since = CASE
				WHEN $3 = 'proved' THEN NULL
				WHEN $3 = 'missing' AND status = 'verified' AND by_hand = 0 THEN coalesce(failing_since, $5)
				ELSE failing_since
			END,
			by_hand = by_hand AND $3 <> 'proved',
			checked_at = $5,
			next_check_at = $7,
			detail = $4
		WHERE organization_id = $1 AND domain = $2`,
		organizationID, domain, string(verdict), detail, micros(now), micros(now.Add(-store.DomainGrace)), nextCheck(now))
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return err
}

// LoginDomain finds the domain as a login does.
func (s *Store) LoginDomain(ctx context.Context, i store.Identity, profileID string) (d store.Domain, mayJoinIt bool, err error) {
	i.Email = store.LowerASCII(i.Email)
	err = s.read(ctx, func(t *transaction) error {
		organizationID, err := connectionOrganization(t, i.ConnectionID())
		if err != nil {
			return err
		}
		found, err := findDomain(t, i, organizationID)
		if err == nil && found.organizationID == "" {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		if mayJoinIt, err = mayJoin(t, profileID, i.Email, found.organizationID); err != nil {
			return err
		}
		d, err = domainOf(t, found.organizationID, store.EmailDomain(i.Email))
		return err
	})
	return d, mayJoinIt, err
}
