package redirect_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"orglogin/redirect"
	"orglogin/store"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// session is the one that lands, made by an operator connection.
var session = &store.Session{UserID: "ann", Connections: []store.SessionConnection{{ConnectionID: store.DefaultConnection}}}

// site is that of the corpus in testdata, with two hosts allowed besides.
func site() redirect.Site {
	return redirect.Site{
		Public:        redirect.Origin{Scheme: "https", Host: "login.example.test"},
		App:           redirect.Origin{Scheme: "https", Host: "app.example.test"},
		BaseDomain:    "example.test",
		AllowedHosts:  []string{"docs.partner.test", "*.preview.partner.test"},
		DashboardPath: "/dashboard",
		FallbackPath:  "/clients",
	}
}

// demo is the site of cmd/demo: plain http, a port.
func demo() redirect.Site {
	return redirect.Site{
		Public:        redirect.Origin{Scheme: "http", Host: "login.example.localhost", Port: "8080"},
		App:           redirect.Origin{Scheme: "http", Host: "app.example.localhost", Port: "8080"},
		BaseDomain:    "example.localhost",
		DashboardPath: "/dashboard",
		FallbackPath:  "/clients",
	}
}

// organization makes one whose id is its slug with "id-" before it.
func organization(slug string, status store.SubdomainStatus) store.Organization {
	return store.Organization{ID: "id-" + slug, Name: strings.ToUpper(slug), Slug: slug, Status: status}
}

// organizations by every slug that they answer to.
func organizations() map[string]store.Organization {
	m := map[string]store.Organization{}
	for slug, status := range map[string]store.SubdomainStatus{
		"acme": store.Verified, "globex": store.Verified, "hooli": store.Verified,
		"initech": store.Pending, "verifying": store.Verifying, "failed": store.Failed, "disabled": store.Disabled,
	} {
		m[slug] = organization(slug, status)
	}
	m["old-acme"] = m["acme"]
	// What tables of the operator's own may hold.
	m["crooked"] = store.Organization{ID: "id-crooked", Slug: "evil.test/", Status: store.Verified}
	m["squatter"] = store.Organization{ID: "id-squatter", Slug: "login", Status: store.Verified}
	return m
}

// invitations by token, all sent to ann@acme.test unless they say otherwise.
func invitations() map[string]store.Invitation {
	all := organizations()
	to := func(slug string) store.Invitation {
		return store.Invitation{
			ID: "inv", Organization: all[slug], Email: "ann@acme.test", Role: "member", ExpiresAt: now.Add(time.Hour),
		}
	}
	pending, unverified, asOwner, mine, his, expired, ending, revoked, forBob, shouted := to("globex"), to("initech"),
		to("globex"), to("globex"), to("globex"), to("globex"), to("globex"), to("globex"), to("globex"), to("globex")
	mine.AcceptedBy, mine.AcceptedAt, mine.ExpiresAt = "ann", now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	asOwner.Role = "owner"
	his.AcceptedBy = "bob"
	expired.ExpiresAt = now
	ending.ExpiresAt = now.Add(time.Second)
	revoked.Revoked = true
	forBob.Email = "bob@acme.test"
	shouted.Email = "Ann@ACME.test"
	return map[string]store.Invitation{
		"pending": pending, "unverified": unverified, "as-owner": asOwner, "accepted-by-ann": mine, "accepted-by-bob": his,
		"expired": expired, "ending": ending, "revoked": revoked, "for-bob": forBob, "shouted": shouted, "pending-acme": to("acme"),
	}
}

// person is Ann, as a store answers for her.
type person struct {
	store.Accounts
	memberOf   []string
	lastUsed   string // slug
	email      string // ann@acme.test when empty
	unverified bool
	disabled   bool
}

