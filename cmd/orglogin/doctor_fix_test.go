package main

import (
	stdsql "database/sql"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/doctor"
	"orglogin/store/postgres/pgtest"
)

// fault is one broken setup: it is broken, doctor is asked, its fix is followed
// as it is printed, and doctor is asked again.
type fault struct {
	name   string
	on     string // the template database: ours by default, or theirs
	breaks string // SQL as the superuser, or in SQLite
	email  bool   // doctor --email ann@acme.test, not the site
	check  string // the first that fails
	detail string // a part of its text
	fix    string // a part of its text
	// by is SQL that follows a fix of which a human must decide something. The
	// fix must hold no command then.
	by string
}

const hidden = "hidden from the person's own claims by row-level security"

var databaseFaults = []fault{
	// One person.
	{
		name: "no identity", breaks: `DELETE FROM orglogin.identities`, email: true, check: "identity", detail: "row in identities is missing", fix: "sign in once",
		by: `INSERT INTO orglogin.identities (issuer, subject, profile_id) SELECT 'https://op.test', 'ann', id FROM orglogin.profiles`,
	},
	{
		name: "an identity bound to another profile of the address", email: true, check: "identity", detail: "is bound to profile 0b000000-0000-4000-8000-00000000000b", fix: "DELETE FROM orglogin.profiles",
		breaks: `INSERT INTO orglogin.profiles (id, email, created_at) VALUES ('0b000000-0000-4000-8000-00000000000b', 'ann@acme.test', now() + interval '1 hour');
			UPDATE orglogin.identities SET profile_id = '0b000000-0000-4000-8000-00000000000b'`,
	},
	{name: "a disabled person", breaks: `UPDATE orglogin.profiles SET disabled = true`, email: true, check: "profile", detail: "disabled", fix: `"disabled":false`},
	{name: "no membership", breaks: `DELETE FROM orglogin.memberships`, email: true, check: "membership", detail: "replace SLUG", fix: "orglogin import -"},
	{name: "an inactive membership", breaks: `UPDATE orglogin.memberships SET active = false`, email: true, check: "membership", detail: "not active", fix: `"active":true`},
	{
		name: "no organization", email: true, check: "organization", detail: "organization row is missing", fix: "DELETE FROM orglogin.memberships",
		breaks: `INSERT INTO orglogin.organizations (slug, name, subdomain_status) VALUES ('umbra', 'Umbra', 'verified');
			INSERT INTO orglogin.workspaces (organization_id, name) SELECT id, name FROM orglogin.organizations WHERE slug = 'umbra';
			ALTER TABLE orglogin.memberships DROP CONSTRAINT memberships_organization_fkey; DELETE FROM orglogin.organizations WHERE slug = 'acme'`,
	},
	{name: "no workspace", breaks: `DELETE FROM orglogin.workspaces`, email: true, check: "workspace", detail: "no workspace", fix: "orglogin import -"},
	{name: "a pending subdomain", breaks: `UPDATE orglogin.organizations SET subdomain_status = 'pending'`, email: true, check: "subdomain", detail: "acme pending", fix: `"verified"`},
	{
		name: "a policy that hides the profile", email: true, check: "profile", detail: hidden + `: policy "only by tenant"`, fix: `DROP POLICY "only by tenant"`,
		breaks: `CREATE POLICY "only by tenant" ON orglogin.profiles AS RESTRICTIVE FOR SELECT TO orglogin_service USING (false)`,
	},
	{
		name: "a policy that hides the membership", email: true, check: "membership", detail: `policy "own"`, fix: "CREATE POLICY own ON orglogin.memberships",
		breaks: `ALTER POLICY own ON orglogin.memberships USING (organization_id::text = (SELECT auth.jwt()) ->> 'org_id')`,
	},
	{
		name: "a policy that hides the organization", email: true, check: "organization", detail: `policy "member"`, fix: "CREATE POLICY member ON orglogin.organizations",
		breaks: `ALTER POLICY member ON orglogin.organizations USING (id::text = (SELECT auth.jwt()) ->> 'org_id')`,
	},
	{name: "no policy for the profile", breaks: `DROP POLICY own ON orglogin.profiles`, email: true, check: "profile", detail: "no policy lets", fix: "CREATE POLICY own ON orglogin.profiles"},
	{
		name: "a function that answers nothing", email: true, check: "subdomain", detail: "do not answer", fix: "DROP FUNCTION api.get_subdomain_info_for_redirect(uuid);",
		breaks: replaced(`SELECT NULL::text, NULL::text WHERE false`),
	},
	{
		name: "a function that answers another slug", email: true, check: "subdomain", detail: `returns the slug "elsewhere", by which api.get_organization_by_slug does not find this organization`, fix: "DROP FUNCTION api.get_subdomain_info_for_redirect(uuid);",
		breaks: replaced(`SELECT 'elsewhere', 'verified'`),
	},
	{
		name: "a function that answers pending", email: true, check: "subdomain", detail: "acme pending", fix: "DROP FUNCTION api.get_subdomain_info_for_redirect(uuid);",
		breaks: replaced(`SELECT 'acme', 'pending'`),
	},
	{
		name: "a function that fails", email: true, check: "profile", detail: "division by zero", fix: "DROP FUNCTION api.get_subdomain_info_for_redirect(uuid);",
		breaks: replaced(`SELECT 'acme', (1 / (random() * 0)::integer)::text`),
	},

	// The site.
	{
		name: "all profiles hidden", breaks: `CREATE POLICY hide ON orglogin.profiles AS RESTRICTIVE FOR SELECT TO orglogin_service USING (false)`,
		check: "sign-in", detail: hidden, fix: "DROP POLICY hide ON orglogin.profiles;",
	},
	{
		name: "a policy that raises an error", breaks: `CREATE POLICY raise ON orglogin.profiles FOR SELECT TO orglogin_service USING ((1 / (length(email) * 0)) = 1)`,
		check: "sign-in", detail: "division by zero", fix: `DROP POLICY "raise" ON orglogin.profiles;`,
	},
	{
		name: "a policy for everyone that raises an error", breaks: `CREATE POLICY raise ON orglogin.memberships USING ((1 / (length(role) * 0)) = 1)`,
		check: "sign-in", detail: "division by zero", fix: `DROP POLICY "raise" ON orglogin.memberships;`,
	},
	{
		name: "USAGE on schema api revoked", breaks: `REVOKE USAGE ON SCHEMA api FROM orglogin_service`,
		check: "grants", detail: "orglogin_service has no USAGE on SCHEMA api", fix: "GRANT USAGE ON SCHEMA api TO orglogin_service;",
	},
	{
		name: "USAGE on schema orglogin revoked", breaks: `REVOKE USAGE ON SCHEMA orglogin FROM orglogin_service`,
		check: "schema", detail: "permission denied", fix: "GRANT USAGE ON SCHEMA orglogin TO orglogin_service;",
	},
	{name: "USAGE on schema auth revoked", breaks: `REVOKE USAGE ON SCHEMA auth FROM orglogin_service`, check: "claims", detail: "permission denied", fix: "GRANT USAGE ON SCHEMA auth"},
	{
		name: "SELECT on the profiles revoked", breaks: `REVOKE SELECT ON orglogin.profiles FROM orglogin_service`,
		check: "grants", detail: "orglogin_service has no SELECT on orglogin.profiles", fix: "GRANT SELECT ON orglogin.profiles TO orglogin_service;",
	},
	{
		name: "INSERT of sessions revoked", breaks: `REVOKE INSERT ON orglogin.sessions FROM orglogin_definer`,
		check: "grants", detail: "orglogin_definer has no INSERT on orglogin.sessions", fix: "GRANT INSERT ON orglogin.sessions TO orglogin_definer;",
	},
	{
		name: "a trigger that was dropped", breaks: `DROP TRIGGER notify ON orglogin.memberships`,
		check: "triggers", detail: "trigger notify on orglogin.memberships is missing", fix: "CREATE TRIGGER notify AFTER UPDATE ON orglogin.memberships FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)",
	},
	{
		name: "a trigger for TRUNCATE that was dropped", breaks: `DROP TRIGGER notify_truncated ON orglogin.sessions`,
		check: "triggers", detail: "trigger notify_truncated on orglogin.sessions is missing", fix: "CREATE TRIGGER notify_truncated AFTER TRUNCATE ON orglogin.sessions",
	},
	{
		name: "a trigger that is disabled", breaks: `ALTER TABLE orglogin.profiles DISABLE TRIGGER notify`,
		check: "triggers", detail: "trigger notify on orglogin.profiles is disabled", fix: "ENABLE TRIGGER notify;",
	},
	{
		name: "a function without SECURITY DEFINER", breaks: `ALTER FUNCTION api.get_organization_by_slug(text) SECURITY INVOKER`,
		check: "functions", detail: "is not SECURITY DEFINER", fix: "ALTER FUNCTION api.get_organization_by_slug(text) SECURITY DEFINER;",
	},
	{
		name: "a function with another search_path", breaks: `ALTER FUNCTION api.take_flow(text, timestamptz) SET search_path = ''`,
		check: "functions", detail: `has search_path = ""`, fix: "SET search_path = pg_catalog, pg_temp;",
	},
	{name: "a function that PUBLIC may call", breaks: `GRANT EXECUTE ON FUNCTION api.sweep() TO PUBLIC`, check: "functions", detail: "PUBLIC may call it", fix: "REVOKE EXECUTE ON FUNCTION api.sweep() FROM PUBLIC;"},
	{
		name: "a function that the service may not call", breaks: `REVOKE EXECUTE ON FUNCTION api.get_memberships() FROM orglogin_service`,
		check: "functions", detail: "may not be called by the service", fix: "GRANT EXECUTE ON FUNCTION api.get_memberships() TO orglogin_service;",
	},
	{name: "a function of a superuser", breaks: `ALTER FUNCTION api.sweep() OWNER TO postgres`, check: "functions", detail: "belongs to postgres", fix: "OWNER TO orglogin_definer;"},
	{name: "a function that was dropped", breaks: `DROP FUNCTION api.get_invitations(timestamptz)`, check: "functions", detail: "api.get_invitations(timestamptz) is missing", fix: "run: orglogin migrate"},
	{
		name: "a function with other arguments", breaks: `DROP FUNCTION api.take_flow(text, timestamptz); CREATE FUNCTION api.take_flow(p_id text) RETURNS boolean
			LANGUAGE sql SET search_path = pg_catalog, pg_temp AS 'SELECT true'; ALTER FUNCTION api.take_flow(text) OWNER TO owner`,
		check: "functions", detail: "api.take_flow(text,timestamptz) is missing", fix: "DROP FUNCTION api.take_flow(text);",
	},
	{
		name: "a table without forced row-level security", breaks: `ALTER TABLE orglogin.profiles NO FORCE ROW LEVEL SECURITY`,
		check: "row-level security", detail: "orglogin.profiles", fix: "ALTER TABLE orglogin.profiles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
	},
	{name: "a schema to create in", breaks: `GRANT CREATE ON SCHEMA public TO PUBLIC`, check: "rights", detail: "create in schema public", fix: "REVOKE CREATE ON SCHEMA public"},
	{name: "a table to truncate", breaks: `GRANT TRUNCATE ON orglogin.flows TO orglogin_service`, check: "rights", detail: "truncate or reference orglogin.flows", fix: "REVOKE TRUNCATE"},
	{
		name: "temporary objects for PUBLIC", breaks: `DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$`,
		check: "rights", detail: "temporary objects", fix: "REVOKE TEMPORARY ON DATABASE",
	},
	{
		name: "an auth.uid() that reads something else", check: "claims", detail: "do not answer the sub", fix: "CREATE OR REPLACE FUNCTION auth.uid()",
		breaks: `CREATE OR REPLACE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$`,
	},
	{
		name: "a schema that is too far ahead", breaks: `INSERT INTO orglogin.schema_versions (version_id, is_applied, oldest_program) VALUES (99, true, 99)`,
		check: "schema", detail: "ahead", fix: "start the version of orglogin", by: `DELETE FROM orglogin.schema_versions WHERE version_id = 99`,
	},
	{name: "a database that was not migrated", on: "template1", breaks: `SELECT 1`, check: "schema", detail: "behind", fix: "run: orglogin migrate"},

	// An operator's own tables.
	{
		name: "a disabled person of theirs", on: "theirs", breaks: `UPDATE public.user_profiles SET is_active = false`, email: true, check: "profile", detail: "disabled",
		fix: "in public.user_profiles, make the row of profile a0000000-0000-4000-8000-000000000001 active", by: `UPDATE public.user_profiles SET is_active = true WHERE id = 'a0000000-0000-4000-8000-000000000001'`,
	},
	{
		name: "an inactive membership of theirs", on: "theirs", breaks: `UPDATE public.user_organizations SET status = 'gone'`, email: true, check: "membership", detail: "not active",
		fix: "in public.user_organizations", by: `UPDATE public.user_organizations SET status = 'active'`,
	},
	{
		name: "a pending subdomain of theirs", on: "theirs", breaks: `UPDATE public.organizations_projection SET subdomain_status = 'pending'`, email: true, check: "subdomain", detail: "acme pending",
		fix: "in public.organizations_projection, set the subdomain status to verified", by: `UPDATE public.organizations_projection SET subdomain_status = 'verified'`,
	},
	{
		name: "a function of theirs without SECURITY DEFINER", on: "theirs", breaks: `ALTER FUNCTION api.get_memberships() SECURITY INVOKER; GRANT EXECUTE ON FUNCTION public.get_current_org_id() TO PUBLIC`,
		email: true, check: "organization", detail: `policy "tenant"`, fix: "ALTER FUNCTION api.get_memberships() SECURITY DEFINER;",
	},
	{name: "a trigger of theirs that was dropped", on: "theirs", breaks: `DROP TRIGGER orglogin_changed ON public.user_organizations`, check: "triggers", detail: "user_organizations has no trigger that calls orglogin.notify_", fix: "foreign.sql"},
	{name: "a trigger of theirs that is disabled", on: "theirs", breaks: `ALTER TABLE public.user_profiles DISABLE TRIGGER orglogin_changed`, check: "triggers", detail: "is disabled", fix: "ENABLE TRIGGER orglogin_changed;"},
	{name: "a function of theirs that was dropped", on: "theirs", breaks: `DROP FUNCTION api.get_memberships()`, check: "functions", detail: "api.get_memberships() is missing", fix: "foreign.sql"},
}

