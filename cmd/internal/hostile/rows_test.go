package hostile_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// rows is everything that the database holds, as text, but for the flows that
// were taken: that one was is what keeps it from being taken again.
func (d *door) rows(t testing.TB) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path+"?mode=ro&_pragma=busy_timeout(5000)")
	must(t, err)
	defer db.Close()
	var tables []string
	for _, row := range query(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`) {
		if name := row[0]; name != "flows" && !strings.HasPrefix(name, "sqlite_") {
			tables = append(tables, name)
		}
	}
	if len(tables) < 9 {
		t.Fatalf("only the tables %v were found", tables)
	}
	var b strings.Builder
	for _, table := range tables {
		all := query(t, db, `SELECT * FROM "`+table+`"`)
		fmt.Fprintf(&b, "%s: %d rows\n", table, len(all))
		for _, row := range all {
			fmt.Fprintf(&b, "  %s\n", strings.Join(row, " | "))
		}
	}
	return b.String()
}

// count is a number that the database tells.
func (d *door) count(t testing.TB, statement string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path+"?mode=ro&_pragma=busy_timeout(5000)")
	must(t, err)
	defer db.Close()
	return query(t, db, statement)[0][0]
}

func query(t testing.TB, db *sql.DB, statement string) [][]string {
	t.Helper()
	found, err := db.QueryContext(t.Context(), statement)
	must(t, err)
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
