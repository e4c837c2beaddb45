package cache_test

import (
	"fmt"
	"slices"
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
			_, _ = w.cache.OrganizationBySlug(b.Context(), "nobody") // not found
		}
	})
	b.Run("standing", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w.standing(w.cache)
		}
	})
	b.Run("standing and a host", func(b *testing.B) {
		slugs := []string{"acme"}
		b.ReportAllocs()
		for b.Loop() {
			w.standing(w.cache, slugs...)
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
		"standing":     func() { w.standing(w.cache) },
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
		l, err := w.cache.Limiter("bench", 1000, time.Second)
		must(b, err)
		b.ReportAllocs()
		for b.Loop() {
			l.Allow(b.Context(), "client")
		}
	})
	// Another instance has read them all; this one asks for each once.
	const many = 2000
	var file store.ImportFile
	for i := range many {
		file.Organizations = append(file.Organizations, store.ImportOrganization{Slug: fmt.Sprint("place-", i)})
	}
	must(b, w.inner.Import(b.Context(), file, w.clock.Now()))
	for i := range many {
		w.organization(w.cache, fmt.Sprint("place-", i))
	}
	must(b, w.cache.Close())
	inner, client := w.open(), server.open()
	b.Run("organization hit", func(b *testing.B) {
		b.ReportAllocs()
		var s *orgcache.Store
		for i := 0; b.Loop(); i++ {
			if i%many == 0 {
				b.StopTimer()
				var err error
				s, err = orgcache.New(orgcache.Config{Store: inner, Redis: client, Secret: secret, Environment: "test", TTL: ttl, Now: w.clock.Now})
				must(b, err)
				b.StartTimer()
			}
			w.organization(s, fmt.Sprint("place-", i%many))
		}
		if asked := inner.asked(); len(asked) > 0 {
			b.Logf("the store was asked %v: Redis was too slow for it", asked)
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
	for name, config := range map[string]orgcache.Config{
		"memory":           {Store: inner},
		"memory and Redis": {Store: inner, Redis: newServer(b).open(), Secret: secret, Environment: "test"},
	} {
		s, err := orgcache.New(config)
		must(b, err)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.ForgetAll()
				_, err := s.OrganizationBySlug(b.Context(), "acme")
				must(b, err)
			}
		})
	}
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
