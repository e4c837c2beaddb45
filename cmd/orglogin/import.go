package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"orglogin/cmd/internal/app"
)

type importCommand struct {
	File string `arg:"" placeholder:"FILE" help:"JSON file, or - for standard input."`

	app.SiteSettings     `group:"configuration"`
	app.DatabaseSettings `group:"configuration"`
}

// Run reads the whole file before it asks the database for anything.
func (i *importCommand) Run(env *environment) error {
	in, err := i.input(env.stdin)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	file, err := app.DecodeImport(in)
	if err := errors.Join(err, in.Close()); err != nil {
		return fmt.Errorf("import %s: %w; nothing was changed", i.File, err)
	}
	operator, err := env.operator(i.DatabaseSettings, app.Reserved(i.SiteSettings.Check(env.check)))
	if err != nil {
		return err
	}
	if err := operator.Import(env.ctx, file); err != nil {
		return errors.Join(fmt.Errorf("import %s: %w; nothing was changed", i.File, err), operator.Close())
	}
	fmt.Fprintf(env.stdout, "imported %d organizations, %d users, %d memberships, %d invitations\n",
		len(file.Organizations), len(file.Users), len(file.Memberships), len(file.Invitations))
	return operator.Close()
}

func (i *importCommand) input(stdin io.Reader) (io.ReadCloser, error) {
	if i.File == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(i.File)
}
