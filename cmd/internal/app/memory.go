package app

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much garbage is let lie, in percent of what lives. Little
// lives here, 10 to 20 MiB, and at Go's 100 it is walked through again after
// every few hundred requests. This costs some 50 MiB at the busiest and spares
// a tenth of the CPU of a login, a sixth of that of a verify (make load).
const gcPercent = 400

// CollectSeldom sets that for the whole process, so it is for a program that
// serves and does nothing else. GOGC and GOMEMLIMIT come first.
func CollectSeldom() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
