package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
	"orglogin/store/postgres"
	"orglogin/store/sqlite"
)

// examiner is a [store.Examiner] of one database.
type examiner interface {
	store.Examiner
	io.Closer
}

// openExaminer opens the database as the service and as the owner. It refuses
// neither role: what is wrong with a role is a result of the examination.
func openExaminer(ctx context.Context, d config.Database, logger *slog.Logger) (examiner, error) {
	if d.Path() != "" {
		return sqlite.Open(ctx, sqlite.Config{Path: d.Path(), Now: time.Now, Logger: logger})
	}
	return postgres.OpenExaminer(ctx,
		postgres.Config{URL: d.URL, Now: time.Now, Logger: logger},
		postgres.Config{URL: d.AdminURL, Now: time.Now, Logger: logger})
}

// Doctor examines people's account chains. It changes nothing.
type Doctor struct {
	operator *operate.Operator
	examiner examiner
	// service is true where the examiner reads as the service does, so that the
	// checks of its role and functions belong to the report.
	service bool
}

// Open opens the database as the service and as its owner. The error is
// as that of [operate.Open].
func Open(ctx context.Context, d config.Database, logger *slog.Logger) (*Doctor, error) {
	operator, err := operate.Open(ctx, d, nil, logger)
	if err != nil {
		return nil, err
	}
	e, err := openExaminer(ctx, d, logger)
	if err != nil {
		return nil, database.JoinClose(fmt.Errorf("open the database: %w", err), operator)
	}
	return &Doctor{operator: operator, examiner: e, service: d.URL != d.AdminURL}, nil
}

// Close closes the database.
func (d *Doctor) Close() error { return errors.Join(d.examiner.Close(), d.operator.Close()) }

// Person reports the chain of every profile of an address, oldest first. An
// address without a profile is one report, in which every link failed.
func (d *Doctor) Person(ctx context.Context, email string) ([]PersonReport, error) {
	profiles, err := d.operator.Profiles(ctx, email)
	if errors.Is(err, operate.ErrNoProfile) {
		r, err := d.chain(ctx, "", "No profile has this address")
		if err != nil {
			return nil, err
		}
		r.addDetail("identity", "no profile has this address")
		return []PersonReport{{Report: r}}, nil
	}
	if err != nil {
		return nil, err
	}
	var all []PersonReport
	for _, p := range profiles {
		r, err := d.chain(ctx, p.ID, "Profile "+p.ID+" "+config.Show(p.Name))
		if err != nil {
			return all, err
		}
		if r, err = d.withDatabase(ctx, r); err != nil {
			return all, err
		}
		if len(profiles) > 1 {
			r.addDetail("profile", fmt.Sprintf("one of %d profiles of this address: %s", len(profiles), p.ID))
		}
		all = append(all, PersonReport{UserID: p.ID, Report: r})
	}
	return all, nil
}

// withDatabase adds the failed checks of the database: with a complete chain a
// login still fails where the service cannot read it.
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
	return newReport(r.Title, findings), nil
}

func (d *Doctor) chain(ctx context.Context, userID, title string) (Report, error) {
	links, err := d.examiner.Chain(ctx, userID)
	if err != nil {
		return Report{}, fmt.Errorf("read the account chain: %w", err)
	}
	findings := make([]Finding, 0, len(links))
	for _, l := range links {
		findings = append(findings, ofLink(l))
	}
	return newReport(title, findings), nil
}

// Failures lists everyone whose chain failed, one at a time because they may be
// many, each with the first link that failed. It ends with the first error.
func (d *Doctor) Failures(ctx context.Context) iter.Seq2[PersonReport, error] {
	return func(yield func(PersonReport, error) bool) {
		for p, err := range d.examiner.Failures(ctx) {
			if err != nil {
				yield(PersonReport{}, fmt.Errorf("examine all account chains: %w", err))
				return
			}
			email := p.Email
			if email == "" {
				email = "no address"
			}
			if !yield(PersonReport{UserID: p.UserID, Email: email, Report: newReport(p.Email, []Finding{ofLink(p.Link)})}, nil) {
				return
			}
		}
	}
}
