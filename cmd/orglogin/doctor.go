package main

import (
	"errors"
	"fmt"
	"io"

	"orglogin/cmd/internal/app"
)

type doctorCommand struct {
	Email string `placeholder:"ADDRESS" help:"Walk the account chain of this person, link by link, instead. Every profile of the address is told."`
	All   bool   `help:"List everybody whose account chain is broken instead."`
	JSON  bool   `name:"json" help:"Print JSON, one object a line."`

	settings
}

// Help stands below the summary of the command.
func (*doctorCommand) Help() string {
	return `Without --email and --all it checks the site: configuration, database role and policies, Redis, provider and clock, cookie domain, wildcard DNS, keys. ` +
		`Run it with the configuration of serve; on PostgreSQL give it ORGLOGIN_DATABASE_ADMIN_URL too. ` +
		`The links of a chain are identity, profile, membership, organization, workspace, subdomain. ` +
		`It changes nothing. Exit status 0: sound. 1: broken, with the mend of all that is. 2: bad usage.`
}

// Run is done when everything that was asked about is sound.
func (d *doctorCommand) Run(env *environment) error {
	switch {
	case d.Email != "" && d.All:
		return app.Misuse("doctor wants --email ADDRESS or --all, not both")
	case d.Email == "" && !d.All:
		return d.site(env)
	}
	database := d.DatabaseSettings.Check(env.check)
	if err := env.check.Err(); err != nil {
		return err
	}
	doctor, err := app.OpenDoctor(env.ctx, database, env.logger())
	if err != nil {
		return err
	}
	if d.All {
		err = d.everybody(env, doctor)
	} else {
		err = d.person(env, doctor)
	}
	return errors.Join(err, doctor.Close())
}

// site reports mistakes of the configuration beside everything else that is wrong.
func (d *doctorCommand) site(env *environment) error {
	cfg := d.config(env.check)
	r := app.NewInspection(cfg, env.check.Mistakes, env.logger()).Report(env.ctx)
	return errors.Join(d.print(env, r), broken(r))
}

func (d *doctorCommand) person(env *environment, doctor *app.Doctor) error {
	reports, err := doctor.Person(env.ctx, d.Email)
	var found error
	for _, r := range reports {
		err = errors.Join(err, d.print(env, r))
		if found == nil {
			found = broken(r)
		}
	}
	return errors.Join(err, found)
}

// everybody prints each person as they are found: nothing is kept.
func (d *doctorCommand) everybody(env *environment, doctor *app.Doctor) error {
	n := 0
	for p, err := range doctor.Broken(env.ctx) {
		if err == nil {
			err = d.print(env, p)
		}
		if err != nil {
			return err
		}
		n++
	}
	if n > 0 {
		return fmt.Errorf("%d account chains are broken", n)
	}
	return d.print(env, app.Report{About: "Every account chain", Sound: true, Checks: []app.Finding{}})
}

// printed is what a person or a program reads.
type printed interface {
	WriteText(io.Writer) error
	WriteJSON(io.Writer) error
}

func (d *doctorCommand) print(env *environment, p printed) error {
	if d.JSON {
		return p.WriteJSON(env.stdout)
	}
	return p.WriteText(env.stdout)
}

// broken is the error of a report that is not sound: it makes the exit status.
func broken(r app.Report) error {
	if r.Sound {
		return nil
	}
	return errors.New("broken: " + r.Broken)
}
