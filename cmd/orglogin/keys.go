package main

import (
	"fmt"

	"orglogin/cmd/internal/app"
)

type keysCommand struct {
	New keysNewCommand `cmd:"" help:"Write DIR/secret-keys and DIR/signing-keys.json, never over existing ones."`
}

type keysNewCommand struct {
	Dir string `required:"" placeholder:"DIR" help:"Directory to write to. Made where there is none."`
}

// Run prints the variables to set.
func (k *keysNewCommand) Run(env *environment) error {
	files, err := app.NewKeys(k.Dir)
	if err != nil {
		return fmt.Errorf("keys new: %w", err)
	}
	fmt.Fprintf(env.stdout, "%[1]sSECRET_KEYS_FILE=%[2]s\n%[1]sSIGNING_KEYS_FILE=%[3]s\n", app.Prefix, files.Secret, files.Signing)
	return nil
}
