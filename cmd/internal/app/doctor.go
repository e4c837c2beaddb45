package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"time"

	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/sqlite"
)

// examiner is what doctor asks of a database.
type examiner interface {
	store.Examiner
	io.Closer
}

// openExaminer opens the database as the service and as the owner, and refuses
// neither role: what is wrong with them is for the examiner to tell.
func openExaminer(ctx context.Context, d Database, logger *slog.Logger) (examiner, error) {
	if d.Path != "" {
		return sqlite.Open(ctx, sqlite.Config{Path: d.Path, Now: time.Now, Logger: logger})
	}
	return postgres.OpenExaminer(ctx,
		postgres.Config{URL: d.URL, Now: time.Now, Logger: logger},
		postgres.Config{URL: d.AdminURL, Now: time.Now, Logger: logger})
}

// Doctor walks people's account chains. It changes nothing.
type Doctor struct {
	operator *Operator
	examiner examiner
	// service says that the examiner reads as the service does, so that what is
	// wrong with its role or its functions is worth telling.
	service bool
}

// OpenDoctor opens the database as the service and as its owner. The error is
// as that of [OpenOperator].
func OpenDoctor(ctx context.Context, d Database, logger *slog.Logger) (*Doctor, error) {
	operator, err := OpenOperator(ctx, d, nil, logger)
	if err != nil {
		return nil, err
	}
	e, err := openExaminer(ctx, d, logger)
	if err != nil {
		return nil, joinClose(fmt.Errorf("open the database: %w", err), operator)
	}
	return &Doctor{operator: operator, examiner: e, service: d.URL != d.AdminURL}, nil
}

// Close lets go of the database.
func (d *Doctor) Close() error { return errors.Join(d.examiner.Close(), d.operator.Close()) }

// Person reports the chain of every profile of an address, oldest first. An
// address that nobody has is one report: nothing of a chain is there.
func (d *Doctor) Person(ctx context.Context, email string) ([]Report, error) {
	profiles, err := d.operator.profiles(ctx, email)
	if errors.Is(err, errNobody) {
		r, err := d.chain(ctx, "", "Nobody has this address")
		if err != nil {
			return nil, err
		}
		r.remark("identity", "nobody has this address: the profile row is missing")
		return []Report{r}, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Report
	for _, p := range profiles {
		r, err := d.chain(ctx, p.ID, "Profile "+p.ID+" "+Show(p.Name))
		if err != nil {
			return all, err
		}
		if r, err = d.withDatabase(ctx, r); err != nil {
			return all, err
		}
		if len(profiles) > 1 {
			r.remark("profile", fmt.Sprintf("one of %d profiles of this address: %s", len(profiles), p.ID))
		}
		all = append(all, r)
	}
	return all, nil
}

// withDatabase adds what is broken in the database for everybody: a sound chain
// lands nobody where the service cannot ask for it.
func (d *Doctor) withDatabase(ctx context.Context, r Report) (Report, error) {
	if !d.service {
		return r, nil
	}
	checks, err := d.examiner.Database(ctx)
	if err != nil {
		return r, fmt.Errorf("check the database: %w", err)
	}
	findings := r.Checks
	for _, c := range checks {
		if !c.OK {
			findings = append(findings, ofCheck(c))
		}
	}
	return report(r.About, findings), nil
}

func (d *Doctor) chain(ctx context.Context, userID, about string) (Report, error) {
	links, err := d.examiner.Chain(ctx, userID)
	if err != nil {
		return Report{}, fmt.Errorf("read the account chain: %w", err)
	}
	findings := make([]Finding, 0, len(links))
	for _, l := range links {
		findings = append(findings, ofLink(l))
	}
	return report(about, findings), nil
}

// BrokenPerson is somebody whose chain does not hold: a [Report] that says
// whose it is, and holds the first broken link alone.
type BrokenPerson struct {
	UserID string `json:"user_id"`
	Email  string `json:"email"`
	Report
}

// Broken lists everybody whose chain is broken, one at a time: they may be
// many. It ends with the first error.
func (d *Doctor) Broken(ctx context.Context) iter.Seq2[BrokenPerson, error] {
	return func(yield func(BrokenPerson, error) bool) {
		for p, err := range d.examiner.Broken(ctx) {
			if err != nil {
				yield(BrokenPerson{}, fmt.Errorf("examine everybody: %w", err))
				return
			}
			if !yield(BrokenPerson{UserID: p.UserID, Email: p.Email, Report: report(p.Email, []Finding{ofLink(p.Link)})}, nil) {
				return
			}
		}
	}
}

// WriteJSON writes the person and the link on one line.
func (b BrokenPerson) WriteJSON(w io.Writer) error { return writeJSONLine(w, b) }

// WriteText writes who it is, what is broken, and the mend.
func (b BrokenPerson) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s (profile %s)\n", oneLine(b.Email), b.UserID)
	for _, f := range b.Checks {
		_, errNote := fmt.Fprintln(w, f.note())
		err = errors.Join(err, errNote)
	}
	return err
}
