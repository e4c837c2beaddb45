package redirect

import (
	"time"

	"orglogin/store"
)

// Decision says where a signed-in person lands, or which page they get, and
// why. It holds no secret and no address of a person outside Invitation.
type Decision struct {
	Outcome Outcome
	// Status is 302 for Land and for the chooser, else the page's: 403, 404,
	// 410 or 503.
	Status int
	URL    string // where a 302 goes, ASCII; empty for other pages
	Step   Step   // the step that decided
	Reason store.Reason
	// Organization is where it lands, or which one a page is about; nil for
	// neither.
	Organization *store.Organization
	// Invitation is the one that the request brought, nil when it brought none
	// or the token is unknown.
	Invitation *store.Invitation
	// AcceptPending says that the invitation is pending and that this person may
	// accept it. The decision is then the one after accepting.
	AcceptPending bool
	// AlreadyMember says of such an invitation that accepting it changes nothing:
	// the person is an active member, and their role is not lower than the one offered.
	AlreadyMember bool
	// RefusedRedirect is why the redirect was refused, empty when it was not:
	// the value of X-Redirect-Refused.
	RefusedRedirect store.Reason
	Receipt         string  // id under which the caller stored the decision
	Trace           []Entry // the four steps, in order
}

// DependsOnOffers reports whether the person has no place, so that the decision is made
// again with what they may ask to join in [Request.Offers].
func (d Decision) DependsOnOffers() bool {
	return d.Step == Fallback && d.Reason == store.NoOrganization
}

// Outcome is what the browser gets.
type Outcome string

// The outcomes.
const (
	Land Outcome = "land" // the browser is sent to URL
	Page Outcome = "page" // a page, the chooser (a 302 to it) among them
)

// Step is one of the four.
type Step string

// The steps, in their order.
const (
	Explicit     Step = "explicit"
	Invitation   Step = "invitation"
	Organization Step = "organization"
	Fallback     Step = "fallback"
)

// Verdict is what became of one step.
type Verdict string

// The verdicts.
const (
	Taken      Verdict = "taken"       // it decided
	Refused    Verdict = "refused"     // it was asked, and what it says does not hold
	Passed     Verdict = "passed"      // it had nothing to say, or left the word to another
	NotReached Verdict = "not_reached" // an earlier one decided
)

// Entry is one step in the trace.
type Entry struct {
	Step    Step
	Verdict Verdict
	Reason  store.Reason // not_given where the step was not reached
	Detail  string       // one short sentence for people
	// Source and Age tell where a lookup was answered from and how long ago
	// that was read; empty and zero where none was needed.
	Source store.Source
	Age    time.Duration
}
