package clustertest

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"syscall"
	"testing"
	"time"
)

// killAtRandom kills one instance after another, in the midst of whatever they
// do, and starts each again. It returns how many.
func (w *storm) killAtRandom(t *testing.T, r *rand.Rand) (killed int) {
	t.Helper()
	w.dying.Store(true)
	w.calm(t) // and whoever did not know has been answered
	var losses, landings int
	w.note(func() { losses, landings = len(w.losses), w.landings })
	var slowest time.Duration
	for begun := time.Now(); killed < 8 || time.Since(begun) < *soak/4; killed++ {
		time.Sleep(upTo(r, time.Second))
		i := w.Instances[r.IntN(len(w.Instances))]
		down := span{from: time.Now()}
		w.note(func() { w.deaths = append(w.deaths, down) })
		if err := i.Stop(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		w.note(func() { w.deaths[len(w.deaths)-1].to = time.Now() })
		if err := i.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a login succeeds at the instance", func() bool {
			a, err := w.Browser("ann").login(w.ctx, i.Addr)
			return err == nil && a.Location() == w.URL("acme", "/dashboard")
		})
		slowest = max(slowest, time.Since(down.from))
		if w.ledger.isBroken() {
			break
		}
	}
	w.calm(t)
	w.note(func() {
		lost := w.losses[losses:]
		for _, l := range lost {
			// Of a login that was under way there is no answer, nginx's, or that of
			// another instance to which nginx took the same callback again.
			inFlight := slices.ContainsFunc(w.deaths, l.meets)
			w.ledger.check(onlyInFlight, l.slow() || inFlight && slices.Contains([]int{0, http.StatusBadRequest, http.StatusBadGateway}, l.Status),
				"no instance was dying, or it was answered %d, %v\n%.300s", l.Status, l.err, l.Body)
		}
		t.Logf("instances  SIGKILL  %d times: %d landed, %d lost, back at most %s after",
			killed, w.landings-landings, len(lost), slowest.Round(time.Millisecond))
	})
	return killed
}
