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
