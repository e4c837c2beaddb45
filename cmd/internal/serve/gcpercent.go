package serve

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much the heap may grow before it is collected, in percent of
// what is in use. Little is, 10 to 20 MiB, and with Go's default of 100 it is
// collected after every few hundred requests. This costs some 50 MiB at the busiest and saves
// a tenth of the CPU of a login, a sixth of that of a verify (make load).
const gcPercent = 400

// SetGCPercent sets it for the whole process, so it is for a program that
// serves and does nothing else. GOGC and GOMEMLIMIT take precedence.
func SetGCPercent() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
