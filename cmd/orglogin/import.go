package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
)

type importCommand struct {
	File string `arg:"" placeholder:"FILE" help:"JSON file, or - for standard input."`

	Site     config.Site     `embed:"" group:"configuration"`
	Database config.Database `embed:"" group:"configuration"`
	Publish  config.Publish  `embed:"" group:"configuration"`
}

// Help says where the format is described.
func (*importCommand) Help() string {
	return `The file is one JSON object with up to four lists; what it does not name is left alone, and the same file may be imported again:
{"organizations": [{"slug": "acme", "name": "Acme", "subdomain_status": "verified"}],
 "users": [{"email": "ann@acme.test", "name": "Ann"}],
 "memberships": [{"organization": "acme", "email": "ann@acme.test", "role": "owner"}],
 "invitations": [{"organization": "acme", "email": "bob@acme.test", "token": "at-least-22-characters-long", "expires_at": "2030-01-01T00:00:00Z"}]}

organizations: slug; name; subdomain_status (pending by default; people land on verified alone).

users: email; name; issuer and subject (iss and sub of the person's ID token, both or neither) with connection (default by default); disabled.

memberships: organization and email; role (member by default); active (true by default).

invitations: organization, email, token, expires_at; role (member by default); revoked; invited_by (the address of the active member who invites).

Every mistake is reported at once with its line. More: docs/import.md.`
}

// Run brings the file in, all or nothing.
func (i *importCommand) Run(env *environment) error {
	env.check.Use(&i.Site)
	i.Publish.Check(env.check, i.Site.BaseDomain)
	return env.asOwner(i.Database, config.Reserved(i.Site.Redirect()), func(operator *operate.Operator) error {
		operator.PublishChanges(i.Publish)
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
	var mistakes store.ImportMistakes
	switch {
	case errors.As(err, &mistakes) && len(mistakes) > 1:
		return fmt.Errorf("import %s, nothing was changed, %w", i.File, err) // one a line follows
	case err != nil:
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
