package clustertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Each of these breaks the database in one way, which the rules must find, and
// only it.
func TestTheInvariantsNotice(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Instances = 1 })
	for n := range 2 {
		landed(t, f.visitor(t, fmt.Sprintf("newcomer%d", n)).login(f.Instances[0].Addr, ""), f.URL("app", "/clients"))
	}
	f.sql(t, `
		INSERT INTO orglogin.invitations (organization_id, email, role, token_hash, expires_at)
		SELECT id, 'invited0@acme.test', 'member', sha256('the-invitation-of-invited0'), now() + interval '1 hour'
		FROM orglogin.organizations WHERE slug = 'acme'`)
	landed(t, f.visitor(t, "invited0").login(f.Instances[0].Addr, "?invitation=the-invitation-of-invited0"), f.URL("acme", "/dashboard"))

	db, err := pgx.Connect(t.Context(), f.db.Superuser)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	broken := func(db asked) (found []string) {
		for _, row := range brokenRows(t, db) {
			if row.count != 0 {
				found = append(found, row.what)
			}
		}
		return found
	}
	if found := broken(db); found != nil {
		t.Fatalf("before: %q", found)
	}
	const (
		newcomer = `(SELECT id FROM orglogin.profiles WHERE email = 'newcomer0@acme.test')`
		theirs   = `(SELECT organization_id FROM orglogin.memberships WHERE profile_id = ` + newcomer + `)`
		invited  = `(SELECT id FROM orglogin.profiles WHERE email = 'invited0@acme.test')`
		acme     = `(SELECT id FROM orglogin.organizations WHERE slug = 'acme')`
	)
	for _, m := range []struct {
		statement string
		want      []string
	}{
		{`DELETE FROM orglogin.identities WHERE profile_id = ` + newcomer, []string{"a profile without an identity"}},
		{`UPDATE orglogin.profiles SET email = 'newcomer1@acme.test' WHERE id = ` + newcomer, []string{"an address with two profiles"}},
		{`DELETE FROM orglogin.workspaces WHERE organization_id = ` + theirs, []string{"an organization without a workspace, or with two"}},
		{`INSERT INTO orglogin.workspaces (organization_id, name) SELECT ` + acme + `, 'x'`, []string{"an organization without a workspace, or with two"}},
		{
			`DELETE FROM orglogin.memberships WHERE profile_id = ` + newcomer,
			[]string{"an organization without members", "a newcomer who does not own exactly one organization"},
		},
		{
			`UPDATE orglogin.memberships SET active = false WHERE profile_id = ` + newcomer,
			[]string{"a newcomer who does not own exactly one organization"},
		},
		{
			`DELETE FROM orglogin.memberships WHERE profile_id = ` + invited,
			[]string{"an accepted invitation without its membership"},
		},
		{
			`UPDATE orglogin.invitations SET accepted_by = NULL, accepted_at = NULL`,
			[]string{"a membership of an invited person who accepted nothing"},
		},
		{
			`UPDATE orglogin.invitations SET email = 'other@acme.test'`,
			[]string{"an invitation accepted by another address"},
		},
		{
			`INSERT INTO orglogin.memberships (profile_id, organization_id, role) SELECT ` + newcomer + `, ` + acme + `, 'member'`,
			[]string{"a newcomer in another person's organization"},
		},
	} {
		tx, err := db.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), m.statement); err != nil {
			t.Fatalf("%s: %v", m.statement, err)
		}
		if found := broken(tx); !slices.Equal(found, m.want) {
			t.Errorf("%s: found %q, not %q", m.statement, found, m.want)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// A service that answers a member so is found out, by exactly what it breaks.
func TestTheBrowsersNotice(t *testing.T) {
	const ours, gone = "X-Request-Id: 1", "Set-Cookie: __Secure-session=; Max-Age=0"
	verify := func(label string) func(*player) {
		return func(p *player) { p.verify(p.w.Nginx, label) }
	}
	right := "X-Auth-Request-Email: " + address("ann")
	for name, test := range map[string]struct {
		do     func(*player)
		status int
		lines  []string
		want   string // "" is as it should be
	}{
		"as it should be":                          {verify("acme"), 200, []string{right, "X-Session-Id: s1"}, ""},
		"an outage, as it should be":               {verify("acme"), 503, []string{ours, "Retry-After: 5"}, ""},
		"a refusal elsewhere, as it should be":     {verify("beta"), 403, nil, ""},
		"the headers of another person":            {verify("acme"), 200, []string{"X-Auth-Request-Email: bea@acme.test", "X-Session-Id: s1"}, ownName},
		"another session":                          {verify("acme"), 200, []string{right, "X-Session-Id: s2"}, ownName},
		"vouched for elsewhere":                    {verify("beta"), 200, []string{right, "X-Session-Id: s1"}, ownPlace},
		"signed out by an outage":                  {verify("acme"), 401, nil, endedByNone},
		"refused by an outage":                     {verify("acme"), 403, nil, outageIsOutage},
		"a bare error":                             {verify("acme"), 500, nil, outageIsOutage},
		"an outage that says nothing":              {verify("acme"), 503, []string{ours}, outageIsOutage},
		"an outage that takes the cookie":          {verify("acme"), 503, []string{ours, "Retry-After: 5", gone}, cookiesStay},
		"a page that takes the cookie":             {(*player).page, 503, []string{ours, "Retry-After: 5", gone}, cookiesStay},
		"a page that asks to sign in again":        {(*player).page, 200, nil, endedByNone},
		"a landing elsewhere":                      {(*player).page, 302, []string{"Location: http://beta.example.localhost:1/dashboard"}, ownPlace},
		"a logout that fails and takes the cookie": {(*player).logout, 503, []string{ours, "Retry-After: 5", gone}, cookiesStay},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for _, line := range test.lines {
					name, value, _ := strings.Cut(line, ": ")
					w.Header().Set(name, value)
				}
				w.WriteHeader(test.status)
			}))
			defer server.Close()
			addr := strings.TrimPrefix(server.URL, "http://")
			w := &storm{ctx: t.Context(), ledger: newLedger(), fixture: &fixture{Cluster: &Cluster{
				Public: "http://login.example.localhost:1", Nginx: addr, Provider: &Provider{}, transports: map[string]*http.Transport{},
			}}}
			p := w.player(w.account("ann", "acme"))
			p.in, p.session = true, "s1"
			test.do(p)
			for _, line := range w.ledger.broken {
				if test.want == "" || !strings.HasPrefix(line, test.want+": ") {
					t.Errorf("found %s", line)
				}
			}
			if test.want != "" && len(w.ledger.broken) == 0 {
				t.Error("the invariant did not fail")
			}
		})
	}
}
