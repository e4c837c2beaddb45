package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/doctor"
	"orglogin/cmd/internal/operate"
)

type doctorCommand struct {
	Email string `placeholder:"ADDRESS" help:"Examine the account chain of this person, link by link, for every profile of the address."`
	All   bool   `help:"List everyone whose account chain failed."`
	JSON  bool   `name:"json" help:"Print JSON: an object; with --email an array, with --all an object a line."`

	config.Config `group:"configuration"`
}

// Help is printed below the summary of the command.
func (*doctorCommand) Help() string {
	return `Without --email and --all it checks the site: configuration, database role, policies, functions and triggers, one sign-in as the service would read it, Redis, provider and clock, cookie domain, wildcard DNS, keys. ` +
		`Run it with the configuration of serve; on PostgreSQL give it ORGLOGIN_DATABASE_ADMIN_URL too. ` +
		`The links of a chain are identity, profile, membership, organization, workspace, subdomain. ` +
		`It changes nothing. Exit status 0: every check passed. 1: a check failed; its fix is printed. 2: bad usage.`
}

// checkFailed is the error after a report in which a check failed. The report
// has been printed.
type checkFailed string

func (f checkFailed) Error() string { return "failed: " + string(f) }

// Run succeeds when every check passed.
func (d *doctorCommand) Run(env *environment) error {
	err := d.examine(env)
	var reported checkFailed
	if err == nil || !d.JSON || errors.As(err, &reported) {
		return err
	}
	return errors.Join(err, printDoctorFailure(env.stdout, d.Email != "", err))
}

func (d *doctorCommand) examine(env *environment) error {
	switch {
	case d.Email != "" && d.All:
		return config.Misuse("doctor wants --email ADDRESS or --all, not both")
	case d.Email == "" && !d.All:
		return d.site(env)
	}
	env.check.Use(&d.Database)
	if err := env.check.Err(); err != nil {
		return err
	}
	open, err := doctor.Open(env.ctx, d.Database, env.logger())
	if err != nil {
		return err
	}
	if d.All {
		err = d.everyone(env, open)
	} else {
		err = d.person(env, open)
	}
	return errors.Join(err, open.Close())
}

// site reports mistakes of the configuration beside everything else that is wrong.
func (d *doctorCommand) site(env *environment) error {
	env.check.Use(&d.Config)
	d.Tracing = config.CheckTracing(env.check, env.getenv)
	r := doctor.NewInspection(d.Config, env.check.Mistakes, env.logger()).Report(env.ctx)
	return errors.Join(d.print(env, r), failed(r))
}

func (d *doctorCommand) person(env *environment, open *doctor.Doctor) error {
	reports, err := open.Person(env.ctx, d.Email)
	if err != nil {
		return err
	}
	var found error
	for _, r := range reports {
		if !d.JSON {
			err = errors.Join(err, r.WriteText(env.stdout))
		}
		if found == nil {
			found = failed(r.Report)
		}
	}
	if d.JSON {
		err = operate.WriteJSON(env.stdout, reports)
	}
	return errors.Join(err, found)
}

// everyone prints each person when found, and keeps none in memory.
func (d *doctorCommand) everyone(env *environment, open *doctor.Doctor) error {
	n := 0
	for p, err := range open.Failures(env.ctx) {
		if err == nil {
			err = d.print(env, p)
		}
		if err != nil {
			return err
		}
		n++
	}
	if n > 0 {
		return checkFailed(fmt.Sprintf("%d account chains", n))
	}
	return d.print(env, doctor.Report{Title: "Every account chain", OK: true, Checks: []doctor.Finding{}})
}

func (d *doctorCommand) print(env *environment, report interface{ WriteText(io.Writer) error }) error {
	if d.JSON {
		return operate.WriteJSON(env.stdout, report)
	}
	return report.WriteText(env.stdout)
}

// failed is the error of a report in which a check failed: it makes the exit status.
func failed(r doctor.Report) error {
	if r.OK {
		return nil
	}
	return checkFailed(r.Failed)
}

// printDoctorFailure prints a failure of doctor itself in the form of its reports.
func printDoctorFailure(w io.Writer, asArray bool, err error) error {
	r := doctor.FailureReport(err)
	if asArray {
		return operate.WriteJSON(w, []doctor.PersonReport{{Report: r}})
	}
	return operate.WriteJSON(w, r)
}

// printDoctorUsage is printDoctorFailure for a command line that could not be parsed.
func printDoctorUsage(w io.Writer, args []string, err error) {
	email := slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--email") })
	_ = printDoctorFailure(w, email, err) // the message on standard error says the same
}
