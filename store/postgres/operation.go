package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// claims are what the policies of the database see as auth.jwt(), those of the
// access token. Who sub is, the database trusts this program to say.
type claims struct {
	Sub   string `json:"sub,omitempty"`
	OrgID string `json:"org_id,omitempty"`
	Role  string `json:"role"`
}

// noPerson are the claims of a statement that is for no person.
var noPerson = claims{Role: "authenticated"}

func person(id string) claims { return claims{Sub: id, Role: "authenticated"} }

func (c claims) String() string {
	b, _ := json.Marshal(c) // three strings
	return string(b)
}

const (
	setClaims = `SELECT set_config('request.jwt.claims', $1::text, true)`
	// For bookkeeping: the answer does not wait for the disk.
	setClaimsLate = `SELECT set_config('request.jwt.claims', $1::text, true), set_config('synchronous_commit', 'off', true)`
)

// operation is statements under the claims of one person, or of none: one transaction, one round trip.
type operation struct {
	op    string // for the error: what it does, in a few words
	as    claims
	late  bool // may be lost by a crash
	queue func(*batch)
}

// run runs o as [Store.retry] does.
func (s *Store) run(ctx context.Context, o operation) error {
	return s.retry(ctx, o.op, func(ctx context.Context) error { return s.send(ctx, o) })
}

// retry is [Store.repeat] with an error of the store.
func (s *Store) retry(ctx context.Context, op string, transaction func(ctx context.Context) error) error {
	return wrapError(op, s.repeat(ctx, transaction))
}

// repeat runs one transaction within the store's deadline. One that PostgreSQL
// ended in favour of another is run again: nothing of it was kept.
func (s *Store) repeat(ctx context.Context, transaction func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := transaction(ctx)
		if !isSerializationFailure(err) || attempt == 3 {
			return err
		}
	}
}

func (s *Store) send(ctx context.Context, q operation) error {
	set := setClaims
	if q.late {
		set = setClaimsLate
	}
	var b batch
	b.Queue(set, q.as.String())
	q.queue(&b)
	err := s.pool.SendBatch(ctx, &b.Batch).Close()
	if err == nil && b.none {
		return pgx.ErrNoRows
	}
	return err
}

// batch remembers that a statement found no row. pgx must not see that as an
// error: it would forget the prepared statement and prepare it anew.
type batch struct {
	pgx.Batch
	none bool
}

// one scans the single row of a queued query.
func (b *batch) one(q *pgx.QueuedQuery, into ...any) {
	q.QueryRow(func(row pgx.Row) error {
		err := row.Scan(into...)
		if errors.Is(err, pgx.ErrNoRows) {
			b.none = true
			return nil
		}
		return err
	})
}

// isSerializationFailure reports whether err is a serialization failure or a deadlock.
func isSerializationFailure(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// timeOf is t as the database may hold it: NULL is the zero time.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// orNull is an optional text: empty is NULL.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// given is optional bytes: empty is NULL.
func given(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
