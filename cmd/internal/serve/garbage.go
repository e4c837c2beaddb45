package serve

import (
	"os"
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"sync/atomic"
)

// How much garbage may be in the heap, in percent of what is in use. A small heap, of 10
// MiB, would with Go's default of 100 be collected after every few hundred requests, at a
// tenth of the CPU of a login and a sixth of that of a verify (make load). A larger one is
// collected as seldom with a smaller percentage. Past maxGarbage memory buys little: with 28
// MiB a verify takes 2 to 4 % less CPU, and 15 MiB more are resident where much goes on.
const (
	mostGarbage  = 400
	leastGarbage = 100
	maxGarbage   = 16 << 20
)

// LimitGarbage sets it for the whole process, after each collection again, so it is for a
// program that serves and does nothing else. GOGC and GOMEMLIMIT take precedence.
func LimitGarbage() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(mostGarbage)
	var set atomic.Int64
	afterCollections(func() {
		// Setting it stops the world for a moment.
		if percent := garbagePercent(liveHeap()); set.Swap(int64(percent)) != int64(percent) {
			debug.SetGCPercent(percent)
		}
	})
}

// garbagePercent is the percentage for a heap of which so much is in use, in steps of 20.
func garbagePercent(live uint64) int {
	percent := min(maxGarbage*100/max(live, 1<<20), mostGarbage)
	return int(max(percent-percent%20, leastGarbage))
}

// liveHeap is what the last collection left.
func liveHeap() uint64 {
	sample := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	runtimemetrics.Read(sample)
	return sample[0].Value.Uint64()
}

// afterCollections calls do after each collection: that of an object that nothing refers to
// is when it ran.
func afterCollections(do func()) {
	unused := &struct{ _ *byte }{}
	runtime.AddCleanup(unused, func(do func()) {
		do()
		afterCollections(do)
	}, do)
}
