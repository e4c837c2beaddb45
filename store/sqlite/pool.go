package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"orglogin/store"
)

// pool is connections to the file that keep their statements prepared: a
// statement is prepared after the first transaction that asked for it.
// Statements are constants, so there are few.
type pool struct {
	db       *sql.DB
	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
}

func newPool(db *sql.DB) *pool { return &pool{db: db, prepared: map[string]*sql.Stmt{}} }

// transaction is one BEGIN … COMMIT on a pool; what it reads is one snapshot.
type transaction struct {
	ctx    context.Context
	tx     *sql.Tx
	pool   *pool
	wanted []string // statements that were not prepared yet
}

// run gives do a transaction, which holds when do returns nil.
func (p *pool) run(ctx context.Context, do func(t *transaction) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning: %w", err)
	}
	t := &transaction{ctx: ctx, tx: tx, pool: p}
	if err = do(t); err != nil {
		if undone := tx.Rollback(); undone != nil && !errors.Is(undone, sql.ErrTxDone) {
			err = errors.Join(err, fmt.Errorf("rolling back: %w", undone))
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	p.prepare(ctx, t.wanted)
	return nil
}

// prepare is a favour to the next transaction; one that fails is asked again.
func (p *pool) prepare(ctx context.Context, wanted []string) {
	for _, query := range wanted {
		statement, err := p.db.PrepareContext(ctx, query)
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.prepared[query] == nil {
			p.prepared[query], statement = statement, nil
		}
		p.mu.Unlock()
		if statement != nil {
			statement.Close()
		}
	}
}

func (t *transaction) statement(query string) *sql.Stmt {
	t.pool.mu.RLock()
	defer t.pool.mu.RUnlock()
	return t.pool.prepared[query]
}

func (t *transaction) want(query string) {
	if !slices.Contains(t.wanted, query) {
		t.wanted = append(t.wanted, query)
	}
}

// exec runs a write and tells how many rows it changed.
func (t *transaction) exec(query string, args ...any) (int64, error) {
	var result sql.Result
	var err error
	if s := t.statement(query); s != nil {
		result, err = t.tx.StmtContext(t.ctx, s).ExecContext(t.ctx, args...)
	} else {
		t.want(query)
		result, err = t.tx.ExecContext(t.ctx, query, args...)
	}
	if err != nil {
		return 0, interpret(err)
	}
	return result.RowsAffected()
}

// row scans the one row of a query; [store.ErrNotFound] without one.
func (t *transaction) row(query string, args []any, into ...any) error {
	if s := t.statement(query); s != nil {
		return interpret(t.tx.StmtContext(t.ctx, s).QueryRowContext(t.ctx, args...).Scan(into...))
	}
	t.want(query)
	return interpret(t.tx.QueryRowContext(t.ctx, query, args...).Scan(into...))
}

// rows calls scan for each row of a query.
func (t *transaction) rows(query string, args []any, scan func(scan func(...any) error) error) (err error) {
	var rows *sql.Rows
	if s := t.statement(query); s != nil {
		rows, err = t.tx.StmtContext(t.ctx, s).QueryContext(t.ctx, args...)
	} else {
		t.want(query)
		rows, err = t.tx.QueryContext(t.ctx, query, args...)
	}
	if err != nil {
		return interpret(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return interpret(rows.Err())
}

// read runs do on one snapshot.
func (s *Store) read(ctx context.Context, do func(t *transaction) error) error {
	return s.reads.run(ctx, do)
}

// write runs do as the only writer, and returns when the disk has it.
func (s *Store) write(ctx context.Context, do func(t *transaction) error) error {
	return s.inTurn(ctx, s.writes, do)
}

// note runs do as the only writer; a power cut may lose it, a crash of this
// process does not.
func (s *Store) note(ctx context.Context, do func(t *transaction) error) error {
	return s.inTurn(ctx, s.notes, do)
}

func (s *Store) inTurn(ctx context.Context, p *pool, do func(t *transaction) error) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("waiting to write: %w", ctx.Err())
	}
	defer func() { <-s.turn }()
	return p.run(ctx, do)
}

// interpret is the border: the driver's errors end here.
func interpret(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return store.ErrNotFound
	}
	var failed *sqlite.Error
	if errors.As(err, &failed) {
		switch failed.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fmt.Errorf("%w: %w", store.ErrConflict, err)
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fmt.Errorf("%w: %w", store.ErrNotFound, err)
		case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
			if isHeld(failed) {
				return fmt.Errorf("%w: the slug was another organization's until it is deleted from organization_slugs", store.ErrConflict)
			}
		}
	}
	return err
}
