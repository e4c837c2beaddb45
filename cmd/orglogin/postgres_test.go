package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/doctor"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// cluster is a PostgreSQL with two templates: one that orglogin made, with Ann
// of Acme, and one with foreign tables.
type cluster struct {
	*pgtest.Server
	env map[string]string // of every command, without the database
	n   atomic.Int64
}

const annOfAcme = `{
  "organizations": [{"slug": "acme", "name": "Acme", "subdomain_status": "verified"}],
  "users": [{"email": "ann@acme.test", "name": "Ann", "issuer": "https://op.test", "subject": "ann"}],
  "memberships": [{"organization": "acme", "email": "ann@acme.test", "role": "owner"}]
}`

func newCluster(t *testing.T) *cluster {
	t.Helper()
	server := pgtest.StartServer(t)
	idp := httptest.NewUnstartedServer(nil)
	issuer := "http://" + idp.Listener.Addr().String()
	idp.Config.Handler = fakeidp.New(fakeidp.Config{Issuer: issuer, ClientID: "client", ClientSecret: "secret"})
	idp.Start()
	t.Cleanup(idp.Close)
	c := &cluster{Server: server, env: environ(t, map[string]string{
		"PUBLIC_URL": "http://login.example.localhost:8080", "APP_URL": "http://app.example.localhost:8080",
		"BASE_DOMAIN": "example.localhost", "OIDC_ISSUER": issuer,
	})}

	ours := c.create(t, "ours", "template1")
	c.must(t, ours, "", "migrate")
	c.must(t, ours, annOfAcme, "import", "-")

	theirs := c.create(t, "theirs", "template1")
	c.execute(t, theirs.Name, `GRANT CREATE ON SCHEMA public TO owner; SET ROLE owner; `+sql(t, "testdata/foreign.sql"))
	c.must(t, theirs, "", "migrate")
	c.execute(t, theirs.Name, `SET ROLE owner; `+sql(t, "foreign.sql"))
	c.execute(t, theirs.Name, `
INSERT INTO public.organizations_projection VALUES ('c0000000-0000-4000-8000-000000000003', 'Acme', 'acme', 'verified');
INSERT INTO public.user_profiles (id, email, full_name) VALUES ('a0000000-0000-4000-8000-000000000001', 'Ann@acme.test', 'Ann');
INSERT INTO public.user_organizations VALUES ('a0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000003', 'owner');
INSERT INTO orglogin.identities VALUES ('default', 'https://op.test', 'ann', 'a0000000-0000-4000-8000-000000000001')`)
	return c
}

