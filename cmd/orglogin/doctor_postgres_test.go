package main

import (
	"strings"
	"testing"

	"orglogin/store/postgres/pgtest"
)

// testFailedChains builds every way in which the chain of one person breaks.
func (c *cluster) testFailedChains(t *testing.T) {
	for _, test := range []struct {
		name, breaks string
		link         string
		detail, fix  string // parts of the texts
	}{
		{"a sound chain", ``, "", "", ""},
		{"no identity", `DELETE FROM orglogin.identities`, "identity", "row in identities is missing", "sign in once"},
		{"no profile", `DELETE FROM orglogin.profiles`, "identity", "no profile has this address", "sign in once"},
		{"no membership", `DELETE FROM orglogin.memberships`, "membership", "row is missing", "orglogin import"},
		{"an inactive membership", `UPDATE orglogin.memberships SET active = false`, "membership", "not active", `"active":true`},
		{
			"no organization", `ALTER TABLE orglogin.memberships DROP CONSTRAINT memberships_organization_fkey; DELETE FROM orglogin.organizations`,
			"organization", "organization row is missing", "orglogin import",
		},
		{"no workspace", `DELETE FROM orglogin.workspaces`, "workspace", "no workspace", "orglogin import"},
		{"a pending subdomain", `UPDATE orglogin.organizations SET subdomain_status = 'pending'`, "subdomain", "acme pending", `"verified"`},
		{
			"a policy that hides the profile", `CREATE POLICY "only by tenant" ON orglogin.profiles AS RESTRICTIVE FOR SELECT TO orglogin_service USING (false)`,
			"profile", `hidden from the person's own claims by row-level security: policy "only by tenant"`, "orglogin.profiles",
		},
		{
			"a policy that hides the membership", `ALTER POLICY own ON orglogin.memberships USING (organization_id::text = (SELECT auth.jwt()) ->> 'org_id')`,
			"membership", `policy "own"`, "orglogin.memberships",
		},
		{
			"a policy that hides the organization", `ALTER POLICY member ON orglogin.organizations USING (id::text = (SELECT auth.jwt()) ->> 'org_id')`,
			"organization", `policy "member"`, "orglogin.organizations",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := c.like(t, "ours")
			if test.breaks != "" {
				c.execute(t, db.Name, test.breaks)
			}
			wantFailed(t, c.doctor(t, db, "--email", "Ann@acme.test"), test.link, test.detail, test.fix)
			if got := c.orglogin(t, db, "", "doctor", "--all"); test.link != "" && test.name != "no profile" {
				if got.status != exitFailed || !strings.HasPrefix(got.stdout, "ann@acme.test (profile ") || !strings.Contains(got.stdout, "\n"+test.link+": ") {
					t.Errorf("--all got %+v", got)
				}
			} else if got.status != exitDone {
				t.Errorf("--all got %+v", got)
			}
		})
	}
}

func (c *cluster) testSomebodyElsesTables(t *testing.T) {
	db := c.like(t, "theirs")
	t.Run("everything is sound", func(t *testing.T) {
		wantFailed(t, c.doctor(t, db), "", "", "")
		wantFailed(t, c.doctor(t, db, "--email", "ann@acme.test"), "", "", "")
	})
	t.Run("what the old policy hides from the person's own claims is told", func(t *testing.T) {
		got := c.must(t, db, "", "doctor", "--email", "ann@acme.test")
		if !strings.Contains(got, `policy "tenant"`) || !strings.Contains(got, "SECURITY DEFINER") || !strings.HasSuffix(got, "\nok\n") {
			t.Error(got)
		}
	})
	t.Run("a person without a profile row is told so", func(t *testing.T) {
		c.execute(t, db.Name, `DELETE FROM public.user_profiles`)
		wantFailed(t, c.doctor(t, db, "--email", "ann@acme.test"), "identity", "nobody has this address: the profile row is missing", "sign in once")
	})
}

// testBrokenDatabases builds what breaks everybody's logins.
func (c *cluster) testBrokenDatabases(t *testing.T) {
	for _, test := range []struct {
		name, breaks string
		check        string
		detail, fix  string
	}{
		{"a sound database", ``, "", "", ""},
		{
			"a function without SECURITY DEFINER", `ALTER FUNCTION api.get_subdomain_info_for_redirect(uuid) SECURITY INVOKER`,
			"functions", "api.get_subdomain_info_for_redirect(uuid) is not SECURITY DEFINER", "SECURITY DEFINER",
		},
		{
			"a function with a mutable search_path", `ALTER FUNCTION api.get_organization_by_slug(text) RESET search_path`,
			"functions", "mutable search_path", "SET search_path = pg_catalog, pg_temp",
		},
		{
			"a table without forced row-level security", `ALTER TABLE orglogin.profiles NO FORCE ROW LEVEL SECURITY`,
			"row-level security", "orglogin.profiles", "FORCE ROW LEVEL SECURITY",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := c.like(t, "ours")
			if test.breaks != "" {
				c.execute(t, db.Name, test.breaks)
			}
			wantFailed(t, c.doctor(t, db), test.check, test.detail, test.fix)
			wantFailed(t, c.doctor(t, db, "--email", "ann@acme.test"), test.check, test.detail, test.fix)
		})
	}
	t.Run("a service role with BYPASSRLS", func(t *testing.T) {
		db := c.like(t, "ours")
		c.execute(t, db.Name, `CREATE ROLE past_everything LOGIN BYPASSRLS IN ROLE orglogin_service`)
		db.Runtime = c.URL("past_everything", db.Name)
		wantFailed(t, c.doctor(t, db), "role", "BYPASSRLS", "NOBYPASSRLS")
		wantFailed(t, c.doctor(t, db, "--email", "ann@acme.test"), "role", "BYPASSRLS", "NOBYPASSRLS")
	})
	t.Run("a database that was not migrated", func(t *testing.T) {
		wantFailed(t, c.doctor(t, c.like(t, "template1")), "schema", "behind", "orglogin migrate")
	})
	t.Run("a database that is away", func(t *testing.T) {
		port, err := pgtest.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		away := *c.Server
		away.Port = port
		wantFailed(t, c.doctor(t, away.Database("ours")), "database", "connect", "DATABASE_URL")
	})
}

// testServiceRoleAlone runs commands where DATABASE_ADMIN_URL was forgotten.
func (c *cluster) testServiceRoleAlone(t *testing.T) {
	db := c.like(t, "ours")
	db.Owner = ""
	for _, args := range [][]string{
		{"import", "-"},
		{"invite", "--organization", "acme", "--email", "bob@acme.test"},
		{"sessions", "--email", "ann@acme.test"},
		{"explain", "--email", "ann@acme.test"},
		{"explain", "--receipt", "aaaaaaaaaaaaaaaa"},
		{"doctor", "--email", "ann@acme.test"},
		{"doctor", "--all"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			got := c.orglogin(t, db, annOfAcme, args...)
			if got.status != exitFailed || !strings.Contains(got.stderr, "write the owner's URL in ORGLOGIN_DATABASE_ADMIN_URL") || got.stdout != "" {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("doctor checks the site as the service sees it", func(t *testing.T) {
		wantFailed(t, c.doctor(t, db), "", "", "")
	})
}
