package postgres_test

import (
	"syscall"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/postgres/pgtest"
)

// BenchmarkQuestions is each question beside what a program without claims and
// without an account chain would do: one statement.
func BenchmarkQuestions(b *testing.B) {
	db := pgtest.New(b)
	people(b, db)
	execute(b, db.Owner, `
CREATE TABLE public.people (subject text PRIMARY KEY, email text NOT NULL, name text NOT NULL);
CREATE TABLE public.sessions (id text PRIMARY KEY, subject text NOT NULL REFERENCES people, expires_at timestamptz NOT NULL);
GRANT SELECT, INSERT, UPDATE ON public.people, public.sessions TO runtime`)
	s := open(b, db.Runtime)
	bare := pool(b, db.Runtime)
	all := questions(b, s)
	all["CompleteLogin, as most are"] = func() error {
		l := arrival(ann)
		l.Replaces = store.NewID()
		_, err := s.CompleteLogin(b.Context(), l)
		return err
	}
	all["one statement, bare"] = func() error {
		_, err := bare.Exec(b.Context(), `
WITH person AS (
	INSERT INTO public.people (subject, email, name) VALUES ($1, $2, $3)
	ON CONFLICT (subject) DO UPDATE SET email = excluded.email, name = excluded.name
	RETURNING subject
)
INSERT INTO public.sessions (id, subject, expires_at) SELECT $4, subject, $5 FROM person`,
			ann.Subject, ann.Email, ann.Name, store.NewID(), time.Now().Add(time.Hour))
		return err
	}
	for name, ask := range all {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// cpu is what this process has used, without the server's.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
