//go:build unix

package token

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
)

// checkReaders refuses a file that others than its owner can read or write. A group may read it where this process is in it.
func checkReaders(path string, info fs.FileInfo) error {
	perm := info.Mode().Perm()
	switch {
	case perm&0o077 == 0:
		return nil
	case perm&0o037 != 0:
		return fmt.Errorf("%s has mode %04o: users other than its owner can read or write the keys; run chmod 600 %s, and replace the keys if another user read them", path, perm, path)
	}
	file, ok := info.Sys().(*syscall.Stat_t)
	groups, err := os.Getgroups()
	if err != nil {
		return fmt.Errorf("the groups of this process: %w", err)
	}
	if ok && slices.Contains(append(groups, os.Getegid()), int(file.Gid)) {
		return nil
	}
	return fmt.Errorf("%s has mode %04o, and this process is not in the group that can read the keys; run chmod 600 %s, and replace the keys if another user read them", path, perm, path)
}
