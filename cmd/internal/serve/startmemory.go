package serve

import "runtime/debug"

// FreeStartMemory gives back to the system what only the start needed: its garbage, and
// the pages of the binary that it read. It takes some milliseconds.
func FreeStartMemory() {
	debug.FreeOSMemory()
	unmapBinary()
}
