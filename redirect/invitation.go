package redirect

import (
	"net/http"
	"slices"
	"time"

	"orglogin/redirect/access"
	"orglogin/store"
)

const noInvitation = "no invitation was brought"

// readInvitation says whether the invitation may be accepted, or was, by this
// person: not_given, ok, or the first reason against it. One that may be counts
// as a membership from here on: the decision is the one after accepting.
func (j *decider) readInvitation(now time.Time) store.Reason {
	if j.req.Invitation == "" {
		j.note(Invitation, NotReached, store.NotGiven, noInvitation)
		return store.NotGiven
	}
	var inv *store.Invitation
	who := store.Invitee{
		ProfileID: j.snapshot.Profile.ID, Email: j.snapshot.Profile.Email, EmailVerified: j.snapshot.Profile.EmailVerified,
	}
	if j.snapshot.Invitation != nil {
		copied := *j.snapshot.Invitation
		inv = &copied
		m, _ := j.snapshot.Membership(inv.Organization.ID)
		who.Role = m.Role
	}
	offer := inv.For(who, now)
	j.Invitation = inv
	switch offer.Reason {
	case store.Unknown, store.Revoked, store.Expired:
		return offer.Reason
	}
	if !access.Opens(j.req.Session, inv.Organization) {
		return store.SSORequiredReason // before anything about the person
	}
	if offer.Reason != store.OK {
		return offer.Reason
	}
	invited := inv.Organization
	if member, is := j.snapshot.Membership(invited.ID); is {
		invited = member.Organization // after acceptance the membership has the place
	} else { // others use the same snapshot: append to a copy
		j.snapshot.Memberships = append(slices.Clip(j.snapshot.Memberships), store.Membership{Organization: invited, Role: inv.Role})
	}
	j.invited, j.AcceptPending, j.AlreadyMember = &invited, offer.Pending, offer.Pending && !offer.Changes
	detail := "the person is a member of " + inv.Organization.Slug + " by it"
	switch {
	case j.AlreadyMember:
		detail = "the person is already a member of " + inv.Organization.Slug + " as " + who.Role + ": accepting changes nothing"
	case j.AcceptPending && who.Role != "":
		detail = "the person is a member of " + inv.Organization.Slug + " as " + who.Role + ", and by accepting becomes " + inv.Role
	case j.AcceptPending:
		detail = "the person may accept it, and is then a member of " + inv.Organization.Slug
	}
	j.lookedUp(Invitation, Passed, store.OK, detail)
	return store.OK
}

// refuseInvitation ends in the page that says what is wrong with it. A redirect
// beside it is not followed: the person came for the invitation.
func (j *decider) refuseInvitation(reason store.Reason) {
	j.formOnly()
	status, detail := http.StatusGone, ""
	switch reason {
	case store.Unknown:
		status, detail = http.StatusNotFound, "no invitation has this token"
	case store.Expired:
		detail = "the invitation has expired"
	case store.Revoked:
		detail = "the invitation was revoked"
	case store.Used:
		detail = "the invitation was accepted before, not by a present member who asks now"
	case store.SSORequiredReason:
		status, detail = http.StatusForbidden, j.whyNot(reason, j.Invitation.Organization)
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
func (j *decider) invitation() bool {
	if j.invited == nil {
		j.note(Invitation, Passed, store.NotGiven, noInvitation)
		return false
	}
	if j.waits {
		return false
	}
	org := *j.invited
	if reason := j.access(org); reason != store.OK {
		j.lookedUp(Invitation, Refused, reason, "it holds, but "+j.whyNot(reason, org))
		return false
	}
	j.lookedUp(Invitation, Taken, store.OK, "the dashboard of "+org.Slug+", which invited the person")
	j.landOn(Invitation, org, j.site.DashboardPath)
	return true
}
