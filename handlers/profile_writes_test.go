package handlers_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// text is what the database answers, a row a line.
func (d *service) text(query string) string {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(5000)")
	must(d.t, err)
	defer db.Close()
	rows, err := db.QueryContext(context.Background(), query)
	must(d.t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(d.t, err)
	var all []string
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		must(d.t, rows.Scan(into...))
		line := fmt.Sprintln(values...)
		all = append(all, strings.TrimSuffix(line, "\n"))
	}
	must(d.t, rows.Err())
	return strings.Join(all, "\n")
}

// F3, F8, K5, K6: no request writes who a person is, what is verified of an
// address, who belongs where, as what, or who is invited: there is no such
// parameter on any route, in any method or form.
func TestNoRequestWritesWhoSomebodyIs(t *testing.T) {
	d := newRealService(t)
	pia := d.browser()
	d.loginAs(pia, "pia-1", "")
	state := func() string {
		var all strings.Builder
		for _, table := range []string{"profiles", "identities", "memberships", "organizations", "organization_slugs", "workspaces", "invitations"} {
			all.WriteString(table + "\n" + d.text(`SELECT * FROM `+table+` ORDER BY 1, 2`) + "\n")
		}
		return all.String()
	}
	before := state()
	if !strings.Contains(before, "pia@pending.test") || !strings.Contains(before, "slowly") {
		t.Fatal(before)
	}
	lie := url.Values{
		"email": {"ann@acme.test"}, "email_verified": {"true"}, "authoritative": {"1"}, "verified": {"true"}, "disabled": {"false"}, "sub": {"ann-1"},
		"user_id": {"1"}, "name": {"Ann"}, "picture": {"https://evil.test/"}, "role": {"owner"}, "organization": {"globex"}, "organization_id": {"globex"},
		"slug": {"globex"}, "subdomain_status": {"verified"}, "status": {"verified"}, "active": {"true"}, "hash": {"of-an-invitation-of-my-own"},
		"invite": {"pia@pending.test"}, "expires_at": {"2099-01-01T00:00:00Z"}, "revoked": {"true"}, "_method": {"DELETE"},
	}
	for _, path := range routes {
		if path == "/logout" {
			continue // it ends the session, as it should
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			for _, host := range []string{"login", "slowly", "globex", "app"} {
				target := "https://" + host + ".example.test" + path
				do(t, pia, method, target, lie, "Sec-Fetch-Site: same-origin")
				do(t, pia, method, target+"?"+lie.Encode(), url.Values{}, "Sec-Fetch-Site: same-origin", "X-Http-Method-Override: PATCH", "Accept: application/json")
			}
		}
	}
	if after := state(); after != before {
		t.Errorf("it was\n%s\nand is\n%s", before, after)
	}
	if res, body := get(t, pia, public+"/auth/session"); res.StatusCode != http.StatusOK || !strings.Contains(body, "pia@pending.test") {
		t.Errorf("%d %s", res.StatusCode, body) // the session was live all the time
	}
}
