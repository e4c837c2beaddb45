package cache_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"orglogin/store"
	orgcache "orglogin/store/cache"
)

func TestALimitGrantsItsBurstAndThenItsRate(t *testing.T) {
	w := newWorld(t, nil)
	l, err := w.cache.Limiter("start", 120, time.Minute)
	must(t, err)
	for i := range 120 {
		if ok, wait := l.Allow(t.Context(), "a"); !ok || wait != 0 {
			t.Fatalf("number %d: %v, %s", i, ok, wait)
		}
	}
	if ok, wait := l.Allow(t.Context(), "a"); ok || wait != 500*time.Millisecond {
		t.Errorf("past the burst: %v, %s", ok, wait)
	}
	if ok, _ := l.Allow(t.Context(), "b"); !ok {
		t.Error("another key is refused")
	}
	w.clock.advance(499 * time.Millisecond)
	if ok, wait := l.Allow(t.Context(), "a"); ok || wait != time.Millisecond {
		t.Errorf("a little early: %v, %s", ok, wait)
	}
	w.clock.advance(time.Millisecond)
	if ok, _ := l.Allow(t.Context(), "a"); !ok {
		t.Error("after the wait it is refused")
	}
	w.clock.advance(time.Hour)
	granted := 0
	for range 300 {
		if ok, _ := l.Allow(t.Context(), "a"); ok {
			granted++
		}
	}
	if granted != 120 {
		t.Errorf("after an hour %d are granted", granted)
	}
	w.clock.advance(-24 * time.Hour)
	if ok, _ := l.Allow(t.Context(), "a"); !ok {
		t.Error("a clock that was set back locks a client out")
	}
}

// At most count+1 things per period, however they come (a bucket leaks and is full once).
func TestALimitHoldsAtRandom(t *testing.T) {
	w := newWorld(t, nil)
	const count, per = 7, time.Second
	l, err := w.cache.Limiter("random", count, per)
	must(t, err)
	var granted []time.Time
	for range 5000 {
		w.clock.advance(rand.N(300 * time.Millisecond))
		now := w.clock.Now()
		ok, wait := l.Allow(t.Context(), "a")
		if ok == (wait > 0) {
			t.Fatalf("granted %v with a wait of %s", ok, wait)
		}
		if !ok {
			continue
		}
		granted = append(granted, now)
		if n := len(granted); n > 2*count && now.Sub(granted[n-2*count-1]) < per {
			t.Fatalf("%d in %s", 2*count+1, now.Sub(granted[n-2*count-1]))
		}
	}
}

func TestALimitIsOneForAllInstances(t *testing.T) {
	w, server, second := sharing(t)
	var limiters []*orgcache.Limiter
	for _, s := range []*orgcache.Store{w.cache, second} {
		l, err := s.Limiter("start", 50, time.Hour)
		must(t, err)
		l.Allow(t.Context(), store.NewID()) // connected
		limiters = append(limiters, l)
	}
	granted := 0
	for i := range 200 {
		ok, wait := limiters[i%2].Allow(t.Context(), "client")
		if ok {
			granted++
		} else if wait <= 0 || wait > time.Hour/50 {
			t.Errorf("refused for %s", wait)
		}
	}
	if granted != 50 {
		t.Errorf("%d are granted", granted)
	}
	key := ""
	for _, k := range server.admin().Keys(t.Context(), "*:limit:start:*").Val() {
		if strings.Contains(k, "client") {
			t.Errorf("the key %q tells the client", k)
		}
		if server.admin().PTTL(t.Context(), k).Val() > time.Minute*2 {
			key = k
		}
	}
	for _, hostile := range []string{"garbage", "", "nan", "inf", "-1e300", "1e300", "99999999999999999999"} {
		must(t, server.admin().Set(t.Context(), key, hostile, 0).Err())
		if ok, _ := limiters[0].Allow(t.Context(), "client"); !ok {
			t.Errorf("%q in its place locks the client out", hostile)
		}
	}
	must(t, server.admin().Del(t.Context(), key).Err())
	must(t, server.admin().LPush(t.Context(), key, "x").Err())
	if ok, _ := limiters[0].Allow(t.Context(), "client"); !ok {
		t.Error("a list in its place locks the client out")
	}
}

func TestALimitAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	l, err := w.cache.Limiter("start", 50, time.Hour)
	must(t, err)
	var granted atomic.Int64
	var all sync.WaitGroup
	for i := range 500 {
		all.Go(func() {
			if ok, _ := l.Allow(t.Context(), fmt.Sprint("client", i%2)); ok {
				granted.Add(1)
			}
		})
	}
	all.Wait()
	if granted.Load() != 100 {
		t.Errorf("%d are granted to two clients", granted.Load())
	}
}
