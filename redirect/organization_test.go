package redirect_test

import (
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

func TestOrganization(t *testing.T) {
	both := memberOf("acme", "globex")
	run(t, []row{
		{
			name: "the host that the login began on decides first", who: person{memberOf: []string{"acme", "globex"}, lastUsed: "acme"}, host: "globex",
			want: landed(redirect.Organization, "https://globex.example.test/dashboard"),
		},
		{
			name: "then the organization last used", who: person{memberOf: []string{"acme", "globex"}, lastUsed: "globex"},
			want: landed(redirect.Organization, "https://globex.example.test/dashboard"),
		},
		{name: "then the only one", who: memberOf("acme"), want: landed(redirect.Organization, "https://acme.example.test/dashboard")},
		{
			name: "an organization last used that the person has left does not count", who: person{memberOf: []string{"acme"}, lastUsed: "globex"},
			want: landed(redirect.Organization, "https://acme.example.test/dashboard"),
		},
		{
			name: "an old slug of the host that the login began on means the organization", who: both, host: "old-acme",
			want: landed(redirect.Organization, "https://acme.example.test/dashboard"),
		},
		{name: "not a member at the host that the login began on", who: memberOf("acme"), host: "globex", want: page(403, redirect.Organization, store.NotAMember)},
		{name: "no organization at the host that the login began on", who: memberOf("acme"), host: "nosuch", want: page(404, redirect.Organization, store.UnknownOrganization)},
		{name: "a reserved label at the host that the login began on", who: memberOf("acme"), host: "www", want: page(404, redirect.Organization, store.UnknownOrganization)},
		{name: "what is no label at all at the host that the login began on", who: memberOf("acme"), host: "../acme", want: page(404, redirect.Organization, store.UnknownOrganization)},
		{
			name: "a refused redirect is reported on that page too", who: memberOf("acme"), host: "globex", redirect: "https://evil.test/",
			want: page(403, redirect.Organization, store.NotAMember).refusing(store.Host),
		},
		{
			name: "an organization last used that is not verified falls back, whatever else there is", who: person{memberOf: []string{"acme", "initech"}, lastUsed: "initech"},
			want: fellBack(store.SubdomainNotVerified),
		},
		{name: "a slug from the operator's table that is no label never becomes a host", who: memberOf("crooked"), want: fellBack(store.SubdomainNotVerified)},

		// The chooser.
		{name: "several and none used yet is for the person to choose", who: both, want: chooser("https://login.example.test/organizations")},
		{
			name: "several and the one last used left behind is for the person to choose", who: person{memberOf: []string{"acme", "globex"}, lastUsed: "hooli"},
			want: chooser("https://login.example.test/organizations"),
		},
		{
			name: "the chooser keeps a path", who: both, redirect: "/x?a=1&b=2#top",
			want: chooser("https://login.example.test/organizations?redirect=%2Fx%3Fa%3D1%26b%3D2%23top"),
		},
		{
			name: "the chooser keeps a path beyond ASCII, encoded once", who: both, redirect: "/é",
			want: chooser("https://login.example.test/organizations?redirect=%2F%C3%A9"),
		},
		{
			name: "the chooser keeps no redirect that was refused", who: both, redirect: "https://evil.test/",
			want: chooser("https://login.example.test/organizations").refusing(store.Host),
		},
		{
			name: "the chooser keeps no path of a URL that was refused", who: both, redirect: "https://nosuch.example.test/x",
			want: chooser("https://login.example.test/organizations").refusing(store.UnknownOrganization),
		},
		{
			name: "an invitation to the person's own place is no second one to choose from", who: memberOf("initech"), invitation: "unverified",
			want: fellBack(store.SubdomainNotVerified),
		},
		{
			name: "an invitation to a place that is not verified is one more to choose from", who: memberOf("acme", "globex"), invitation: "unverified",
			want: chooser("https://login.example.test/organizations"),
		},
	})
}

func TestFallback(t *testing.T) {
	run(t, []row{
		{name: "a person without any place lands in the app", want: fellBack(store.NoOrganization)},
		{name: "an organization whose subdomain is not verified does not land", who: memberOf("initech"), want: fellBack(store.SubdomainNotVerified)},
		{
			name: "a disabled person lands nowhere", who: person{memberOf: []string{"acme"}, disabled: true}, redirect: "https://acme.example.test/", invitation: "pending",
			want: page(403, redirect.Explicit, store.DisabledUser),
		},
	})
}

func TestTheDecisionNamesItsOrganization(t *testing.T) {
	for _, r := range []struct {
		name string
		row
		slug string // empty for none
	}{
		{"the one landed on by a URL", row{who: memberOf("acme", "globex"), redirect: "https://globex.example.test/"}, "globex"},
		{"the current name of an old one", row{who: memberOf("acme"), redirect: "https://old-acme.example.test/"}, "acme"},
		{"the one landed on by a path", row{who: memberOf("acme"), redirect: "/x"}, "acme"},
		{"the inviting one", row{invitation: "pending"}, "globex"},
		{"the one that the page of a bad invitation is about", row{invitation: "expired"}, "globex"},
		{"the only one", row{who: memberOf("acme")}, "acme"},
		{"the one that the person is not a member of", row{who: memberOf("acme"), redirect: "https://globex.example.test/"}, "globex"},
		{"the one that the login began at", row{who: memberOf("acme"), host: "globex"}, "globex"},
		{"none for a host of the operator", row{who: memberOf("acme"), redirect: "https://docs.partner.test/"}, ""},
		{"none for an unknown one", row{who: memberOf("acme"), host: "nosuch"}, ""},
		{"none for an unknown invitation", row{who: memberOf("acme"), invitation: "nosuch"}, ""},
		{"none for the fallback", row{}, ""},
		{"none for the chooser", row{who: memberOf("acme", "globex")}, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			got := ""
			if org := resolve(t, r.row).Organization; org != nil {
				got = org.Slug
			}
			if got != r.slug {
				t.Errorf("the decision names %q, want %q", got, r.slug)
			}
		})
	}
}
