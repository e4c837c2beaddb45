package serve

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestGarbageIsLimited(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 400},
		{4 << 20, 400},
		{5 << 20, 320},
		{10 << 20, 160},
		{16 << 20, 100},
		{1 << 30, 100},
	} {
		if got := garbagePercent(c.live); got != c.want {
			t.Errorf("with %d MiB in use: %d percent, want %d", c.live>>20, got, c.want)
		}
	}
}

func TestAnOperatorsLimitTakesPrecedence(t *testing.T) {
	for _, c := range []struct{ gogc, limit string }{{"50", ""}, {"", "64MiB"}} {
		t.Setenv("GOGC", c.gogc)
		t.Setenv("GOMEMLIMIT", c.limit)
		before := debug.SetGCPercent(123)
		LimitGarbage()
		if got := debug.SetGCPercent(before); got != 123 {
			t.Errorf("GOGC=%s GOMEMLIMIT=%s: %d percent, want the operator's", c.gogc, c.limit, got)
		}
	}
}

func TestEachCollectionIsNoticed(t *testing.T) {
	collected := make(chan struct{}, 1)
	afterCollections(func() {
		select {
		case collected <- struct{}{}:
		default: // the test has ended
		}
	})
	for range 2 {
		runtime.GC()
		<-collected
	}
}
