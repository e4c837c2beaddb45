package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// list runs a query of one text column.
func list(t *testing.T, url, sql string, args ...any) []string {
	t.Helper()
	conn := connect(t, url)
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.WithoutCancel(t.Context()), url) // cleanups connect too
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func execute(t testing.TB, url, sql string) {
	t.Helper()
	if _, err := connect(t, url).PgConn().Exec(context.WithoutCancel(t.Context()), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// audits are questions to the catalog whose every answer is a fault.
var audits = []struct{ name, sql, breach string }{
	{
		"every table has row-level security enabled and forced (L2)",
		`SELECT c.relname::text FROM pg_class AS c
		WHERE c.relnamespace IN ('orglogin'::regnamespace, 'api'::regnamespace)
			AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
		`CREATE TABLE orglogin.forgotten (id int); ALTER TABLE orglogin.forgotten ENABLE ROW LEVEL SECURITY`,
	},
	{
		"every table has a policy for its owner by name",
		`SELECT c.relname::text FROM pg_class AS c
		WHERE c.relnamespace = 'orglogin'::regnamespace AND c.relkind IN ('r', 'p')
			AND NOT EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polroles = ARRAY[c.relowner])`,
		`CREATE TABLE orglogin.forgotten (id int)`,
	},
	{
		"no policy is for PUBLIC",
		`SELECT p.polname::text FROM pg_policy AS p WHERE 0 = ANY (p.polroles)`,
		`CREATE POLICY loose ON orglogin.profiles USING (true)`,
	},
	{
		"every policy that lets something be written says what may be",
		`SELECT p.polname::text FROM pg_policy AS p WHERE p.polcmd IN ('a', 'w', '*') AND p.polwithcheck IS NULL`,
		`CREATE POLICY loose ON orglogin.profiles FOR UPDATE TO orglogin_service USING (true)`,
	},
	{
		"every function has the search_path pg_catalog, pg_temp (L6)",
		`SELECT p.proname::text FROM pg_proc AS p
		WHERE p.pronamespace IN ('orglogin'::regnamespace, 'api'::regnamespace)
			AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']`,
		`CREATE FUNCTION api.loose() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1'`,
	},
	{
		"the names in auth.uid() and auth.jwt() were resolved when they were created, and neither is SECURITY DEFINER",
		`SELECT p.proname::text FROM pg_proc AS p
		WHERE p.pronamespace = 'auth'::regnamespace AND (p.prosqlbody IS NULL OR p.prosecdef)`,
		`CREATE FUNCTION auth.loose() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
	},
	{
		"every SECURITY DEFINER function belongs to the role without login",
		`SELECT p.proname::text FROM pg_proc AS p JOIN pg_roles AS r ON r.oid = p.proowner
		WHERE p.prosecdef AND p.pronamespace IN ('orglogin'::regnamespace, 'api'::regnamespace)
			AND NOT (r.rolname = 'orglogin_definer' AND NOT r.rolcanlogin AND NOT r.rolsuper AND NOT r.rolbypassrls)`,
		`CREATE FUNCTION api.loose() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'`,
	},
	{
		"no function of ours may be called by PUBLIC",
		`SELECT p.proname::text FROM pg_proc AS p
		WHERE p.pronamespace IN ('orglogin'::regnamespace, 'api'::regnamespace)
			AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0)`,
		`CREATE FUNCTION api.loose() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
	},
	{
		"no grant goes past row-level security (L8)",
		`SELECT c.relname || ' ' || a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
		WHERE c.relnamespace = 'orglogin'::regnamespace AND a.grantee <> c.relowner
			AND a.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')`,
		`GRANT TRUNCATE ON orglogin.flows TO orglogin_service`,
	},
	{
		"the runtime role owns nothing and may create nowhere (L1)",
		`SELECT 'owns ' || c.relname FROM pg_class AS c WHERE c.relowner = 'runtime'::regrole
		UNION ALL SELECT 'owns ' || p.proname FROM pg_proc AS p WHERE p.proowner = 'runtime'::regrole
		UNION ALL SELECT 'creates in ' || n.nspname FROM pg_namespace AS n
			WHERE n.nspname !~ '^pg_' AND has_schema_privilege('runtime', n.oid, 'CREATE')
		UNION ALL SELECT 'creates in the database' WHERE has_database_privilege('runtime', current_database(), 'CREATE')
		UNION ALL SELECT 'creates temporary objects' WHERE has_database_privilege('runtime', current_database(), 'TEMPORARY')`,
		`GRANT CREATE ON SCHEMA api TO orglogin_service`,
	},
	{
		"the runtime role is a plain role, member of one group",
		`SELECT r.rolname::text FROM pg_roles AS r
		WHERE r.rolname IN ('runtime', 'orglogin_service', 'orglogin_definer')
			AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication)
		UNION ALL SELECT g.rolname::text FROM pg_auth_members AS m JOIN pg_roles AS g ON g.oid = m.roleid
			WHERE m.member = 'runtime'::regrole AND g.rolname <> 'orglogin_service'`,
		`CREATE ROLE "breach of the audit" CREATEROLE; GRANT "breach of the audit" TO runtime`,
	},
	{
		"no view or materialized view stands beside the tables (L7)",
		`SELECT c.relname::text FROM pg_class AS c
		WHERE c.relnamespace IN ('orglogin'::regnamespace, 'api'::regnamespace) AND c.relkind IN ('v', 'm')
			AND NOT coalesce(c.reloptions, '{}') @> ARRAY['security_invoker=true']`,
		`CREATE VIEW api.loose AS SELECT id FROM orglogin.profiles`,
	},
	{
		"every foreign key has an index to be checked by",
		`SELECT k.conname::text FROM pg_constraint AS k
		WHERE k.contype = 'f' AND k.connamespace = 'orglogin'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_index AS i
				WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1] AND i.indpred IS NULL)`,
		`CREATE TABLE orglogin.forgotten (profile_id uuid, CONSTRAINT forgotten_fkey FOREIGN KEY (profile_id) REFERENCES orglogin.profiles)`,
	},
}

// Each audit is shown to find its own breach, too.
func TestTheCatalogHoldsNoBreach(t *testing.T) {
	db := pgtest.New(t)
	for _, a := range audits {
		t.Run(a.name, func(t *testing.T) {
			if found := list(t, db.Superuser, a.sql); len(found) > 0 {
				t.Errorf("found %s", strings.Join(found, ", "))
			}
			conn := connect(t, db.Superuser)
			_, err := conn.PgConn().Exec(t.Context(), `BEGIN; SET LOCAL ROLE owner; `+a.breach).ReadAll()
			if err != nil {
				t.Fatalf("the breach: %v", err)
			}
			rows, err := conn.Query(t.Context(), `SELECT count(*) FROM (`+a.sql+`) AS found`)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int]); err != nil || n == 0 {
				t.Errorf("the audit does not find its breach (%d, %v)", n, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	server := func(t *testing.T) pgtest.Database { return pgtest.New(t) }
	// as makes a role and returns its URL.
	as := func(t *testing.T, db pgtest.Database, role, attributes string, grants ...string) string {
		execute(t, db.Superuser, `DROP ROLE IF EXISTS `+role+`; CREATE ROLE `+role+` LOGIN `+attributes)
		t.Cleanup(func() { execute(t, db.Server.Database("postgres").Superuser, `DROP ROLE `+role) })
		for _, g := range grants {
			execute(t, db.Superuser, `GRANT `+g+` TO `+role)
		}
		return db.Server.URL(role, db.Name)
	}
	cases := []struct {
		name string
		url  func(t *testing.T, db pgtest.Database) string
		says string
	}{
		{"a superuser", func(t *testing.T, db pgtest.Database) string { return db.Superuser }, "superuser"},
		{"the owner", func(t *testing.T, db pgtest.Database) string { return db.Owner }, "owns the tables"},
		{"a role with BYPASSRLS", func(t *testing.T, db pgtest.Database) string {
			return as(t, db, "bypassing", "BYPASSRLS", "orglogin_service")
		}, "NOBYPASSRLS"},
		{"a role with CREATEROLE", func(t *testing.T, db pgtest.Database) string {
			return as(t, db, "making", "CREATEROLE", "orglogin_service")
		}, "NOCREATEROLE"},
		{"a member of the owner", func(t *testing.T, db pgtest.Database) string {
			return as(t, db, "belonging", "", "orglogin_service", "owner")
		}, "owns the tables"},
		{"a member of the functions' owner, even one that does not inherit", func(t *testing.T, db pgtest.Database) string {
			return as(t, db, "hidden", "NOINHERIT", "orglogin_definer")
		}, "owns the tables or functions"},
		{"a role that migrate was not run for", func(t *testing.T, db pgtest.Database) string {
			return as(t, db, "stranger", "")
		}, "orglogin migrate"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := postgres.Open(t.Context(), patient(c.url(t, server(t))))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
	t.Run("a database that was never migrated", func(t *testing.T) {
		db := pgtest.Empty(t)
		for _, open := range []func(context.Context, postgres.Config) (*postgres.Store, error){postgres.Open, postgres.OpenOperator} {
			_, err := open(t.Context(), patient(db.Runtime))
			if !errors.Is(err, store.ErrBehind) || !strings.Contains(err.Error(), "orglogin migrate") {
				t.Errorf("got %v", err)
			}
		}
	})
	t.Run("a schema that is behind", func(t *testing.T) {
		db := pgtest.New(t)
		execute(t, db.Owner, `DELETE FROM orglogin.schema_versions WHERE version_id = (SELECT max(version_id) FROM orglogin.schema_versions)`)
		if _, err := postgres.Open(t.Context(), patient(db.Runtime)); !errors.Is(err, store.ErrBehind) || !strings.Contains(err.Error(), "orglogin migrate") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a schema that is ahead", func(t *testing.T) {
		db := pgtest.New(t)
		execute(t, db.Owner, `INSERT INTO orglogin.schema_versions (version_id, is_applied) VALUES (99998, true)`)
		open(t, db.Runtime) // of the next release
		execute(t, db.Owner, `ALTER TABLE orglogin.schema_versions ALTER COLUMN oldest_program SET DEFAULT 99999;
			INSERT INTO orglogin.schema_versions (version_id, is_applied) VALUES (99999, true)`)
		_, err := postgres.Open(t.Context(), patient(db.Runtime))
		if err == nil || errors.Is(err, store.ErrBehind) || !strings.Contains(err.Error(), "ahead") {
			t.Errorf("got %v", err)
		}
		if _, err := postgres.Migrate(t.Context(), db.Owner, db.Runtime); err == nil || !strings.Contains(err.Error(), "ahead") {
			t.Errorf("migrate: got %v", err)
		}
	})
	t.Run("the simple protocol", func(t *testing.T) {
		if _, err := postgres.Open(t.Context(), patient("postgres://a@localhost/b?default_query_exec_mode=simple_protocol")); err == nil {
			t.Error("it was taken")
		}
	})
}
