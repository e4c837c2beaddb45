package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"orglogin/cmd/internal/config"
)

// commands are what orglogin does.
type commands struct {
	Serve         serveCommand         `cmd:"" help:"Run the service. Prints \"listening on HOST:PORT\" when it answers; SIGTERM drains."`
	Migrate       migrateCommand       `cmd:"" help:"Bring the database to this version. Safe when several start at once."`
	Import        importCommand        `cmd:"" help:"Bring organizations, users, memberships and invitations in, all or nothing."`
	Explain       explainCommand       `cmd:"" help:"Tell where a login would land and why. Changes nothing."`
	Doctor        doctorCommand        `cmd:"" help:"Check the site, or a person's account chain, and print how to fix what failed. Changes nothing."`
	Invite        inviteCommand        `cmd:"" help:"Make an invitation and print its link."`
	Sessions      sessionsCommand      `cmd:"" help:"List a person's sessions, or end them."`
	Connections   connectionsCommand   `cmd:"" help:"Manage the providers that organizations sign in with."`
	Domains       domainsCommand       `cmd:"" help:"Manage the domains whose addresses belong to organizations."`
	Requests      requestsCommand      `cmd:"" help:"Decide on requests to join an organization."`
	Organizations organizationsCommand `cmd:"" help:"Manage organizations."`
	Keys          keysCommand          `cmd:"" help:"Make the keys that serve needs."`
	Healthcheck   healthcheckCommand   `cmd:"" help:"Succeed when /healthz of this configuration answers."`
	Version       versionCommand       `cmd:"" help:"Print the version."`
}

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// run is the program, with the variables of its environment as NAME=VALUE. It returns the exit status.
func run(args, environ []string, env *environment) int {
	env.check = &config.Check{}
	getenv := lookup(environ)
	stderr := env.stderr
	helped := false
	parser, err := newParser(&commands{}, variables{getenv: getenv, check: env.check},
		kong.Writers(env.stdout, env.stderr),
		kong.Exit(func(int) { helped = true }),
	)
	if err != nil {
		fmt.Fprintf(stderr, "orglogin: the command line is built wrong: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case helped: // the rest of the line does not matter then
		return exitDone
	case err != nil:
		printUsageFailure(env.stdout, args, err)
		return usage(stderr, err)
	}
	env.check.CheckNames(environ, variableNames(parser.Model.Node))
	if len(variableNames(parsed.Selected())) == 0 { // it does not read the configuration, so it would not report this
		err = env.check.Err()
	}
	if err == nil {
		err = parsed.Run(env)
	}
	var mistakes config.Mistakes
	var misuse config.Misuse
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &mistakes), errors.As(err, &misuse):
		fmt.Fprintf(stderr, "orglogin: %v\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "orglogin: %v\n", err)
	return exitFailed
}

// newParser reads a command line, and the environment through v, into target.
func newParser(target any, v variables, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(target, append([]kong.Option{
		kong.Name("orglogin"),
		kong.Description("Signs people in and sends each to the host of their organization."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ExplicitGroups([]kong.Group{{
			Key: "configuration", Title: "Configuration:",
			Description: "Each is an environment variable too, named in brackets. With _FILE appended the variable names a file that holds the value.",
		}}),
		kong.ValueFormatter(withVariable),
		kong.Resolvers(v),
	}, more...)...)
}

// usage tells what is wrong with the command line, and where to read on.
func usage(stderr io.Writer, err error) int {
	command := "orglogin"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			command += " " + node.Path()
		}
	}
	fmt.Fprintf(stderr, "orglogin: %s. Run \"%s --help\".\n", strings.TrimRight(err.Error(), ".?!"), command)
	return exitUsage
}

// withVariable adds the environment variable to the help of a flag.
func withVariable(value *kong.Value) string {
	name := value.Tag.Get(variableTag)
	if name == "" {
		return value.Help
	}
	return strings.TrimSpace(value.Help + " [" + config.Prefix + name + "]")
}
