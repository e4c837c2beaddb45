package main

import (
	"errors"
	"fmt"
	"strings"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
)

type connectionsCommand struct {
	List     connectionsListCommand     `cmd:"" help:"List the connections of an organization."`
	Add      connectionsAddCommand      `cmd:"" help:"Add a connection to an organization, as a draft. Prints its id and the redirect URI to register."`
	Test     connectionsTestCommand     `cmd:"" help:"Print the link of a test login, which shows the claims and changes no session."`
	Activate connectionsActivateCommand `cmd:"" help:"Let people sign in with a connection that was tested."`
	Disable  connectionsDisableCommand  `cmd:"" help:"End every session that the connection opened, and its logins in progress."`
	Remove   connectionsRemoveCommand   `cmd:"" help:"Disable and delete a connection."`
}

// operatorSettings are what a command reads that changes something as the owner.
type operatorSettings struct {
	config.DatabaseSettings `group:"configuration"`
	config.DomainSettings   `group:"configuration"`
	config.PublishSettings  `group:"configuration"`
}

// withOperator runs do with the database open as its owner, and publishes what it changes.
func (s *operatorSettings) withOperator(env *environment, do func(*operate.Operator) error) error {
	publish := s.PublishSettings.Check(env.check, s.DomainSettings.Check(env.check))
	return env.asOwner(s.DatabaseSettings, nil, func(operator *operate.Operator) error {
		operator.PublishChanges(publish)
		return do(operator)
	})
}

type connectionsListCommand struct {
	Organization string `required:"" placeholder:"SLUG" help:"Slug of the organization."`
	JSON         bool   `name:"json" help:"Print a JSON array."`

	config.DatabaseSettings `group:"configuration"`
}

// connectionJSON is a connection as --json prints it: everything but the secret.
type connectionJSON struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Issuer        string   `json:"issuer"`
	ClientID      string   `json:"client_id"`
	EmailVerified string   `json:"email_verified"`
	UserInfo      string   `json:"userinfo"`
	HostedDomains []string `json:"hosted_domains"`
	Private       bool     `json:"private"`
	Status        string   `json:"status"`
}

func connectionToJSON(c store.Connection) connectionJSON {
	return connectionJSON{
		ID: c.ID, Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, EmailVerified: string(c.EmailVerified),
		UserInfo: map[bool]string{true: "auto", false: "off"}[c.UserInfo], HostedDomains: append([]string{}, c.HostedDomains...),
		Private: c.Private, Status: string(c.State),
	}
}

// Run prints a table, or JSON.
func (l *connectionsListCommand) Run(env *environment) error {
	return env.asOwner(l.DatabaseSettings, nil, func(operator *operate.Operator) error {
		all, err := operator.Connections(env.ctx, l.Organization)
		if err != nil {
			return err
		}
		return printList(env.stdout, all, l.JSON, connectionToJSON, l.Organization+" has no connections", "ID\tSTATUS\tNAME\tISSUER\tCLIENT ID",
			func(c store.Connection) string {
				return fmt.Sprintf("%s\t%s\t%s\t%s\t%s", c.ID, c.State, c.Name, c.Issuer, c.ClientID)
			})
	})
}

type connectionsAddCommand struct {
	Organization string `required:"" placeholder:"SLUG" help:"Slug of the organization."`
	config.ConnectionSettings

	config.SiteSettings     `group:"configuration"`
	config.DatabaseSettings `group:"configuration"`
	config.PublishSettings  `group:"configuration"`
	OutboundAllowedNetworks string `variable:"OUTBOUND_ALLOWED_NETWORKS" group:"configuration" placeholder:"NETWORKS" help:"Those of serve."`
}

// Run prints the id, and the redirect URI to register with the provider.
func (a *connectionsAddCommand) Run(env *environment) error {
	site := a.SiteSettings.Check(env.check)
	publish := a.PublishSettings.Check(env.check, site.BaseDomain)
	networks := env.check.OutboundNetworks(a.OutboundAllowedNetworks)
	keys := env.check.SecretKeys(a.SecretKeys)
	return env.asOwner(a.DatabaseSettings, nil, func(operator *operate.Operator) error {
		operator.PublishChanges(publish)
		connection, err := a.ConnectionSettings.Check()
		if err != nil {
			return err
		}
		added, err := operator.AddConnection(env.ctx, keys, operate.OutboundRules{Site: site, AllowedNetworks: networks}, connection, a.Organization)
		if err == nil {
			fmt.Fprintf(env.stdout, "added %s as a draft to %s\nregister with the provider the redirect URI %s\nthen run: orglogin connections test %s\n",
				added.ID, a.Organization, added.RedirectURL, added.ID)
		}
		return err
	})
}

type connectionsTestCommand struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the connection."`

	config.PublicSettings   `group:"configuration"`
	config.DatabaseSettings `group:"configuration"`
}

// Run prints the link, alone on its line.
func (t *connectionsTestCommand) Run(env *environment) error {
	public := t.PublicSettings.Check(env.check)
	return env.asOwner(t.DatabaseSettings, nil, func(operator *operate.Operator) error {
		link, err := operator.TestConnection(env.ctx, public, t.ID)
		if err == nil {
			fmt.Fprintln(env.stdout, link)
		}
		return err
	})
}

type connectionsActivateCommand struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the connection."`
	operatorSettings
}

// Run says what it changed.
func (a *connectionsActivateCommand) Run(env *environment) error {
	return a.withOperator(env, func(operator *operate.Operator) error {
		err := operator.ActivateConnection(env.ctx, a.ID)
		if err == nil {
			fmt.Fprintf(env.stdout, "%s is active\n", a.ID)
		}
		return err
	})
}

type connectionsDisableCommand struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the connection."`
	operatorSettings
}

// Run says what it changed, and how people get in where the organization requires its own connection.
func (d *connectionsDisableCommand) Run(env *environment) error {
	return d.withOperator(env, func(operator *operate.Operator) error {
		org, err := operator.DisableConnection(env.ctx, d.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s is disabled, and what it opened has ended\n", d.ID)
		return printRequired(env, operator, org)
	})
}

// printRequired says how to let people in again where the organization requires a connection of
// its own and has no active one.
func printRequired(env *environment, operator *operate.Operator, org store.Organization) error {
	if org.SSO != store.SSORequired {
		return nil
	}
	all, err := operator.Connections(env.ctx, org.Slug)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.State == store.ConnectionActive {
			return nil
		}
	}
	fmt.Fprintf(env.stdout, "%[1]s requires a connection of its own and has none that is active, so no session opens it.\nTo let people in by the other providers run: orglogin organizations update %[1]s --sso optional\n", org.Slug)
	return nil
}

type connectionsRemoveCommand struct {
	ID  string `arg:"" placeholder:"ID" help:"Id of the connection."`
	Yes bool   `help:"Do not ask."`
	operatorSettings
}

// Run asks first: the identities of the connection go with it.
func (r *connectionsRemoveCommand) Run(env *environment) error {
	if !r.Yes && !confirmed(env, "Remove "+r.ID+", with the identities of the people who signed in with it?") {
		return errors.New("nothing was removed")
	}
	return r.withOperator(env, func(operator *operate.Operator) error {
		org, err := operator.RemoveConnection(env.ctx, r.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s is removed\n", r.ID)
		return printRequired(env, operator, org)
	})
}

// confirmed asks on standard error and reads yes or y from standard input.
func confirmed(env *environment, question string) bool {
	fmt.Fprintf(env.stderr, "%s [y/N] ", question)
	var answer string
	_, _ = fmt.Fscanln(env.stdin, &answer) // no answer is no
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes")
}
