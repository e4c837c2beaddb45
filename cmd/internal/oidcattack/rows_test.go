package oidcattack_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// reader looks at the database beside the service.
type reader struct {
	db     *sql.DB
	tables map[string]*sql.Stmt
	names  []string
}

func newReader(t testing.TB, path string) *reader {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
	must(t, err)
	db.SetMaxOpenConns(1) // it reads its schema once
	t.Cleanup(func() { _ = db.Close() })
	r := &reader{db: db, tables: map[string]*sql.Stmt{}}
	found, err := db.QueryContext(t.Context(), `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
	must(t, err)
	for _, row := range read(t, found) {
		// That a flow was taken is what keeps it from being taken again.
		if name := row[0]; name != "flows" && !strings.HasPrefix(name, "sqlite_") {
			r.names = append(r.names, name)
		}
	}
	for _, name := range r.names {
		r.tables[name], err = db.PrepareContext(t.Context(), `SELECT * FROM "`+name+`"`)
		must(t, err)
	}
	if len(r.names) < 9 {
		t.Fatalf("only the tables %v were found", r.names)
	}
	return r
}

// rows is everything that the database holds, as text, but for the flows and
// the tables left out.
func (r *reader) rows(t testing.TB, but ...string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range r.names {
		if slices.Contains(but, name) {
			continue
		}
		found, err := r.tables[name].QueryContext(t.Context())
		must(t, err)
		all := read(t, found)
		fmt.Fprintf(&b, "%s: %d rows\n", name, len(all))
		for _, row := range all {
			fmt.Fprintf(&b, "  %s\n", strings.Join(row, " | "))
		}
	}
	return b.String()
}

// count is a number that the database tells.
func (r *reader) count(t testing.TB, statement string) string {
	t.Helper()
	found, err := r.db.QueryContext(t.Context(), statement)
	must(t, err)
	return read(t, found)[0][0]
}

func read(t testing.TB, found *sql.Rows) [][]string {
	t.Helper()
	defer found.Close()
	columns, err := found.Columns()
	must(t, err)
	var all [][]string
	for found.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		must(t, found.Scan(into...))
		row := make([]string, len(columns))
		for i, v := range values {
			if b, ok := v.([]byte); ok {
				v = fmt.Sprintf("%x", b)
			}
			row[i] = fmt.Sprint(v)
		}
		all = append(all, row)
	}
	must(t, found.Err())
	return all
}
