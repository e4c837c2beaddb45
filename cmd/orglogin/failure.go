package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
	"orglogin/store/manage"
)

// usage says what is wrong with the command line, and where to read on.
func usage(env *environment, args []string, err error) int {
	command := "orglogin"
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		if node := parse.Context.Selected(); node != nil {
			command += " " + node.Path()
		}
	}
	text := strings.TrimRight(err.Error(), ".?!")
	if len(args) > 0 && args[0] == doctorName && slices.Contains(args, "--json") {
		printDoctorUsage(env.stdout, args, config.Misuse(text))
	}
	printFailure(env, args, config.Misuse(text))
	fmt.Fprintf(env.stderr, "orglogin: %s. Run \"%s --help\".\n", text, command)
	return exitUsage
}

// fail prints why a command did not do what it was asked, and returns the exit status.
func fail(env *environment, args []string, command *kong.Node, err error) int {
	var refused *manage.Error
	if errors.As(err, &refused) {
		err = inFlags(refused, command)
	}
	printFailure(env, args, err)
	fmt.Fprintf(env.stderr, "orglogin: %v\n", err)
	var mistakes config.Mistakes
	var misuse config.Misuse
	if errors.As(err, &mistakes) || errors.As(err, &misuse) || refused != nil && refused.Kind == store.ErrInvalid {
		return exitUsage
	}
	return exitFailed
}

// inFlags is an error that names the flags where the operation names fields.
func inFlags(err *manage.Error, command *kong.Node) error {
	flags := *err
	flags.Fields = slices.Clone(err.Fields)
	for i, f := range flags.Fields {
		flags.Fields[i].Name = flagOf(command, f.Name)
	}
	return &flags
}

// flagOf is the flag or argument of a command that a field was given by, or the field.
func flagOf(command *kong.Node, field string) string {
	name := strings.ReplaceAll(field, "_", "-")
	short := map[string]string{"subdomain-status": "status", "expires-at": "expires"}[name]
	for _, f := range command.Flags {
		if f.Name == name || f.Name == short {
			return "--" + f.Name
		}
	}
	for _, p := range command.Positional {
		if p.Name == name {
			return "<" + p.Name + ">"
		}
	}
	return field
}

// failureJSON is a failure as --json prints it.
type failureJSON struct {
	Error  string         `json:"error"`
	Reason string         `json:"reason"` // one word, the same as the API's
	Fields []manage.Field `json:"fields,omitempty"`
}

// doctorName is the command that prints its failures in the form of its reports.
const doctorName = "doctor"

// printFailure prints a failure as JSON where that was asked for. Standard error says the same.
func printFailure(env *environment, args []string, err error) {
	if !slices.Contains(args, "--json") || args[0] == doctorName {
		return
	}
	failure := failureJSON{Error: err.Error(), Reason: "failed"}
	var refused *manage.Error
	var mistakes config.Mistakes
	var misuse config.Misuse
	switch {
	case errors.As(err, &refused):
		failure.Reason, failure.Fields = refused.Reason, refused.Fields
	case errors.As(err, &mistakes), errors.As(err, &misuse):
		failure.Reason = manage.ReasonInvalid
	}
	_ = operate.WriteJSON(env.stdout, failure)
}
