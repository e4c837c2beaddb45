package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

// Examiner reads what is wrong: as the service sees it, under a person's own
// claims, and as it is. It refuses no role and no schema, because what is
// wrong with them is what it reports.
type Examiner struct {
	service *Store // the runtime role
	owner   *Store
}

var _ store.Examiner = (*Examiner)(nil)

// OpenExaminer connects as both roles, on first use: Database reports a
// database that does not answer.
func OpenExaminer(ctx context.Context, runtime, owner Config) (*Examiner, error) {
	service, err := connect(ctx, runtime)
	if err != nil {
		return nil, err
	}
	operator, err := connect(ctx, owner)
	if err != nil {
		return nil, errors.Join(err, service.Close())
	}
	return &Examiner{service: service, owner: operator}, nil
}

// Close closes every connection.
func (e *Examiner) Close() error { return errors.Join(e.service.Close(), e.owner.Close()) }

// failedPrefix begins a reading that failed.
const failedPrefix = "failed: "

// reading is what one look at one link gave.
type reading struct {
	holds  bool
	seen   string
	source string // the table, where it is known
}

// Chain implements store.Examiner.
func (e *Examiner) Chain(ctx context.Context, userID string) ([]store.Link, error) {
	truth, err := e.examine(ctx, userID)
	if err != nil {
		return e.failedChain(ctx, userID, err)
	}
	own, ownErr := e.examineOwn(ctx, userID)
	service := e.asTheService(ctx, userID, truth, own)
	links := make([]store.Link, 0, len(truth))
	for _, name := range store.LinkNames() {
		l := store.Link{Name: name, OK: service[name].holds, Service: service[name].seen, OwnClaims: own[name].seen}
		if ownErr != nil {
			l.OwnClaims = failedPrefix + ownErr.Error()
		}
		if !l.OK || own[name].holds != truth[name].holds {
			if l.Detail, l.Fix, err = e.explain(ctx, userID, name, truth[name], service[name], own[name], ownErr); err != nil {
				return nil, err
			}
		}
		links = append(links, l)
	}
	return links, nil
}

// failedChain is the chain of a person that not even the owner can read: a
// policy raises an error, or a function or privilege is missing.
func (e *Examiner) failedChain(ctx context.Context, userID string, failure error) ([]store.Link, error) {
	fix, err := e.fixOfFailure(ctx, userID)
	if err != nil {
		return nil, failure
	}
	links := make([]store.Link, 0, len(store.LinkNames()))
	for _, name := range store.LinkNames() {
		links = append(links, store.Link{Name: name, Service: "failed", OwnClaims: "failed", Detail: lookupFails + ": " + failure.Error(), Fix: fix})
	}
	return links, nil
}

// examine reads the chain as it is, as the owner.
func (e *Examiner) examine(ctx context.Context, userID string) (map[string]reading, error) {
	all := make(map[string]reading)
	err := e.owner.run(ctx, operation{op: "examine", as: noPerson, queue: func(b *batch) {
		b.Queue(`SELECT x.link, x.holds, x.seen, x.source FROM api.examine($1::uuid) AS x`, idOrNull(userID)).Query(func(rows pgx.Rows) error {
			var link string
			var r reading
			_, err := pgx.ForEachRow(rows, []any{&link, &r.holds, &r.seen, &r.source}, func() error {
				all[link] = r
				return nil
			})
			return err
		})
	}})
	return all, err
}

