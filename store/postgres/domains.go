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

// RecordDomainCheck implements store.Domains.
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

// LoginDomain implements store.Operator.
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
