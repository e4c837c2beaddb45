package operate

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"orglogin/handlers/seal"
	"orglogin/handlers/token"
)

// KeyFiles are the files that [NewKeys] wrote.
type KeyFiles struct {
	Secret  string // for SECRET_KEYS_FILE
	Signing string // for SIGNING_KEYS_FILE
}

// NewKeys makes a secret key and a signing key and writes both into dir, which
// is made where there is none, or neither. A file that exists is left as it is:
// with its keys every cookie and token made of them would be lost.
func NewKeys(dir string) (KeyFiles, error) {
	files := KeyFiles{Secret: filepath.Join(dir, "secret-keys"), Signing: filepath.Join(dir, "signing-keys.json")}
	var secret [seal.KeySize]byte
	rand.Read(secret[:]) // never fails since Go 1.24
	signing, err := token.NewKeySet()
	if err != nil {
		return KeyFiles{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return KeyFiles{}, err
	}
	if err := writeNew(files.Secret, []byte(base64.StdEncoding.EncodeToString(secret[:])+"\n")); err != nil {
		return KeyFiles{}, err
	}
	if err := writeNew(files.Signing, signing); err != nil {
		return KeyFiles{}, errors.Join(err, os.Remove(files.Secret))
	}
	return files, nil
}

// writeNew makes a file that only this user can read.
func writeNew(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is left as it is: name another directory, or move it away", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
