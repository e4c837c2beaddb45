package postgres_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres/pgtest"
)

// redirectFunction replaces the function by which every landing goes.
func redirectFunction(body string) string {
	return `CREATE OR REPLACE FUNCTION api.get_subdomain_info_for_redirect(p_org_id uuid)
RETURNS TABLE (slug text, subdomain_status text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN ` + body + `; END $$`
}

// An operator who replaces api.get_subdomain_info_for_redirect changes where people
// land: every reading of a membership takes slug and status from it.
func TestEveryReadingGoesByTheRedirectFunction(t *testing.T) {
	cases := []struct {
		name, body string
		slug       string
		status     store.SubdomainStatus
		problem    string // part of the text
		fails      bool
	}{
		{"its own answer", `RETURN QUERY SELECT 'acme', 'verified'`, "acme", store.Verified, "", false},
		{"another slug that finds the organization", `RETURN QUERY SELECT 'brand', 'verified'`, "brand", store.Verified, "", false},
		{"pending", `RETURN QUERY SELECT 'acme', 'pending'`, "acme", store.Pending, "", false},
		{"a slug that finds no organization", `RETURN QUERY SELECT 'ghost', 'verified'`, "acme", store.Failed, `returns the slug "ghost"`, false},
		{"a slug that finds another organization", `RETURN QUERY SELECT 'umbra', 'verified'`, "acme", store.Failed, `returns the slug "umbra"`, false},
		{"no slug at all", `RETURN QUERY SELECT NULL::text, 'verified'`, "acme", store.Failed, "returns no slug", false},
		{"a slug that is a URL", `RETURN QUERY SELECT 'evil.test/', 'verified'`, "acme", store.Failed, `returns "evil.test/"`, false},
		{"nothing", `RETURN`, "acme", store.Failed, "returns no slug", false},
		{"several rows", `RETURN QUERY SELECT 'brand', 'verified' UNION ALL SELECT 'brand', 'verified'`, "brand", store.Verified, "", false},
		{"an answer for the organization of its claims", `RETURN QUERY SELECT 'acme', 'verified' WHERE auth.jwt() ->> 'org_id' = p_org_id::text AND auth.uid() IS NOT NULL`, "acme", store.Verified, "", false},
		{"an error", `RAISE 'out of order'`, "", "", "", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			people(t, db)
			s := open(t, db.Runtime)
			user := arrive(t, s, ann).Snapshot.Profile.ID
			execute(t, db.Owner, `INSERT INTO orglogin.organization_slugs SELECT 'brand', o.id FROM orglogin.organizations AS o WHERE o.slug = 'acme'`)
			execute(t, db.Superuser, redirectFunction(c.body))
			check := func(what string, got store.AccessSnapshot, err error) {
				t.Helper()
				if c.fails {
					if err == nil || !strings.Contains(err.Error(), "out of order") {
						t.Errorf("%s: got %+v, %v", what, got, err)
					}
					return
				}
				if err != nil || len(got.Memberships) != 1 {
					t.Fatalf("%s: got %+v, %v", what, got, err)
				}
				o := got.Memberships[0].Organization
				if o.Name != "Acme" || o.Slug != c.slug || o.Status != c.status || !strings.Contains(o.Problem, c.problem) || (o.Problem == "") != (c.problem == "") {
					t.Errorf("%s: got %+v", what, o)
				}
				for asked := range got.Organizations {
					if found, _ := got.OrganizationBySlug(asked); found != o {
						t.Errorf("%s: the slug %s finds %+v", what, asked, found)
					}
				}
			}
			for _, reader := range []store.Store{s, openOperator(t, db.Owner)} {
				got, err := reader.AccessSnapshot(t.Context(), store.AccessQuery{UserID: user, Slugs: []string{"acme", "brand"}})
				check("snapshot", got, err)
			}
			login := arrival(ann)
			login.Slugs = []string{"acme"}
			done, err := s.CompleteLogin(t.Context(), login)
			check("login", done.Snapshot, err)
			if _, sessionErr := s.Session(t.Context(), user, login.Session.SecretHash); (sessionErr != nil) != c.fails {
				t.Errorf("the session of a login that ended with %v: %v", err, sessionErr)
			}
		})
	}
}

// The login that accepts an invitation reads the new membership through the same function.
func TestAnAcceptedInvitationGoesByTheRedirectFunction(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	s := open(t, db.Runtime)
	execute(t, db.Superuser, redirectFunction(`RETURN QUERY SELECT 'umbra', 'pending'`))
	login := arrival(cleo)
	login.Invitation = store.HashToken(bobsToken)
	done, err := s.CompleteLogin(t.Context(), login)
	if err != nil || done.Invitation != store.OK {
		t.Fatalf("got %+v, %v", done, err)
	}
	m, member := done.Snapshot.Membership(done.Snapshot.Invitation.Organization.ID)
	if !member || m.Organization.Status != store.Pending {
		t.Errorf("got %+v", m)
	}
}

// A person with many memberships is still one statement, with one org_id after the
// other in its claims, and none afterwards.
func TestManyMembershipsAreOneStatement(t *testing.T) {
	db := pgtest.New(t)
	people(t, db)
	execute(t, db.Owner, `
INSERT INTO orglogin.organizations (name, slug, subdomain_status) SELECT 'Many ' || n, 'many-' || n, 'verified' FROM generate_series(1, 200) AS n;
INSERT INTO orglogin.memberships (profile_id, organization_id, role)
SELECT p.id, o.id, 'member' FROM orglogin.profiles AS p, orglogin.organizations AS o WHERE p.email = 'ann@people.test' AND o.slug ~ '^many-'`)
	p := newProxy(t, db.Server)
	s := open(t, p.through(t, db.Runtime, "pool_max_conns=1"))
	user := arrive(t, s, ann).Snapshot.Profile.ID
	before, start := p.trips.Load(), time.Now()
	got, err := s.AccessSnapshot(t.Context(), store.AccessQuery{UserID: user})
	t.Logf("201 memberships in %v", time.Since(start))
	if err != nil || len(got.Memberships) != 201 {
		t.Fatalf("got %d, %v", len(got.Memberships), err)
	}
	for _, m := range got.Memberships {
		if m.Organization.Status != store.Verified || m.Organization.Problem != "" {
			t.Errorf("got %+v", m)
		}
	}
	if trips := p.trips.Load() - before; trips > 2 { // the first one prepares
		t.Errorf("it took %d round trips", trips)
	}
	conn := connect(t, db.Runtime)
	claims := fmt.Sprintf(`{"sub": %q, "role": "authenticated"}`, user)
	var after string
	err = conn.QueryRow(t.Context(), `SELECT current_setting('request.jwt.claims') FROM
(SELECT set_config('request.jwt.claims', $1::text, false)) AS a, LATERAL orglogin.read_access_snapshot(NULL, NULL) AS s OFFSET 0`, claims).Scan(&after)
	if err != nil || after != claims {
		t.Errorf("the claims afterwards are %s (%v)", after, err)
	}
}
