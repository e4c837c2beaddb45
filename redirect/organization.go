package redirect

import (
	"net/http"
	"strconv"

	"orglogin/redirect/access"
	"orglogin/store"
)

// organization is step 3: the dashboard of the person's organization. It
// reports whether it decided.
func (j *decider) organization() bool {
	org, reason := j.place()
	switch reason {
	case store.OK:
		if org.ID == j.req.Joined {
			reason = store.Joined
		}
		j.lookedUp(Organization, Taken, reason, "the dashboard of "+org.Slug+j.joined(org))
		j.landOn(Organization, org, j.site.DashboardPath)
		j.Reason = reason
	case store.NotAMember, store.SSORequiredReason:
		j.refuseWithPage(Organization, reason, &org, j.whyNot(reason, org))
	case store.UnknownOrganization:
		j.lookedUp(Organization, Refused, reason, "the login began on a host that is no organization's")
		j.page(Organization, reason, http.StatusNotFound, nil)
	case store.Choose:
		j.lookedUp(Organization, Taken, reason, strconv.Itoa(len(j.snapshot.Memberships))+" organizations, and none used yet")
		j.page(Organization, reason, http.StatusFound, nil)
		path := ""
		if j.waits {
			path = j.target.written()
		}
		j.URL = j.site.ChooserURL(path)
	case store.NoOrganization:
		j.lookedUp(Organization, Passed, reason, j.whyNot(reason, org))
		return false
	default:
		j.lookedUp(Organization, Refused, reason, j.whyNot(reason, org))
		return false
	}
	return true
}

// joined is how a sentence about an organization ends where this login joined it.
func (j *decider) joined(org store.Organization) string {
	if org.ID == "" || org.ID != j.req.Joined {
		return ""
	}
	return ", which the login joined by the verified domain of the address"
}

// place is what step 3 goes by: the organization of the host that the login
// began on, else the one last used, else the only one. Without ok, the reason
// says why the person does not land there, and the organization, if there is one, which.
func (j *decider) place() (store.Organization, store.Reason) {
	if j.req.Organization != "" {
		return j.member(j.req.Organization)
	}
	places := j.snapshot.Memberships
	for _, m := range places {
		if m.Organization.ID != j.snapshot.LastUsed {
			continue
		}
		if reason := j.access(m.Organization); reason != store.SSORequiredReason {
			return m.Organization, reason
		}
	}
	switch len(places) {
	case 0:
		return store.Organization{}, store.NoOrganization
	case 1:
		return places[0].Organization, j.access(places[0].Organization)
	}
	return store.Organization{}, store.Choose
}

// member reports whether the person may use the organization with this slug,
// current or previous: ok, or the reason of [access.Decide].
func (j *decider) member(slug string) (store.Organization, store.Reason) {
	org, known := j.snapshot.OrganizationBySlug(slug)
	if !known {
		return store.Organization{}, store.UnknownOrganization
	}
	return org, j.access(org)
}

// access reports whether the session may be used on the host of the organization.
// The slug is checked as well: it comes from a table that may be the operator's
// own, and becomes part of Location.
func (j *decider) access(org store.Organization) store.Reason {
	d := access.Decide(access.Host{Slug: org.Slug, Organization: org}, j.req.Session, j.snapshot)
	if d.Allowed() && !j.site.ValidSlug(org.Slug) {
		return store.SubdomainNotVerified
	}
	return d.Reason
}

// whyNot is the sentence to a reason of [decider.place] and [decider.member].
func (j *decider) whyNot(reason store.Reason, org store.Organization) string {
	switch {
	case reason == store.UnknownOrganization:
		return "no organization has this host"
	case reason == store.NotAMember:
		return "the person is not a member of " + org.Slug
	case reason == store.SSORequiredReason:
		return "no connection of the session opens " + org.Slug
	case reason == store.NoOrganization:
		return "the person is in no organization"
	case org.Problem != "":
		return "the subdomain of " + org.Slug + " is not usable: " + org.Problem
	case org.Status == store.Verified:
		return "the slug of the organization is no host name of ours"
	}
	return "the subdomain of " + org.Slug + j.joined(org) + " is " + string(org.Status)
}
