package main

import (
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

type inviteCommand struct {
	Organization string `required:"" placeholder:"SLUG" help:"Slug of the organization."`
	Email        string `required:"" placeholder:"ADDRESS" help:"The one address that may accept."`
	Role         string `default:"member" help:"Role of the membership: owner, admin, member, or a word of yours."`
	Expires      string `default:"168h" help:"How long the offer stands, such as 168h, or until when, such as 2030-01-31T12:00:00Z."`

	config.PublicSettings   `group:"configuration"`
	config.DatabaseSettings `group:"configuration"`
}

// Run prints the link, alone on its line, and on stderr that a member gains
// nothing by it.
func (i *inviteCommand) Run(env *environment) error {
	public := i.PublicSettings.Check(env.check)
	return env.asOwner(i.DatabaseSettings, nil, func(operator *operate.Operator) error {
		made, err := operator.Invite(env.ctx, public, operate.Offer{
			Organization: i.Organization, Email: i.Email, Role: i.Role, Expires: i.Expires,
		})
		if err != nil {
			return fmt.Errorf("invite: %w", err)
		}
		for _, role := range made.Without {
			fmt.Fprintf(env.stderr, "%s is already a member of %s with the role %s: accepting this invitation changes nothing\n", i.Email, i.Organization, role)
		}
		fmt.Fprintln(env.stdout, made.Link)
		return nil
	})
}
