package sqlite

import (
	"context"
	"errors"
	"time"
)

// lookEvery is the time between two looks at the file for what others have
// written.
const lookEvery = 500 * time.Millisecond

// Listen calls changed each time that it finds that another writer has changed
// the file: another process, or another Store of this one. SQLite does not
// report what. It ends with ctx, or when the file does not answer. connected is
// called once it listens: changes before that moment are not reported. One
// at a time may listen.
func (s *Store) Listen(ctx context.Context, changed, connected func()) error {
	if err := s.look(ctx, func() { s.outside = outsideWriter{pool: s.notes, seen: s.notes.version(ctx)} }); err != nil {
		return err
	}
	connected()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		written := false
		if err := s.look(ctx, func() { written = s.outside.written(ctx) }); err != nil {
			return err
		}
		if written {
			changed()
		}
	}
}

// look does something while no other goroutine of this Store writes.
func (s *Store) look(ctx context.Context, do func()) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	do()
	if s.outside.seen == (dataVersion{}) && ctx.Err() == nil {
		return errors.New("looking for what others have written: the file does not answer")
	}
	return ctx.Err()
}

// outsideWriter distinguishes what others have written from what this Store has. It follows the
// connection that committed last of the two that write, because the version of
// the data that a connection sees is another one exactly when others have
// committed (https://sqlite.org/pragma.html#pragma_data_version). It belongs to
// whoever has the turn.
type outsideWriter struct {
	pool    *pool // nil: Listen does not run
	seen    dataVersion
	pending bool // others have written, which is not reported yet
}

// written reports whether others have written since it was last asked.
func (w *outsideWriter) written(ctx context.Context) bool {
	now := w.pool.version(ctx)
	written := w.pending || now != w.seen
	w.seen, w.pending = now, false
	return written
}

// follow makes the connection of t the one that it follows. No other goroutine writes while t is
// open, so nothing is missed in between.
func (w *outsideWriter) follow(t *transaction) {
	before := w.pool.version(context.WithoutCancel(t.ctx)) // an interrupted connection is dropped
	w.pending = w.pending || before != w.seen
	w.pool, w.seen = t.pool, t.version()
}

// dataVersion is what one connection says; two say nothing about each other.
// The zero value is that of none.
type dataVersion struct {
	connection int64
	number     int64
}

// version is that of the one connection of a pool.
func (p *pool) version(ctx context.Context) (v dataVersion) {
	_ = p.ask(ctx, func(t *transaction) error { // without an answer it is that of none
		v = t.version()
		return nil
	})
	return v
}

func (t *transaction) version() (v dataVersion) {
	if err := t.row(`PRAGMA data_version`, nil, &v.number); err != nil {
		return dataVersion{}
	}
	v.connection = t.pool.opened.times.Load()
	return v
}
