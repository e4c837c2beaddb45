package main

import (
	"fmt"
	"strings"

	"orglogin/cmd/internal/config"
	"orglogin/store/manage"
)

type peopleList struct {
	Email string `placeholder:"ADDRESS" help:"Those with this address alone."`
	plainSettings
}

// Run prints all.
func (l *peopleList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.Person]{"no such profiles", []string{"ID", "EMAIL", "VERIFIED", "NAME", "DISABLED", "CREATED AT"}, func(p manage.Person) []string {
			return []string{p.ID, p.Email, yesNo(p.EmailVerified), p.Name, yesNo(p.Disabled), stamp(p.CreatedAt)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Person], error) {
			return m.People(env.ctx, commandCaller, l.Email, page)
		})
	})
}

// personArguments name one person, by id or address.
type personArguments struct {
	ID    string `arg:"" optional:"" placeholder:"ID" help:"Id of the profile."`
	Email string `placeholder:"ADDRESS" help:"Address of the person, instead of the id."`
}

// find returns the id of the one profile. It is a mistake where several have the address.
func (a *personArguments) find(env *environment, m *manage.Manager) (string, error) {
	switch {
	case (a.Email == "") == (a.ID == ""):
		return "", config.Misuse("write an ID or --email ADDRESS, one of the two")
	case a.ID != "":
		return a.ID, nil
	}
	found, err := m.People(env.ctx, commandCaller, a.Email, manage.List{})
	if err != nil {
		return "", err
	}
	p, err := theOne(found.Items, "profile", a.Email, "the command", func(p manage.Person) string { return p.ID + " (" + cell(p.Name) + ")" })
	return p.ID, err
}

type peopleShow struct {
	personArguments
	plainSettings
}

// Run prints the profile, and how much of everything else there is; as JSON, all of it.
func (s *peopleShow) Run(env *environment) error {
	return s.run(env, func(m *manage.Manager) error {
		id, err := s.find(env, m)
		if err != nil {
			return err
		}
		r, err := m.Person(env.ctx, commandCaller, id)
		if err != nil || s.JSON {
			return firstError(err, func() error { return printThing(env, true, r, "") })
		}
		if err := printFields(env, r.Person); err != nil {
			return err
		}
		for _, n := range r.Identities {
			fmt.Fprintf(env.stdout, "identity at %s: %s of %s\n", n.Connection, cell(n.Subject), n.Issuer)
		}
		for _, n := range r.Memberships {
			state := ""
			if !n.Active {
				state = ", not active"
			}
			fmt.Fprintf(env.stdout, "member of %s as %s%s, since %s\n", n.Organization, n.Role, state, stamp(n.CreatedAt))
		}
		for _, n := range r.Invitations {
			fmt.Fprintf(env.stdout, "invited to %s as %s: %s\n", n.Organization, n.Role, n.State)
		}
		fmt.Fprintf(env.stdout, "%s, %s, %s: run with --json for all of them\n",
			counted(len(r.Sessions), "session"), counted(len(r.Receipts), "receipt"), counted(len(r.Requests), "join request"))
		return nil
	})
}

// firstError returns err, or where there is none that of do.
func firstError(err error, do func() error) error {
	if err != nil {
		return err
	}
	return do()
}

type peopleDisable struct{ personChange }

// Run says what it changed.
func (d *peopleDisable) Run(env *environment) error { return d.set(env, true) }

type peopleEnable struct{ personChange }

// Run says what it changed.
func (e *peopleEnable) Run(env *environment) error { return e.set(env, false) }

type personChange struct {
	personArguments
	changeSettings
}

func (c *personChange) set(env *environment, disabled bool) error {
	return c.run(env, func(m *manage.Manager) error {
		id, err := c.find(env, m)
		if err != nil {
			return err
		}
		done, err := m.SetDisabled(env.ctx, commandCaller, id, disabled)
		if err != nil {
			return err
		}
		var notes []string
		if disabled {
			notes = append(notes, "every session of the person has ended")
		}
		return printChange(env, c.JSON, done.After.Email, done, notes...)
	})
}

type peopleDelete struct {
	personArguments
	WithOrganizations bool `help:"Delete the organizations too that have no other member."`
	Yes               bool `help:"Do not ask."`
	changeSettings
}

// Run asks first, with the organizations that would go.
func (d *peopleDelete) Run(env *environment) error {
	return d.run(env, func(m *manage.Manager) error {
		id, err := d.find(env, m)
		if err != nil {
			return err
		}
		would, err := m.DeletionOfPerson(env.ctx, commandCaller, id)
		if err != nil {
			return err
		}
		with := ""
		if d.WithOrganizations && len(would.Organizations) > 0 {
			with = " with " + slugs(would.Organizations) + ", which have no other member"
		}
		question := fmt.Sprintf("Delete the person %s%s, for good?", id, with)
		if !confirmed(env, d.Yes, question) {
			return errNothingDeleted
		}
		gone, err := m.DeletePerson(env.ctx, commandCaller, id, d.WithOrganizations)
		if err != nil {
			return err
		}
		with = ""
		if len(gone.Organizations) > 0 {
			with = ", and the organizations " + slugs(gone.Organizations)
		}
		return printThing(env, d.JSON, gone, "deleted the person %s%s", gone.ID, with)
	})
}

func slugs(all []manage.Organization) string {
	names := make([]string, len(all))
	for i, o := range all {
		names[i] = o.Slug
	}
	return strings.Join(names, ", ")
}
