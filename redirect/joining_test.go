package redirect_test

import (
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

// TestAPlaceThatTheLoginJoined is the specification of section 11 for the landing: the
// decision and its trace say that the place came from the domain, where it did.
func TestAPlaceThatTheLoginJoined(t *testing.T) {
	used := memberOf("globex", "acme")
	used.lastUsed = "globex"
	joined := landed(redirect.Organization, "https://acme.example.test/dashboard")
	joined.Reason = store.Joined
	for _, r := range []struct {
		row
		joined string
		says   bool // the entry of the step that decided says so
	}{
		{row{name: "the only organization", who: memberOf("acme"), want: joined}, "acme", true},
		{row{name: "a path on its host", who: memberOf("acme"), redirect: "/x", want: landed(redirect.Explicit, "https://acme.example.test/x")}, "acme", true},
		{row{name: "a page of it", who: memberOf("acme"), redirect: "https://acme.example.test/x", want: landed(redirect.Explicit, "https://acme.example.test/x")}, "acme", true},
		{row{name: "the host of it", who: memberOf("acme", "globex"), host: "acme", want: joined}, "acme", true},
		{row{name: "the organization last used decides first", who: used, want: landed(redirect.Organization, "https://globex.example.test/dashboard")}, "acme", false},
		{row{name: "several and none used", who: memberOf("acme", "globex"), want: chooser("https://login.example.test/organizations")}, "acme", false},
		{row{name: "a subdomain that is not verified", who: memberOf("initech"), want: fellBack(store.SubdomainNotVerified)}, "initech", false},
		{row{name: "a login that joined none", who: memberOf("acme"), want: landed(redirect.Organization, "https://acme.example.test/dashboard")}, "", false},
	} {
		t.Run(r.name, func(t *testing.T) {
			req := redirect.Request{Session: session, Organization: r.host}
			if r.joined != "" {
				req.Joined = "id-" + r.joined
			}
			if r.redirect != "" {
				req.Redirect = []string{r.redirect}
			}
			d, _, err := redirect.Resolve(t.Context(), site(), r.who, req, now)
			if err != nil {
				t.Fatal(err)
			}
			checkTrace(t, d)
			if got := (decision{d.Outcome, d.Status, d.URL, d.Step, d.Reason, d.RefusedRedirect}); got != r.want {
				t.Errorf("decided\n\t%+v, want\n\t%+v", got, r.want)
			}
			for _, e := range d.Trace {
				if e.Step == d.Step && strings.Contains(e.Detail, "joined by the verified domain") != r.says {
					t.Errorf("the entry of %s says %q", e.Step, e.Detail)
				}
			}
		})
	}
}

// TestWhoMayAskToJoinIsSentToTheChooser, where the person has no organization.
func TestWhoMayAskToJoinIsSentToTheChooser(t *testing.T) {
	to := func(reason store.Reason) decision {
		return decision{Outcome: redirect.Page, Status: 302, URL: "https://login.example.test/organizations", Step: redirect.Fallback, Reason: reason}
	}
	offer, waiting := store.JoinOffer{Organization: organization("acme", store.Verified)}, store.JoinOffer{Organization: organization("globex", store.Verified), Waiting: true}
	for _, r := range []struct {
		row
		offers  []store.JoinOffer
		depends bool
	}{
		{row{name: "nothing to ask for", want: fellBack(store.NoOrganization)}, nil, true},
		{row{name: "one to ask for", want: to(store.NoOrganization)}, []store.JoinOffer{offer}, true},
		{row{name: "a request that waits", want: to(store.JoinRequested)}, []store.JoinOffer{offer, waiting}, true},
		{row{name: "a member", who: memberOf("hooli"), want: landed(redirect.Organization, "https://hooli.example.test/dashboard")}, []store.JoinOffer{offer}, false},
		{row{name: "a member of one that is not verified", who: memberOf("initech"), want: fellBack(store.SubdomainNotVerified)}, []store.JoinOffer{offer}, false},
		{row{name: "a redirect that is allowed", redirect: "https://docs.partner.test/x", want: landed(redirect.Explicit, "https://docs.partner.test/x")}, []store.JoinOffer{offer}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			req := redirect.Request{Session: session, Offers: r.offers}
			if r.redirect != "" {
				req.Redirect = []string{r.redirect}
			}
			d, _, err := redirect.Resolve(t.Context(), site(), r.who, req, now)
			if err != nil {
				t.Fatal(err)
			}
			checkTrace(t, d)
			if got := (decision{d.Outcome, d.Status, d.URL, d.Step, d.Reason, d.RefusedRedirect}); got != r.want {
				t.Errorf("decided\n\t%+v, want\n\t%+v", got, r.want)
			}
			req.Offers = nil
			if without, _, _ := redirect.Resolve(t.Context(), site(), r.who, req, now); without.DependsOnOffers() != r.depends {
				t.Errorf("without offers it says that it depends on them: %v", !r.depends)
			}
		})
	}
}
