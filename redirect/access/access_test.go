package access_test

import (
	"testing"

	"orglogin/redirect/access"
	"orglogin/store"
)

// The connections of the tables: an operator's, and those of two organizations.
var (
	operator   = store.SessionConnection{ConnectionID: "default"}
	acmeOwn    = store.SessionConnection{ConnectionID: "c-acme", OrganizationID: "1"}
	initechOwn = store.SessionConnection{ConnectionID: "c-initech", OrganizationID: "2"}
)

func with(connections ...store.SessionConnection) *store.Session {
	return &store.Session{ID: "s", UserID: "ann", Connections: connections}
}

func TestDecide(t *testing.T) {
	acme := store.Organization{ID: "1", Name: "Acme", Slug: "acme", Status: store.Verified}
	pending := store.Organization{ID: "2", Name: "Initech", Slug: "initech", Status: store.Pending}
	renamed := store.Organization{ID: "1", Name: "Apex", Slug: "apex", Status: store.Verified}
	signedIn := with(operator)
	acmeRequired := acme
	acmeRequired.SSO = store.SSORequired
	memberRequired := store.AccessSnapshot{Memberships: []store.Membership{{Organization: acmeRequired, Role: "owner"}}}
	requiredHost := access.Host{Slug: "acme", Organization: acmeRequired}
	appHost := access.Host{App: true}
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
		{"the app's host", appHost, signedIn, stranger, store.OK, ""},
		{"the app's host without a session", appHost, nil, stranger, access.NoSession, ""},
		{"a disabled person on the app's host", appHost, signedIn, disabled, store.DisabledUser, ""},
		{"the app's host by an organization's connection", appHost, with(acmeOwn), member, store.SSORequiredReason, ""},
		{"the login host", access.Host{}, with(acmeOwn), member, store.OK, ""},
		{"the organization's own connection", acmeHost, with(acmeOwn), member, store.OK, "owner"},
		{"the connection of another organization", acmeHost, with(initechOwn), member, store.SSORequiredReason, "owner"},
		{"an operator connection where the organization requires its own", requiredHost, signedIn, memberRequired, store.SSORequiredReason, "owner"},
		{"an operator connection where the membership alone says that", acmeHost, signedIn, memberRequired, store.SSORequiredReason, "owner"},
		{"the required connection", requiredHost, with(acmeOwn), memberRequired, store.OK, "owner"},
		{"a session without any connection", acmeHost, with(), member, store.SSORequiredReason, "owner"},
		{"a session without any connection on the login host", access.Host{}, with(), member, store.SSORequiredReason, ""},

		// The first reason against it is reported.
		{"the host comes before the session", access.Host{Slug: "nosuch"}, nil, stranger, store.UnknownOrganization, ""},
		{"the session comes before the person", acmeHost, nil, disabled, access.NoSession, "owner"},
		{"the person comes before the membership", access.Host{Slug: "acme", Organization: acme}, signedIn, store.AccessSnapshot{Profile: store.Profile{Disabled: true}}, store.DisabledUser, ""},
		{"the person comes before the connection", acmeHost, with(initechOwn), disabled, store.DisabledUser, "owner"},
		{"the connection comes before the membership", acmeHost, with(initechOwn), stranger, store.SSORequiredReason, ""},
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

// What an organization's own connection asserts of the person is for its host alone.
func TestDecideSaysWhoThePersonIsOnTheHost(t *testing.T) {
	organization := func(id, slug string) store.Organization {
		return store.Organization{ID: id, Slug: slug, Status: store.Verified}
	}
	acme, initech := organization("1", "acme"), organization("2", "initech")
	profile := store.Profile{ID: "ann", Email: "ann@home.test", EmailVerified: true, Authoritative: true, Name: "Ann", Picture: "https://home.test/ann"}
	snapshot := store.AccessSnapshot{Profile: profile, Memberships: []store.Membership{{Organization: acme}, {Organization: initech}}}
	own, nameless := acmeOwn, acmeOwn
	own.Email, own.Name, own.Picture = "ann@acme.test", "Ann of Acme", "https://acme.test/ann"
	nameless.Email = "ann@acme.test"
	asserted := store.Profile{ID: "ann", Email: "ann@acme.test", Name: "Ann of Acme", Picture: "https://acme.test/ann"}
	for _, c := range []struct {
		name    string
		host    access.Host
		session *store.Session
		want    store.Profile
	}{
		{"at its own organization", access.Host{Slug: "acme", Organization: acme}, with(own), asserted},
		{"beside an operator's connection too", access.Host{Slug: "acme", Organization: acme}, with(operator, own), asserted},
		{"at another organization", access.Host{Slug: "initech", Organization: initech}, with(own, operator), profile},
		{"at another organization that it does not open", access.Host{Slug: "initech", Organization: initech}, with(own), profile},
		{"at another organization, by that one's connection", access.Host{Slug: "initech", Organization: initech}, with(own, initechOwn), profile},
		{"on the app's host", access.Host{App: true}, with(own, operator), profile},
		{"on the login host", access.Host{}, with(own), profile},
		{"by an operator's connection alone", access.Host{Slug: "acme", Organization: acme}, with(operator), profile},
		{"where it asserts an address alone", access.Host{Slug: "acme", Organization: acme}, with(nameless), store.Profile{
			ID: "ann", Email: "ann@acme.test", Name: "Ann", Picture: "https://home.test/ann",
		}},
		{"where it asserts nothing", access.Host{Slug: "acme", Organization: acme}, with(acmeOwn), profile},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := access.Decide(c.host, c.session, snapshot).Profile; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
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
	if d := access.Decide(access.Host{Slug: "acme", Organization: found}, with(operator), snapshot); d.Reason != store.SubdomainNotVerified {
		t.Errorf("decided %q", d.Reason)
	}
}
