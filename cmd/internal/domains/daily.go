package domains

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"orglogin/store"
)

// Daily checks the records of domains again: each about once a day, by one of the instances.
type Daily struct {
	Store   Store
	Checker Checker
	Now     func() time.Time
	Logger  *slog.Logger
	Observe func(store.DomainVerdict) // counts checks
}

// Store is what Daily asks and changes.
type Store interface {
	DueDomains(ctx context.Context, now time.Time, limit int) ([]store.Domain, error)
	RecordDomainCheck(ctx context.Context, organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) (store.Domain, error)
}

const (
	every = time.Minute // between two looks for due domains
	batch = 20
)

// Run looks for due domains every minute until ctx ends.
func (d Daily) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := d.CheckDue(ctx); err != nil && ctx.Err() == nil {
			d.Logger.WarnContext(ctx, "checking the domains of organizations", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// CheckDue checks every domain that is due, one after another.
func (d Daily) CheckDue(ctx context.Context) error {
	for {
		due, err := d.Store.DueDomains(ctx, d.Now(), batch)
		if err != nil || len(due) == 0 {
			return err
		}
		for _, domain := range due {
			if err := d.check(ctx, domain); err != nil {
				return err
			}
		}
	}
}

func (d Daily) check(ctx context.Context, before store.Domain) error {
	result := d.Checker.Check(ctx, before.Name, before.Token)
	if err := ctx.Err(); err != nil {
		return err // the service stops: this is no answer of the DNS server
	}
	d.Observe(result.Verdict)
	after, err := d.Store.RecordDomainCheck(ctx, before.Organization.ID, before.Name, result.Verdict, result.Detail, d.Now())
	switch {
	case errors.Is(err, store.ErrNotFound): // removed meanwhile
		return nil
	case errors.Is(err, store.ErrConflict):
		d.log(ctx, slog.LevelInfo, "another organization holds a lapsed domain whose record is right again", before, result)
		return nil
	case err != nil:
		return err
	}
	switch {
	case before.Status == store.DomainVerified && after.Status == store.DomainLapsed:
		d.log(ctx, slog.LevelWarn, "a domain has lapsed", after, result)
	case before.Status == store.DomainLapsed && after.Status == store.DomainVerified:
		d.log(ctx, slog.LevelInfo, "a lapsed domain is verified again", after, result)
	case !after.FailingSince.IsZero() && result.Verdict == store.DomainMissing:
		d.log(ctx, slog.LevelWarn, "the record of a verified domain is missing", after, result, "lapses_at", after.FailingSince.Add(store.DomainGrace))
	case result.Verdict == store.DomainUnanswered:
		d.log(ctx, slog.LevelInfo, "the record of a domain could not be read", after, result)
	case !before.FailingSince.IsZero():
		d.log(ctx, slog.LevelInfo, "the record of a verified domain is right again", after, result)
	}
	return nil
}

func (d Daily) log(ctx context.Context, level slog.Level, message string, of store.Domain, found Result, more ...any) {
	d.Logger.Log(ctx, level, message, append([]any{"domain", of.Name, "organization", of.Organization.Slug, "found", found.Detail}, more...)...)
}
