package sqlite

import (
	"context"
	"errors"
	"time"
)

// lookEvery is the time between two looks at the file for what others have
// written.
const lookEvery = 500 * time.Millisecond

// Listen calls changed each time that it finds that somebody else has written
// to the file: another process, or another Store of this one. SQLite does not
// tell what. It ends with ctx, or when the file does not answer. connected is
// called once it listens: what changed before that moment nobody was told. One
// at a time may listen.
func (s *Store) Listen(ctx context.Context, changed, connected func()) error {
	if err := s.look(ctx, func() { s.witness = witness{pool: s.notes, seen: s.notes.version(ctx)} }); err != nil {
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
		told := false
		if err := s.look(ctx, func() { told = s.witness.told(ctx) }); err != nil {
			return err
		}
		if told {
			changed()
		}
	}
}

// look does something while nobody of this Store writes.
func (s *Store) look(ctx context.Context, do func()) error {
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.turn }()
	do()
	if s.witness.seen == (dataVersion{}) && ctx.Err() == nil {
		return errors.New("looking for what others have written: the file does not answer")
	}
	return ctx.Err()
}

// witness tells what others have written from what this Store has. It is the
// connection that committed last of the two that write, because the version of
// the data that a connection sees is another one exactly when others have
// committed (https://sqlite.org/pragma.html#pragma_data_version). It belongs to
// whoever has the turn.
type witness struct {
	pool    *pool // nil: nobody listens
	seen    dataVersion
	outside bool // others have written, and nobody was told yet
}

// told reports whether others have written since it was last asked.
func (w *witness) told(ctx context.Context) bool {
	now := w.pool.version(ctx)
	told := w.outside || now != w.seen
	w.seen, w.outside = now, false
	return told
}

// pass makes the connection of t the witness. Nobody else writes while t is
// open, so nothing is missed in between.
func (w *witness) pass(t *transaction) {
	before := w.pool.version(context.WithoutCancel(t.ctx)) // an interrupted connection is dropped
	w.outside = w.outside || before != w.seen
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
