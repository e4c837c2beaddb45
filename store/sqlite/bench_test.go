package sqlite

import (
	"testing"
	"time"

	"orglogin/store"
)

func BenchmarkSession(b *testing.B) {
	s := open(b)
	l := login(time.Now())
	ann := complete(b, s, l).Snapshot.Profile
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Session(b.Context(), ann.ID, l.Session.SecretHash); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAccessSnapshot(b *testing.B) {
	s := open(b)
	c := complete(b, s, login(time.Now())).Snapshot
	q := store.AccessQuery{UserID: c.Profile.ID, Slugs: []string{c.Memberships[0].Organization.Slug}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.AccessSnapshot(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSecondLogin(b *testing.B) {
	s := open(b)
	l := login(time.Now())
	complete(b, s, l)
	b.ReportAllocs()
	for b.Loop() {
		l.Session = login(l.Now).Session
		complete(b, s, l)
	}
}

func BenchmarkMarkUsed(b *testing.B) {
	s := open(b)
	c := complete(b, s, login(time.Now())).Snapshot
	b.ReportAllocs()
	for b.Loop() {
		if err := s.MarkUsed(b.Context(), c.Profile.ID, c.Memberships[0].Organization.ID, time.Now()); err != nil {
			b.Fatal(err)
		}
	}
}
