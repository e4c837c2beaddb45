package clustertest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// fault is something that happens to what the service stands on.
type fault struct {
	what, how  string
	begin, end func() error
	seen       func() bool // what must be seen before it ends; nil: that a login is lost
	answers    []int       // of a login that it loses, 0 for none; nil: it may lose none, and some must land
}

// faults are all of them.
func (w *storm) faults() []fault {
	stretch := func(wire *wire, d time.Duration) (begin, end func() error) {
		return func() error { wire.Stretch(d); return nil }, func() error { wire.Stretch(0); return nil }
	}
	slowProvider, fastProvider := stretch(w.wires.provider, time.Second)
	slowRedis, fastRedis := stretch(w.wires.redis, 300*time.Millisecond)
	slowPostgres, fastPostgres := stretch(w.wires.postgres, 100*time.Millisecond)
	anyway := func() bool { return true }
	redisMissed := func() bool {
		for _, i := range w.Instances {
			if up, err := i.Metric(w.ctx, `orglogin_store_up{store="redis"}`); err != nil || up != 0 {
				return false
			}
		}
		return true
	}
	// The browser itself finds no server, or the service says so.
	away := []int{0, http.StatusBadRequest, http.StatusBadGateway, http.StatusGatewayTimeout}
	lookup := []int{http.StatusServiceUnavailable}
	return []fault{
		{"provider", "killed", w.provider.Kill, w.provider.Start, nil, away},
		{"provider", "frozen", w.provider.Freeze, w.provider.Thaw, anyway, away},
		{"provider", "slow", slowProvider, fastProvider, anyway, nil},
		{"provider", "cut off", w.wires.provider.Cut, w.wires.provider.Restore, nil, away},
		{"Redis", "killed", w.redis.Kill, w.redis.Start, redisMissed, nil},
		{"Redis", "frozen", w.redis.Hang, w.redis.Resume, redisMissed, nil},
		{"Redis", "slow", slowRedis, fastRedis, redisMissed, nil},
		{"Redis", "cut off", w.wires.redis.Cut, w.wires.redis.Restore, redisMissed, nil},
		{
			"PostgreSQL", "killed", func() error { w.server.Kill(); return nil }, w.server.Start,
			nil, lookup,
		},
		{
			"PostgreSQL", "frozen", func() error { return tellPostgres(w.server, syscall.SIGSTOP) },
			func() error { return tellPostgres(w.server, syscall.SIGCONT) }, nil, lookup,
		},
		{"PostgreSQL", "slow", slowPostgres, fastPostgres, anyway, nil},
		{"PostgreSQL", "cut off", w.wires.postgres.Cut, w.wires.postgres.Restore, nil, lookup},
	}
}

func (w *storm) lossCount() (n int) {
	w.note(func() { n = len(w.losses) })
	return n
}

// outcome is what a fault came to.
type outcome struct {
	fault
	lasted   time.Duration
	inFlight int64 // logins under way when it began
	landed   int   // while it lasted
	lost     int
	late     int             // of these, begun after every instance had recovered
	back     []time.Duration // from its end until a login succeeds at each instance
}

func (o outcome) String() string {
	return fmt.Sprintf("%-10s %-8s for %6s: %2d in flight, %3d landed, %3d lost (%d late), back after %s…%s",
		o.what, o.how, o.lasted.Round(time.Millisecond), o.inFlight, o.landed, o.lost, o.late,
		slices.Min(o.back).Round(time.Millisecond), slices.Max(o.back).Round(time.Millisecond))
}

// suffer injects one fault for at least d and waits until it is over for
// everybody.
func (w *storm) suffer(t *testing.T, f fault, d time.Duration) outcome {
	t.Helper()
	o := outcome{fault: f, inFlight: w.trying.Load()}
	var landings, losses int
	w.note(func() { landings, losses = w.landings, len(w.losses) })
	begun, ended := time.Now(), false
	defer func() {
		if !ended { // the test gives up: what others need comes back all the same
			_ = f.end()
		}
	}()
	if err := f.begin(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	seen := f.seen
	if seen == nil {
		seen = func() bool { return w.lossCount() > losses }
	}
	eventually(t, "the service notices that "+f.what+" is "+f.how, seen)
	for enough := false; f.answers == nil && !enough; time.Sleep(time.Millisecond) {
		w.note(func() { enough = w.landings >= landings+10 })
		if time.Since(begun) > 2*soon {
			t.Fatalf("%s is %s, and no login succeeds", f.what, f.how)
		}
	}
	w.note(func() { o.landed = w.landings - landings })
	ended = true
	if err := f.end(); err != nil {
		t.Fatal(err)
	}
	over := time.Now()
	o.lasted = over.Sub(begun)
	o.back = w.recover(t, over)
	back := over.Add(slices.Max(o.back))
	w.calm(t)

	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.losses[losses:] {
		o.lost++
		if l.from.After(back) {
			o.late++
		}
		w.ledger.check(onlyInFlight, l.slow() || slices.Contains(f.answers, l.Status),
			"%s %s, and a login was answered %d, %v, %s after it began\n%.300s", f.what, f.how, l.Status, l.err, l.to.Sub(begun), l.Body)
	}
	return o
}

// recover is how long each instance takes until a login succeeds.
func (w *storm) recover(t *testing.T, since time.Time) []time.Duration {
	t.Helper()
	back := make([]time.Duration, len(w.Instances))
	var all sync.WaitGroup
	for n, i := range w.Instances {
		all.Go(func() {
			for time.Since(since) < soon {
				a, err := w.Browser("ann").login(w.ctx, i.Addr)
				if err == nil && a.Location() == w.URL("acme", "/dashboard") {
					back[n] = time.Since(since)
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	all.Wait()
	if slices.Contains(back, 0) {
		t.Fatalf("not every instance is back: %v", back)
	}
	return back
}

// calm waits until as many logins as there are browsers land in a row.
func (w *storm) calm(t *testing.T) {
	t.Helper()
	w.note(func() { w.row = 0 })
	eventually(t, "logins land one after another", func() (calm bool) {
		w.note(func() { calm = w.row >= browsers })
		return calm
	})
}

// hold is how long a fault lasts at least.
func hold(r *rand.Rand) time.Duration {
	if *soak < time.Minute {
		return time.Second
	}
	return time.Second + upTo(r, 12*time.Second)
}

func TestFaultsUnderLoad(t *testing.T) {
	t.Parallel()
	chosen := seed(t)
	r := rand.New(rand.NewPCG(chosen, 0))
	w := newStorm(t)
	w.begin(t, chosen)
	w.calm(t)
	var before []size
	for _, i := range w.Instances {
		before = append(before, w.size(t, i))
	}

	injected := 0
	for begun := time.Now(); injected == 0 || time.Since(begun) < *soak; {
		faults := w.faults()
		r.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
		for _, f := range faults {
			if w.ledger.isBroken() {
				break
			}
			t.Log(w.suffer(t, f, hold(r)))
			injected++
		}
	}
	for n, i := range w.Instances {
		now, holds := w.shrinks(t, i, before[n])
		w.ledger.check(backToBefore, holds, "%s, and before %s", now, before[n])
		t.Logf("%s, and before %s", now, before[n])
	}
	injected += w.killAtRandom(t, r)
	w.end()
	w.compare(t)
	t.Logf("%d faults were injected; %d logins landed, %d were lost", injected, w.landings, len(w.losses))
	w.ledger.close(t, allInvariants()...)
}
