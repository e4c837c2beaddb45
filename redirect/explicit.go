package redirect

import (
	"net/http"

	"orglogin/store"
)

// explicit is step 1: the redirect parameter. It reports whether it decided.
func (j *decider) explicit() bool {
	switch {
	case j.form != store.OK:
		j.formOnly()
		return false
	case j.target.IsPath():
		return j.explicitPath()
	case j.target.origin.Host == j.site.App.Host && j.appAccess() != store.OK:
		j.RefusedRedirect = j.appAccess()
		j.refuseWithPage(Explicit, j.appAccess(), nil, "the session does not open the app outside any organization")
		return true
	case j.target.Slug() == "":
		j.note(Explicit, Taken, store.OK, "a host that the configuration allows")
		j.land(Explicit, j.target.String(), nil)
		return true
	}
	org, reason := j.member(j.target.Slug())
	switch reason {
	case store.OK:
		j.lookedUp(Explicit, Taken, reason, "a page of "+org.Slug+j.joined(org)+", which is open to the person")
		j.landOn(Explicit, org, j.target.pathQueryFragment())
		return true
	case store.NotAMember, store.SSORequiredReason:
		j.RefusedRedirect = reason
		j.refuseWithPage(Explicit, reason, &org, j.whyNot(reason, org))
		return true
	}
	j.refuseRedirect(reason, j.whyNot(reason, org))
	return false
}

// explicitPath takes a path on the host that the host hint, step 2 or step 3
// gives. Where step 3 has a page to show, the path waits for it.
func (j *decider) explicitPath() bool {
	org, reason := j.place()
	if j.req.Organization == "" && j.invited != nil {
		org, reason = *j.invited, j.access(*j.invited)
	}
	switch reason {
	case store.OK:
		j.lookedUp(Explicit, Taken, reason, "a path, taken on the host of "+org.Slug+j.joined(org))
		j.landOn(Explicit, org, j.target.pathQueryFragment())
		return true
	case store.NoOrganization, store.SubdomainNotVerified:
		j.refuseRedirect(reason, "a path without a host to take it on: "+j.whyNot(reason, org))
		return false
	}
	j.waits = true
	j.lookedUp(Explicit, Passed, reason, "a path, whose host is for the organization step to find")
	return false
}

// formOnly writes the entry of a redirect as far as its form alone decides it.
func (j *decider) formOnly() {
	switch j.form {
	case store.NotGiven:
		j.note(Explicit, Passed, j.form, "no redirect was asked for")
	case store.OK:
		j.note(Explicit, Passed, j.form, "well formed, and not asked any further")
	default:
		j.RefusedRedirect = j.form
		j.note(Explicit, Refused, j.form, formDetail(j.form))
	}
}

// refuseWithPage ends in the page of a place that the person may not use, in place
// of landing in another one.
func (j *decider) refuseWithPage(step Step, reason store.Reason, org *store.Organization, detail string) {
	j.lookedUp(step, Refused, reason, detail)
	j.page(step, reason, http.StatusForbidden, org)
}

func (j *decider) refuseRedirect(reason store.Reason, detail string) {
	j.RefusedRedirect = reason
	j.lookedUp(Explicit, Refused, reason, detail)
}

func (j *decider) landOn(step Step, org store.Organization, pathQueryFragment string) {
	j.land(step, j.site.OrganizationURL(org.Slug, pathQueryFragment), &org)
}

// formDetail never repeats the value, which may hold anything.
func formDetail(reason store.Reason) string {
	switch reason {
	case store.Malformed:
		return "neither one plain path nor one plain absolute URL of at most 2,048 bytes"
	case store.Scheme:
		return "the scheme is not that of the login host"
	case store.Userinfo:
		return "the URL holds a user name or password"
	case store.Port:
		return "the port is not that of the login host"
	case store.Host:
		return "the host is neither ours nor allowed"
	case store.Loop:
		return "the page belongs to the login itself"
	}
	return "the label under the base domain can be no organization's"
}
