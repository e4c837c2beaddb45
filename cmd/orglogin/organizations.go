package main

import (
	"errors"
	"fmt"
	"strings"

	"orglogin/store"
	"orglogin/store/manage"
)

type organizationsList struct{ plainSettings }

// Run prints all.
func (l *organizationsList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.Organization]{"no organizations", []string{"SLUG", "NAME", "STATUS", "SSO", "CREATED AT"}, func(o manage.Organization) []string {
			return []string{o.Slug, o.Name, string(o.Status), string(o.SSO), stamp(o.CreatedAt)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Organization], error) {
			return m.Organizations(env.ctx, commandCaller, page)
		})
	})
}

// organizationArgument is an organization by its slug.
type organizationArgument struct {
	Ref string `arg:"" name:"slug" placeholder:"SLUG" help:"Slug or id of the organization."`
}

type organizationsShow struct {
	organizationArgument
	plainSettings
}

// Run prints its fields.
func (s *organizationsShow) Run(env *environment) error {
	return s.run(env, func(m *manage.Manager) error {
		o, err := m.Organization(env.ctx, commandCaller, s.Ref)
		if err != nil {
			return err
		}
		if s.JSON {
			return printThing(env, true, o, "")
		}
		return printFields(env, o)
	})
}

type organizationsCreate struct {
	Slug   string `required:"" placeholder:"SLUG" help:"The label of its host: a-z, 0-9 and -."`
	Name   string `required:"" placeholder:"NAME" help:"Name that people read."`
	Status string `placeholder:"pending|verifying|verified|failed|disabled" help:"Status of the subdomain: only a verified one is a place to land. Pending by default."`
	siteSettings
}

// Run says what it made.
func (c *organizationsCreate) Run(env *environment) error {
	return c.run(env, func(m *manage.Manager) error {
		o, err := m.CreateOrganization(env.ctx, commandCaller, manage.NewOrganization{Slug: c.Slug, Name: c.Name, Status: store.SubdomainStatus(c.Status)})
		if err != nil {
			return err
		}
		return printThing(env, c.JSON, o, "created %s (%s), whose subdomain is %s\nto invite its owner run: orglogin invite --organization %s --role owner --email ADDRESS",
			o.Slug, o.ID, o.Status, o.Slug)
	})
}

type organizationsUpdate struct {
	organizationArgument
	Slug   string `placeholder:"SLUG" help:"Another slug. The old host redirects to the new one."`
	Name   string `placeholder:"NAME" help:"Another name."`
	Status string `placeholder:"pending|verifying|verified|failed|disabled" help:"Status of the subdomain."`
	SSO    string `name:"sso" placeholder:"off|optional|required" help:"Whether the organization's connections open it, and whether they alone do."`
	siteSettings
}

// Run says what it changed.
func (u *organizationsUpdate) Run(env *environment) error {
	change := manage.OrganizationChange{
		Slug: given[string](u.Slug), Name: given[string](u.Name), Status: given[store.SubdomainStatus](u.Status), SSO: given[store.SSO](u.SSO),
	}
	if change == (manage.OrganizationChange{}) {
		return errNothingToChange("--slug SLUG, --name NAME, --status STATUS or --sso MODE")
	}
	return u.run(env, func(m *manage.Manager) error {
		done, err := m.UpdateOrganization(env.ctx, commandCaller, u.Ref, change)
		if err != nil {
			return err
		}
		return printChange(env, u.JSON, u.Ref, done)
	})
}

type organizationsDelete struct {
	organizationArgument
	Yes bool `help:"Do not ask."`
	changeSettings
}

// Run asks first, with what would go.
func (d *organizationsDelete) Run(env *environment) error {
	return d.run(env, func(m *manage.Manager) error {
		if !d.Yes {
			would, err := m.DeletionOf(env.ctx, commandCaller, d.Ref)
			if err != nil {
				return err
			}
			question := fmt.Sprintf("Delete %s (%s), with %s? Profiles stay.", would.Organization.Slug, cell(would.Organization.Name), deletionText(would))
			if !confirmed(env, false, question) {
				return errNothingDeleted
			}
		}
		gone, err := m.DeleteOrganization(env.ctx, commandCaller, d.Ref)
		if err != nil {
			return err
		}
		return printThing(env, d.JSON, gone, "deleted %s with %s", gone.Organization.Slug, deletionText(gone))
	})
}

var errNothingDeleted = errors.New("nothing was deleted")

// deletionText lists what is deleted with an organization.
func deletionText(d manage.Deletion) string {
	return strings.Join([]string{
		counted(d.Members, "membership"), counted(d.Invitations, "pending invitation"), counted(d.Domains, "domain"), counted(d.Connections, "connection"),
	}, ", ")
}
