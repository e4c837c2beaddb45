package postgres_test

import (
	"slices"
	"testing"

	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// What doctor expects is read from the text of the migrations: nothing of what
// they make may escape that.
func TestDoctorExpectsEveryObjectOfTheMigrations(t *testing.T) {
	db := pgtest.New(t)
	functions, triggers, grants, policies := postgres.WantedObjects()
	for _, c := range []struct {
		what string
		got  []string
		sql  string
	}{
		{"functions", functions, `SELECT p.pronamespace::regnamespace || '.' || p.proname FROM pg_proc AS p WHERE p.pronamespace IN ('api'::regnamespace, 'orglogin'::regnamespace)`},
		{"triggers", triggers, `SELECT t.tgrelid::regclass || ' ' || t.tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND c.relnamespace = 'orglogin'::regnamespace`},
	} {
		want := list(t, db.Superuser, c.sql)
		slices.Sort(want)
		slices.Sort(c.got)
		if len(want) == 0 || !slices.Equal(c.got, want) {
			t.Errorf("%s: got %q, want %q", c.what, c.got, want)
		}
	}
	own := list(t, db.Superuser, `SELECT p.polname::text FROM pg_policy AS p WHERE to_regrole('orglogin_service') = ANY (p.polroles)`)
	if len(own) != policies || grants < 20 {
		t.Errorf("got %d policies of %d, %d grants", policies, len(own), grants)
	}
}