// sql is a file of the package in which the tables are not ours.
func sql(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "store", "postgres", file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// create makes a database like another.
func (c *cluster) create(t *testing.T, name, template string) pgtest.Database {
	t.Helper()
	if err := c.Create(name, template); err != nil {
		t.Fatal(err)
	}
	return c.Database(name)
}

// like makes a database of the test's own.
func (c *cluster) like(t *testing.T, template string) pgtest.Database {
	t.Helper()
	return c.create(t, fmt.Sprintf("test%d", c.n.Add(1)), template)
}

// execute runs SQL as the superuser.
func (c *cluster) execute(t *testing.T, database, sql string) {
	t.Helper()
	if err := c.Exec(database, sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// ran is what a command left.
type ran struct {
	status         int
	stdout, stderr string
}

// orglogin runs a command on a database. An empty Owner is an unset variable.
func (c *cluster) orglogin(t *testing.T, db pgtest.Database, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	environ := []string{config.Prefix + "DATABASE_URL=" + db.Runtime, config.Prefix + "DATABASE_ADMIN_URL=" + db.Owner}
	for name, value := range c.env {
		environ = append(environ, config.Prefix+name+"="+value)
	}
	status := run(args, environ, &environment{ctx: t.Context(), stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr})
	return ran{status, stdout.String(), stderr.String()}
}

// must is orglogin where it has to succeed.
func (c *cluster) must(t *testing.T, db pgtest.Database, stdin string, args ...string) string {
	t.Helper()
	got := c.orglogin(t, db, stdin, args...)
	if got.status != exitDone {
		t.Fatalf("%v: status %d\n%s%s", args, got.status, got.stdout, got.stderr)
	}
	return got.stdout
}

// doctor returns the report, whose exit status must be as it says.
func (c *cluster) doctor(t *testing.T, db pgtest.Database, args ...string) doctor.Report {
	t.Helper()
	got := c.orglogin(t, db, "", append([]string{"doctor", "--json"}, args...)...)
	var r doctor.Report
	var err error
	if slices.Contains(args, "--email") {
		var all []doctor.PersonReport
		if err = json.Unmarshal([]byte(got.stdout), &all); len(all) > 0 {
			r = all[0].Report
		}
	} else {
		err = json.Unmarshal([]byte(got.stdout), &r)
	}
	if err != nil {
		t.Fatalf("status %d: %v\n%s%s", got.status, err, got.stdout, got.stderr)
	}
	if want := map[bool]int{true: exitDone, false: exitFailed}[r.OK]; got.status != want || r.OK != (r.Failed == "") {
		t.Errorf("status %d: %s", got.status, got.stdout)
	}
	return r
}

// wantFailed sees which check is the first that is broken, and what it says.
func wantFailed(t *testing.T, r doctor.Report, name, detail, fix string) {
	t.Helper()
	if r.Failed != name {
		t.Fatalf("broken is %q, not %q: %+v", r.Failed, name, r)
	}
	for _, f := range r.Checks {
		if !f.OK {
			if f.Name != name || !strings.Contains(f.Detail, detail) || !strings.Contains(f.Fix, fix) {
				t.Errorf("got %+v", f)
			}
			return
		}
	}
	if name != "" {
		t.Errorf("no check is broken: %+v", r)
	}
}

// TestOnPostgreSQL runs the operator's commands where the service and the
// owner are two roles.
func TestOnPostgreSQL(t *testing.T) {
	c := newCluster(t)
	t.Run("every fix that doctor prints works as it is written", c.testFixes)
	t.Run("migrate lets the role of the API work", c.testMigrateGrantsAPI)
	t.Run("doctor on foreign tables", c.testForeignTables)
	t.Run("doctor names what is wrong with the role", c.testRolesThatPoliciesDoNotBind)
	t.Run("commands that need the owner say so", c.testServiceRoleAlone)
	t.Run("explain tells a login that was", c.testReceipt)
	t.Run("explain and doctor go by a replaced redirect function", c.testReplacedRedirectFunction)
}

func (c *cluster) testMigrateGrantsAPI(t *testing.T) {
	db := c.like(t, "ours")
	withAPI := &cluster{Server: c.Server, env: maps.Clone(c.env)}
	withAPI.env["API_DATABASE_URL"] = db.API
	wantFailed(t, withAPI.doctor(t, db), "api_role", "", "migrate")
	withAPI.must(t, db, "", "migrate")
	if report := withAPI.doctor(t, db); !report.OK || !slices.ContainsFunc(report.Checks, func(f doctor.Finding) bool { return f.Name == "api_role" }) {
		t.Errorf("after migrate: %+v", report)
	}
	withAPI.must(t, db, "", "migrate") // again changes nothing
}

func (c *cluster) testReplacedRedirectFunction(t *testing.T) {
	const site, noPlace = "http://brand.example.localhost:8080/dashboard", "http://app.example.localhost:8080/clients"
	for _, test := range []struct {
		name, body  string
		url, reason string
		status      int
		failed      string // the check of doctor
	}{
		{"another slug", `RETURN QUERY SELECT 'brand', 'verified'`, site, "ok", exitDone, ""},
		{"pending", `RETURN QUERY SELECT 'acme', 'pending'`, noPlace, "subdomain_not_verified", exitDone, ""},
		{"a slug that finds no organization", `RETURN QUERY SELECT 'ghost', 'verified'`, noPlace, "subdomain_not_verified", exitDone, "subdomain"},
		{"nothing", `RETURN`, noPlace, "subdomain_not_verified", exitDone, "subdomain"},
		{"an error", `RAISE 'out of order'`, "", "lookup_failed", exitFailed, "profile"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := c.like(t, "ours")
			c.execute(t, db.Name, `INSERT INTO orglogin.organization_slugs SELECT 'brand', o.id FROM orglogin.organizations AS o;
CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid) RETURNS TABLE (slug text, subdomain_status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN `+test.body+`; END $$`)
			got := c.orglogin(t, db, "", "explain", "--json", "--email", "ann@acme.test")
			if got.status != test.status || !strings.Contains(got.stdout, `"`+test.reason+`"`) || !strings.Contains(got.stdout, test.url) {
				t.Errorf("status %d: %s%s", got.status, got.stdout, got.stderr)
			}
			if test.failed != "" {
				report := c.doctor(t, db, "--email", "ann@acme.test")
				if report.Failed != test.failed {
					t.Errorf("doctor got %+v", report)
				}
			}
		})
	}
}

func (c *cluster) testReceipt(t *testing.T) {
	db := c.like(t, "ours")
	s, err := postgres.Open(t.Context(), postgres.Config{URL: db.Runtime})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := signIn(s, "ann@acme.test", "ann", "aaaaaaaaaaaaaaaa"); err != nil {
		t.Fatal(err)
	}
	var reported struct{ Receipt, Step, Reason, URL string }
	if err := json.Unmarshal([]byte(c.must(t, db, "", "explain", "--json", "--receipt", "aaaaaaaaaaaaaaaa")), &reported); err != nil {
		t.Fatal(err)
	}
	if reported.Receipt != "aaaaaaaaaaaaaaaa" || reported.Step != "organization" || reported.Reason != "ok" || reported.URL != "https://acme.example.com/dashboard" {
		t.Errorf("got %+v", reported)
	}
	if got := c.orglogin(t, db, "", "explain", "--receipt", "bbbbbbbbbbbbbbbb"); got.status != exitFailed || !strings.Contains(got.stderr, "no such receipt") {
		t.Errorf("got %+v", got)
	}
}
