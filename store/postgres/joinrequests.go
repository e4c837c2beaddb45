package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// JoinOffers implements store.Domains.
func (s *Store) JoinOffers(ctx context.Context, session store.SessionRef, now time.Time) ([]store.JoinOffer, error) {
	if !store.ValidID(session.ID) || !store.ValidID(session.UserID) {
		return nil, nil
	}
	var all []store.JoinOffer
	err := s.run(ctx, operation{op: "join offers", as: person(session.UserID), queue: func(b *batch) {
		all = nil
		b.Queue(`
SELECT
	o.organization_id::text,
	o.organization_name,
	o.slug,
	o.subdomain_status,
	o.sso,
	o.waiting
FROM api.get_join_offers($1::uuid, $2::timestamptz) AS o
ORDER BY o.organization_name COLLATE "C", o.slug COLLATE "C"`, session.ID, now).Query(func(rows pgx.Rows) error {
			var r organizationRow
			var waiting bool
			_, err := pgx.ForEachRow(rows, []any{&r.ID, &r.Name, &r.Slug, &r.Status, &r.SSO, &waiting}, func() error {
				all = append(all, store.JoinOffer{Organization: r.word(), Waiting: waiting})
				return nil
			})
			return err
		})
	}})
	return all, err
}

// RequestJoin implements store.Domains.
func (s *Store) RequestJoin(ctx context.Context, session store.SessionRef, organizationSlug string, now time.Time) error {
	const op = "request to join"
	if !store.ValidID(session.ID) || !store.ValidID(session.UserID) || !store.ValidSlug(organizationSlug) {
		return wrapError(op, pgx.ErrNoRows)
	}
	var refused *string
	err := s.run(ctx, operation{op: op, as: person(session.UserID), queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.request_join($1::uuid, $2::text, $3::integer, $4::timestamptz)`,
			session.ID, organizationSlug, store.MaxWaitingRequests, now), &refused)
	}})
	switch {
	case err != nil || refused == nil:
		return err
	case *refused == "too_many":
		return fmt.Errorf("postgres: %s: %w", op, store.TooManyRequestsError())
	}
	return wrapError(op, pgx.ErrNoRows)
}

const selectRequests = `
SELECT
	r.id::text,
	r.organization_id::text,
	o.name,
	o.slug,
	o.subdomain_status,
	coalesce((SELECT g.sso FROM orglogin.organization_settings AS g WHERE g.organization_id = r.organization_id), 'off'),
	r.profile_id::text,
	r.email,
	p.name,
	r.state,
	r.created_at,
	r.decided_at
FROM orglogin.join_requests AS r
CROSS JOIN LATERAL orglogin.read_organization(r.organization_id) AS o
CROSS JOIN LATERAL orglogin.read_profile(r.profile_id) AS p`

type requestRow struct {
	organization organizationRow
	request      store.JoinRequest
	decidedAt    *time.Time
}

func (r *requestRow) into() []any {
	o, q := &r.organization, &r.request
	return []any{
		&q.ID, &o.ID, &o.Name, &o.Slug, &o.Status, &o.SSO, &q.ProfileID, &q.Email, &q.Name, &q.State, &q.CreatedAt, &r.decidedAt,
	}
}

func (r *requestRow) word() store.JoinRequest {
	q := r.request
	q.Organization, q.CreatedAt, q.DecidedAt = r.organization.word(), q.CreatedAt.UTC(), timeOf(r.decidedAt)
	return q
}

// ListJoinRequests implements store.DomainOperator.
func (s *Store) ListJoinRequests(ctx context.Context, organizationSlug string) ([]store.JoinRequest, error) {
	organizationID, err := s.organizationID(ctx, organizationSlug)
	if err != nil {
		return nil, err
	}
	var all []store.JoinRequest
	err = s.run(ctx, operation{op: "list join requests", as: noPerson, queue: func(b *batch) {
		all = nil
		b.Queue(selectRequests+`
WHERE $1::uuid IS NULL OR r.organization_id = $1::uuid
ORDER BY r.state <> 'waiting', r.created_at, r.id`, organizationID).Query(func(rows pgx.Rows) error {
			var r requestRow
			_, err := pgx.ForEachRow(rows, r.into(), func() error {
				all = append(all, r.word())
				return nil
			})
			return err
		})
	}})
	return all, err
}

// DecideJoinRequest implements store.DomainOperator.
func (s *Store) DecideJoinRequest(ctx context.Context, id string, approve bool, now time.Time) (store.JoinRequest, error) {
	const op = "decide join request"
	if !store.ValidID(id) {
		return store.JoinRequest{}, wrapError(op, pgx.ErrNoRows)
	}
	var request store.JoinRequest
	err := s.transact(ctx, op, func(ctx context.Context, tx pgx.Tx) error {
		var r requestRow
		if err := tx.QueryRow(ctx, selectRequests+` WHERE r.id = $1::uuid FOR UPDATE OF r`, id).Scan(r.into()...); err != nil {
			return err
		}
		request = r.word()
		state, err := request.Decide(approve)
		if err != nil || state == request.State {
			return err
		}
		if _, err := tx.Exec(ctx, `
UPDATE orglogin.join_requests
SET state = $2::text, decided_at = $3::timestamptz
WHERE id = $1::uuid`, id, string(state), now); err != nil {
			return err
		}
		request.State, request.DecidedAt = state, micros(now)
		if !approve {
			return nil
		}
		_, err = tx.Exec(ctx, `SELECT orglogin.activate_membership($1::uuid, $2::uuid, 'member')`, request.ProfileID, request.Organization.ID)
		return err
	})
	if err != nil {
		return store.JoinRequest{}, err
	}
	return request, nil
}
