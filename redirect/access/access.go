// Package access decides whether a session may be used on a host, and why not.
//
// [Decide] is pure. Every route that gives something to a signed-in person asks
// it: verify, forward, token, session, and the landing decision of package redirect.
package access

import "orglogin/store"

// NoSession is the reason where no person is signed in. No word of the
// contract belongs to it: the answer is a login URL.
const NoSession store.Reason = ""

// Host is the host on which a session is to be used. The zero value is a host that
// belongs to no organization: the login host or the app's.
type Host struct {
	// Slug is what the host name says, empty where the host is no organization's.
	Slug string
	// Organization was found by the slug. Its own slug differs where the
	// organization was renamed; it is zero where there is none.
	Organization store.Organization
}

// Decision says whether a session may be used on a host.
type Decision struct {
	// Reason is [store.OK], or the first reason against it.
	Reason store.Reason
	// Membership is the person's in the organization of the host. Without one, it
	// is the organization alone; it is zero on a host of no organization.
	Membership store.Membership
}

// Allowed reports whether the session may be used there.
func (d Decision) Allowed() bool { return d.Reason == store.OK }

// Decide checks, in this order, the host, the session, whether the person is
// disabled, the connections of the session, the membership and the status of the
// subdomain. The order is part of the contract: a person who is refused for the
// connections of the session does not learn whether they are a member. The session
// is nil where no person is signed in; the snapshot is then not read.
func Decide(host Host, session *store.Session, snapshot store.AccessSnapshot) Decision {
	d := Decision{Membership: store.Membership{Organization: host.Organization}}
	var member bool
	if m, ok := snapshot.Membership(host.Organization.ID); ok {
		d.Membership, member = m, true
	}
	switch anyOrganization := host.Slug == ""; {
	case !anyOrganization && host.Organization.Slug != host.Slug: // unknown, or renamed
		d.Reason = store.UnknownOrganization
	case session == nil:
		d.Reason = NoSession
	case snapshot.Profile.Disabled:
		d.Reason = store.DisabledUser
	case !opens(session, host.Organization):
		d.Reason = store.SSORequiredReason
	case anyOrganization:
		d.Reason = store.OK
	case !member:
		d.Reason = store.NotAMember
	case d.Membership.Organization.Status != store.Verified:
		d.Reason = store.SubdomainNotVerified
	default:
		d.Reason = store.OK
	}
	return d
}

// opens reports whether a connection of the session opens the organization, or,
// where that is zero, the hosts of no organization.
func opens(*store.Session, store.Organization) bool { return true }
