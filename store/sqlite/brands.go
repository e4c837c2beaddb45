package sqlite

import (
	"context"
	"encoding/json"

	"orglogin/store"
)

// OrganizationBrands finds the brands of organizations by their ids.
func (s *Store) OrganizationBrands(ctx context.Context, ids []string) (map[string]store.OrganizationBrand, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	all := map[string]store.OrganizationBrand{}
	err = s.ask(ctx, func(t *transaction) error {
		return t.rows(`
			SELECT organization_id, color, logo_hash
			FROM organization_brands
			WHERE organization_id IN (SELECT value FROM json_each($1)) AND (color <> '' OR logo_hash <> '')`,
			[]any{string(list)}, func(scan func(...any) error) error {
				var id string
				var brand store.OrganizationBrand
				err := scan(&id, &brand.Color, &brand.Logo)
				all[id] = brand
				return err
			})
	})
	return all, err
}

// Logo finds the PNG of a logo by its hash.
func (s *Store) Logo(ctx context.Context, hash string) (png []byte, err error) {
	if !store.ValidLogoHash(hash) {
		return nil, store.ErrNotFound
	}
	err = s.ask(ctx, func(t *transaction) error {
		return t.row(`SELECT logo FROM organization_brands WHERE logo_hash = $1 AND logo_hash <> '' LIMIT 1`, []any{hash}, &png)
	})
	return png, err
}
