package sqlite

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"orglogin/store"
)

// beside opens the file of s once more, as another process does.
func beside(t *testing.T, s *Store) *Store {
	t.Helper()
	other, err := Open(t.Context(), Config{Path: s.config.Path, Logger: s.config.Logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	return other
}

// listening starts Listen and returns what it says.
func listening(t *testing.T, s *Store) (changed chan struct{}) {
	t.Helper()
	changed, connected, ended := make(chan struct{}, 1000), make(chan struct{}), make(chan error)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- s.Listen(ctx, func() { changed <- struct{}{} }, func() { close(connected) }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	})
	<-connected
	return changed
}

func TestAListenerHearsThatSomebodyElseHasWritten(t *testing.T) {
	s := open(t)
	id := complete(t, s, login(time.Now())).Snapshot.Profile.ID
	changed := listening(t, s)
	other := beside(t, s)
	for name, write := range map[string]func() error{
		"a command": func() error {
			_, err := other.EndSessions(t.Context(), id, time.Now())
			return err
		},
		"a hand": func() error {
			_, err := other.writes.db.ExecContext(t.Context(), `UPDATE profiles SET name = name || '!'`)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := write(); err != nil {
				t.Fatal(err)
			}
			<-changed
		})
	}
}

func TestAListenerOnAFileThatDoesNotAnswerEnds(t *testing.T) {
	s := open(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Listen(t.Context(), func() {}, func() { t.Error("it listens") }); err == nil {
		t.Error("it ended without an error")
	}
}

// Whoever writes, in whatever order: what others wrote is reported once, and what
// the store wrote itself never.
func TestWhatTheStoreWroteItselfIsNotTold(t *testing.T) {
	s := open(t)
	other := beside(t, s)
	bump := func(s *Store, run func(context.Context, func(*transaction) error) error, fail error) func() {
		return func() {
			err := run(t.Context(), func(tx *transaction) error {
				_, err := tx.exec(`INSERT INTO flows (id, expires_at) VALUES ($1, 0)`, store.NewID())
				return errors.Join(err, fail)
			})
			if !errors.Is(err, fail) {
				t.Fatal(err)
			}
		}
	}
	undone := errors.New("undone")
	own := []func(){bump(s, s.write, nil), bump(s, s.note, nil), bump(s, s.write, undone), bump(s, s.note, undone)}
	others := []func(){bump(other, other.write, nil), bump(other, other.note, nil)}
	for _, f := range append(own, others...) { // there is no listener yet
		f()
	}
	reported := func() (outside bool) {
		t.Helper()
		if err := s.look(t.Context(), func() { outside = s.outside.written(t.Context()) }); err != nil {
			t.Fatal(err)
		}
		return outside
	}
	s.outside = outsideWriter{pool: s.notes, seen: s.notes.version(t.Context())}
	outside, times := false, 0
	for n := range 1500 {
		switch r := rand.N(10); {
		case r < 7:
			own[rand.N(len(own))]()
		case r < 8:
			others[rand.N(len(others))]()
			outside = true
		default:
			if got := reported(); got != outside {
				t.Fatalf("step %d: reported %t, written by others %t", n, got, outside)
			}
			if outside {
				times++
			}
			outside = false
		}
	}
	if times < 30 {
		t.Errorf("others have written %d times only", times)
	}
}

// A pool drops a connection that was interrupted. What the next one says means
// nothing beside it, so that anything may have been written.
func TestAfterALostConnectionAnythingMayHaveChanged(t *testing.T) {
	s := open(t)
	s.outside = outsideWriter{pool: s.notes, seen: s.notes.version(t.Context())}
	s.notes.db.SetMaxIdleConns(0) // drops it
	s.notes.db.SetMaxIdleConns(1)
	if !s.outside.written(t.Context()) {
		t.Error("it was not reported")
	}
	if s.outside.written(t.Context()) {
		t.Error("it was reported twice")
	}
}
