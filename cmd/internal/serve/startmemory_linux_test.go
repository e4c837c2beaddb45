package serve

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestUnchangedMappings(t *testing.T) {
	const smaps = `00400000-01875000 r-xp 00000000 fe:00 131 /opt/our own/orglogin
Private_Dirty:     13396 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
01875000-02e76000 r--p 01475000 fe:00 131 /opt/our own/orglogin
Anonymous:             4 kB
02e76000-02f3f000 r--p 02a76000 fe:00 131 /opt/our own/orglogin
Anonymous:             0 kB
02f3f000-02f40000 rw-p 02b3f000 fe:00 131 /opt/our own/orglogin
Anonymous:             0 kB
02f40000-02f41000 r--p 00000000 fe:00 132 /opt/our own/orglogin.db
Anonymous:             0 kB
c000000000-c004000000 rw-p 00000000 00:00 0 
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x1875000}, {0x2e76000, 0x2f3f000}}
	if got := unchangedMappings(smaps, "/opt/our own/orglogin"); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestTheStartsPagesOfTheBinaryAreUnmapped(t *testing.T) {
	before := residentOfFiles(t)
	FreeStartMemory()
	if after := residentOfFiles(t); after >= before {
		t.Errorf("%d KiB of files are resident, %d before", after, before)
	}
}

func residentOfFiles(t *testing.T) int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(status), "RssFile:")
	kib, err := strconv.Atoi(strings.Fields(line)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}
