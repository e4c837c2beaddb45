// Orglogin signs people in and sends each to the host of their organization.
//
// Every command reads the same configuration, from the environment or flags,
// and takes of it what it uses: orglogin COMMAND --help lists that.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// These are set by the linker of a release build: see tools/release.
var version, commit, date string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks; from then on they have their usual effect, so that
	// the second one ends the process.
	context.AfterFunc(ctx, stop)
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP)
	os.Exit(run(os.Args[1:], os.Environ(), &environment{
		ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, reload: reload,
	}))
}
