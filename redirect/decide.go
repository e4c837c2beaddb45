package redirect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"orglogin/redirect/access"
	"orglogin/store"
)

// Decide takes the four steps: the first that can answer decides. It is pure.
// snapshot must answer [Site.AccessQuery] of req, and req must have a session.
func Decide(site Site, req Request, snapshot store.AccessSnapshot, now time.Time) Decision {
	j := newDecider(site, req, access.Visible(req.Session, snapshot))
	if snapshot.Profile.Disabled {
		j.disabled()
		return j.Decision
	}
	switch offer := j.readInvitation(now); {
	case offer != store.NotGiven && offer != store.OK:
		j.refuseInvitation(offer)
	case j.explicit(), j.invitation(), j.organization():
	default:
		j.fallback()
	}
	return j.Decision
}

// LookupFailed is the decision when the snapshot could not be read: the first
// step that form alone does not settle says so, and no later one is reached.
func LookupFailed(site Site, req Request) Decision {
	j := newDecider(site, req, store.AccessSnapshot{})
	step := Explicit
	if j.form != store.OK {
		j.formOnly()
		step = Organization
		if req.Invitation != "" {
			step = Invitation
		} else {
			j.note(Invitation, Passed, store.NotGiven, noInvitation)
		}
	}
	j.note(step, Refused, store.LookupFailed, "the lookup failed, and no landing is guessed")
	j.page(step, store.LookupFailed, http.StatusServiceUnavailable, nil)
	return j.Decision
}

// decider makes one decision.
type decider struct {
	Decision
	site     Site
	req      Request
	snapshot store.AccessSnapshot
	target   Target
	form     store.Reason // what form alone says of the redirect
	invited  *store.Organization
	waits    bool // the redirect is a path that step 3 answers with a page
}

func newDecider(site Site, req Request, snapshot store.AccessSnapshot) *decider {
	j := &decider{site: site, req: req, snapshot: snapshot}
	j.target, j.form = site.Parse(req.Redirect)
	j.Trace = make([]Entry, 0, 4)
	for _, step := range [...]Step{Explicit, Invitation, Organization, Fallback} {
		j.Trace = append(j.Trace, Entry{
			Step: step, Verdict: NotReached, Reason: store.NotGiven, Detail: "decided before",
		})
	}
	return j
}

// note writes the entry of a step.
func (j *decider) note(step Step, v Verdict, reason store.Reason, detail string) *Entry {
	i := slices.IndexFunc(j.Trace, func(e Entry) bool { return e.Step == step })
	j.Trace[i] = Entry{Step: step, Verdict: v, Reason: reason, Detail: detail}
	return &j.Trace[i]
}

// lookedUp is note for a step that needed the snapshot.
func (j *decider) lookedUp(step Step, v Verdict, reason store.Reason, detail string) {
	e := j.note(step, v, reason, detail)
	e.Source, e.Age = j.snapshot.Source, j.snapshot.Age
}

func (j *decider) land(step Step, url string, org *store.Organization) {
	j.Outcome, j.Status, j.Step, j.Reason = Land, http.StatusFound, step, store.OK
	j.URL, j.Organization = url, org
}

func (j *decider) page(step Step, reason store.Reason, status int, org *store.Organization) {
	j.Outcome, j.Status, j.Step, j.Reason = Page, status, step, reason
	j.Organization = org
}

// disabled is for a person who was locked out after the session began.
func (j *decider) disabled() {
	j.lookedUp(Explicit, Refused, store.DisabledUser, "the account is disabled: no step is taken")
	j.page(Explicit, store.DisabledUser, http.StatusForbidden, nil)
}

// fallback is step 4. Its reason is why step 3 had no place. A session that does not
// open the app goes to the chooser, and so does a person without an organization who may
// ask to join one, or has asked.
func (j *decider) fallback() {
	_, reason := j.place()
	detail := "the chooser: the session does not open the app outside any organization"
	asks := reason == store.NoOrganization && len(j.req.Offers) > 0
	switch {
	case asks && slices.ContainsFunc(j.req.Offers, func(o store.JoinOffer) bool { return o.Waiting }):
		reason, detail = store.JoinRequested, "the chooser: a request of the person to join an organization waits"
	case asks:
		detail = "the chooser: the person may ask to join an organization"
	case j.appAccess() == store.OK:
		j.land(Fallback, j.site.App.String()+j.site.FallbackPath, nil)
		j.Reason = reason
		j.note(Fallback, Taken, reason, "the app outside any organization")
		return
	}
	j.page(Fallback, reason, http.StatusFound, nil)
	j.URL = j.site.ChooserURL("")
	j.note(Fallback, Taken, reason, detail)
}

// appAccess reports whether the session may be used on the app's host.
func (j *decider) appAccess() store.Reason {
	return access.Decide(access.Host{App: true}, j.req.Session, j.snapshot).Reason
}

// Request is the intent of one login and who asks.
type Request struct {
	// Session is the one that lands, nil only for [Site.AccessQuery] before there is one.
	Session      *store.Session
	Redirect     []string // every value of the parameter, as given
	Invitation   string   // the token, empty without one
	Organization string   // slug of the organization host that the login began on, empty for the login host
	// Joined is the id of the organization that this very login joined by the verified
	// domain of the address, empty for none.
	Joined string
	// Offers are what the person may ask to join. They are read only where the decision
	// without them says so: see [Decision.DependsOnOffers].
	Offers []store.JoinOffer
}

// Resolve reads what the decision needs to know, once, and decides. It returns what
// the session may see of the snapshot. When the lookup fails, the error comes with the
// decision to answer with: 503, lookup_failed, the whole trace. When there is no
// such person, the error is [store.ErrNotFound] and the decision is zero: without
// a profile there is no landing.
func Resolve(ctx context.Context, site Site, accounts store.Accounts, req Request, now time.Time) (Decision, store.AccessSnapshot, error) {
	snapshot, err := accounts.AccessSnapshot(ctx, site.AccessQuery(req))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Decision{}, snapshot, fmt.Errorf("resolve: the person's profile: %w", err)
	case err != nil:
		return LookupFailed(site, req), snapshot, fmt.Errorf("resolve: the person's snapshot: %w", err)
	}
	return Decide(site, req, snapshot, now), access.Visible(req.Session, snapshot), nil
}

// AccessQuery is what the decision on req needs to know. Nothing that could not
// be the name of an organization or a token is ever looked up. A [store.Login]
// takes its Slugs and Invitation from here too, so that its snapshot answers.
func (s Site) AccessQuery(req Request) store.AccessQuery {
	var q store.AccessQuery
	if req.Session != nil {
		q.UserID = req.Session.UserID
	}
	if s.ValidSlug(req.Organization) {
		q.Slugs = append(q.Slugs, req.Organization)
	}
	target, _ := s.Parse(req.Redirect)
	if slug := target.Slug(); slug != "" && slug != req.Organization {
		q.Slugs = append(q.Slugs, slug)
	}
	if plausibleToken(req.Invitation) {
		q.Invitation = store.HashToken(req.Invitation)
	}
	return q
}

// maxToken is longer than any token that we or an import file would make.
const maxToken = 256

func plausibleToken(token string) bool { return token != "" && len(token) <= maxToken }
