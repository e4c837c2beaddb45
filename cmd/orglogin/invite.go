package main

import (
	"errors"
	"fmt"

	"orglogin/cmd/internal/app"
)

type inviteCommand struct {
	Organization string `required:"" placeholder:"SLUG" help:"Slug of the organization."`
	Email        string `required:"" placeholder:"ADDRESS" help:"The one address that may accept."`
	Role         string `default:"member" help:"Role of the membership: owner, admin, member, or a word of yours."`
	Expires      string `default:"168h" help:"How long the offer stands, such as 168h, or until when, such as 2030-01-31T12:00:00Z."`

	app.PublicSettings   `group:"configuration"`
	app.DatabaseSettings `group:"configuration"`
}

// Run prints the link, alone on its line.
func (i *inviteCommand) Run(env *environment) error {
	public := i.PublicSettings.Check(env.check)
	operator, err := env.operator(i.DatabaseSettings, nil)
	if err != nil {
		return err
	}
	link, err := operator.Invite(env.ctx, public, app.Offer{
		Organization: i.Organization, Email: i.Email, Role: i.Role, Expires: i.Expires,
	})
	if err != nil {
		return errors.Join(fmt.Errorf("invite: %w", err), operator.Close())
	}
	fmt.Fprintln(env.stdout, link)
	return operator.Close()
}
