package main

import (
	"fmt"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

type keysNewCommand struct {
	Dir string `required:"" placeholder:"DIR" help:"Directory to write to. Made where there is none."`
}

// Run prints the variables to set.
func (k *keysNewCommand) Run(env *environment) error {
	files, err := operate.NewKeys(k.Dir)
	if err != nil {
		return fmt.Errorf("keys new: %w", err)
	}
	fmt.Fprintf(env.stdout, "%[1]sSECRET_KEYS_FILE=%[2]s\n%[1]sSIGNING_KEYS_FILE=%[3]s\n", config.Prefix, files.Secret, files.Signing)
	return nil
}

type keysRotateCommand struct {
	Dir    string        `required:"" placeholder:"DIR" help:"Directory of signing-keys.json."`
	After  time.Duration `default:"1h" help:"How long the new key is published before it signs: verifiers keep a key set for up to 30 minutes."`
	Leaked bool          `help:"Replace every key at once. Tokens fail at verifiers until they read the key set again."`

	SecretKeys [][]byte        `name:"secret-keys" variable:"SECRET_KEYS" type:"secret-keys" group:"configuration" placeholder:"KEYS" help:"Those of serve. With them the client secrets of organization connections are sealed again with the first one."`
	Database   config.Database `embed:"" group:"configuration"`
}

// Run prints what became of which key.
func (k *keysRotateCommand) Run(env *environment) error {
	r, err := operate.RotateKeys(k.Dir, time.Now(), k.After, k.Leaked)
	if err != nil {
		return fmt.Errorf("keys rotate: %w", err)
	}
	fmt.Fprintf(env.stdout, "%s signs from %s\n", r.Added, r.From.UTC().Format(time.RFC3339))
	for _, id := range r.Dropped {
		fmt.Fprintf(env.stdout, "%s is dropped\n", id)
	}
	return k.reseal(env)
}

// reseal seals the client secrets of connections again with the first of SECRET_KEYS, so that
// the last one can be taken out once its cookies have expired.
func (k *keysRotateCommand) reseal(env *environment) error {
	env.check.UseVariable("SECRET_KEYS")
	if len(k.SecretKeys) == 0 {
		return env.check.Err()
	}
	return env.asOwner(k.Database, nil, func(operator *operate.Operator) error {
		n, err := operator.ResealSecrets(env.ctx, k.SecretKeys)
		if err == nil && n > 0 {
			fmt.Fprintf(env.stdout, "sealed the client secrets of %d connections with the first of %sSECRET_KEYS\n", n, config.Prefix)
		}
		return err
	})
}
