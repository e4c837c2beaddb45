package redirect_test

import (
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

// Acme requires its own connection, Globex has one, Hooli has none.
func withConnections(snapshot store.AccessSnapshot) store.AccessSnapshot {
	require := func(o *store.Organization) {
		if o.ID == "id-acme" {
			o.SSO = store.SSORequired
		}
	}
	for i := range snapshot.Memberships {
		require(&snapshot.Memberships[i].Organization)
	}
	for slug, org := range snapshot.Organizations {
		require(&org)
		snapshot.Organizations[slug] = org
	}
	if snapshot.Invitation != nil {
		require(&snapshot.Invitation.Organization)
	}
	return snapshot
}

// TestNoStepLandsWhereTheSessionDoesNotOpen is the specification of section 10 for
// the landing.
func TestNoStepLandsWhereTheSessionDoesNotOpen(t *testing.T) {
	connections := map[string]store.SessionConnection{
		"operator": {ConnectionID: "default"},
		"acme":     {ConnectionID: "c-acme", OrganizationID: "id-acme"},
		"globex":   {ConnectionID: "c-globex", OrganizationID: "id-globex"},
	}
	sso := func(step redirect.Step) decision { return page(403, step, store.SSORequiredReason) }
	refused := func(d decision) decision { return d.refusing(store.SSORequiredReason) }
	home := func(slug string) decision {
		return landed(redirect.Organization, "https://"+slug+".example.test/dashboard")
	}
	pick := func(reason store.Reason) decision {
		return decision{Outcome: redirect.Page, Status: 302, URL: "https://login.example.test/organizations", Step: redirect.Fallback, Reason: reason}
	}
	used := func(p person, slug string) person { p.lastUsed = slug; return p }

	for _, r := range []struct {
		by string // the connections of the session
		row
	}{
		{"operator", row{name: "a redirect to an organization that requires its own", who: memberOf("acme"), redirect: "https://acme.example.test/x", want: refused(sso(redirect.Explicit))}},
		{"operator", row{name: "the same for a person who is no member", redirect: "https://acme.example.test/x", want: refused(sso(redirect.Explicit))}},
		{"acme", row{name: "that organization by its own", who: memberOf("acme"), redirect: "https://acme.example.test/x", want: landed(redirect.Explicit, "https://acme.example.test/x")}},
		{"acme", row{name: "a redirect to another organization", who: memberOf("acme", "globex"), redirect: "https://globex.example.test/x", want: refused(sso(redirect.Explicit))}},
		{"acme", row{name: "another organization is answered as one that the person is no member of", who: memberOf("acme"), redirect: "https://globex.example.test/x", want: refused(sso(redirect.Explicit))}},
		{"acme", row{name: "a redirect to the app", who: memberOf("acme"), redirect: "https://app.example.test/x", want: refused(sso(redirect.Explicit))}},
		{"acme", row{name: "a redirect to an allowed host", who: memberOf("acme"), redirect: "https://docs.partner.test/x", want: landed(redirect.Explicit, "https://docs.partner.test/x")}},
		{"acme", row{name: "a path", who: memberOf("acme"), redirect: "/x", want: landed(redirect.Explicit, "https://acme.example.test/x")}},
		{"operator", row{name: "a path of the only organization", who: memberOf("acme"), redirect: "/x", want: sso(redirect.Organization)}},

		{"operator", row{name: "an invitation of an organization that requires its own", invitation: "pending-acme", want: sso(redirect.Invitation)}},
		{"acme", row{name: "an invitation of another organization", who: memberOf("acme"), invitation: "pending", want: sso(redirect.Invitation)}},
		{"acme", row{name: "an accepted invitation of another organization", who: memberOf("acme"), invitation: "accepted-by-bob", want: sso(redirect.Invitation)}},
		{"acme", row{name: "an invitation that has expired says so", who: memberOf("acme"), invitation: "expired", want: page(410, redirect.Invitation, store.Expired)}},
		{"globex", row{name: "an invitation by the organization's own", invitation: "pending", want: landed(redirect.Invitation, "https://globex.example.test/dashboard")}},

		{"operator", row{name: "the host of an organization that requires its own", who: memberOf("acme"), host: "acme", want: sso(redirect.Organization)}},
		{"acme", row{name: "the host of another organization", who: memberOf("acme", "globex"), host: "globex", want: sso(redirect.Organization)}},
		{"operator", row{name: "the only organization", who: memberOf("acme"), want: sso(redirect.Organization)}},
		{"operator", row{name: "the organization last used is passed over", who: used(memberOf("acme", "hooli"), "acme"), want: chooser("https://login.example.test/organizations")}},
		{"acme", row{name: "the only organization that the session sees", who: used(memberOf("acme", "hooli", "globex"), "hooli"), want: home("acme")}},
		{"acme operator", row{name: "the organization last used", who: used(memberOf("acme", "hooli"), "acme"), want: home("acme")}},
		{"globex", row{name: "without a membership there, the chooser", who: memberOf("hooli"), want: pick(store.NoOrganization)}},
		{"operator", row{name: "without a membership, the app", want: fellBack(store.NoOrganization)}},
	} {
		t.Run(r.by+": "+r.name, func(t *testing.T) {
			s := &store.Session{UserID: "ann"}
			for by := range strings.FieldsSeq(r.by) {
				s.Connections = append(s.Connections, connections[by])
			}
			req := redirect.Request{Session: s, Invitation: r.invitation, Organization: r.host}
			if r.redirect != "" {
				req.Redirect = []string{r.redirect}
			}
			snapshot, err := r.who.AccessSnapshot(t.Context(), site().AccessQuery(req))
			if err != nil {
				t.Fatal(err)
			}
			d := redirect.Decide(site(), req, withConnections(snapshot), now)
			checkTrace(t, d)
			if got := (decision{d.Outcome, d.Status, d.URL, d.Step, d.Reason, d.RefusedRedirect}); got != r.want {
				t.Errorf("decided\n\t%+v, want\n\t%+v", got, r.want)
			}
		})
	}
}
