package doctor

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/store"
)

// Report is the result of doctor: the checks of the site, or the links of one
// person's account chain. Its JSON is that of contract section 3.
type Report struct {
	Title  string    `json:"-"`
	OK     bool      `json:"ok"`
	Failed string    `json:"failed"` // the first check that failed, or empty
	Checks []Finding `json:"checks"`
}

// PersonReport is the report of one profile.
type PersonReport struct {
	UserID string `json:"user_id"`
	Email  string `json:"email,omitempty"` // only in a list of many people
	Report
}

// Finding is the result of one check or link.
type Finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Service is what the service reads, OwnClaims what the person's own claims
	// show. Only links have them.
	Service   string `json:"service"`
	OwnClaims string `json:"own_claims"`
	Detail    string `json:"detail"`
	Fix       string `json:"fix"` // see [store.Check]; empty when the check passed
}

// newReport returns the report of findings, in order.
func newReport(title string, findings []Finding) Report {
	r := Report{Title: title, OK: true, Checks: findings}
	for _, f := range findings {
		if !f.OK {
			r.OK, r.Failed = false, f.Name
			break
		}
	}
	return r
}

// FailureReport is the report of a command that failed itself.
func FailureReport(err error) Report {
	f := Finding{
		Name: "database", Detail: err.Error(),
		Fix: "start the database, and check the addresses in " + config.Prefix + "DATABASE_URL and " + config.Prefix + "DATABASE_ADMIN_URL",
	}
	var mistakes config.Mistakes
	var misuse config.Misuse
	switch {
	case errors.As(err, &mistakes):
		var findings []Finding
		for _, m := range mistakes {
			findings = append(findings, ofMistake("configuration", m))
		}
		return newReport("The configuration", findings)
	case errors.As(err, &misuse):
		f.Name, f.Fix = "usage", "run: orglogin doctor --help"
	case errors.Is(err, store.ErrBehind):
		f.Fix = "run: orglogin migrate"
	case errors.Is(err, database.ErrNotOwner):
		f.Fix = "set " + config.Prefix + "DATABASE_ADMIN_URL to the URL of the database's owner"
	}
	return newReport("The command", []Finding{f})
}

// addDetail puts a text before the detail of a finding.
func (r Report) addDetail(name, text string) {
	for i, f := range r.Checks {
		if f.Name != name {
			continue
		}
		if f.Detail != "" {
			text += "; " + f.Detail
		}
		r.Checks[i].Detail = text
	}
}

func ofLink(l store.Link) Finding {
	return Finding{Name: l.Name, OK: l.OK, Service: l.Service, OwnClaims: l.OwnClaims, Detail: l.Detail, Fix: l.Fix}
}

func ofCheck(c store.Check) Finding {
	return Finding{Name: c.Name, OK: c.OK, Detail: c.Detail, Fix: c.Fix}
}

func ofMistake(name string, m config.Mistake) Finding {
	detail := m.Name() + " " + m.Problem
	if m.Value != "" {
		detail = m.Name() + "=" + m.Value + " " + m.Problem
	}
	return Finding{Name: name, Detail: detail, Fix: m.Fix}
}

// WriteText writes a table for a person to read. A check has its fix right
// below. Below a table of links is the explanation of the first that failed,
// because the later ones mostly follow from it, and of what is hidden.
func (r Report) WriteText(w io.Writer) error {
	fmt.Fprintln(w, r.Title)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	var notes []string
	for i, f := range r.Checks {
		state := "ok"
		if !f.OK {
			state = "failed"
		}
		if f.Service == "" && f.OwnClaims == "" {
			fmt.Fprintf(table, "  %s\t%s\t%s\n", oneLine(f.Name), state, oneLine(f.Detail))
			for _, line := range f.fixLines() {
				fmt.Fprintf(table, "  \t\tfix: %s\n", line)
			}
			continue
		}
		if i == 0 {
			fmt.Fprintf(table, "  LINK\tSTATE\tTHE SERVICE READS\tOWN CLAIMS SHOW\n")
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", oneLine(f.Name), state, oneLine(f.Service), oneLine(f.OwnClaims))
		if f.Detail != "" && (f.OK || f.Name == r.Failed) {
			notes = append(notes, f.note())
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	end := "ok"
	if !r.OK {
		end = "failed: " + oneLine(r.Failed)
	}
	_, err := fmt.Fprintln(w, strings.Join(append(notes, end), "\n"))
	return err
}

// WriteText writes whose report it is, and what failed with its fix.
func (p PersonReport) WriteText(w io.Writer) error {
	if p.Email == "" {
		return p.Report.WriteText(w)
	}
	text := fmt.Sprintf("%s (profile %s)\n", oneLine(p.Email), p.UserID)
	for _, f := range p.Checks {
		text += f.note() + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// note is the explanation of a finding and its fix.
func (f Finding) note() string {
	text := oneLine(f.Name) + ": " + oneLine(f.Detail)
	for _, line := range f.fixLines() {
		text += "\n  fix: " + line
	}
	return text
}

func (f Finding) fixLines() []string {
	if f.Fix == "" {
		return nil
	}
	var lines []string
	for line := range strings.SplitSeq(f.Fix, "\n") {
		lines = append(lines, oneLine(line))
	}
	return lines
}

// oneLine replaces the characters that a terminal would obey: the text may come
// from a database or a provider.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}
