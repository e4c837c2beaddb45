package cache_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"orglogin/store"
	"orglogin/store/manage"
)

// operated is a cached store, the operator beside it, and the operator's hand
// in the database (storetest.Hand).
type operated struct {
	store.Store
	store.Operator
	hand
	manage manage.Database
	heard  func() // returns when the cache has heard of all that was changed
	close  func() error
}

func (o *operated) Close() error { return o.close() }

func (o *operated) Import(ctx context.Context, f store.ImportFile, now time.Time) error {
	err := o.Operator.Import(ctx, f, now)
	o.heard()
	return err
}

// Manage returns the operator's database: a write in it returns when the cache has heard of it.
func (o *operated) Manage() manage.Database { return heard{o.manage, o.heard} }

type heard struct {
	manage.Database
	wait func()
}

func (h heard) Write(ctx context.Context, do func(tx manage.Tx) error) error {
	err := h.Database.Write(ctx, do)
	if err == nil {
		h.wait()
	}
	return err
}

func (o *operated) Rename(ctx context.Context, slug, to string) error {
	defer o.heard()
	return o.exec(ctx, `UPDATE %sorganizations SET slug = $2 WHERE slug = $1`, slug, to)
}

func (o *operated) ForgetSlug(ctx context.Context, slug string) error {
	defer o.heard()
	return o.exec(ctx, `DELETE FROM %sorganization_slugs WHERE slug = $1`, slug)
}

func (o *operated) Statement(ctx context.Context, query string, args ...any) error {
	defer o.heard()
	return o.exec(ctx, query, args...)
}

// hand is a connection past every store.
type hand struct {
	db     *sql.DB
	schema string // with its dot; empty in SQLite
}

func openHand(t testing.TB, driver, dsn, schema string) hand {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return hand{db: db, schema: schema}
}

// exec runs a statement; %s in it is the schema.
func (h hand) exec(ctx context.Context, query string, args ...any) error {
	_, err := h.db.ExecContext(ctx, strings.ReplaceAll(query, "%s", h.schema), args...)
	return err
}

func (h hand) texts(ctx context.Context, query string) (all []string, err error) {
	rows, err := h.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, fmt.Sprint(values...))
	}
	slices.Sort(all)
	return all, rows.Err()
}

func (h hand) Rows(ctx context.Context) (map[string][]string, error) {
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'`
	if h.schema != "" {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = 'orglogin' AND tablename <> 'schema_versions'`
	}
	tables, err := h.texts(ctx, query)
	if err != nil {
		return nil, err
	}
	all := map[string][]string{}
	for _, table := range tables {
		if all[table], err = h.texts(ctx, `SELECT * FROM `+h.schema+table); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (h hand) Break(ctx context.Context, table string, operations ...string) (func() error, error) {
	var create, drop strings.Builder
	if h.schema != "" {
		create.WriteString(`
CREATE OR REPLACE FUNCTION orglogin.broken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'broken by the test'; END $$;
CREATE TRIGGER broken BEFORE ` + strings.Join(operations, " OR ") + ` ON %s` + table + ` FOR EACH ROW EXECUTE FUNCTION orglogin.broken()`)
		drop.WriteString(`DROP TRIGGER broken ON %s` + table)
		operations = nil
	}
	for _, o := range operations {
		create.WriteString(`CREATE TRIGGER broken_` + o + ` BEFORE ` + o + ` ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'broken by the test'); END;`)
		drop.WriteString(`DROP TRIGGER broken_` + o + `;`)
	}
	return func() error { return h.exec(context.Background(), drop.String()) }, h.exec(ctx, create.String())
}
