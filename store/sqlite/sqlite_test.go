package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"orglogin/store"
	"orglogin/store/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return hand{open(t)} })
}

// migrated is the content of a migrated file, as in package sqlitetest, which
// tests inside this package cannot import.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "template.db")
	if err := Migrate(context.Background(), path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// open returns a migrated store in a file of its own.
func open(t testing.TB) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a file? with #odd% name.db")
	content, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: path, Reserved: []string{"signin"}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// hand is a store and what an operator does to its file.
type hand struct{ *Store }

func (h hand) Rename(ctx context.Context, slug, to string) error {
	return h.write(ctx, func(t *transaction) error {
		_, err := t.exec(`UPDATE organizations SET slug = $2 WHERE slug = $1`, slug, to)
		return err
	})
}

func (h hand) ForgetSlug(ctx context.Context, slug string) error {
	return h.write(ctx, func(t *transaction) error {
		_, err := t.exec(`DELETE FROM organization_slugs WHERE slug = $1`, slug)
		return err
	})
}

func (h hand) Statement(ctx context.Context, query string, args ...any) error {
	return h.write(ctx, func(t *transaction) error {
		_, err := t.exec(strings.ReplaceAll(query, "%s", ""), args...)
		return err
	})
}

func (h hand) tables(t *transaction) (all []string, err error) {
	err = t.rows(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY name`,
		nil, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			all = append(all, name)
			return err
		})
	return all, err
}

func (h hand) Rows(ctx context.Context) (map[string][]string, error) {
	all := map[string][]string{}
	err := h.read(ctx, func(t *transaction) error {
		tables, err := h.tables(t)
		if err != nil {
			return err
		}
		for _, table := range tables {
			all[table] = nil
			rows, err := t.tx.QueryContext(ctx, `SELECT * FROM `+table)
			if err != nil {
				return err
			}
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				values, into := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				if err := rows.Scan(into...); err != nil {
					return err
				}
				all[table] = append(all[table], fmt.Sprint(values...))
			}
			if err := rows.Err(); err != nil {
				return err
			}
			slices.Sort(all[table])
		}
		return nil
	})
	return all, err
}

func (h hand) Break(ctx context.Context, table string, operations ...string) (func() error, error) {
	var create, drop strings.Builder
	for _, o := range operations {
		create.WriteString(`CREATE TRIGGER broken_` + o + ` BEFORE ` + o + ` ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'broken by the test'); END;`)
		drop.WriteString(`DROP TRIGGER broken_` + o + `;`)
	}
	run := func(statements string) error {
		_, err := h.writes.db.ExecContext(ctx, statements)
		return err
	}
	return func() error { return run(drop.String()) }, run(create.String())
}

func TestOpenRefusesSlugsOfThisService(t *testing.T) {
	s := open(t)
	err := s.Import(t.Context(), store.ImportFile{Organizations: []store.ImportOrganization{{Slug: "signin", Name: "Sign in"}}}, s.config.Now())
	if err == nil || !strings.Contains(err.Error(), `"signin"`) {
		t.Errorf("got %v, want a refusal that names the slug", err)
	}
}
