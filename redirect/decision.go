package redirect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
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
	// Source and Age say where a lookup was answered from and how long ago
	// that was read; empty and zero where none was needed.
	Source store.Source
	Age    time.Duration
}

// decisionJSON is a [Decision] as explain prints it and receipts keep it.
type decisionJSON struct {
	Outcome Outcome      `json:"outcome"`
	Status  int          `json:"status"`
	URL     string       `json:"url"`
	Step    Step         `json:"step"`
	Reason  store.Reason `json:"reason"`
	Receipt string       `json:"receipt"`
	Trace   []entryJSON  `json:"trace"`
}

type entryJSON struct {
	Step       Step         `json:"step"`
	Verdict    Verdict      `json:"verdict"`
	Reason     store.Reason `json:"reason"`
	Detail     string       `json:"detail"`
	Source     store.Source `json:"source"`
	AgeSeconds float64      `json:"age_seconds"`
}

// MarshalJSON writes what explain and why answer. Organization, Invitation and
// RefusedRedirect are left out: they are for the caller that answers at once.
func (d Decision) MarshalJSON() ([]byte, error) {
	out := decisionJSON{
		Outcome: d.Outcome, Status: d.Status, URL: d.URL, Step: d.Step, Reason: d.Reason,
		Receipt: d.Receipt, Trace: make([]entryJSON, len(d.Trace)),
	}
	for i, e := range d.Trace {
		out.Trace[i] = entryJSON{
			Step: e.Step, Verdict: e.Verdict, Reason: e.Reason, Detail: e.Detail, Source: e.Source,
			AgeSeconds: e.Age.Round(time.Millisecond).Seconds(),
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // a URL stays legible; no page shows this unescaped
	if err := enc.Encode(out); err != nil {
		return nil, fmt.Errorf("write decision: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// UnmarshalJSON reads what [Decision.MarshalJSON] wrote, ages to the
// millisecond.
func (d *Decision) UnmarshalJSON(data []byte) error {
	var in decisionJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("read decision: %w", err)
	}
	*d = Decision{
		Outcome: in.Outcome, Status: in.Status, URL: in.URL, Step: in.Step, Reason: in.Reason,
		Receipt: in.Receipt, Trace: make([]Entry, len(in.Trace)),
	}
	for i, e := range in.Trace {
		const century = 100 * 365 * 24 * 60 * 60
		if e.AgeSeconds < 0 || e.AgeSeconds > century {
			return fmt.Errorf("read decision: an age of %g seconds", e.AgeSeconds)
		}
		d.Trace[i] = Entry{
			Step: e.Step, Verdict: e.Verdict, Reason: e.Reason, Detail: e.Detail, Source: e.Source,
			Age: time.Duration(math.Round(e.AgeSeconds*1000)) * time.Millisecond,
		}
	}
	return nil
}
