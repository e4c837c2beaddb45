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
	const op = "save receipt"
	if err := r.Check(); err != nil {
		return fmt.Errorf("postgres: %s: %w", op, err)
	}
	return s.ask(ctx, question{op: op, as: person(r.UserID), late: true, queue: func(b *batch) {
		b.Queue(`
INSERT INTO orglogin.receipts (id, profile_id, at, decision)
VALUES ($1::text, $2::uuid, $3::timestamptz, $4::text::json)`, r.ID, r.UserID, r.At, string(r.Decision))
	}})
}

// Receipt implements store.Receipts.
func (s *Store) Receipt(ctx context.Context, userID, id string) (store.Receipt, error) {
	const op = "receipt"
	if !store.ValidID(userID) || !store.ValidReceiptID(id) {
		return store.Receipt{}, border(op, pgx.ErrNoRows)
	}
	return s.receipt(ctx, question{op: op, as: person(userID)}, `AND r.profile_id = (SELECT auth.uid())`, id)
}

// AnyReceipt implements store.Operator.
func (s *Store) AnyReceipt(ctx context.Context, id string) (store.Receipt, error) {
	const op = "any receipt"
	if !store.ValidReceiptID(id) {
		return store.Receipt{}, border(op, pgx.ErrNoRows)
	}
	return s.receipt(ctx, question{op: op, as: nobody}, ``, id)
}

func (s *Store) receipt(ctx context.Context, q question, whose, id string) (store.Receipt, error) {
	var r store.Receipt
	var decision string
	q.queue = func(b *batch) {
		b.one(b.Queue(selectReceipt+`
WHERE r.id = $1::text
	AND r.at > $2::timestamptz
	`+whose, id, s.now().Add(-store.ReceiptLifetime)),
			&r.ID, &r.UserID, &r.At, &decision)
	}
	if err := s.ask(ctx, q); err != nil {
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
	err := s.ask(ctx, question{op: op, as: nobody, queue: func(b *batch) {
		b.one(b.Queue(`SELECT api.take_flow($1::text, $2::timestamptz)`, id, expires), &taken)
	}})
	return taken, err
}
