package access_test

import (
	"testing"

	"orglogin/redirect/access"
	"orglogin/store"
)

func TestDecide(t *testing.T) {
	acme := store.Organization{ID: "1", Name: "Acme", Slug: "acme", Status: store.Verified}
	pending := store.Organization{ID: "2", Name: "Initech", Slug: "initech", Status: store.Pending}
	renamed := store.Organization{ID: "1", Name: "Apex", Slug: "apex", Status: store.Verified}
	signedIn := &store.Session{ID: "s", UserID: "ann"}
	member := store.AccessSnapshot{Memberships: []store.Membership{
		{Organization: acme, Role: "owner"}, {Organization: pending, Role: "member"},
	}}
	stranger := store.AccessSnapshot{}
	disabled := member
	disabled.Profile.Disabled = true

	acmeHost := access.Host{Slug: "acme", Organization: acme}
	for _, c := range []struct {
		name     string
		host     access.Host
		session  *store.Session
		snapshot store.AccessSnapshot
		want     store.Reason
		role     string
	}{
		{"a member on the host of the organization", acmeHost, signedIn, member, store.OK, "owner"},
		{"a person who is no member", acmeHost, signedIn, stranger, store.NotAMember, ""},
		{"a browser without a session", acmeHost, nil, member, access.NoSession, "owner"},
		{"a disabled member", acmeHost, signedIn, disabled, store.DisabledUser, "owner"},
		{"a member of an organization that is not verified", access.Host{Slug: "initech", Organization: pending}, signedIn, member, store.SubdomainNotVerified, "member"},
		{"a host that no organization has", access.Host{Slug: "nosuch"}, signedIn, member, store.UnknownOrganization, ""},
		{"the previous host of a renamed organization", access.Host{Slug: "acme", Organization: renamed}, signedIn, member, store.UnknownOrganization, "owner"},
		{"a host of no organization", access.Host{}, signedIn, stranger, store.OK, ""},
		{"a host of no organization without a session", access.Host{}, nil, stranger, access.NoSession, ""},
		{"a disabled person on a host of no organization", access.Host{}, signedIn, disabled, store.DisabledUser, ""},

		// The first reason against it is reported.
		{"the host comes before the session", access.Host{Slug: "nosuch"}, nil, stranger, store.UnknownOrganization, ""},
		{"the session comes before the person", acmeHost, nil, disabled, access.NoSession, "owner"},
		{"the person comes before the membership", access.Host{Slug: "acme", Organization: acme}, signedIn, store.AccessSnapshot{Profile: store.Profile{Disabled: true}}, store.DisabledUser, ""},
		{"the membership comes before the subdomain", access.Host{Slug: "initech", Organization: pending}, signedIn, stranger, store.NotAMember, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := access.Decide(c.host, c.session, c.snapshot)
			if d.Reason != c.want || d.Allowed() != (c.want == store.OK) {
				t.Errorf("decided %q, want %q", d.Reason, c.want)
			}
			if d.Membership.Role != c.role || d.Membership.Organization.ID != c.host.Organization.ID {
				t.Errorf("the membership is %+v, want the role %q in %s", d.Membership, c.role, c.host.Organization.ID)
			}
		})
	}
}

// A membership says where the person lands, which an operator's own function may
// answer differently from the lookup of the host.
func TestDecideGoesByTheStatusOfTheMembership(t *testing.T) {
	found := store.Organization{ID: "1", Slug: "acme", Status: store.Verified}
	broken := found
	broken.Status, broken.Problem = store.Failed, "another id"
	snapshot := store.AccessSnapshot{Memberships: []store.Membership{{Organization: broken, Role: "member"}}}
	if d := access.Decide(access.Host{Slug: "acme", Organization: found}, &store.Session{}, snapshot); d.Reason != store.SubdomainNotVerified {
		t.Errorf("decided %q", d.Reason)
	}
}