// replaced is an operator's own api.get_subdomain_info_for_redirect.
func replaced(query string) string {
	return `CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) RETURNS TABLE (slug text, subdomain_status text)
		LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ ` + query + ` $$`
}

func (c *cluster) testFixes(t *testing.T) {
	for _, f := range databaseFaults {
		t.Run(f.name, func(t *testing.T) {
			template := f.on
			if template == "" {
				template = "ours"
			}
			db := c.like(t, template)
			c.execute(t, db.Name, f.breaks)
			f.followed(t, func(args ...string) doctor.Report { return c.doctor(t, db, args...) }, func(action string) { c.follow(t, db, action) },
				func(sql string) { c.execute(t, db.Name, sql) })
		})
	}
}

// followed asks doctor, follows the fix and asks again.
func (f fault) followed(t *testing.T, doctor func(args ...string) doctor.Report, follow, decide func(string)) {
	t.Helper()
	var args []string
	if f.email {
		args = []string{"--email", "ann@acme.test"}
	}
	r := doctor(args...)
	wantFailed(t, r, f.check, f.detail, f.fix)
	for _, finding := range r.Checks {
		if finding.OK || finding.Name != f.check {
			continue
		}
		if f.by != "" {
			if strings.Contains(finding.Fix, "run") {
				t.Errorf("it is a command: %s", finding.Fix)
			}
			decide(f.by)
			continue
		}
		for action := range strings.SplitSeq(strings.ReplaceAll(finding.Fix, "SLUG", followedSlug(f)), "\n") {
			follow(action)
		}
	}
	if again := doctor(args...); !again.OK {
		t.Errorf("after the fix %+v\nit found %+v", r.Checks, again.Checks)
	}
}

