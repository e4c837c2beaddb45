package postgres_test

import (
	"context"
	"strings"
	"testing"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

func examiner(t *testing.T, db pgtest.Database, runtime string) *postgres.Examiner {
	t.Helper()
	e, err := postgres.OpenExaminer(t.Context(), patient(runtime), patient(db.Owner))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// firstFailure is the first link that does not hold, and where none is, the zero one.
func firstFailure(t *testing.T, e *postgres.Examiner, userID string) store.Link {
	t.Helper()
	links, err := e.Chain(t.Context(), userID)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var broken store.Link
	for _, l := range links {
		names = append(names, l.Name)
		if !l.OK && broken.Name == "" {
			broken = l
		}
		if !l.OK && (l.Detail == "" || l.Fix == "") || l.OK && l.Fix != "" {
			t.Errorf("%+v", l)
		}
	}
	if got := strings.Join(names, " "); got != "identity profile membership organization workspace subdomain" {
		t.Errorf("the links are %s", got)
	}
	return broken
}

// Every way in which the chain of one person breaks.
func TestDoctorNamesTheFirstBrokenLink(t *testing.T) {
	cases := []struct {
		name, breaks string // as the owner
		link         string
		detail, fix  string // parts of the texts
		service, own string // the two readings
	}{
		{"a healthy chain", ``, "", "", "", "", ""},
		{
			"no identity", `DELETE FROM orglogin.identities WHERE subject = 'ann'`,
			"identity", "row in identities is missing", "sign in once", "0 bound", "0 bound",
		},
		{
			"no profile", `DELETE FROM orglogin.profiles WHERE email = 'ann@people.test'`,
			"identity", "missing", "sign in once", "0 bound", "0 bound",
		},
		{
			"a disabled profile", `UPDATE orglogin.profiles SET disabled = true WHERE email = 'ann@people.test'`,
			"profile", "disabled", `"disabled":false`, "disabled", "disabled",
		},
		{
			"no membership", `DELETE FROM orglogin.memberships`,
			"membership", "row is missing", "orglogin import", "0 active", "0 active, 0 inactive",
		},
		{
			"an inactive membership", `UPDATE orglogin.memberships SET active = false`,
			"membership", "not active", `"active":true`, "0 active", "0 active, 1 inactive",
		},
		{
			"no organization", `ALTER TABLE orglogin.memberships DROP CONSTRAINT memberships_organization_fkey; DELETE FROM orglogin.organizations WHERE slug = 'acme'`,
			"organization", "organization row is missing", "orglogin import", "no row", "no row",
		},
		{
			"no workspace", `DELETE FROM orglogin.workspaces`,
			"workspace", "no workspace", "orglogin import", "0 of", "0 of",
		},
		{
			"a pending subdomain", `UPDATE orglogin.organizations SET subdomain_status = 'pending'`,
			"subdomain", "acme pending", `"verified"`, "acme pending", "acme pending",
		},
		{
			"a policy that hides the profile", `CREATE POLICY "only by tenant" ON orglogin.profiles AS RESTRICTIVE FOR SELECT TO orglogin_service USING (false)`,
			"profile", `hidden from the person's own claims by row-level security: policy "only by tenant" (restrictive, USING false)`, "orglogin.profiles", "no row", "no row",
		},
		{
			"a policy that hides the membership", `ALTER POLICY own ON orglogin.memberships USING (organization_id::text = (SELECT auth.jwt()) ->> 'org_id')`,
			"membership", `policy "own" (permissive, USING ((organization_id)::text`, "orglogin.memberships", "0 active", "0 active, 0 inactive",
		},
		{
			"a policy that hides the organization", `ALTER POLICY member ON orglogin.organizations USING (id::text = (SELECT auth.jwt()) ->> 'org_id')`,
			"organization", `policy "member"`, "orglogin.organizations", "no row", "no row",
		},
		{
			"no policy at all", `DROP POLICY own ON orglogin.profiles`,
			"profile", "no policy lets orglogin_service SELECT", "orglogin.profiles", "no row", "no row",
		},
		{
			"a function that does not answer", `CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) RETURNS TABLE (slug text, subdomain_status text)
				LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT NULL::text, NULL::text WHERE false'`,
			"subdomain", "functions of schema api do not answer it", "api.get_subdomain_info_for_redirect", "acme api.get_subdomain_info_for_redirect returns no slug", "acme verified",
		},
		{
			"a function that returns a slug that finds no organization", `CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) RETURNS TABLE (slug text, subdomain_status text)
				LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT 'ghost', 'verified' $$`,
			"subdomain", "functions of schema api do not answer it", "api.get_subdomain_info_for_redirect", `returns the slug "ghost", by which api.get_organization_by_slug does not find`, "acme verified",
		},
		{
			"a function that fails", `CREATE OR REPLACE FUNCTION api.get_memberships() RETURNS TABLE (organization_id uuid, name text, slug text, subdomain_status text, role text)
				LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE 'out of order'; END $$`,
			"profile", "the lookup of the service fails", "DROP FUNCTION api.get_memberships();\nrun: orglogin migrate", "out of order", "1 row",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			db := pgtest.New(t)
			people(t, db)
			user := arrive(t, open(t, db.Runtime), ann).Snapshot.Profile.ID
			execute(t, db.Owner, c.breaks)
			before := counts(t, db)
			got := firstFailure(t, examiner(t, db, db.Runtime), user)
			if got.Name != c.link || !strings.Contains(got.Detail, c.detail) || !strings.Contains(got.Fix, c.fix) ||
				!strings.Contains(got.Service, c.service) || !strings.Contains(got.OwnClaims, c.own) {
				t.Errorf("got %+v", got)
			}
			if after := counts(t, db); after != before {
				t.Errorf("it changed the database from %s to %s", before, after)
			}
		})
	}
	t.Run("an unknown person", func(t *testing.T) {
		db := pgtest.New(t)
		for _, id := range []string{"", store.NewID(), "' OR true"} {
			links, err := examiner(t, db, db.Runtime).Chain(t.Context(), id)
			if err != nil || len(links) != 6 || links[1].OK || !strings.Contains(links[1].Detail, "profile row is missing") {
				t.Errorf("%q: got %+v, %v", id, links, err)
			}
		}
	})
}

func counts(t *testing.T, db pgtest.Database) string {
	return strings.Join(list(t, db.Superuser, `SELECT relname || n_live FROM (
SELECT c.relname, (xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM orglogin.' || c.relname, false, true, '')))[1]::text AS n_live
FROM pg_class AS c WHERE c.relnamespace = 'orglogin'::regnamespace AND c.relkind = 'r') AS x ORDER BY 1`), " ")
}

func TestDoctorListsEverybodyWhoseChainIsBroken(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, `UPDATE orglogin.organizations SET subdomain_status = 'failed' WHERE slug = 'umbra'`)
	e := examiner(t, db, db.Runtime)
	got := map[string]string{}
	for p, err := range e.Failures(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got[p.Email] = p.Link.Name
	}
	if len(got) != 2 || got[bob.Email] != "subdomain" || got[cleo.Email] != "membership" {
		t.Errorf("got %v", got)
	}
	for range e.Failures(t.Context()) {
		break // stopping early is fine
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for p, err := range e.Failures(cancelled) {
		if err == nil {
			t.Errorf("got %+v without a database", p)
		}
	}
}

// What is the same for everybody.
func TestDoctorChecksTheDatabase(t *testing.T) {
	cases := []struct {
		name, breaks string // as the superuser
		check        string
		detail, fix  string
	}{
		{"a healthy database", ``, "", "", ""},
		{
			"a function without SECURITY DEFINER", `ALTER FUNCTION api.get_organization_by_slug(text) SECURITY INVOKER`,
			"functions", "api.get_organization_by_slug(text) is not SECURITY DEFINER", "ALTER FUNCTION api.get_organization_by_slug(text) SECURITY DEFINER",
		},
		{
			"a function with a mutable search_path", `ALTER FUNCTION api.take_flow(text, timestamptz) RESET search_path`,
			"functions", "api.take_flow(text,timestamp with time zone) has a mutable search_path", "SET search_path = pg_catalog, pg_temp",
		},
		{
			"a function with another search_path, as SECURITY INVOKER", `ALTER FUNCTION api.get_profile() SET search_path = ''`,
			"functions", `api.get_profile() has search_path = ""`, "ALTER FUNCTION api.get_profile() SET search_path = pg_catalog, pg_temp",
		},
		{
			"a function that PUBLIC may call", `GRANT EXECUTE ON FUNCTION api.sweep() TO PUBLIC`,
			"functions", "api.sweep() is SECURITY DEFINER and PUBLIC may call it", "REVOKE EXECUTE ON FUNCTION api.sweep() FROM PUBLIC",
		},
		{
			"a function that is gone", `DROP FUNCTION api.get_invitations(timestamptz)`,
			"functions", "api.get_invitations(timestamptz) is missing", "orglogin migrate",
		},
		{
			"a function that an operator replaced with another result", `DROP FUNCTION orglogin.read_organization(uuid);
				CREATE FUNCTION orglogin.read_organization(p_id uuid) RETURNS TABLE (name text, slug text, status text)
				LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT 'Acme', 'acme', 'verified' $$;
				ALTER FUNCTION orglogin.read_organization(uuid) OWNER TO owner; GRANT EXECUTE ON FUNCTION orglogin.read_organization(uuid) TO orglogin_service`,
			"functions", "orglogin.read_organization(uuid) returns TABLE(name text, slug text, status text), not TABLE(", "DROP FUNCTION orglogin.read_organization(uuid);",
		},
		{
			"a function that an operator replaced with other arguments", `DROP FUNCTION orglogin.lock_profile(uuid);
				CREATE FUNCTION orglogin.lock_profile(p_id text) RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$ SELECT $$;
				ALTER FUNCTION orglogin.lock_profile(text) OWNER TO owner`,
			"functions", "orglogin.lock_profile(uuid) is missing", "DROP FUNCTION orglogin.lock_profile(text);",
		},
		{
			"a function that is SECURITY DEFINER and must not be", `ALTER FUNCTION orglogin.read_profile(uuid) SECURITY DEFINER`,
			"functions", "orglogin.read_profile(uuid) is SECURITY DEFINER", "ALTER FUNCTION orglogin.read_profile(uuid) SECURITY INVOKER",
		},
		{
			"a function of a superuser", `ALTER FUNCTION api.sweep() OWNER TO postgres`,
			"functions", "belongs to postgres", "OWNER TO orglogin_definer",
		},
		{
			"a function that the service may not call", `REVOKE EXECUTE ON FUNCTION api.get_memberships() FROM orglogin_service`,
			"functions", "api.get_memberships() may not be called by the service", "GRANT EXECUTE",
		},
		{
			"a table without forced policies", `ALTER TABLE orglogin.sessions NO FORCE ROW LEVEL SECURITY`,
			"row-level security", "orglogin.sessions", "FORCE ROW LEVEL SECURITY",
		},
		{
			"a schema to create in", `GRANT CREATE ON SCHEMA public TO PUBLIC`,
			"rights", "create in schema public", "REVOKE CREATE ON SCHEMA public",
		},
		{
			"a table to truncate", `GRANT TRUNCATE ON orglogin.flows TO orglogin_service`,
			"rights", "truncate or reference orglogin.flows", "REVOKE TRUNCATE",
		},
		{
			"temporary objects for PUBLIC", `DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$`,
			"rights", "may make temporary objects (TEMPORARY on the database, granted to PUBLIC)", " FROM PUBLIC",
		},
		{
			"temporary objects for the service", `DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO orglogin_service', current_database()); END $$`,
			"rights", "granted to orglogin_service", " FROM orglogin_service",
		},
		{
			"an auth.uid() that reads something else", `CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$`,
			"claims", "do not answer the sub", "request.jwt.claims",
		},
		{
			"a schema that is behind", `DELETE FROM orglogin.schema_versions WHERE version_id = (SELECT max(version_id) FROM orglogin.schema_versions)`,
			"schema", "behind", "orglogin migrate",
		},
	}
	failed := func(t *testing.T, e *postgres.Examiner) store.Check {
		t.Helper()
		checks, err := e.Database(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			if !c.OK {
				return c
			}
		}
		if len(checks) != 11 {
			t.Errorf("got %d checks", len(checks))
		}
		return store.Check{}
	}
	want := func(t *testing.T, got store.Check, name, detail, fix string) {
		t.Helper()
		if got.Name != name || !strings.Contains(got.Detail, detail) || !strings.Contains(got.Fix, fix) {
			t.Errorf("got %+v", got)
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			db := pgtest.New(t)
			execute(t, db.Superuser, c.breaks)
			want(t, failed(t, examiner(t, db, db.Runtime)), c.check, c.detail, c.fix)
		})
	}
	t.Run("a runtime role with BYPASSRLS", func(t *testing.T) {
		db := pgtest.New(t)
		execute(t, db.Superuser, `CREATE ROLE past_everything LOGIN BYPASSRLS IN ROLE orglogin_service`)
		t.Cleanup(func() { execute(t, db.Server.Database("postgres").Superuser, `DROP ROLE past_everything`) })
		want(t, failed(t, examiner(t, db, db.Server.URL("past_everything", db.Name))), "role", "BYPASSRLS", "NOBYPASSRLS")
	})
	t.Run("a runtime role that does not inherit", func(t *testing.T) {
		db := pgtest.New(t)
		execute(t, db.Superuser, `CREATE ROLE heirless LOGIN NOINHERIT IN ROLE orglogin_service`)
		t.Cleanup(func() { execute(t, db.Server.Database("postgres").Superuser, `DROP ROLE heirless`) })
		want(t, failed(t, examiner(t, db, db.Server.URL("heirless", db.Name))), "schema", "not granted", `ALTER ROLE "heirless" INHERIT; GRANT orglogin_service TO "heirless"`)
	})
	t.Run("a database that does not answer", func(t *testing.T) {
		db := pgtest.New(t)
		port, err := pgtest.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		away := *db.Server
		away.Port = port
		want(t, failed(t, examiner(t, db, away.URL("runtime", db.Name))), "database", "connect", "DATABASE_URL")
	})
}