// examineOwn reads the chain under the person's own claims, in a transaction
// that may not write and is rolled back.
func (e *Examiner) examineOwn(ctx context.Context, userID string) (map[string]reading, error) {
	ctx, cancel := context.WithTimeout(ctx, e.service.timeout)
	defer cancel()
	all := make(map[string]reading)
	tx, err := e.service.pool.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return all, wrapError("examine own", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // nothing was written
	if _, err := tx.Exec(ctx, setClaims, person(userID).String()); err != nil {
		return all, wrapError("examine own", err)
	}
	rows, err := tx.Query(ctx, `SELECT x.link, x.holds, x.seen FROM api.examine_own() AS x`)
	if err != nil {
		return all, wrapError("examine own", err)
	}
	var link string
	var r reading
	_, err = pgx.ForEachRow(rows, []any{&link, &r.holds, &r.seen}, func() error {
		all[link] = r
		return nil
	})
	return all, wrapError("examine own", err)
}

// asTheService asks what the service asks. The identity it finds inside
// api.complete_login, past the policies, and the workspace it never reads:
// these are as they are.
func (e *Examiner) asTheService(ctx context.Context, userID string, truth, own map[string]reading) map[string]reading {
	all := map[string]reading{"identity": truth["identity"], "workspace": truth["workspace"]}
	snapshot, err := e.service.AccessSnapshot(ctx, store.AccessQuery{UserID: userID})
	var hidden hiddenError
	if errors.As(err, &hidden) {
		err = nil // what is not hidden was read
	}
	switch {
	case errors.Is(err, store.ErrNotFound), hidden != "" && snapshot.Profile.ID == "":
		all["profile"] = reading{seen: "no row"}
	case err != nil:
		for _, name := range []string{"profile", "membership", "organization", "subdomain"} {
			all[name] = reading{seen: failedPrefix + err.Error()}
		}
		return all
	case snapshot.Profile.Disabled:
		all["profile"] = reading{seen: "disabled"}
	default:
		all["profile"] = reading{holds: true, seen: "1 row"}
	}
	var slugs, statuses []string
	var verified, unusable bool
	for _, m := range snapshot.Memberships {
		slugs = append(slugs, m.Organization.Slug)
		status := string(m.Organization.Status)
		if m.Organization.Problem != "" {
			status, unusable = m.Organization.Problem, true
		}
		verified = verified || m.Organization.Status == store.Verified
		statuses = append(statuses, m.Organization.Slug+" "+status)
	}
	all["membership"] = reading{holds: len(slugs) > 0, seen: fmt.Sprintf("%d active", len(slugs))}
	if len(slugs) == 0 && own["membership"].holds && !own["organization"].holds {
		// api.get_memberships joins the two; it is the organization that is not seen.
		all["membership"] = own["membership"]
	}
	all["organization"] = reading{holds: len(slugs) > 0, seen: orNoRow(slugs)}
	all["subdomain"] = reading{holds: verified && !unusable, seen: orNoRow(statuses)}
	return all
}

func orNoRow(list []string) string {
	if len(list) == 0 {
		return "no row"
	}
	return strings.Join(list, ", ")
}

func idOrNull(id string) *string {
	if !store.ValidID(id) {
		return nil
	}
	return &id
}

// Failures implements store.Examiner.
func (e *Examiner) Failures(ctx context.Context) iter.Seq2[store.FailedPerson, error] {
	return store.EachFailure(
		func(after string) ([]store.FailedPerson, error) { return e.people(ctx, after) },
		func(userID string) ([]store.Link, error) { return e.Chain(ctx, userID) },
	)
}

// people is a page of the profiles after an id, with those that were deleted
// and left an identity.
func (e *Examiner) people(ctx context.Context, after string) ([]store.FailedPerson, error) {
	var page []store.FailedPerson
	err := e.owner.run(ctx, operation{op: "people", as: noPerson, queue: func(b *batch) {
		page = nil
		b.Queue(`
SELECT
	coalesce(p.id, i.id)::text AS id,
	coalesce(p.email, '')
FROM api.get_people($1::uuid, 500) AS p
FULL JOIN (
	SELECT DISTINCT i.profile_id AS id
	FROM orglogin.identities AS i
	WHERE $1::uuid IS NULL OR i.profile_id > $1::uuid
	ORDER BY i.profile_id
	LIMIT 500
) AS i ON i.id = p.id
ORDER BY coalesce(p.id, i.id)
LIMIT 500`, idOrNull(after)).Query(func(rows pgx.Rows) error {
			var p store.FailedPerson
			_, err := pgx.ForEachRow(rows, []any{&p.UserID, &p.Email}, func() error {
				page = append(page, p)
				return nil
			})
			return err
		})
	}})
	return page, err
}
