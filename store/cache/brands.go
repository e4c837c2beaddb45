package cache

import (
	"context"
	"maps"

	"orglogin/store"
)

// Bounds of what is cached of brands. A logo has 256 KiB at most, and usually less than a tenth of it.
const (
	maxBrands = 50_000
	maxLogos  = 128
)

func (s *Store) makeBrandMemos() (err error) {
	ttl, degraded := s.config.TTL, s.config.TTL+s.config.Grace
	if s.brands, err = newMemo[string, store.OrganizationBrand](s, "brand", ttl, degraded, maxBrands); err != nil {
		return err
	}
	s.brands.query = func(ctx context.Context, id string) (store.OrganizationBrand, error) {
		all, err := s.inner.OrganizationBrands(ctx, []string{id})
		return all[id], err // one without a brand is remembered too
	}
	s.brands.dependsOn = func(id string, _ store.OrganizationBrand) []dependency {
		return []dependency{s.versions.dependency(ofOrganization, id)}
	}
	if s.logos, err = newMemo[string, []byte](s, "logo", ttl, degraded, maxLogos); err != nil {
		return err
	}
	s.logos.query = s.inner.Logo
	// A hash always names the same picture, and several organizations may have it: one that none has any more is answered
	// until it is too old.
	s.logos.dependsOn = func(string, []byte) []dependency { return nil }
	return nil
}

// OrganizationBrands implements store.Brands. Those that are not remembered are read in one query.
func (s *Store) OrganizationBrands(ctx context.Context, ids []string) (map[string]store.OrganizationBrand, error) {
	all := make(map[string]store.OrganizationBrand, len(ids))
	if len(ids) == 1 && store.ValidID(ids[0]) {
		a, err := s.brands.get(ctx, ids[0])
		if a.value != (store.OrganizationBrand{}) {
			all[ids[0]] = a.value
		}
		return all, err
	}
	var unknown []string
	for _, id := range ids {
		if !store.ValidID(id) {
			continue // no key is made of it
		}
		switch e := s.brands.fresh(id); {
		case e == nil:
			unknown = append(unknown, id)
		case e.value != (store.OrganizationBrand{}):
			all[id] = e.value
		}
	}
	if len(unknown) == 0 {
		return all, nil
	}
	now, begun := s.config.Now(), s.versions.current()
	found, err := s.inner.OrganizationBrands(ctx, unknown)
	if err != nil {
		return nil, err
	}
	for _, id := range unknown {
		s.brands.remember(id, found[id], now, validity{begun: begun})
	}
	maps.Copy(all, found)
	return all, nil
}

// Logo implements store.Brands.
func (s *Store) Logo(ctx context.Context, hash string) ([]byte, error) {
	if !store.ValidLogoHash(hash) {
		return s.inner.Logo(ctx, hash) // no key is made of it
	}
	a, err := s.logos.get(ctx, hash)
	return a.value, err
}
