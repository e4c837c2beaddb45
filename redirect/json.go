package redirect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"orglogin/store"
)

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
