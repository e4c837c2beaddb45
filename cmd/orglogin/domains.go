package main

import (
	"errors"
	"fmt"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/domains"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
)

type domainsCommand struct {
	List   domainsListCommand   `cmd:"" help:"List the domains that organizations claim."`
	Add    domainsAddCommand    `cmd:"" help:"Claim a domain for an organization. Prints the TXT record to set. A claim grants nothing."`
	Verify domainsVerifyCommand `cmd:"" help:"Ask for the TXT record of a domain now, and mark the domain verified where it is right."`
	Update domainsUpdateCommand `cmd:"" help:"Say what a verified domain is good for."`
	Remove domainsRemoveCommand `cmd:"" help:"Delete the claim of an organization to a domain. Members stay."`
}

// domainArgument is a domain of an organization.
type domainArgument struct {
	Organization string `required:"" placeholder:"SLUG" help:"Slug of the organization."`
	Domain       string `arg:"" placeholder:"DOMAIN" help:"Name of the domain, such as acme.com."`
}

// domainJSON is a domain as --json prints it.
type domainJSON struct {
	Domain       string  `json:"domain"`
	Organization string  `json:"organization"`
	Status       string  `json:"status"`
	Join         string  `json:"join"`
	Discoverable bool    `json:"discoverable"`
	Record       string  `json:"record"`
	Value        string  `json:"value"`
	ByHand       bool    `json:"by_hand"`
	CheckedAt    *string `json:"checked_at"`
	FailingSince *string `json:"failing_since"`
	Detail       string  `json:"detail"`
}

func domainToJSON(d store.Domain) domainJSON {
	return domainJSON{
		Domain: d.Name, Organization: d.Organization.Slug, Status: string(d.Status), Join: string(d.Join), Discoverable: d.Discoverable,
		Record: domains.Record(d.Name), Value: domains.Value(d.Token), ByHand: d.ByHand,
		CheckedAt: timeOrNull(d.CheckedAt), FailingSince: timeOrNull(d.FailingSince), Detail: d.Detail,
	}
}

// timeOrNull is a time as in RFC 3339, or null for the zero time.
func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

type domainsListCommand struct {
	Organization string `placeholder:"SLUG" help:"Slug of the organization. Without it, those of all."`
	JSON         bool   `name:"json" help:"Print a JSON array."`

	config.DatabaseSettings `group:"configuration"`
}

// Run prints a table, or JSON.
func (l *domainsListCommand) Run(env *environment) error {
	return env.asOwner(l.DatabaseSettings, nil, func(operator *operate.Operator) error {
		all, err := operator.Domains(env.ctx, l.Organization)
		if err != nil {
			return err
		}
		return printList(env.stdout, all, l.JSON, domainToJSON, "no domains", "DOMAIN\tORGANIZATION\tSTATUS\tJOIN\tDISCOVERABLE\tFAILING SINCE",
			func(d store.Domain) string {
				failing := "-"
				if t := timeOrNull(d.FailingSince); t != nil {
					failing = *t
				}
				return fmt.Sprintf("%s\t%s\t%s\t%s\t%t\t%s", d.Name, d.Organization.Slug, statusOf(d), d.Join, d.Discoverable, failing)
			})
	})
}

func statusOf(d store.Domain) string {
	if d.ByHand {
		return string(d.Status) + " by hand"
	}
	return string(d.Status)
}

type domainsAddCommand struct {
	domainArgument
	config.DomainSettings   `group:"configuration"`
	config.DatabaseSettings `group:"configuration"`
}

