package postgres_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

func TestMigrate(t *testing.T) {
	t.Run("eight at once make the schema once", func(t *testing.T) {
		db := pgtest.Empty(t)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = postgres.Migrate(t.Context(), db.Owner, db.Runtime) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		open(t, db.Runtime)
	})
	t.Run("again changes nothing", func(t *testing.T) {
		db := pgtest.New(t)
		const versions = `SELECT v::text FROM orglogin.schema_versions AS v ORDER BY v.id`
		before := list(t, db.Owner, versions)
		if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(before, list(t, db.Owner, versions)); d != "" {
			t.Error(d)
		}
	})
	t.Run("grants the schema to a second runtime role", func(t *testing.T) {
		db := pgtest.New(t)
		execute(t, db.Superuser, `CREATE ROLE second LOGIN`)
		t.Cleanup(func() { execute(t, db.Server.Database("postgres").Superuser, `DROP ROLE second`) })
		url := db.Server.URL("second", db.Name)
		if _, err := postgres.Migrate(t.Context(), db.Owner, url); err != nil {
			t.Fatal(err)
		}
		open(t, url)
	})
	t.Run("revokes TEMPORARY from PUBLIC, and goes on where it may not", func(t *testing.T) {
		const held = `SELECT has_database_privilege('runtime', current_database(), 'TEMPORARY')::text`
		for owner, want := range map[string]string{"owner": "false", "postgres": "true"} {
			db := pgtest.Empty(t)
			execute(t, db.Superuser, `ALTER DATABASE `+db.Name+` OWNER TO `+owner+`; GRANT CREATE ON DATABASE `+db.Name+` TO owner`)
			if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err != nil {
				t.Fatal(err)
			}
			if got := list(t, db.Superuser, held)[0]; got != want {
				t.Errorf("in a database of %s, runtime has TEMPORARY: %s", owner, got)
			}
		}
	})
	t.Run("refuses one user for both URLs", func(t *testing.T) {
		db := pgtest.Empty(t)
		_, err := postgres.Migrate(t.Context(), db.Owner, db.Owner)
		if err == nil || !strings.Contains(err.Error(), "one user") {
			t.Errorf("got %v", err)
		}
		if made := list(t, db.Owner, `SELECT nspname::text FROM pg_namespace WHERE nspname = 'orglogin'`); len(made) > 0 {
			t.Error("it made the schema")
		}
	})
	t.Run("refuses a runtime user who does not exist, and says how to make it", func(t *testing.T) {
		db := pgtest.Empty(t)
		_, err := postgres.Migrate(t.Context(), db.Owner, db.Server.URL("absent", db.Name))
		if err == nil || !strings.Contains(err.Error(), `CREATE ROLE "absent" LOGIN`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("leaves auth.uid() and auth.jwt() alone where the database has them", func(t *testing.T) {
		db := pgtest.Empty(t)
		execute(t, db.Superuser, `
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO PUBLIC;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
	SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid /* theirs */ $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb /* theirs */ $$`)
		const definitions = `SELECT p.oid::regprocedure || p.prosrc || p.proowner FROM pg_proc AS p WHERE p.pronamespace = 'auth'::regnamespace ORDER BY 1`
		before := list(t, db.Superuser, definitions)
		if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(before, list(t, db.Superuser, definitions)); d != "" {
			t.Error(d)
		}
		s := open(t, db.Runtime)
		arrive(t, s, ann)
	})
	t.Run("keeps what is there when a migration fails", func(t *testing.T) {
		db := pgtest.Empty(t)
		execute(t, db.Superuser, `CREATE SCHEMA api AUTHORIZATION owner`)
		execute(t, db.Owner, `CREATE FUNCTION api.profile_exists() RETURNS int LANGUAGE sql AS 'SELECT 1'`)
		if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err == nil || !strings.Contains(err.Error(), "00003") {
			t.Fatalf("got %v", err)
		}
		execute(t, db.Owner, `DROP FUNCTION api.profile_exists()`)
		if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err != nil {
			t.Fatal(err)
		}
		open(t, db.Runtime)
	})
}
