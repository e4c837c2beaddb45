package operate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/token"
)

// maxSigningFile bounds the file of signing keys, in bytes.
const maxSigningFile = 1 << 20

// RotateKeys changes DIR/signing-keys.json as [token.Rotate] says, or, of keys
// that leaked, as [token.Replace] does. The file is replaced whole and stays its
// owner's, so that a service that runs on it reads the one or the other.
func RotateKeys(dir string, now time.Time, after time.Duration, leaked bool) (token.Rotation, error) {
	name := filepath.Join(dir, "signing-keys.json")
	file, err := config.ReadFile(name, maxSigningFile)
	if err != nil {
		return token.Rotation{}, fmt.Errorf("%s %w", name, err)
	}
	var r token.Rotation
	if leaked {
		r, err = token.Replace(file, now)
	} else {
		r, err = token.Rotate(file, now, after)
	}
	if err != nil {
		return token.Rotation{}, fmt.Errorf("%s: %w", name, err)
	}
	return r, replaceFile(name, r.File)
}

// replaceFile puts a file in the place of one, of what a link leads to where it
// is a link. Its group can read it where it could before.
func replaceFile(name string, content []byte) error {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	before, err := os.Stat(name)
	if err != nil {
		return err
	}
	next := name + ".next"
	if err := writeNew(next, content); err != nil {
		return err
	}
	if err = keepOwner(next, before); err == nil {
		err = os.Chmod(next, before.Mode().Perm()&0o640)
	}
	if err == nil {
		err = os.Rename(next, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return nil
}
