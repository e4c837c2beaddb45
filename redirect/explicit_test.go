package redirect_test

import (
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

func TestExplicit(t *testing.T) {
	ann := memberOf("acme")
	dashboard := landed(redirect.Organization, "https://acme.example.test/dashboard")
	run(t, []row{
		// A path.
		{
			name: "a path lands on the host that the login began on", who: person{memberOf: []string{"acme", "globex"}, lastUsed: "acme"},
			redirect: "/reports?x=1#top", host: "globex",
			want: landed(redirect.Explicit, "https://globex.example.test/reports?x=1#top"),
		},
		{
			name: "else a path lands on the host of the inviting organization", who: ann, redirect: "/reports", invitation: "pending",
			want: landed(redirect.Explicit, "https://globex.example.test/reports"),
		},
		{
			name: "else a path lands on the host last used", who: person{memberOf: []string{"acme", "globex"}, lastUsed: "globex"}, redirect: "/reports",
			want: landed(redirect.Explicit, "https://globex.example.test/reports"),
		},
		{
			name: "else a path lands on the host of the only organization", who: ann, redirect: "/reports",
			want: landed(redirect.Explicit, "https://acme.example.test/reports"),
		},
		{
			name: "the host that the login began on goes before the invitation for a path", who: ann, redirect: "/reports", invitation: "pending", host: "acme",
			want: landed(redirect.Explicit, "https://acme.example.test/reports"),
		},
		{
			name: "a path of a person without organizations is dropped", redirect: "/reports",
			want: fellBack(store.NoOrganization).refusing(store.NoOrganization),
		},
		{
			name: "a path is dropped when the organization's subdomain is not verified", who: memberOf("initech"), redirect: "/reports",
			want: fellBack(store.SubdomainNotVerified).refusing(store.SubdomainNotVerified),
		},
		{
			name: "a path is dropped when the host it began on is not verified", who: person{memberOf: []string{"acme", "initech"}, lastUsed: "acme"},
			redirect: "/reports", host: "initech",
			want: fellBack(store.SubdomainNotVerified).refusing(store.SubdomainNotVerified),
		},
		{
			name: "a path meant for an inviting organization that is not verified goes nowhere else", who: person{memberOf: []string{"acme"}, lastUsed: "acme"}, redirect: "/reports", invitation: "unverified",
			want: dashboard.refusing(store.SubdomainNotVerified),
		},
		{
			name: "a path at a host where the person is not a member ends in the page", who: ann, redirect: "/reports", host: "globex",
			want: page(403, redirect.Organization, store.NotAMember),
		},
		{
			name: "the page goes before an invitation elsewhere when a path was asked for", who: memberOf("acme"), redirect: "/reports", host: "hooli", invitation: "pending",
			want: page(403, redirect.Organization, store.NotAMember),
		},
		{
			name: "a path at a host that is no organization's ends in the page", who: ann, redirect: "/reports", host: "nosuch",
			want: page(404, redirect.Organization, store.UnknownOrganization),
		},
		{
			name: "a path that is one of ours is a loop", who: ann, redirect: "/login",
			want: dashboard.refusing(store.Loop),
		},

		// An absolute URL.
		{
			name: "the host of a verified organization of the person", who: ann, redirect: "https://acme.example.test/x?y#z",
			want: landed(redirect.Explicit, "https://acme.example.test/x?y#z"),
		},
		{
			name: "it need not be the organization that the login began at", who: memberOf("acme", "globex"), redirect: "https://acme.example.test/", host: "globex",
			want: landed(redirect.Explicit, "https://acme.example.test/"),
		},
		{
			name: "nor does the login have to begin at an organization of the person", who: ann, redirect: "https://acme.example.test/", host: "globex",
			want: landed(redirect.Explicit, "https://acme.example.test/"),
		},
		{
			name: "an old slug lands on the current one", who: ann, redirect: "https://old-acme.example.test/x?y#z",
			want: landed(redirect.Explicit, "https://acme.example.test/x?y#z"),
		},
		{
			name: "the host of the app, even without any organization", redirect: "https://app.example.test/x",
			want: landed(redirect.Explicit, "https://app.example.test/x"),
		},
		{
			name: "a host that the operator allowed", redirect: "https://docs.partner.test/x",
			want: landed(redirect.Explicit, "https://docs.partner.test/x"),
		},
		{
			name: "a host one label under a suffix that the operator allowed", redirect: "https://pr-7.preview.partner.test/x",
			want: landed(redirect.Explicit, "https://pr-7.preview.partner.test/x"),
		},
		{
			name: "the chooser, which is where a browser without a session comes from", redirect: "https://login.example.test/organizations",
			want: landed(redirect.Explicit, "https://login.example.test/organizations"),
		},
		{
			name: "a real organization that the person is not a member of is answered with a page", who: ann, redirect: "https://globex.example.test/",
			want: page(403, redirect.Explicit, store.NotAMember).refusing(store.NotAMember),
		},
		{
			name: "so is one that is not verified: membership is asked first", who: ann, redirect: "https://initech.example.test/",
			want: page(403, redirect.Explicit, store.NotAMember).refusing(store.NotAMember),
		},
		{
			name: "and one that is named by an old slug", who: memberOf("globex"), redirect: "https://old-acme.example.test/",
			want: page(403, redirect.Explicit, store.NotAMember).refusing(store.NotAMember),
		},
		{
			name: "the page stands although another organization of the person could be landed on", who: person{memberOf: []string{"acme"}, lastUsed: "acme"},
			redirect: "https://globex.example.test/", host: "acme",
			want: page(403, redirect.Explicit, store.NotAMember).refusing(store.NotAMember),
		},
		{
			name: "an organization that the pending invitation opens is landed on", who: ann, redirect: "https://globex.example.test/x", invitation: "pending",
			want: landed(redirect.Explicit, "https://globex.example.test/x"),
		},
		{
			name: "one label that is no organization is refused, and the next step decides", who: ann, redirect: "https://nosuch.example.test/",
			want: dashboard.refusing(store.UnknownOrganization),
		},
		{
			name: "a reserved label is no organization", who: ann, redirect: "https://www.example.test/",
			want: dashboard.refusing(store.UnknownOrganization),
		},
		{
			name: "the person's own organization that is not verified is refused", who: person{memberOf: []string{"acme", "initech"}, lastUsed: "acme"},
			redirect: "https://initech.example.test/",
			want:     dashboard.refusing(store.SubdomainNotVerified),
		},
		{
			name: "a foreign host is refused", who: ann, redirect: "https://evil.test/",
			want: dashboard.refusing(store.Host),
		},
		{
			name: "a refused redirect leaves the word to the invitation first", who: ann, redirect: "https://evil.test/", invitation: "pending",
			want: landed(redirect.Invitation, "https://globex.example.test/dashboard").refusing(store.Host),
		},
		{
			name: "a refused redirect of a person without organizations falls back", redirect: "javascript:alert(1)",
			want: fellBack(store.NoOrganization).refusing(store.Scheme),
		},
		{
			name: "what does not parse is refused", who: ann, redirect: "//evil.test",
			want: dashboard.refusing(store.Malformed),
		},
		{
			name: "a slug from the operator's table that is no label never becomes a host", who: memberOf("crooked"), redirect: "https://crooked.example.test/",
			want: fellBack(store.SubdomainNotVerified).refusing(store.SubdomainNotVerified),
		},
		{
			name: "nor does one that is the login host's own label", who: memberOf("squatter"), redirect: "https://squatter.example.test/",
			want: fellBack(store.SubdomainNotVerified).refusing(store.SubdomainNotVerified),
		},
	})
}

func TestOnlyVerifiedIsAPlaceToLand(t *testing.T) {
	for _, slug := range []string{"initech", "verifying", "failed", "disabled"} {
		status := string(organizations()[slug].Status)
		run(t, []row{
			{
				name: status + " by a URL", who: memberOf(slug), redirect: "https://" + slug + ".example.test/",
				want: fellBack(store.SubdomainNotVerified).refusing(store.SubdomainNotVerified),
			},
			{name: status + " as the only one", who: memberOf(slug), want: fellBack(store.SubdomainNotVerified)},
			{name: status + " as the host it began on", who: memberOf(slug), host: slug, want: fellBack(store.SubdomainNotVerified)},
		})
	}
}
