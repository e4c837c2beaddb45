package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
	"orglogin/store/manage"
)

// Manage returns the database for the operations of an operator. The store was opened with [OpenOperator].
func (s *Store) Manage() manage.Database {
	return managed{s: s, mode: portableMode(s.pool.Config().ConnConfig.DefaultQueryExecMode)}
}

type managed struct {
	s    *Store
	mode pgx.QueryExecMode
}

// Read implements manage.Database.
func (d managed) Read(ctx context.Context, do func(manage.Tx) error) error {
	return d.run(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, do)
}

// Write implements manage.Database.
func (d managed) Write(ctx context.Context, do func(manage.Tx) error) error {
	return d.run(ctx, pgx.TxOptions{}, do)
}

func (d managed) run(ctx context.Context, options pgx.TxOptions, do func(manage.Tx) error) error {
	return d.s.repeat(ctx, func(ctx context.Context) error {
		var refused error // what do returned, which is no error of the driver any more
		err := pgx.BeginTxFunc(ctx, d.s.pool, options, func(tx pgx.Tx) error {
			refused = do(&managedTx{ctx: ctx, tx: tx, mode: d.mode})
			return refused
		})
		if refused != nil {
			return refused
		}
		return wrapError("manage", err)
	})
}

// portableMode is how statements are sent: where a pooler gives each transaction another connection, nothing is prepared, and the
// server is asked for the types of the parameters, which the portable statements do not name.
func portableMode(mode pgx.QueryExecMode) pgx.QueryExecMode {
	if mode == pgx.QueryExecModeExec || mode == pgx.QueryExecModeSimpleProtocol {
		return pgx.QueryExecModeDescribeExec
	}
	return mode
}

// managedTx implements manage.Tx.
type managedTx struct {
	ctx  context.Context
	tx   pgx.Tx
	mode pgx.QueryExecMode
	own  *manage.OwnTables // once they were asked for
}

func (t *managedTx) Exec(query string, args ...any) (int64, error) {
	tag, err := t.tx.Exec(t.ctx, query, t.arguments(args)...)
	return tag.RowsAffected(), wrapError("manage", err)
}

func (t *managedTx) Query(query string, args []any, each func(scan func(into ...any) error) error) error {
	rows, err := t.tx.Query(t.ctx, query, t.arguments(args)...)
	if err != nil {
		return wrapError("manage", err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(func(into ...any) error { return scanTimes(rows, into) }); err != nil {
			return err
		}
	}
	return wrapError("manage", rows.Err())
}

// arguments are those of pgx: a zero time is NULL.
func (t *managedTx) arguments(args []any) []any {
	all := make([]any, 0, len(args)+1)
	all = append(all, t.mode)
	for _, a := range args {
		if at, ok := a.(time.Time); ok && at.IsZero() {
			a = nil
		}
		all = append(all, a)
	}
	return all
}

// scanTimes scans a row, and NULL as the zero time.
func scanTimes(rows pgx.Rows, into []any) error {
	targets := make([]any, len(into))
	copy(targets, into)
	times := map[int]**time.Time{}
	for i, target := range into {
		if _, ok := target.(*time.Time); ok {
			at := new(*time.Time)
			times[i], targets[i] = at, at
		}
	}
	if err := rows.Scan(targets...); err != nil {
		return err
	}
	for i, at := range times {
		*into[i].(*time.Time) = timeOf(*at)
	}
	return nil
}

func (t *managedTx) Lock(name string) error {
	_, err := t.Exec(`SELECT pg_advisory_xact_lock(hashtextextended($1, 4))`, name)
	return err
}

func (*managedTx) JoinOrganization(column string) string {
	return `CROSS JOIN LATERAL orglogin.read_organization(` + column + `) AS o`
}

func (*managedTx) JoinProfile(column string) string {
	return `CROSS JOIN LATERAL orglogin.read_profile(` + column + `) AS p`
}

func (t *managedTx) OrganizationID(slug string) (id string, err error) {
	return id, t.row(`SELECT o.id::text FROM api.get_organization_by_slug($1::text) AS o`, []any{slug}, &id)
}

func (t *managedTx) row(query string, args []any, into ...any) error {
	err := t.tx.QueryRow(t.ctx, query, t.arguments(args)...).Scan(into...)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.ErrNotFound
	}
	return wrapError("manage", err)
}

func (t *managedTx) OwnTables() (own manage.OwnTables, err error) {
	if t.own != nil {
		return *t.own, nil
	}
	const name = `coalesce(nullif(%[1]s, 'orglogin.' || '%[1]s'), '')`
	err = t.row(`SELECT `+fmt.Sprintf(name, "profiles")+`, `+fmt.Sprintf(name, "memberships")+`, `+fmt.Sprintf(name, "organizations")+`
FROM orglogin.account_tables()`, nil, &own.Profiles, &own.Memberships, &own.Organizations)
	if err == nil {
		t.own = &own
	}
	return own, err
}

func (t *managedTx) MemberRoles(email, organizationID string) (roles []string, err error) {
	err = t.Query(`
SELECT m.role
FROM orglogin.find_profiles($1::text) AS f (id)
CROSS JOIN LATERAL orglogin.read_memberships(f.id) AS m
WHERE m.organization_id = $2::uuid AND m.active`, []any{email, organizationID}, func(scan func(...any) error) error {
		var role string
		err := scan(&role)
		roles = append(roles, role)
		return err
	})
	return roles, err
}

func (t *managedTx) ActivateMembership(profileID, organizationID, role string, _ time.Time) error {
	_, err := t.Exec(`SELECT orglogin.activate_membership($1::uuid, $2::uuid, $3::text)`, profileID, organizationID, role)
	return err
}

func (t *managedTx) RecordDomainCheck(organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) error {
	if err := verdict.Check(detail); err != nil {
		return err
	}
	n, err := t.Exec(recordDomainCheck, organizationID, domain, string(verdict), detail, store.DomainGrace, now)
	if err == nil && n == 0 {
		return store.ErrNotFound
	}
	return err
}
