package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"orglogin/store"
)

const selectReceipt = `
SELECT
	r.id,
	r.profile_id::text,
	r.at,
	r.decision::text
FROM orglogin.receipts AS r`

// SaveReceipt implements store.Receipts.
func (s *Store) SaveReceipt(ctx context.Context, r store.Receipt) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("postgres: save receipt: %w", err)
	}
	return s.SaveReceipts(ctx, []store.Receipt{r})
}

// SaveReceipts implements store.Receipts. It is one statement, which stores each
// under the claims of its person.
func (s *Store) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	ids, people := make([]string, len(all)), make([]string, len(all))
	at, decisions := make([]time.Time, len(all)), make([]string, len(all))
	for i, r := range all {
		ids[i], people[i], at[i], decisions[i] = r.ID, r.UserID, r.At, string(r.Decision)
	}
	return s.retry(ctx, "save receipts", func(ctx context.Context) error {
		_, err := s.pool.Exec(ctx, `SELECT orglogin.save_receipts($1::text[], $2::text[]::uuid[], $3::timestamptz[], $4::text[])`,
			ids, people, at, decisions)
		return err
	})
}

// Receipt implements store.Receipts.
func (s *Store) Receipt(ctx context.Context, userID, id string) (store.Receipt, error) {
	const op = "receipt"
	if !store.ValidID(userID) || !store.ValidReceiptID(id) {
		return store.Receipt{}, wrapError(op, pgx.ErrNoRows)
	}
	return s.receipt(ctx, operation{op: op, as: person(userID)}, `AND r.profile_id = (SELECT auth.uid())`, id)
}

// AnyReceipt implements store.Operator.
func (s *Store) AnyReceipt(ctx context.Context, id string) (store.Receipt, error) {
	const op = "any receipt"
	if !store.ValidReceiptID(id) {
		return store.Receipt{}, wrapError(op, pgx.ErrNoRows)
	}
	return s.receipt(ctx, operation{op: op, as: noPerson}, ``, id)
}

func (s *Store) receipt(ctx context.Context, q operation, whose, id string) (store.Receipt, error) {
	var r store.Receipt
	var decision string
	q.queue = func(b *batch) {
		b.one(b.Queue(selectReceipt+`
WHERE r.id = $1::text
	AND r.at > $2::timestamptz
	`+whose, id, s.now().Add(-store.ReceiptLifetime)),
			&r.ID, &r.UserID, &r.At, &decision)
	}
	if err := s.run(ctx, q); err != nil {
		return store.Receipt{}, err
	}
	r.At, r.Decision = r.At.UTC(), []byte(decision)
	return r, nil
}

// TakeFlow implements store.Flows.
func (s *Store) TakeFlow(ctx context.Context, id string, expires time.Time) (bool, error) {
	const op = "take flow"
	if !store.ValidFlowID(id) {
		return false, fmt.Errorf("postgres: %s: %w", op, store.ErrInvalid)
	}
	var taken bool
	err := s.run(ctx, operation{op: op, as: noPerson, queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.take_flow($1::text, $2::timestamptz)`, id, expires), &taken)
	}})
	return taken, err
}
