package serve

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// unmapBinary unmaps the pages of this program's file. A page that is needed later is mapped
// again from the page cache, without a read of the disk: serving needs about half of what
// initialization, flags, settings, templates and metrics have read. Where the kernel does not
// report the mappings, or does not allow this, nothing changes.
func unmapBinary() {
	path, _ := os.Executable()
	smaps, _ := os.ReadFile("/proc/self/smaps")
	for _, m := range unchangedMappings(string(smaps), path) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.begin, m.end-m.begin, syscall.MADV_DONTNEED)
	}
}

type mapping struct{ begin, end uintptr }

// unchangedMappings returns the read-only mappings of the file at path whose pages are all as
// in the file. A page that was changed (by relocation, or by a debugger) is anonymous, and would be lost.
// The format is in proc(5).
func unchangedMappings(smaps, path string) (all []mapping) {
	var m mapping
	ours := false
	for line := range strings.Lines(smaps) {
		var next mapping
		var permissions string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &next.begin, &next.end, &permissions); n == 3 {
			m, ours = next, strings.HasPrefix(permissions, "r-") && strings.HasSuffix(line, " "+path+"\n")
		}
		if changed, ok := strings.CutPrefix(line, "Anonymous:"); ok && ours && strings.TrimSpace(changed) == "0 kB" {
			all = append(all, m)
		}
	}
	return all
}