// followedSlug is the organization that a human would name.
func followedSlug(f fault) string {
	if f.check == "organization" {
		return "umbra"
	}
	return "acme"
}

// follow does what one line of a fix says.
func (c *cluster) follow(t *testing.T, db pgtest.Database, action string) {
	t.Helper()
	if sql, ok := strings.CutPrefix(action, "run as the owner: "); ok {
		c.execute(t, db.Name, "SET ROLE owner; "+sql)
		return
	}
	if sql, ok := strings.CutPrefix(action, "run as a superuser: "); ok {
		c.execute(t, db.Name, sql)
		return
	}
	env := maps.Clone(c.env)
	env["DATABASE_URL"], env["DATABASE_ADMIN_URL"] = db.Runtime, db.Owner
	runShell(t, action, env)
}

// runShell runs the command of a fix where foreign.sql is.
func runShell(t *testing.T, action string, env map[string]string) {
	t.Helper()
	command, ok := strings.CutPrefix(action, "run: ")
	if !ok {
		t.Fatalf("no one can follow %q", action)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir = filepath.Join("..", "..", "store", "postgres")
	// With the race detector a program sleeps for a second at its end.
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	for name, value := range env {
		cmd.Env = append(cmd.Env, config.Prefix+name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func (c *cluster) testRolesThatPoliciesDoNotBind(t *testing.T) {
	for _, f := range []struct{ name, options, check, detail, fix string }{
		{"past_everything", "BYPASSRLS", "role", "BYPASSRLS", "NOBYPASSRLS"},
		{"maker", "CREATEROLE", "role", "CREATEROLE", "NOCREATEROLE"},
		{"heirless", "NOINHERIT", "schema", "not granted", "INHERIT"},
	} {
		t.Run(f.name, func(t *testing.T) {
			db := c.like(t, "ours")
			c.execute(t, db.Name, `CREATE ROLE `+f.name+` LOGIN `+f.options+` IN ROLE orglogin_service`)
			db.Runtime = c.URL(f.name, db.Name)
			fault{check: f.check, detail: f.detail, fix: f.fix}.followed(t,
				func(args ...string) doctor.Report { return c.doctor(t, db, args...) }, func(action string) { c.follow(t, db, action) }, nil)
		})
	}
	t.Run("a database that does not answer", func(t *testing.T) {
		port, err := pgtest.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		other := *c.Server
		other.Port = port
		wantFailed(t, c.doctor(t, other.Database("ours")), "database", "connect", "DATABASE_URL")
	})
}

// TestFixesOnSQLite is the table for SQLite, the configuration and the provider.
func TestFixesOnSQLite(t *testing.T) {
	provider, issuer := startProvider()
	t.Cleanup(provider.Close)
	c := &cluster{env: environ(t, map[string]string{
		"PUBLIC_URL": "http://login.example.localhost:8080", "APP_URL": "http://app.example.localhost:8080",
		"BASE_DOMAIN": "example.localhost", "OIDC_ISSUER": issuer,
	})}
	template := filepath.Join(t.TempDir(), "orglogin.db")
	migrated := pgtest.Database{Runtime: "sqlite:" + template}
	c.must(t, migrated, "", "migrate")
	c.must(t, migrated, annOfAcme, "import", "-")
	content, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []fault{
		{name: "an identity of a deleted profile", breaks: `PRAGMA foreign_keys = 0; INSERT INTO identities (issuer, subject, profile_id, created_at)
			SELECT issuer, 'lost', '0b000000-0000-4000-8000-00000000000b', created_at FROM identities`, check: "integrity", detail: "identities refer to missing rows of profiles", fix: "DELETE FROM identities"},
		{name: "a disabled person", breaks: `UPDATE profiles SET disabled = 1`, email: true, check: "profile", detail: "disabled", fix: `"disabled":false`},
		{name: "an inactive membership", breaks: `UPDATE memberships SET active = 0`, email: true, check: "membership", detail: "not active", fix: `"active":true`},
		{name: "no workspace", breaks: `DELETE FROM workspaces`, email: true, check: "workspace", detail: "no workspace", fix: "orglogin import -"},
		{name: "a pending subdomain", breaks: `UPDATE organizations SET subdomain_status = 'pending'`, email: true, check: "subdomain", detail: "acme pending", fix: `"verified"`},
	} {
		t.Run(f.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "orglogin.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			db := pgtest.Database{Runtime: "sqlite:" + path}
			execute := func(statements string) {
				t.Helper()
				file, err := stdsql.Open("sqlite", path)
				if err != nil {
					t.Fatal(err)
				}
				defer file.Close()
				file.SetMaxOpenConns(1)
				if _, err := file.Exec(statements); err != nil {
					t.Fatal(err)
				}
			}
			execute(f.breaks)
			f.followed(t, func(args ...string) doctor.Report { return c.doctor(t, db, args...) }, func(action string) {
				if statements, ok := strings.CutPrefix(action, "run in SQLite: "); ok {
					execute(statements)
					return
				}
				env := maps.Clone(c.env)
				env["DATABASE_URL"] = db.Runtime
				runShell(t, action, env)
			}, nil)
		})
	}
}
