//go:build unix

package operate

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the group of the one that it replaces, and its owner where this is root.
func keepOwner(name string, before fs.FileInfo) error {
	owner, ok := before.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return nil
	case os.Geteuid() == 0:
		return os.Chown(name, int(owner.Uid), int(owner.Gid))
	case before.Mode().Perm()&0o070 == 0:
		return nil
	}
	return os.Chown(name, -1, int(owner.Gid))
}
