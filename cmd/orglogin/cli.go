package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"orglogin/cmd/internal/config"
)

// The exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

const serveName = "serve"

// run is the program, with the variables of its environment as NAME=VALUE. It returns the exit status.
func run(args, environ []string, env *environment) int {
	env.check = &config.Check{}
	getenv := lookup(environ)
	env.getenv = getenv
	helped := false
	var target any = &commands{}
	if len(args) > 0 && args[0] == serveName {
		target = &serving{}
	}
	parser, err := newParser(target, variables{getenv: getenv, check: env.check},
		kong.Writers(env.stdout, env.stderr),
		kong.Exit(func(int) { helped = true }),
	)
	if err != nil {
		fmt.Fprintf(env.stderr, "orglogin: the command line is built wrong: %v\n", err)
		return exitFailed
	}
	switch {
	case len(args) > 0 && args[0] == completeCommand: // without the configuration, and never with an error
		return complete(env.stdout, parser.Model.Node, args[1:])
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := parser.Parse(args)
	switch {
	case helped: // the rest of the line does not matter then
		return exitDone
	case err != nil:
		return usage(env, args, err)
	}
	env.check.CheckNames(environ, variablesOf(reflect.TypeFor[commands]()))
	if len(variablesOf(parsed.Selected().Target.Type())) == 0 { // it does not read the configuration, so it would not report this
		err = env.check.Err()
	}
	if err == nil {
		err = parsed.Run(env)
	}
	if err == nil {
		return exitDone
	}
	return fail(env, args, parsed.Selected(), err)
}

// newParser reads a command line, and the environment through v, into target.
func newParser(target any, v variables, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(target, slices.Concat([]kong.Option{
		kong.Name("orglogin"),
		kong.Description("Signs people in and sends each to the host of their organization."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.ExplicitGroups([]kong.Group{{
			Key: "configuration", Title: "Configuration:",
			Description: "Each is an environment variable too, named in brackets. With _FILE appended the variable names a file that holds the value.",
		}}),
		kong.ValueFormatter(withVariable),
		kong.Resolvers(v),
	}, v.check.Decoders(), more)...)
}

// withVariable adds the environment variable to the help of a flag.
func withVariable(value *kong.Value) string {
	name := value.Tag.Get(variableTag)
	if name == "" {
		return value.Help
	}
	return strings.TrimSpace(value.Help + " [" + config.Prefix + name + "]")
}
