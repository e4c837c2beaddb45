package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"orglogin/cmd/internal/app"
)

type keysCommand struct {
	New keysNewCommand `cmd:"" help:"Write DIR/secret-keys and DIR/signing-keys.json, never over existing ones."`
}

type keysNewCommand struct {
	Dir string `required:"" placeholder:"DIR" help:"Directory to write to; made where there is none."`
}

// Run writes both files or none.
func (k *keysNewCommand) Run(env *environment) error {
	signing, err := app.NewSigningKeys()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(k.Dir, 0o700); err != nil {
		return fmt.Errorf("keys new: %w", err)
	}
	secretFile := filepath.Join(k.Dir, "secret-keys")
	signingFile := filepath.Join(k.Dir, "signing-keys.json")
	if err := writeNew(secretFile, []byte(app.NewSecretKey()+"\n")); err != nil {
		return fmt.Errorf("keys new: %w", err)
	}
	if err := writeNew(signingFile, signing); err != nil {
		return errors.Join(fmt.Errorf("keys new: %w", err), os.Remove(secretFile))
	}
	fmt.Fprintf(env.stdout, "%sSECRET_KEYS_FILE=%s\n%sSIGNING_KEYS_FILE=%s\n", app.Prefix, secretFile, app.Prefix, signingFile)
	return nil
}

// writeNew makes a file that only this user can read. One that exists stays:
// with its keys every cookie and token that was made of them would be lost.
func writeNew(name string, content []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is left as it is: name another directory, or move it away", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
