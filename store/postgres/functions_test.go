package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

const installedBody = `SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'orglogin.find_profiles(text)'::regprocedure`

// An upgrade brings the functions that migrate created itself to the new version, and
// leaves those that the operator has replaced.
func TestMigrateReplacesOnlyItsOwnFunctions(t *testing.T) {
	db := pgtest.New(t)
	migrate := func(want ...string) {
		t.Helper()
		replaced, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(replaced, want) {
			t.Errorf("migrate names %q, want %q", replaced, want)
		}
	}
	body := func() string { return list(t, db.Superuser, installedBody)[0] }
	shipped := body()
	migrate()

	t.Run("an unchanged function of an earlier version is replaced", func(t *testing.T) {
		execute(t, db.Owner, `CREATE OR REPLACE FUNCTION orglogin.find_profiles(p_email text) RETURNS SETOF uuid
			LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$ BEGIN /* earlier */ END $$`)
		postgres.RecordFunctions(t, db.Owner)
		migrate()
		if got := body(); got != shipped {
			t.Errorf("got %s", got)
		}
	})
	t.Run("a function that the operator replaced is left and named", func(t *testing.T) {
		execute(t, db.Owner, `CREATE OR REPLACE FUNCTION orglogin.find_profiles(p_email text) RETURNS SETOF uuid
			LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp AS $$ BEGIN /* theirs */ END $$`)
		migrate("orglogin.find_profiles")
		if got := body(); !strings.Contains(got, "theirs") {
			t.Errorf("got %s", got)
		}
	})
	t.Run("one that the operator dropped is created again", func(t *testing.T) {
		execute(t, db.Owner, `DROP FUNCTION orglogin.find_profiles(text)`)
		migrate()
		if got := body(); got != shipped {
			t.Errorf("got %s", got)
		}
		open(t, db.Runtime)
	})
}