func (p person) AccessSnapshot(_ context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	all := organizations()
	st := store.AccessSnapshot{
		Profile: store.Profile{
			ID: q.UserID, Email: p.email, EmailVerified: !p.unverified, Disabled: p.disabled,
		},
		Organizations: map[string]store.Organization{},
		Source:        store.FromDatabase,
		Age:           1500 * time.Millisecond,
	}
	if p.email == "" {
		st.Profile.Email = "ann@acme.test"
	}
	for _, slug := range p.memberOf {
		st.Memberships = append(st.Memberships, store.Membership{Organization: all[slug], Role: "member"})
	}
	if p.lastUsed != "" {
		st.LastUsed = all[p.lastUsed].ID
	}
	for _, slug := range q.Slugs {
		if org, ok := all[slug]; ok {
			st.Organizations[slug] = org
		}
	}
	for token, inv := range invitations() {
		if string(store.HashToken(token)) == string(q.Invitation) {
			st.Invitation = &inv
		}
	}
	return st, nil
}

func memberOf(slugs ...string) person { return person{memberOf: slugs} }

// decision is what a row of the specification compares.
type decision struct {
	Outcome redirect.Outcome
	Status  int
	URL     string
	Step    redirect.Step
	Reason  store.Reason
	Refused store.Reason // of the redirect
}

// row is one sentence of the specification: who asks for what, and what comes of it.
type row struct {
	name       string
	who        person
	redirect   string // not given when empty
	invitation string
	host       string // slug of the host that the login began on
	want       decision
}

func run(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			d := resolve(t, r)
			got := decision{d.Outcome, d.Status, d.URL, d.Step, d.Reason, d.RefusedRedirect}
			if got != r.want {
				t.Errorf("decided\n\t%+v, want\n\t%+v", got, r.want)
				for _, e := range d.Trace {
					t.Logf("%-12s %-11s %-22s %s", e.Step, e.Verdict, e.Reason, e.Detail)
				}
			}
		})
	}
}

func resolve(t *testing.T, r row) redirect.Decision {
	t.Helper()
	req := redirect.Request{Session: session, Invitation: r.invitation, Organization: r.host}
	if r.redirect != "" {
		req.Redirect = []string{r.redirect}
	}
	d, _, err := redirect.Resolve(t.Context(), site(), r.who, req, now)
	if err != nil {
		t.Fatal(err)
	}
	checkTrace(t, d)
	return d
}

// checkTrace holds every decision to what a trace promises.
func checkTrace(t *testing.T, d redirect.Decision) {
	t.Helper()
	if len(d.Trace) != 4 {
		t.Fatalf("the trace has %d entries", len(d.Trace))
	}
	decided := false
	for i, step := range []redirect.Step{redirect.Explicit, redirect.Invitation, redirect.Organization, redirect.Fallback} {
		e := d.Trace[i]
		if e.Step != step || e.Reason == "" || e.Detail == "" {
			t.Errorf("entry %d is %+v, want a reason and a detail for %s", i, e, step)
		}
		if e.Verdict == redirect.Taken && e.Step != d.Step {
			t.Errorf("%s is taken, but %s decided", e.Step, d.Step)
		}
		if decided && e.Verdict != redirect.NotReached && e.Step != redirect.Invitation {
			t.Errorf("%s is %s behind the step that decided", e.Step, e.Verdict)
		}
		if strings.Contains(e.Detail, "@") {
			t.Errorf("the detail %q holds an address", e.Detail)
		}
		if e.Step == d.Step {
			decided = true
			if e.Reason != d.Reason {
				t.Errorf("%s decided with %s, its entry says %s", e.Step, d.Reason, e.Reason)
			}
		}
	}
	if !decided {
		t.Errorf("no entry of the trace is the step %q that decided", d.Step)
	}
}

func landed(step redirect.Step, url string) decision {
	return decision{Outcome: redirect.Land, Status: 302, URL: url, Step: step, Reason: store.OK}
}

func fellBack(reason store.Reason) decision {
	return decision{
		Outcome: redirect.Land, Status: 302, URL: "https://app.example.test/clients", Step: redirect.Fallback, Reason: reason,
	}
}

func page(status int, step redirect.Step, reason store.Reason) decision {
	return decision{Outcome: redirect.Page, Status: status, Step: step, Reason: reason}
}

func chooser(url string) decision {
	return decision{
		Outcome: redirect.Page, Status: 302, URL: url, Step: redirect.Organization, Reason: store.Choose,
	}
}

// refusing is the decision of a later step, with why the redirect was refused.
func (d decision) refusing(reason store.Reason) decision {
	d.Refused = reason
	return d
}
