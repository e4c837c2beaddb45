package cache

import (
	"context"
	"time"

	"orglogin/store"
)

// Nothing of domains is cached: a login page, a chooser and a daily check ask for them, no
// request of an app does.

// DiscoverConnection implements store.Domains.
func (s *Store) DiscoverConnection(ctx context.Context, domain string) (string, error) {
	return s.inner.DiscoverConnection(ctx, domain)
}

// JoinOffers implements store.Domains.
func (s *Store) JoinOffers(ctx context.Context, session store.SessionRef, now time.Time) ([]store.JoinOffer, error) {
	return s.inner.JoinOffers(ctx, session, now)
}

// RequestJoin implements store.Domains.
func (s *Store) RequestJoin(ctx context.Context, session store.SessionRef, organizationSlug string, now time.Time) error {
	return s.inner.RequestJoin(ctx, session, organizationSlug, now)
}

// DueDomains implements store.Domains.
func (s *Store) DueDomains(ctx context.Context, now time.Time, limit int) ([]store.Domain, error) {
	return s.inner.DueDomains(ctx, now, limit)
}

// RecordDomainCheck implements store.Domains.
func (s *Store) RecordDomainCheck(ctx context.Context, organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) (store.Domain, error) {
	return s.inner.RecordDomainCheck(ctx, organizationID, domain, verdict, detail, now)
}
