//go:build all

package deploy_test

import "testing"

// TestAllRelease makes the whole release twice, the second time with nothing in Go's cache.
func TestAllRelease(t *testing.T) {
	first := release(t, "../..", nil)
	elsewhere, env := copySource(t)
	again := release(t, elsewhere, append(env, "GOCACHE="+t.TempDir()))
	compareFolders(t, first, again)
	if got := len(filesIn(t, first)); got != 6*2+2+1 {
		t.Errorf("%d files: %q", got, filesIn(t, first))
	}
	output(t, first, "sha256sum", "--check", "--strict", "sha256sums")
}
