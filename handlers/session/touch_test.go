package session_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"orglogin/handlers/session"
	"orglogin/store"
)

func TestTouch(t *testing.T) {
	for _, c := range []struct {
		sentence string
		idle     time.Duration
		at       []time.Duration // since the login
		want     int             // writes
	}{
		{"a session just begun is not written", idle, []time.Duration{0, time.Second, 59 * time.Second}, 0},
		{"a session in use is written once a minute", idle, []time.Duration{60 * time.Second, 61 * time.Second, 119 * time.Second, 120 * time.Second, 125 * time.Second}, 2},
		{"a clock set back writes nothing", idle, []time.Duration{-time.Hour, -time.Minute}, 0},
		{"a short idle time is written often enough to slide", 8 * time.Second, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second, 4 * time.Second}, 2},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s := newService(t, func(k *session.Config) { k.Idle = c.idle })
			in := s.login(t, ann)
			begun := s.clock.Now()
			for _, at := range c.at {
				s.clock.Add(begun.Add(at).Sub(s.clock.Now()))
				row := in.row // as an old copy would tell: the memory must do without
				if err := s.Touch(t.Context(), &row); err != nil {
					t.Fatal(err)
				}
			}
			if s.rows.touches != c.want {
				t.Errorf("%d writes, want %d", s.rows.touches, c.want)
			}
		})
	}
}

func TestAThousandRequestsAtOnceAreOneWrite(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	s.clock.Add(time.Hour)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 100 {
				row := in.row
				if err := s.Touch(t.Context(), &row); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if s.rows.touches != 1 {
		t.Errorf("%d writes", s.rows.touches)
	}
}

func TestATouchThatFailsIsAnErrorAndWaitsAMinute(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	s.clock.Add(time.Hour)
	s.rows.down = errDown
	if err := s.Touch(t.Context(), &in.row); !errors.Is(err, errDown) {
		t.Error(err)
	}
	s.rows.down = nil
	if err := s.Touch(t.Context(), &in.row); err != nil || s.rows.touches != 0 {
		t.Errorf("at once again: %v, %d writes", err, s.rows.touches)
	}
	s.clock.Add(time.Minute)
	if err := s.Touch(t.Context(), &in.row); err != nil || s.rows.touches != 1 {
		t.Errorf("a minute later: %v, %d writes", err, s.rows.touches)
	}
}

func TestATouchNeverMovesTheAbsoluteEnd(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	s.clock.Add(lifetime - time.Minute)
	if err := s.Touch(t.Context(), &in.row); err != nil {
		t.Fatal(err)
	}
	s.clock.Add(time.Minute)
	r := request(acmeURL, name+"="+in.cookie(name))
	if f := s.mustRead(t, r, session.Elsewhere); f.Session != nil || !f.Stale {
		t.Errorf("found %+v", f)
	}
}

func BenchmarkTouch(b *testing.B) {
	s := newService(b)
	in := s.login(b, ann)
	s.clock.Add(time.Hour)
	row := in.row
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Touch(b.Context(), &row); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTouchOfMany is a minute's worth of sessions, each once.
func BenchmarkTouchOfMany(b *testing.B) {
	s := newService(b)
	rows := make([]store.Session, 10_000)
	for i := range rows {
		rows[i].ID = store.NewID()
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%len(rows) == 0 {
			s.clock.Add(time.Minute)
		}
		if err := s.Touch(b.Context(), &rows[i%len(rows)]); err != nil {
			b.Fatal(err)
		}
	}
}
