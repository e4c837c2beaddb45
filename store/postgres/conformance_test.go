package postgres_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
	"orglogin/store/storetest"
)

// The suite runs as in production: the service's questions as the runtime
// role, the operator's as the owner.
func TestConformanceAsTheRuntimeRole(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Store {
		db := pgtest.New(t)
		return &underTest{
			Store:    open(t, db.Runtime),
			operator: openOperator(t, db.Owner),
			db:       pool(t, db.Owner),
		}
	})
}

// The commands ask the same questions as the owner.
func TestConformanceAsTheOwner(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Store {
		db := pgtest.New(t)
		s := openOperator(t, db.Owner)
		return &underTest{Store: s, operator: s, db: pool(t, db.Owner)}
	})
}

// patient is a configuration for tests that are not about time: a machine
// under load is no failure.
func patient(url string) postgres.Config {
	return postgres.Config{URL: url, QueryTimeout: time.Minute}
}

func open(t testing.TB, url string) *postgres.Store {
	t.Helper()
	return opened(t)(postgres.Open(t.Context(), patient(url)))
}

func openOperator(t testing.TB, url string) *postgres.Store {
	t.Helper()
	return opened(t)(postgres.OpenOperator(t.Context(), patient(url)))
}

func opened(t testing.TB) func(s *postgres.Store, err error) *postgres.Store {
	return func(s *postgres.Store, err error) *postgres.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

func pool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	p, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// underTest is a store and an operator's hand (storetest.Hand) in its database.
type underTest struct {
	store.Store
	operator
	db *pgxpool.Pool
}

// operator is the owner's store, as far as it is not the service's.
type operator interface {
	store.Operator
	Manage() manage.Database
}

func (u *underTest) Close() error {
	err := u.Store.Close()
	if s, ok := u.operator.(store.Store); ok {
		err = errors.Join(err, s.Close())
	}
	return err
}

func (u *underTest) Rename(ctx context.Context, slug, to string) error {
	_, err := u.db.Exec(ctx, `UPDATE orglogin.organizations SET slug = $2 WHERE slug = $1`, slug, to)
	return err
}

func (u *underTest) ForgetSlug(ctx context.Context, slug string) error {
	_, err := u.db.Exec(ctx, `DELETE FROM orglogin.organization_slugs WHERE slug = $1`, slug)
	return err
}

func (u *underTest) Statement(ctx context.Context, query string, args ...any) error {
	_, err := u.db.Exec(ctx, strings.ReplaceAll(query, "%s", "orglogin."), args...)
	return err
}

func (u *underTest) Rows(ctx context.Context) (map[string][]string, error) {
	rows, err := u.db.Query(ctx, `
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'orglogin'::regnamespace AND c.relkind = 'r' AND c.relname <> 'schema_versions'`)
	if err != nil {
		return nil, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	all := make(map[string][]string)
	for _, table := range tables {
		rows, err := u.db.Query(ctx, `SELECT t::text FROM `+pgx.Identifier{"orglogin", table}.Sanitize()+` AS t`)
		if err != nil {
			return nil, err
		}
		if all[table], err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return nil, err
		}
		slices.SortFunc(all[table], cmp.Compare[string])
	}
	return all, nil
}

func (u *underTest) Break(ctx context.Context, table string, operations ...string) (func() error, error) {
	_, err := u.db.Exec(ctx, fmt.Sprintf(`
CREATE OR REPLACE FUNCTION orglogin.break() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the disk is on fire'; END $$;
CREATE TRIGGER break BEFORE %s ON orglogin.%s FOR EACH ROW EXECUTE FUNCTION orglogin.break()`, strings.Join(operations, " OR "), table))
	return func() error {
		_, err := u.db.Exec(context.Background(), `DROP TRIGGER break ON orglogin.`+table)
		return err
	}, err
}
