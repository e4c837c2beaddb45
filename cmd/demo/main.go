// Demo is the whole product on one machine, with only Go: an OpenID provider
// that lets everyone sign in as anyone, the service, and a sample app on the host of
// every organization, all on one port of *.example.localhost.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
)

// settings are what the command line says.
type settings struct {
	listen  string // HOST:PORT on loopback; port 0 takes a free one
	data    string // directory to keep; empty: a temporary one, removed at the end
	plain   bool   // orglogin's own look in the place of a brand
	verbose bool   // the service's log, on standard error
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks; from then on they have their usual effect.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program. It returns the exit status: 0 done, 1 failed, 2 bad usage.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	set, err := parse(args, stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "demo: %v. Run \"go run ./cmd/demo --help\".\n", err)
		return 2
	}
	d, err := open(ctx, set, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "demo: %v\n", err)
		return 1
	}
	err = d.serve(ctx, func(admin net.Addr) { d.greet(stdout, admin) })
	if err := errors.Join(err, d.close()); err != nil {
		fmt.Fprintf(stderr, "demo: %v\n", err)
		return 1
	}
	fmt.Fprintln(stdout, "Stopped.")
	return 0
}

// parse reads the command line; help goes to stdout.
func parse(args []string, stdout io.Writer) (settings, error) {
	var set settings
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run reports errors, once
	flags.StringVar(&set.listen, "listen", "127.0.0.1:8080", "")
	flags.StringVar(&set.data, "data", "", "")
	flags.BoolVar(&set.plain, "plain", false, "")
	flags.BoolVar(&set.verbose, "verbose", false, "")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, help)
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return set, err
}

const help = `Usage: go run ./cmd/demo [--listen HOST:PORT] [--data DIR] [--plain] [--verbose]

The whole product on this machine, with people to sign in as. Prints what to open.

  --listen HOST:PORT  Where to listen, on loopback (127.0.0.1:8080). Port 0 takes a free one.
  --data DIR          Keep database and keys in DIR and go on with them at the next start.
                      Without it they are in a temporary directory, removed at the end.
  --plain             Show orglogin's own look in the place of a product's brand.
  --verbose           Show the log of the service, on standard error.

Ctrl-C ends it.
`

// greet prints what to open.
func (d *demo) greet(w io.Writer, admin net.Addr) {
	fmt.Fprintf(w, "The demo answers. Start here, it lists what to try:\n\n  %s/\n\n", d.hosts.start())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, line := range []struct{ what, url string }{
		{"login", d.hosts.public().String() + "/login"},
		{"the app outside any organization", d.hosts.app().String() + "/clients"},
		{"Acme, an organization", d.hosts.organization("acme") + "/dashboard"},
		{"Globex, another", d.hosts.organization("globex") + "/dashboard"},
		{"an invitation, for Ivy", d.hosts.invitation(tokenForIvy)},
		{"every page, with sample data", d.hosts.start() + catalogue},
		{"health and metrics", "http://" + admin.String() + "/metrics"},
	} {
		fmt.Fprintf(t, "  %s\t%s\n", line.what, line.url)
	}
	_ = t.Flush() // to the same writer as everything here
	fmt.Fprint(w, "\nOpen them in Chromium, Chrome, Edge or Firefox; Safari keeps no Secure cookies over http.\n")
	if d.temporary {
		fmt.Fprintf(w, "Everything is in %s and removed at the end; --data DIR keeps it.\n", d.dir)
	} else {
		fmt.Fprintf(w, "Everything is kept in %s.\n", d.dir)
	}
	fmt.Fprint(w, "Ctrl-C ends it.\n")
}
