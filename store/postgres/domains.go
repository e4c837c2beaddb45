package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// domainColumns are those of orglogin.domain_of_organization.
const domainColumns = `
	d.organization_id,
	d.organization_name,
	d.slug,
	d.subdomain_status,
	d.sso,
	d.domain,
	d.status,
	d.join_mode,
	d.discoverable,
	d.token,
	d.by_hand,
	d.created_at,
	d.verified_at,
	d.checked_at,
	d.failing_since,
	d.detail`

type domainRow struct {
	organization                     organizationRow
	domain                           store.Domain
	verifiedAt, checkedAt, failingAt *time.Time
}

func (r *domainRow) into() []any {
	o, d := &r.organization, &r.domain
	return []any{
		&o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO, &d.Name, &d.Status, &d.Join, &d.Discoverable, &d.Token, &d.ByHand,
		&d.CreatedAt, &r.verifiedAt, &r.checkedAt, &r.failingAt, &d.Detail,
	}
}

func (r *domainRow) word() store.Domain {
	d := r.domain
	d.Organization, d.CreatedAt = r.organization.word(), d.CreatedAt.UTC()
	d.VerifiedAt, d.CheckedAt, d.FailingSince = timeOf(r.verifiedAt), timeOf(r.checkedAt), timeOf(r.failingAt)
	return d
}

func collectDomains(q *pgx.QueuedQuery, all *[]store.Domain) {
	q.Query(func(rows pgx.Rows) error {
		*all = nil
		var r domainRow
		_, err := pgx.ForEachRow(rows, r.into(), func() error {
			*all = append(*all, r.word())
			return nil
		})
		return err
	})
}

// DiscoverConnection implements store.Domains.
func (s *Store) DiscoverConnection(ctx context.Context, domain string) (string, error) {
	const op = "discover connection"
	if !store.ValidDomain(domain) {
		return "", wrapError(op, pgx.ErrNoRows)
	}
	var id *string
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.discover_connection($1::text)`, domain), &id)
	}})
	if err == nil && id == nil {
		err = wrapError(op, pgx.ErrNoRows)
	}
	if err != nil {
		return "", err
	}
	return *id, nil
}

// DueDomains implements store.Domains.
func (s *Store) DueDomains(ctx context.Context, now time.Time, limit int) ([]store.Domain, error) {
	var due []store.Domain
	err := s.run(ctx, operation{op: "due domains", as: noPerson, queue: func(b *batch) {
		collectDomains(b.Queue(`SELECT`+domainColumns+` FROM api.take_due_domains($1::timestamptz, $2::integer) AS d`, now, limit), &due)
	}})
	return due, err
}

// RecordDomainCheck implements store.Domains and store.DomainOperator.
func (s *Store) RecordDomainCheck(ctx context.Context, organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) (store.Domain, error) {
	const op = "record domain check"
	if err := verdict.Check(detail); err != nil {
		return store.Domain{}, fmt.Errorf("postgres: %s: %w", op, err)
	}
	if !store.ValidID(organizationID) || !store.ValidDomain(domain) {
		return store.Domain{}, wrapError(op, pgx.ErrNoRows)
	}
	var r domainRow
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		r = domainRow{}
		b.one(b.Queue(recordDomainCheck,
			organizationID, domain, string(verdict), detail, store.DomainGrace, now), r.into()...)
	}})
	if err != nil {
		return store.Domain{}, err
	}
	return r.word(), nil
}

const recordDomainCheck = `SELECT` + domainColumns + `
FROM api.record_domain_check($1::uuid, $2::text, $3::text, $4::text, $5::interval, $6::timestamptz) AS d`

// changeDomain runs do and returns the claim of an organization as it is then.
func (s *Store) changeDomain(ctx context.Context, op, organizationSlug, domain string, do func(ctx context.Context, tx pgx.Tx, organizationID string) error) (store.Domain, error) {
	o, err := s.OrganizationBySlug(ctx, organizationSlug)
	if err != nil {
		return store.Domain{}, err
	}
	if !store.ValidDomain(domain) {
		return store.Domain{}, wrapError(op, pgx.ErrNoRows)
	}
	var r domainRow
	err = s.transact(ctx, op, func(ctx context.Context, tx pgx.Tx) error {
		r = domainRow{}
		if err := do(ctx, tx, o.ID); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT`+domainColumns+`
FROM orglogin.organization_domains AS k
CROSS JOIN LATERAL orglogin.describe_domain(k) AS d
WHERE k.organization_id = $1::uuid AND k.domain = $2::text`, o.ID, domain).Scan(r.into()...)
	})
	if err != nil {
		return store.Domain{}, err
	}
	return r.word(), nil
}

// AddDomain implements store.DomainOperator.
func (s *Store) AddDomain(ctx context.Context, organizationSlug, domain, token string, now time.Time) (store.Domain, error) {
	const op = "add domain"
	if err := store.CheckDomainClaim(domain, token); err != nil {
		return store.Domain{}, fmt.Errorf("postgres: %s: %w", op, err)
	}
	return s.changeDomain(ctx, op, organizationSlug, domain, func(ctx context.Context, tx pgx.Tx, organizationID string) error {
		_, err := tx.Exec(ctx, `
INSERT INTO orglogin.organization_domains (organization_id, domain, token, created_at)
VALUES ($1::uuid, $2::text, $3::text, $4::timestamptz)
ON CONFLICT ON CONSTRAINT organization_domains_pkey DO NOTHING`, organizationID, domain, token, now)
		return err
	})
}

