package main

import (
	"errors"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

type explainCommand struct {
	Email      string `placeholder:"ADDRESS" help:"Whose login. Every profile of the address is explained; for an address without a profile, a first login."`
	Connection string `placeholder:"ID" help:"The connection that the person signs in with; the provider of OIDC_* by default. It is taken to be authoritative for the address."`
	Redirect   string `placeholder:"URL" help:"The redirect parameter of the login."`
	Invitation string `placeholder:"TOKEN" help:"The invitation that the login brings."`
	Host       string `placeholder:"HOST" help:"Host that the login began on."`
	Receipt    string `placeholder:"ID" help:"X-Login-Receipt of a past login, which is explained instead."`
	JSON       bool   `name:"json" help:"Print JSON, one object a line."`

	Site                config.Site     `embed:"" group:"configuration"`
	Database            config.Database `embed:"" group:"configuration"`
	config.SignupPolicy `group:"configuration"`
}

// Run is done when a decision was reached, whatever it is.
func (e *explainCommand) Run(env *environment) error {
	switch {
	case e.Receipt == "" && e.Email == "":
		return config.Misuse("explain wants --email ADDRESS or --receipt ID")
	case e.Receipt == "":
		return e.login(env)
	case e.Email != "" || e.Connection != "" || e.Redirect != "" || e.Invitation != "" || e.Host != "":
		return config.Misuse("--receipt names a past login: write it without --email, --connection, --redirect, --invitation and --host")
	}
	return env.asOwner(e.Database, nil, func(operator *operate.Operator) error {
		explained, err := operator.Receipt(env.ctx, e.Receipt)
		if err == nil {
			err = e.print(env, explained)
		}
		return err
	})
}

// login explains one that could be.
func (e *explainCommand) login(env *environment) error {
	env.check.Use(&e.Site, &e.Database, &e.SignupPolicy)
	if err := env.check.Err(); err != nil {
		return err
	}
	explainer, err := operate.OpenExplainer(env.ctx, e.Database, e.Site.Redirect(), e.Signup, env.logger())
	if err != nil {
		return err
	}
	all, err := explainer.Explain(env.ctx, operate.Login{Email: e.Email, Connection: e.Connection, Redirect: e.Redirect, Invitation: e.Invitation, Host: e.Host})
	for _, explained := range all {
		err = errors.Join(err, e.print(env, explained))
	}
	return errors.Join(err, explainer.Close())
}

func (e *explainCommand) print(env *environment, explained operate.Explained) error {
	if e.JSON {
		return explained.WriteJSON(env.stdout)
	}
	return explained.WriteText(env.stdout)
}
