package serve

import (
	"runtime/debug"
	"testing"
)

func TestCollectSeldom(t *testing.T) {
	for _, c := range []struct {
		sentence, gogc, limit string
		want                  int
	}{
		{"by itself", "", "", gcPercent},
		{"an operator's GOGC stands", "50", "", 123},
		{"an operator's GOMEMLIMIT stands", "", "64MiB", 123},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Setenv("GOGC", c.gogc)
			t.Setenv("GOMEMLIMIT", c.limit)
			before := debug.SetGCPercent(123)
			SetGCPercent()
			if got := debug.SetGCPercent(before); got != c.want {
				t.Errorf("%d percent, want %d", got, c.want)
			}
		})
	}
}