// ListDomains implements store.DomainOperator.
func (s *Store) ListDomains(ctx context.Context, organizationSlug string) ([]store.Domain, error) {
	organizationID, err := s.organizationID(ctx, organizationSlug)
	if err != nil {
		return nil, err
	}
	var all []store.Domain
	err = s.run(ctx, operation{op: "list domains", as: noPerson, queue: func(b *batch) {
		collectDomains(b.Queue(`SELECT`+domainColumns+`
FROM orglogin.organization_domains AS k
CROSS JOIN LATERAL orglogin.describe_domain(k) AS d
WHERE $1::uuid IS NULL OR k.organization_id = $1::uuid
ORDER BY d.slug COLLATE "C", k.domain`, organizationID), &all)
	}})
	return all, err
}

// organizationID is that of a slug, nil for the empty one.
func (s *Store) organizationID(ctx context.Context, slug string) (*string, error) {
	if slug == "" {
		return nil, nil
	}
	o, err := s.OrganizationBySlug(ctx, slug)
	return &o.ID, err
}

// VerifyDomainByHand implements store.DomainOperator.
func (s *Store) VerifyDomainByHand(ctx context.Context, organizationSlug, domain string, takeOver bool, now time.Time) (store.Domain, error) {
	return s.changeDomain(ctx, "verify domain by hand", organizationSlug, domain, func(ctx context.Context, tx pgx.Tx, organizationID string) error {
		if takeOver {
			_, err := tx.Exec(ctx, `
UPDATE orglogin.organization_domains
SET status = 'lapsed', detail = $3::text
WHERE domain = $2::text AND status = 'verified' AND organization_id <> $1::uuid`, organizationID, domain, store.TakenOver)
			if err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, `
UPDATE orglogin.organization_domains
SET verified_at = CASE WHEN status = 'verified' THEN verified_at ELSE $3::timestamptz END,
	status = 'verified',
	by_hand = true,
	failing_since = NULL,
	detail = ''
WHERE organization_id = $1::uuid AND domain = $2::text`, organizationID, domain, now)
		return changed(tag.RowsAffected(), err)
	})
}

// LoginDomain implements store.DomainOperator.
func (s *Store) LoginDomain(ctx context.Context, i store.Identity, profileID string) (store.Domain, bool, error) {
	var r domainRow
	var mayJoin bool
	err := s.run(ctx, operation{op: "login domain", as: noPerson, queue: func(b *batch) {
		r = domainRow{}
		b.one(b.Queue(`SELECT`+domainColumns+`, orglogin.may_join(nullif($5::text, '')::uuid, $2::text, k.organization_id)
FROM orglogin.find_domain(
	jsonb_populate_record(NULL::orglogin.login, jsonb_build_object('email', $2::text, 'email_verified', $3::boolean, 'authoritative', $4::boolean)),
	(SELECT n.organization_id FROM orglogin.connections AS n WHERE n.id = $1::text)) AS k
CROSS JOIN LATERAL orglogin.describe_domain(k) AS d
WHERE k.organization_id IS NOT NULL
	AND ($1::text NOT LIKE 'c-%' OR EXISTS (SELECT FROM orglogin.connections AS n WHERE n.id = $1::text AND n.state = 'active'))`, i.ConnectionID(), store.LowerASCII(i.Email), i.EmailVerified, i.Authoritative, profileID),
			append(r.into(), &mayJoin)...)
	}})
	if err != nil {
		return store.Domain{}, false, err
	}
	return r.word(), mayJoin, nil
}

// UpdateDomain implements store.DomainOperator.
func (s *Store) UpdateDomain(ctx context.Context, organizationSlug, domain string, join *store.JoinMode, discoverable *bool) (store.Domain, error) {
	const op = "update domain"
	if join != nil {
		if err := join.Check(); err != nil {
			return store.Domain{}, fmt.Errorf("postgres: %s: %w", op, err)
		}
	}
	return s.changeDomain(ctx, op, organizationSlug, domain, func(ctx context.Context, tx pgx.Tx, organizationID string) error {
		_, err := tx.Exec(ctx, `
UPDATE orglogin.organization_domains
SET join_mode = coalesce($3::text, join_mode), discoverable = coalesce($4::boolean, discoverable)
WHERE organization_id = $1::uuid AND domain = $2::text`, organizationID, domain, (*string)(join), discoverable)
		return err
	})
}

// RemoveDomain implements store.DomainOperator.
func (s *Store) RemoveDomain(ctx context.Context, organizationSlug, domain string) error {
	o, err := s.OrganizationBySlug(ctx, organizationSlug)
	if err != nil {
		return err
	}
	if !store.ValidDomain(domain) {
		return wrapError("remove domain", pgx.ErrNoRows)
	}
	return s.transact(ctx, "remove domain", func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM orglogin.organization_domains WHERE organization_id = $1::uuid AND domain = $2::text`, o.ID, domain)
		return changed(tag.RowsAffected(), err)
	})
}
