package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/redirect"
	"orglogin/store"
)

// Explained is one decision, for a person to read.
type Explained struct {
	About    string // whose it is
	UserID   string // empty for an address that no profile has
	Decision redirect.Decision
}

// Receipt finds a stored decision, whoever it belongs to.
func (o *Operator) Receipt(ctx context.Context, id string) (Explained, error) {
	if !store.ValidReceiptID(id) {
		return Explained{}, config.BadParameter{Name: "receipt", Problem: fmt.Sprintf("%s is no receipt: they have 16 characters of a-z and 2-7", config.Show(id))}
	}
	receipt, err := o.db.AnyReceipt(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Explained{}, errors.New("no such receipt: they are kept 30 days, and stored up to a second late")
	}
	if err != nil {
		return Explained{}, fmt.Errorf("find the receipt: %w", err)
	}
	e := Explained{UserID: receipt.UserID, About: "Profile " + receipt.UserID + " at " + receipt.At.UTC().Format(time.RFC3339)}
	if err := json.Unmarshal(receipt.Decision, &e.Decision); err != nil {
		return Explained{}, fmt.Errorf("receipt %s: %w", id, err)
	}
	return e, nil
}

// WriteJSON writes the decision as contract section 3 has it, on one line.
func (e Explained) WriteJSON(w io.Writer) error { return WriteJSON(w, e.Decision) }

// WriteText writes the steps as a table, and where they lead.
func (e Explained) WriteText(w io.Writer) error {
	fmt.Fprintln(w, e.About)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range e.Decision.Trace {
		detail := t.Detail
		if t.Source != "" {
			detail += fmt.Sprintf(" (%s, %s old)", t.Source, t.Age.Round(time.Millisecond))
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", t.Step, t.Verdict, t.Reason, detail)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, e.result())
	return err
}

func (e Explained) result() string {
	d := e.Decision
	text := fmt.Sprintf("%d page, %s", d.Status, d.Reason)
	if d.Status == http.StatusFound {
		text = fmt.Sprintf("%d %s", d.Status, d.URL)
	}
	switch {
	case d.AlreadyMember:
		text += " (the person is already a member: accepting the invitation changes nothing)"
	case d.AcceptPending:
		text += " (the login would accept the invitation)"
	}
	return text
}

// WriteJSON writes v on one line, as doctor and explain do.
func WriteJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(v)
}
