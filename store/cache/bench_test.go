package cache_test

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"orglogin/store"
	orgcache "orglogin/store/cache"
	"orglogin/store/postgres/pgtest"
)

func BenchmarkMemoryHit(b *testing.B) {
	w := newWorld(b, func(c *orgcache.Config) { c.Observe = orgcache.Observe{} })
	b.Run("organization", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.organization(w.cache, "acme")
		}
	})
	b.Run("unknown organization", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = w.cache.OrganizationBySlug(b.Context(), "unknown") // not found
		}
	})
	b.Run("snapshot", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.snapshot(w.cache)
		}
	})
	b.Run("snapshot and a host", func(b *testing.B) {
		slugs := []string{"acme"}
		b.ReportAllocs()
		for b.Loop() {
			w.snapshot(w.cache, slugs...)
		}
	})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.sessionRow(w.cache)
		}
	})
}

// The hot path allocates two things at most, which is exact; times are for benchmarks.
func TestAHitAllocatesAlmostNothing(t *testing.T) {
	w := newWorld(t, func(c *orgcache.Config) { c.Observe = orgcache.Observe{} })
	for name, ask := range map[string]func(){
		"organization": func() { w.organization(w.cache, "acme") },
		"snapshot":     func() { w.snapshot(w.cache) },
		"session":      func() { w.sessionRow(w.cache) },
	} {
		ask()
		if n := testing.AllocsPerRun(200, ask); n > 2 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkRedis(b *testing.B) {
	server := newServer(b)
	w := newWorld(b, func(c *orgcache.Config) { c.Redis, c.Observe = server.open(), orgcache.Observe{} })
	b.Run("flow", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := w.cache.TakeFlow(b.Context(), store.NewID(), w.clock.Now())
			must(b, err)
		}
	})
	b.Run("limit", func(b *testing.B) {
		l := w.cache.Limiter("bench", 1000, time.Second)
		b.ReportAllocs()
		for b.Loop() {
			l.Allow(b.Context(), "client")
		}
	})
}

// A miss is a question to PostgreSQL, beside one that is asked of it directly.
func BenchmarkMiss(b *testing.B) {
	db := pgtest.New(b)
	inner := openPostgres(b, db.Runtime)
	hand := openHand(b, "pgx", db.Owner, "orglogin.")
	must(b, hand.exec(b.Context(), `INSERT INTO %sorganizations (name, slug) VALUES ('Acme', 'acme')`))
	b.Run("without a cache", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := inner.OrganizationBySlug(b.Context(), "acme")
			must(b, err)
		}
	})
	s, err := orgcache.New(orgcache.Config{Store: inner})
	must(b, err)
	b.Run("through the cache", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.ForgetAll()
			_, err := s.OrganizationBySlug(b.Context(), "acme")
			must(b, err)
		}
	})
}

// From the return of the statement that changes a row until it is forgotten.
func BenchmarkNotifyToForgotten(b *testing.B) {
	db := pgtest.New(b)
	inner := openPostgres(b, db.Runtime)
	hand := openHand(b, "pgx", db.Owner, "orglogin.")
	must(b, hand.exec(b.Context(), `INSERT INTO %sorganizations (name, slug) VALUES ('Acme', 'acme')`))
	s := run(b, orgcache.Config{Store: inner, Listen: listen(inner), TTL: time.Hour})
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		name := fmt.Sprint("Acme ", n)
		must(b, hand.exec(b.Context(), `UPDATE %sorganizations SET name = $1 WHERE slug = 'acme'`, name))
		began := time.Now()
		for {
			o, err := s.OrganizationBySlug(b.Context(), "acme")
			must(b, err)
			if o.Name == name {
				break
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// instant is a store that completes every login at once, so that what is measured
// is what the cache adds.
type instant struct {
	store.Store
	snapshots []store.AccessSnapshot
	next      int
}

func (s *instant) CompleteLogin(context.Context, store.Login) (store.Completed, error) {
	s.next++
	snapshot := s.snapshots[s.next%len(s.snapshots)]
	return store.Completed{Invitation: store.NotGiven, UserID: snapshot.Profile.ID, Snapshot: snapshot}, nil
}

func BenchmarkCompleteLogin(b *testing.B) {
	w := newWorld(b, nil)
	inner := &instant{Store: w.inner, snapshots: make([]store.AccessSnapshot, 1000)}
	for i := range inner.snapshots {
		inner.snapshots[i] = w.snapshot(w.cache, "acme")
		inner.snapshots[i].Profile.ID = store.NewID()
	}
	logins := make([]store.Login, 10_000)
	for i := range logins {
		logins[i] = w.login()
	}
	// Between two logins the process sleeps, as one that waits for a network does.
	ping, pong := make(chan struct{}), make(chan struct{})
	go func() {
		for range ping {
			time.Sleep(50 * time.Microsecond)
			pong <- struct{}{}
		}
	}()
	defer close(ping)
	b.Run("nothing", func(b *testing.B) {
		before := cpu(b)
		for b.Loop() {
			ping <- struct{}{}
			<-pong
		}
		b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
	})
	for name, redis := range map[string]bool{"memory": false, "Redis too": true} {
		b.Run(name, func(b *testing.B) {
			config := orgcache.Config{Store: inner, Secret: secret, Environment: "test", Listen: func(ctx context.Context, _ func(orgcache.Change), _ func()) error {
				<-ctx.Done()
				return ctx.Err()
			}}
			if redis {
				config.Redis = newServer(b).open()
			}
			s, err := orgcache.New(config)
			must(b, err)
			b.ReportAllocs()
			before := cpu(b)
			for i := 0; b.Loop(); i++ {
				_, err := s.CompleteLogin(b.Context(), logins[i%len(logins)])
				must(b, err)
				ping <- struct{}{}
				<-pong
			}
			b.ReportMetric(float64((cpu(b)-before).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}

// cpu is what this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
