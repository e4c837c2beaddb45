package main

import (
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
)

type organizationsCommand struct {
	Update organizationsUpdateCommand `cmd:"" help:"Change an organization."`
}

type organizationsUpdateCommand struct {
	Slug string `arg:"" placeholder:"SLUG" help:"Slug of the organization."`
	SSO  string `name:"sso" required:"" placeholder:"off|optional|required" help:"Whether the organization's connections open it, and whether they alone do."`
	operatorSettings
}

// Run says what it changed.
func (u *organizationsUpdateCommand) Run(env *environment) error {
	sso := store.SSO(u.SSO)
	switch sso {
	case store.SSOOff, store.SSOOptional, store.SSORequired:
	default:
		return config.Misuse(fmt.Sprintf("--sso %s is not a choice: write off, optional or required", config.Show(u.SSO)))
	}
	return u.withOperator(env, func(operator *operate.Operator) error {
		err := operator.SetSSO(env.ctx, u.Slug, sso)
		if err == nil {
			fmt.Fprintf(env.stdout, "%s has sso %s\n", u.Slug, sso)
		}
		return err
	})
}
