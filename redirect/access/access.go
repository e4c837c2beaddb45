// Package access decides whether a session may be used on a host, and why not.
//
// [Decide] is pure. Every route that gives something to a signed-in person asks
// it: verify, forward, token, session, and the landing decision of package redirect.
package access

import (
	"slices"

	"orglogin/store"
)

// NoSession is the reason where no person is signed in. No word of the
// contract belongs to it: the answer is a login URL.
const NoSession store.Reason = ""

// Host is the host on which a session is to be used. The zero value is the login
// host, where every session may be used: what it gives is limited by [Visible].
type Host struct {
	// App says that it is the app's host, which belongs to no organization.
	App bool
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
	// Connection is the id of the connection that opens the host for the session,
	// the organization's own first; empty where none does.
	Connection string
	// Profile is the person as the host may see them: with the address, name and picture
	// that the organization's own connection asserts, where that opens it.
	Profile store.Profile
}

// Allowed reports whether the session may be used there.
func (d Decision) Allowed() bool { return d.Reason == store.OK }

// Decide checks, in this order, the host, the session, whether the person is
// disabled, the connections of the session, the membership and the status of the
// subdomain. The order is part of the contract: a person who is refused for the
// connections of the session does not learn whether they are a member. The session
// is nil where no person is signed in; the snapshot is then not read.
func Decide(host Host, session *store.Session, snapshot store.AccessSnapshot) Decision {
	d := Decision{Membership: store.Membership{Organization: host.Organization}, Profile: snapshot.Profile}
	var member bool
	if m, ok := snapshot.Membership(host.Organization.ID); ok {
		d.Membership, member = m, true
	}
	required := host.Organization.SSO == store.SSORequired || d.Membership.Organization.SSO == store.SSORequired
	var opened bool
	if session != nil {
		if c := opening(host, session, required); c != nil {
			d.Connection, opened = c.ConnectionID, true
			if host.Slug != "" {
				d.Profile = asserted(snapshot.Profile, c)
			}
		}
	}
	switch {
	case host.Organization.Slug != host.Slug: // unknown, or renamed
		d.Reason = store.UnknownOrganization
	case session == nil:
		d.Reason = NoSession
	case snapshot.Profile.Disabled:
		d.Reason = store.DisabledUser
	case !opened:
		d.Reason = store.SSORequiredReason
	case host.Slug == "":
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

// opening returns the connection of the session that opens the host. An
// organization's own connection opens that organization and no other; an operator
// connection opens the app and every organization that does not require its own.
func opening(host Host, session *store.Session, required bool) (opened *store.SessionConnection) {
	for i := range session.Connections {
		c := &session.Connections[i]
		switch operator := c.OrganizationID == ""; {
		case !operator && c.OrganizationID == host.Organization.ID:
			return c
		case opened != nil:
		case operator && !required, host == Host{}:
			opened = c
		}
	}
	return opened
}

// asserted returns the profile with what the connection asserts instead, which is nothing
// for an operator's. What it leaves out is the profile's.
func asserted(p store.Profile, c *store.SessionConnection) store.Profile {
	if c.Email != "" {
		p.Email, p.EmailVerified, p.Authoritative = c.Email, false, false // true for the profile's alone
	}
	if c.Name != "" {
		p.Name = c.Name
	}
	if c.Picture != "" {
		p.Picture = c.Picture
	}
	return p
}

// Opens reports whether a connection of the session opens the organization, whoever
// the person is.
func Opens(session *store.Session, organization store.Organization) bool {
	return opening(Host{Slug: organization.Slug, Organization: organization}, session, organization.SSO == store.SSORequired) != nil
}

// HasOperator reports whether the session has a login by an operator connection. One
// without acts for its organizations alone.
func HasOperator(session *store.Session) bool {
	return slices.ContainsFunc(session.Connections, func(c store.SessionConnection) bool { return c.OrganizationID == "" })
}

// Visible returns the snapshot with the memberships that the session may see: all
// of them with an operator connection, else those of the organizations whose
// connections it has.
func Visible(session *store.Session, snapshot store.AccessSnapshot) store.AccessSnapshot {
	if HasOperator(session) {
		return snapshot
	}
	var memberships []store.Membership // a new slice: others use the same snapshot
	for _, m := range snapshot.Memberships {
		if slices.ContainsFunc(session.Connections, func(c store.SessionConnection) bool { return c.OrganizationID == m.Organization.ID }) {
			memberships = append(memberships, m)
		}
	}
	snapshot.Memberships = memberships
	return snapshot
}
