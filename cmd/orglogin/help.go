package main

import (
	"fmt"
	"io"

	"github.com/alecthomas/kong"
)

// helpCommand is replaced by --help before the line is parsed, so that both print the same.
type helpCommand struct {
	Command []string `arg:"" optional:"" placeholder:"COMMAND" help:"The command, such as organizations create."`
}

// versionFlag prints the version whatever else is on the line.
type versionFlag bool

// BeforeReset is what kong calls for the flag.
func (versionFlag) BeforeReset(app *kong.Kong) error {
	printVersion(app.Stdout)
	app.Exit(exitDone)
	return nil
}

type versionCommand struct{}

// Run prints the version, the revision it was built from, and the compiler.
func (versionCommand) Run(env *environment) error {
	printVersion(env.stdout)
	return nil
}

func printVersion(w io.Writer) { fmt.Fprintln(w, versionText()) }