// Run prints the record to set.
func (a *domainsAddCommand) Run(env *environment) error {
	base := a.DomainSettings.Check(env.check)
	return env.asOwner(a.DatabaseSettings, nil, func(operator *operate.Operator) error {
		if base == "" {
			return config.Misuse(config.Prefix + "BASE_DOMAIN is required: no organization may claim the service's own domain")
		}
		d, err := operator.AddDomain(env.ctx, base, a.Organization, a.Domain)
		if err == nil {
			fmt.Fprintf(env.stdout, "%s claims %s (%s)\nset this TXT record:\n%s TXT \"%s\"\nthen run: orglogin domains verify --organization %s %s\n",
				a.Organization, d.Name, statusOf(d), domains.Record(d.Name), domains.Value(d.Token), a.Organization, d.Name)
		}
		return err
	})
}

type domainsVerifyCommand struct {
	domainArgument
	ByHand   bool `help:"Mark it verified without a record, which is then never checked."`
	TakeOver bool `help:"With --by-hand: take the domain from the organization that holds it, whose claim lapses."`
	IKnow    bool `name:"i-know" help:"With --by-hand: accept a domain in which anybody can have an address, such as gmail.com."`

	config.DNSSettings `group:"configuration"`
	operatorSettings
}

// Run succeeds when the domain is verified.
func (v *domainsVerifyCommand) Run(env *environment) error {
	if !v.ByHand && (v.TakeOver || v.IKnow) {
		return config.Misuse("--take-over and --i-know go with --by-hand: the TXT record alone never takes a domain from another organization")
	}
	checker := domains.Checker{Server: domains.Server(v.DNSSettings.Check(env.check))}
	return v.withOperator(env, func(operator *operate.Operator) error {
		var err error
		if v.ByHand {
			_, err = operator.VerifyDomainByHand(env.ctx, v.Organization, v.Domain, v.TakeOver, v.IKnow)
		} else {
			_, err = operator.VerifyDomain(env.ctx, checker, v.Organization, v.Domain)
		}
		if err == nil {
			fmt.Fprintf(env.stdout, "%s is verified for %s\n", v.Domain, v.Organization)
		}
		return err
	})
}

type domainsUpdateCommand struct {
	domainArgument
	Join         string `placeholder:"off|request|auto" help:"What a person with an address in the domain may do: nothing, ask to join, or become a member by signing in."`
	Discoverable *bool  `negatable:"" help:"Whether the login page finds the organization's provider by an address in the domain. That it has one is public then."`
	operatorSettings
}

// Run says what it changed.
func (u *domainsUpdateCommand) Run(env *environment) error {
	var join *store.JoinMode
	if mode := store.JoinMode(u.Join); u.Join != "" {
		if !mode.Valid() {
			return config.Misuse(fmt.Sprintf("--join %s is not a choice: write off, request or auto", config.Show(u.Join)))
		}
		join = &mode
	}
	if join == nil && u.Discoverable == nil {
		return config.Misuse("there is nothing to change: write --join MODE, --discoverable or --no-discoverable")
	}
	return u.withOperator(env, func(operator *operate.Operator) error {
		d, err := operator.UpdateDomain(env.ctx, u.Organization, u.Domain, join, u.Discoverable)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s of %s has join %s and is %s\n", d.Name, u.Organization, d.Join,
			map[bool]string{true: "discoverable", false: "not discoverable"}[d.Discoverable])
		if d.Status != store.DomainVerified {
			fmt.Fprintf(env.stdout, "it is %s, so this has no effect yet\n", d.Status)
		}
		return nil
	})
}

type domainsRemoveCommand struct {
	domainArgument
	Yes bool `help:"Do not ask."`
	operatorSettings
}

// Run asks first: another organization can hold the domain then.
func (r *domainsRemoveCommand) Run(env *environment) error {
	if !r.Yes && !confirmed(env, fmt.Sprintf("Remove %s from %s? Members stay, and another organization can verify it.", r.Domain, r.Organization)) {
		return errors.New("nothing was removed")
	}
	return r.withOperator(env, func(operator *operate.Operator) error {
		err := operator.RemoveDomain(env.ctx, r.Organization, r.Domain)
		if err == nil {
			fmt.Fprintf(env.stdout, "%s is removed from %s\n", r.Domain, r.Organization)
		}
		return err
	})
}
