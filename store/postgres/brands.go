package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// OrganizationBrands implements store.Brands.
func (s *Store) OrganizationBrands(ctx context.Context, ids []string) (map[string]store.OrganizationBrand, error) {
	valid := make([]string, 0, len(ids))
	for _, id := range ids {
		if store.ValidID(id) {
			valid = append(valid, id)
		}
	}
	var all map[string]store.OrganizationBrand
	if len(valid) == 0 {
		return all, nil
	}
	err := s.run(ctx, operation{op: "brands of organizations", as: noPerson, queue: func(b *batch) {
		all = map[string]store.OrganizationBrand{}
		b.Queue(`
SELECT
	b.organization_id::text,
	b.color,
	b.logo_hash
FROM orglogin.organization_brands AS b
WHERE b.organization_id = ANY ($1::uuid[])
	AND (b.color <> '' OR b.logo_hash <> '')`, valid).Query(func(rows pgx.Rows) error {
			var id string
			var brand store.OrganizationBrand
			_, err := pgx.ForEachRow(rows, []any{&id, &brand.Color, &brand.Logo}, func() error {
				all[id] = brand
				return nil
			})
			return err
		})
	}})
	return all, err
}

// Logo implements store.Brands.
func (s *Store) Logo(ctx context.Context, hash string) ([]byte, error) {
	const op = "logo"
	if !store.ValidLogoHash(hash) {
		return nil, wrapError(op, pgx.ErrNoRows)
	}
	var png []byte
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`
SELECT b.logo
FROM orglogin.organization_brands AS b
WHERE b.logo_hash = $1::text
	AND b.logo_hash <> ''
LIMIT 1`, hash), &png)
	}})
	return png, err
}
