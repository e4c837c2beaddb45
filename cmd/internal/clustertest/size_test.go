package clustertest

import (
	"fmt"
	"testing"
	"time"
)

// size is what a process holds.
type size struct{ goroutines, files, heap, resident float64 }

func (s size) String() string {
	const mib = 1 << 20
	return fmt.Sprintf("%.0f goroutines, %.0f files, %.1f MiB of heap, %.0f MiB resident", s.goroutines, s.files, s.heap/mib, s.resident/mib)
}

// size asks the instance's metrics.
func (f *fixture) size(t *testing.T, i *Instance) size {
	t.Helper()
	var s size
	for name, to := range map[string]*float64{
		"go_goroutines": &s.goroutines, "process_open_fds": &s.files,
		"go_memstats_heap_alloc_bytes": &s.heap, "process_resident_memory_bytes": &s.resident,
	} {
		var err error
		if *to, err = i.Metric(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// What an instance may hold afterwards beside what it held before: connections
// that nginx and the pools keep, and what it has learned of people.
const (
	moreThings = 120
	moreHeap   = 32 << 20
)

// shrinks waits until an instance is as small as it was, and reports whether it
// came to that. Garbage goes when the next is made, so it is given something
// to do meanwhile.
func (f *fixture) shrinks(t *testing.T, i *Instance, before size) (now size, holds bool) {
	t.Helper()
	f.transport(i.Addr).CloseIdleConnections()
	ann := f.Browser("ann")
	for begun := time.Now(); !holds && time.Since(begun) < 2*soon; {
		for range 20 {
			if _, err := ann.Get(t.Context(), i.Addr, f.Public+"/login"); err != nil {
				t.Fatal(err)
			}
		}
		now = f.size(t, i)
		holds = now.goroutines < before.goroutines+moreThings && now.files < before.files+moreThings && now.heap < before.heap+moreHeap
	}
	return now, holds
}
