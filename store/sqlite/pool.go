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
	opened   *opened
	trace    store.Trace // nil: none
	mu       sync.RWMutex
	prepared map[string]*sql.Stmt
}

func newPool(o *opened, trace store.Trace) *pool {
	return &pool{db: sql.OpenDB(o), opened: o, trace: trace, prepared: map[string]*sql.Stmt{}}
}

// traced begins the trace of a statement.
func (p *pool) traced(ctx context.Context, statement string) (within context.Context, ended func(source string, err error)) {
	if p.trace == nil {
		return ctx, untraced
	}
	return p.trace(ctx, statement)
}

func untraced(string, error) {}

// transaction is one BEGIN … COMMIT on a pool; what it reads is one snapshot.
// Without tx each statement is a transaction of its own, which is enough, and twice as fast,
// where there is one.
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
	_, ended := p.traced(ctx, "COMMIT")
	err = tx.Commit()
	ended("", err)
	if err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	p.prepare(ctx, t.wanted)
	return nil
}

// ask gives do a transaction of one read.
func (p *pool) ask(ctx context.Context, do func(t *transaction) error) error {
	t := &transaction{ctx: ctx, pool: p}
	if err := do(t); err != nil {
		return err
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

// runner is what runs one statement, prepared or not.
type runner interface {
	exec(ctx context.Context, args ...any) (sql.Result, error)
	query(ctx context.Context, args ...any) (*sql.Rows, error)
}

type ready struct{ *sql.Stmt }

func (r ready) exec(ctx context.Context, args ...any) (sql.Result, error) {
	return r.ExecContext(ctx, args...)
}

func (r ready) query(ctx context.Context, args ...any) (*sql.Rows, error) {
	return r.QueryContext(ctx, args...)
}

// raw is a statement that is not prepared yet, on a transaction or the pool.
type raw struct {
	on interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	text string
}

func (r raw) exec(ctx context.Context, args ...any) (sql.Result, error) {
	return r.on.ExecContext(ctx, r.text, args...)
}

func (r raw) query(ctx context.Context, args ...any) (*sql.Rows, error) {
	return r.on.QueryContext(ctx, r.text, args...)
}

func (t *transaction) runner(text string) runner {
	t.pool.mu.RLock()
	prepared := t.pool.prepared[text]
	t.pool.mu.RUnlock()
	switch {
	case prepared == nil && !slices.Contains(t.wanted, text):
		t.wanted = append(t.wanted, text)
		fallthrough
	case prepared == nil:
		if t.tx == nil {
			return raw{t.pool.db, text}
		}
		return raw{t.tx, text}
	case t.tx == nil:
		return ready{prepared}
	}
	return ready{t.tx.StmtContext(t.ctx, prepared)}
}

// exec runs a write and returns how many rows it changed.
func (t *transaction) exec(text string, args ...any) (int64, error) {
	ctx, ended := t.pool.traced(t.ctx, text)
	result, err := t.runner(text).exec(ctx, args...)
	ended("", err)
	if err != nil {
		return 0, storeError(err)
	}
	return result.RowsAffected()
}

// row scans the one row of a query; [store.ErrNotFound] without one.
func (t *transaction) row(text string, args []any, into ...any) error {
	found := false
	err := t.rows(text, args, func(scan func(...any) error) error {
		if found {
			return nil
		}
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		return store.ErrNotFound
	}
	return err
}

// rows calls scan for each row of a query.
func (t *transaction) rows(text string, args []any, scan func(scan func(...any) error) error) (err error) {
	ctx, ended := t.pool.traced(t.ctx, text)
	defer func() { ended("", err) }()
	rows, err := t.runner(text).query(ctx, args...)
	if err != nil {
		return storeError(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows.Scan); err != nil {
			return err
		}
	}
	return storeError(rows.Err())
}

// read runs do on one snapshot.
func (s *Store) read(ctx context.Context, do func(t *transaction) error) error {
	return s.reads.run(ctx, do)
}

// ask runs do, which reads once.
func (s *Store) ask(ctx context.Context, do func(t *transaction) error) error {
	return s.reads.ask(ctx, do)
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
	if s.outside.pool == nil || s.outside.pool == p {
		return p.run(ctx, do)
	}
	return p.run(ctx, func(t *transaction) error {
		s.outside.follow(t)
		return do(t)
	})
}

// storeError makes an error of the driver one of the store.
func storeError(err error) error {
	if err == nil {
		return nil
	}
	var failed *sqlite.Error
	if errors.As(err, &failed) {
		switch failed.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fmt.Errorf("%w: %w", store.ErrConflict, err)
		case sqlite3.SQLITE_CONSTRAINT_CHECK, sqlite3.SQLITE_CONSTRAINT_NOTNULL:
			return fmt.Errorf("%w: %w", store.ErrInvalid, err)
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
