package redirect

import (
	"net/http"
	"time"

	"orglogin/store"
)

const noInvitation = "no invitation was brought"

// weighInvitation says whether the invitation holds for this person: not_given,
// ok, or the first reason against it. An invitation that holds counts as a
// membership from here on: the decision is the one after accepting.
func (j *judge) weighInvitation(now time.Time) store.Reason {
	if j.req.Invitation == "" {
		j.note(Invitation, NotReached, store.NotGiven, noInvitation)
		return store.NotGiven
	}
	if j.standing.Invitation == nil {
		return store.Unknown
	}
	inv := *j.standing.Invitation
	j.Invitation = &inv
	reason := j.holds(inv, now)
	if reason != store.OK {
		return reason
	}
	j.invited = &inv.Organization
	j.AcceptPending = inv.AcceptedBy == ""
	detail := "the person is a member of " + inv.Organization.Slug + " by it"
	if j.AcceptPending {
		detail = "the person may accept it, and is then a member of " + inv.Organization.Slug
	}
	j.lookedUp(Invitation, Passed, store.OK, detail)
	return store.OK
}

// holds weighs in the order in which stores do when they accept.
func (j *judge) holds(inv store.Invitation, now time.Time) store.Reason {
	switch inv.State(now) {
	case store.InvitationAccepted:
		// A former member does not come back by an old link.
		_, member := j.standing.Membership(inv.Organization.ID)
		if inv.AcceptedBy != j.standing.Profile.ID || !member {
			return store.Used
		}
		return store.OK
	case store.InvitationRevoked:
		return store.Revoked
	case store.InvitationExpired:
		return store.Expired
	}
	switch profile := j.standing.Profile; {
	case store.LowerASCII(inv.Email) != store.LowerASCII(profile.Email):
		return store.EmailMismatch
	case !profile.EmailVerified:
		return store.EmailNotVerified
	}
	return store.OK
}

// refuseInvitation ends in the page that says what is wrong with it. A redirect
// beside it is not followed: the person came for the invitation.
func (j *judge) refuseInvitation(reason store.Reason) {
	j.formOnly()
	status, detail := http.StatusGone, ""
	switch reason {
	case store.Unknown:
		status, detail = http.StatusNotFound, "nobody made an invitation with this token"
	case store.Expired:
		detail = "the invitation has expired"
	case store.Revoked:
		detail = "the invitation was revoked"
	case store.Used:
		detail = "the invitation was accepted before, not by a present member who asks now"
	case store.EmailMismatch:
		status, detail = http.StatusForbidden, "the invitation is for another address"
	case store.EmailNotVerified:
		status, detail = http.StatusForbidden, "the provider did not verify the address"
	}
	var org *store.Organization
	if j.Invitation != nil {
		org = &j.Invitation.Organization
	}
	j.lookedUp(Invitation, Refused, reason, detail)
	j.page(Invitation, reason, status, org)
}

// invitation is step 2: the dashboard of the inviting organization. It reports
// whether it decided.
func (j *judge) invitation() bool {
	if j.invited == nil {
		j.note(Invitation, Passed, store.NotGiven, noInvitation)
		return false
	}
	if j.waits {
		return false
	}
	org := *j.invited
	if reason := j.lands(org); reason != store.OK {
		j.lookedUp(Invitation, Refused, reason, "it holds, but "+j.whyNot(reason, org))
		return false
	}
	j.lookedUp(Invitation, Taken, store.OK, "the dashboard of "+org.Slug+", which invited the person")
	j.landOn(Invitation, org, j.site.DashboardPath)
	return true
}
