package main

import (
	"errors"
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/store"
	"orglogin/store/manage"
)

type domainsList struct {
	Organization string `placeholder:"SLUG" help:"Slug or id of the organization. Without it, those of all."`
	plainSettings
}

// Run prints all.
func (l *domainsList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.Domain]{"no domains", []string{"DOMAIN", "ORGANIZATION", "STATUS", "JOIN", "DISCOVERABLE", "FAILING SINCE"}, func(d manage.Domain) []string {
			return []string{d.Domain, d.Organization, statusOf(d), string(d.Join), yesNo(d.Discoverable), stampOrDash(d.FailingSince)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Domain], error) {
			return m.Domains(env.ctx, commandCaller, l.Organization, page)
		})
	})
}

func statusOf(d manage.Domain) string {
	if d.ByHand {
		return string(d.Status) + " by hand"
	}
	return string(d.Status)
}

// domainArgument is a domain of an organization.
type domainArgument struct {
	ofOrganization
	Domain string `arg:"" placeholder:"DOMAIN" help:"Name of the domain, such as acme.com."`
}

type domainsAdd struct {
	domainArgument
	plainSettings
	BaseDomain string `name:"base-domain" variable:"BASE_DOMAIN" type:"base-domain" missing:"Write the domain above the organizations' hosts, such as example.com." group:"configuration" placeholder:"DOMAIN" help:"That of serve: no organization may claim it. Required."`
}

// Run prints the record to set.
func (a *domainsAdd) Run(env *environment) error {
	env.check.Use(a)
	w := wiring{database: a.Database}
	w.manager.Site.BaseDomain = a.BaseDomain
	return env.manage(w, func(m *manage.Manager) error {
		d, err := m.AddDomain(env.ctx, commandCaller, a.Organization, a.Domain)
		if err != nil {
			return err
		}
		return printThing(env, a.JSON, d, "%s claims %s (%s)\nset this TXT record:\n%s TXT \"%s\"\nthen run: orglogin domains verify --organization %s %s",
			a.Organization, d.Domain, statusOf(d), d.Record, d.Value, a.Organization, d.Domain)
	})
}

type domainsVerify struct {
	domainArgument
	ByHand   bool `help:"Mark it verified without a record, which is then never checked."`
	TakeOver bool `help:"With --by-hand: take the domain from the organization that holds it, whose claim lapses."`
	IKnow    bool `name:"i-know" help:"With --by-hand: accept a domain in which anybody can have an address, such as gmail.com."`

	config.DNS `group:"configuration"`
	plainSettings
}

// Run succeeds when the domain is verified.
func (v *domainsVerify) Run(env *environment) error {
	if !v.ByHand && (v.TakeOver || v.IKnow) {
		return config.Misuse("--take-over and --i-know go with --by-hand: the TXT record alone never takes a domain from another organization")
	}
	env.check.Use(&v.DNS)
	w := wiring{database: v.Database}
	w.manager.DNSResolver = v.DNSResolver
	return env.manage(w, func(m *manage.Manager) error {
		done := manage.Changed[manage.Domain]{}
		var err error
		if done.Before, err = m.Domain(env.ctx, commandCaller, v.Organization, v.Domain); err != nil {
			return err
		}
		if v.ByHand {
			done.After, err = m.VerifyDomainByHand(env.ctx, commandCaller, v.Organization, v.Domain, manage.ByHand{TakeOver: v.TakeOver, Certain: v.IKnow})
		} else {
			done.After, err = m.VerifyDomain(env.ctx, commandCaller, v.Organization, v.Domain)
		}
		if err != nil {
			return err
		}
		return printChange(env, v.JSON, done.After.Domain+" of "+v.Organization, done)
	})
}

type domainsUpdate struct {
	domainArgument
	Join         string `placeholder:"off|request|auto" help:"What a person with an address in the domain may do: nothing, ask to join, or become a member by signing in."`
	Discoverable *bool  `negatable:"" help:"Whether the login page finds the organization's provider by an address in the domain. That it has one is public then."`
	plainSettings
}

// Run says what it changed.
func (u *domainsUpdate) Run(env *environment) error {
	change := manage.DomainChange{Join: given[store.JoinMode](u.Join), Discoverable: u.Discoverable}
	if change == (manage.DomainChange{}) {
		return errNothingToChange("--join MODE, --discoverable or --no-discoverable")
	}
	return u.run(env, func(m *manage.Manager) error {
		done, err := m.UpdateDomain(env.ctx, commandCaller, u.Organization, u.Domain, change)
		if err != nil {
			return err
		}
		var notes []string
		if done.After.Status != store.DomainVerified {
			notes = append(notes, fmt.Sprintf("it is %s, so this has no effect yet", done.After.Status))
		}
		return printChange(env, u.JSON, done.After.Domain+" of "+u.Organization, done, notes...)
	})
}

type domainsRemove struct {
	domainArgument
	Yes bool `help:"Do not ask."`
	plainSettings
}

// errNothingRemoved is the answer no.
var errNothingRemoved = errors.New("nothing was removed")

// Run asks first: another organization can hold the domain then.
func (r *domainsRemove) Run(env *environment) error {
	if !confirmed(env, r.Yes, fmt.Sprintf("Remove %s from %s? Members stay, and another organization can verify it.", r.Domain, r.Organization)) {
		return errNothingRemoved
	}
	return r.run(env, func(m *manage.Manager) error {
		d, err := m.RemoveDomain(env.ctx, commandCaller, r.Organization, r.Domain)
		if err != nil {
			return err
		}
		return printThing(env, r.JSON, d, "removed %s from %s", d.Domain, r.Organization)
	})
}
