package main

import (
	"fmt"
	"io"
	"os"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

type importCommand struct {
	File string `arg:"" placeholder:"FILE" help:"JSON file, or - for standard input."`

	config.SiteSettings     `group:"configuration"`
	config.DatabaseSettings `group:"configuration"`
	config.PublishSettings  `group:"configuration"`
}

// Help says where the format is described.
func (*importCommand) Help() string {
	return `The format: docs/import.md. The smallest file that makes a person the owner of an organization:
{"organizations": [{"slug": "acme", "name": "Acme", "subdomain_status": "verified"}],
 "users": [{"email": "ann@acme.test", "name": "Ann"}],
 "memberships": [{"organization": "acme", "email": "ann@acme.test", "role": "owner"}]}`
}

// Run brings the file in, all or nothing.
func (i *importCommand) Run(env *environment) error {
	site := i.SiteSettings.Check(env.check)
	publish := i.PublishSettings.Check(env.check, site.BaseDomain)
	return env.asOwner(i.DatabaseSettings, config.Reserved(site), func(operator *operate.Operator) error {
		operator.PublishChanges(publish)
		return i.bring(env, operator)
	})
}

func (i *importCommand) bring(env *environment, operator *operate.Operator) error {
	in, err := i.open(env.stdin)
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	defer in.Close()
	file, err := operator.ImportFrom(env.ctx, in)
	if err != nil {
		return fmt.Errorf("import %s, nothing was changed: %w", i.File, err)
	}
	fmt.Fprintf(env.stdout, "imported %d organizations, %d users, %d memberships, %d invitations\n",
		len(file.Organizations), len(file.Users), len(file.Memberships), len(file.Invitations))
	return nil
}

func (i *importCommand) open(stdin io.Reader) (io.ReadCloser, error) {
	if i.File == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(i.File)
}
