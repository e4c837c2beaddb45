package app

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"orglogin/store"
)

// Report is what doctor found: the links of one person's chain, or the checks
// of the site. Its JSON is contract section 3's.
type Report struct {
	About  string    `json:"-"` // whom or what it is about
	Sound  bool      `json:"sound"`
	Broken string    `json:"broken"` // the first finding that is not well; empty when all are
	Checks []Finding `json:"checks"`
}

// Finding is one link or check.
type Finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Service is what the service reads, OwnClaims what the person's own claims
	// show: of links alone.
	Service   string `json:"service"`
	OwnClaims string `json:"own_claims"`
	Detail    string `json:"detail"`
	Mend      string `json:"mend"` // what to do; empty when all is well
}

// report takes what was found, in order.
func report(about string, findings []Finding) Report {
	r := Report{About: about, Sound: true, Checks: findings}
	for _, f := range findings {
		if !f.OK {
			r.Sound, r.Broken = false, f.Name
			break
		}
	}
	return r
}

// remark puts a text before the detail of a finding.
func (r Report) remark(name, text string) {
	for i, f := range r.Checks {
		if f.Name == name && f.Detail != "" {
			text += "; " + f.Detail
		}
		if f.Name == name {
			r.Checks[i].Detail = text
		}
	}
}

func ofLink(l store.Link) Finding {
	return Finding{Name: l.Name, OK: l.OK, Service: l.Service, OwnClaims: l.OwnClaims, Detail: l.Detail, Mend: l.Mend}
}

func ofCheck(c store.Check) Finding {
	return Finding{Name: c.Name, OK: c.OK, Detail: c.Detail, Mend: c.Mend}
}

// WriteJSON writes the report on one line.
func (r Report) WriteJSON(w io.Writer) error { return writeJSONLine(w, r) }

func writeJSONLine(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// WriteText writes a table for a person to read. Checks say their mend in their
// own rows. Below a table of links stands what the first broken one means, since
// those after it mostly follow from it, and what else is worth knowing.
func (r Report) WriteText(w io.Writer) error {
	fmt.Fprintln(w, r.About)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var notes []string
	for i, f := range r.Checks {
		state := "ok"
		if !f.OK {
			state = "broken"
		}
		if f.Service == "" && f.OwnClaims == "" {
			fmt.Fprintf(table, "  %s\t%s\t%s\n", oneLine(f.Name), state, oneLine(f.Detail))
			if f.Mend != "" {
				fmt.Fprintf(table, "  \t\tmend: %s\n", oneLine(f.Mend))
			}
			continue
		}
		if i == 0 {
			fmt.Fprintf(table, "  LINK\tSTATE\tTHE SERVICE READS\tOWN CLAIMS SHOW\n")
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", oneLine(f.Name), state, oneLine(f.Service), oneLine(f.OwnClaims))
		if f.Detail != "" && (f.OK || f.Name == r.Broken) {
			notes = append(notes, f.note())
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	end := "sound"
	if !r.Sound {
		end = "broken: " + oneLine(r.Broken)
	}
	_, err := fmt.Fprintln(w, strings.Join(append(notes, end), "\n"))
	return err
}

// note is what a finding means and how to mend it, for a person to read.
func (f Finding) note() string {
	text := oneLine(f.Name) + ": " + oneLine(f.Detail)
	if f.Mend != "" {
		text += "\n  mend: " + oneLine(f.Mend)
	}
	return text
}

// oneLine makes of a text, which may come from a database or a provider, what
// a terminal prints and does not obey.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
