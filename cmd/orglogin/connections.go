package main

import (
	"bytes"
	"fmt"
	"net/netip"

	"orglogin/cmd/internal/config"
	"orglogin/store"
	"orglogin/store/manage"
)

type connectionsList struct {
	ofOrganization
	plainSettings
	config.Public `group:"configuration"`
}

// Run prints all.
func (l *connectionsList) Run(env *environment) error {
	w := wiring{database: l.Database}
	if l.JSON { // it has the redirect URIs
		env.check.Use(&l.Public)
		w.manager.Site.Public = l.PublicURL
	}
	return env.manage(w, func(m *manage.Manager) error {
		t := table[manage.Connection]{l.Organization + " has no connections", []string{"ID", "STATUS", "NAME", "ISSUER", "CLIENT ID"}, func(k manage.Connection) []string {
			return []string{k.ID, string(k.Status), k.Name, k.Issuer, k.ClientID}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Connection], error) {
			return m.Connections(env.ctx, commandCaller, l.Organization, page)
		})
	})
}

// providerSettings are the flags of a command that sets the provider of an organization.
type providerSettings struct {
	siteSettings
	OutboundNetworks []netip.Prefix `name:"outbound-allowed-networks" variable:"OUTBOUND_ALLOWED_NETWORKS" type:"networks" example:"10.20.0.0/16" group:"configuration" placeholder:"NETWORKS" help:"Those of serve."`
}

func (s *providerSettings) run(env *environment, do func(m *manage.Manager) error) error {
	w := s.wiring(env)
	env.check.UseVariable("OUTBOUND_ALLOWED_NETWORKS")
	env.check.UseVariable("SECRET_KEYS")
	w.manager.AllowedNetworks, w.manager.Keys = s.OutboundNetworks, s.Publish.Secrets
	return env.manage(w, do)
}

// clientSecret is the secret of a client, written in one of two ways.
type clientSecret struct {
	ClientSecret     string `placeholder:"SECRET" help:"Client secret that the provider gave. Every user of the machine sees it: prefer the file."`
	ClientSecretFile string `placeholder:"FILE" help:"File that holds the client secret."`
}

// maxSecretFile bounds the file of a client secret.
const maxSecretFile = 64 << 10

func (s *clientSecret) read() (string, error) {
	switch {
	case s.ClientSecretFile == "":
		return s.ClientSecret, nil
	case s.ClientSecret != "":
		return "", config.Misuse("--client-secret and --client-secret-file are both set, and only one can count")
	}
	content, err := config.ReadFile(s.ClientSecretFile, maxSecretFile)
	if err != nil {
		return "", config.Misuse(fmt.Sprintf("--client-secret-file=%s %v: name a file that this user can read", config.Show(s.ClientSecretFile), err))
	}
	return string(bytes.TrimSpace(content)), nil
}

type connectionsAdd struct {
	ofOrganization
	Name     string `required:"" placeholder:"NAME" help:"On the button, at most 40 characters."`
	Issuer   string `required:"" placeholder:"URL" help:"Issuer of the organization's provider, exactly as the provider writes it."`
	ClientID string `name:"client-id" required:"" placeholder:"ID" help:"Client id that the provider gave."`
	clientSecret
	HostedDomains []string `placeholder:"DOMAINS" help:"Accept only accounts of these hosted domains (the hd claim). Separated by commas."`
	EmailVerified string   `default:"claim" placeholder:"claim|xms_edov|issuer" help:"What makes an address verified: claim, xms_edov or issuer."`
	Userinfo      string   `default:"auto" placeholder:"auto|off" help:"Ask UserInfo where the ID token lacks the address or its verification: auto or off."`
	Private       bool     `help:"The provider is in one of the networks of OUTBOUND_ALLOWED_NETWORKS."`
	providerSettings
}

// Run prints the id, and the redirect URI to register with the provider.
func (a *connectionsAdd) Run(env *environment) error {
	secret, err := a.read()
	if err != nil {
		return err
	}
	return a.run(env, func(m *manage.Manager) error {
		k, err := m.AddConnection(env.ctx, commandCaller, a.Organization, manage.NewConnection{
			Name: a.Name, Issuer: a.Issuer, ClientID: a.ClientID, ClientSecret: secret, EmailVerified: store.EmailVerifiedMode(a.EmailVerified),
			UserInfo: a.Userinfo, HostedDomains: a.HostedDomains, Private: a.Private,
		})
		if err != nil {
			return err
		}
		return printThing(env, a.JSON, k, "added %s as a draft to %s\nregister with the provider the redirect URI %s\nthen run: orglogin connections test %s",
			k.ID, a.Organization, k.RedirectURI, k.ID)
	})
}

// connectionArgument is a connection by its id.
type connectionArgument struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the connection, as list prints it."`
}

type connectionsUpdate struct {
	connectionArgument
	Name     string `placeholder:"NAME" help:"Another name on the button."`
	Issuer   string `placeholder:"URL" help:"Another issuer."`
	ClientID string `name:"client-id" placeholder:"ID" help:"Another client id."`
	clientSecret
	providerSettings
}

// Run says what it changed.
func (u *connectionsUpdate) Run(env *environment) error {
	secret, err := u.read()
	if err != nil {
		return err
	}
	change := manage.ConnectionChange{
		Name: given[string](u.Name), Issuer: given[string](u.Issuer), ClientID: given[string](u.ClientID), ClientSecret: given[string](secret),
	}
	if change == (manage.ConnectionChange{}) {
		return errNothingToChange("--name NAME, --issuer URL, --client-id ID, --client-secret-file FILE")
	}
	return u.run(env, func(m *manage.Manager) error {
		done, err := m.UpdateConnection(env.ctx, commandCaller, "", u.ID, change)
		if err != nil {
			return err
		}
		return printChange(env, u.JSON, u.ID+" of "+done.After.Organization, done)
	})
}

// connectionSettings are what a command reads that changes a connection. The origin is for the redirect URI.
type connectionSettings struct {
	connectionArgument
	changeSettings
	config.Public `group:"configuration"`
}

// run needs the origin for JSON alone: disabling works whatever else is wrong.
func (s *connectionSettings) run(env *environment, needsOrigin bool, do func(m *manage.Manager) error) error {
	w := s.wiring(env)
	if needsOrigin || s.JSON {
		env.check.Use(&s.Public)
		w.manager.Site.Public = s.PublicURL
	}
	return env.manage(w, do)
}

// set changes the status, and says how to let people in again where none can sign in.
func (s *connectionSettings) set(env *environment, status store.ConnectionState, notes ...string) error {
	return s.run(env, false, func(m *manage.Manager) error {
		done, err := m.UpdateConnection(env.ctx, commandCaller, "", s.ID, manage.ConnectionChange{Status: &status})
		if err != nil {
			return err
		}
		if err := printChange(env, s.JSON, s.ID+" of "+done.After.Organization, done, notes...); err != nil {
			return err
		}
		return s.printUnavailable(env, m, done.After.Organization)
	})
}

// printUnavailable says how to let people in again where the organization requires a connection of its own and has
// no active one.
func (s *connectionSettings) printUnavailable(env *environment, m *manage.Manager, organization string) error {
	unavailable, err := m.SSOUnavailable(env.ctx, commandCaller, organization)
	if err == nil && unavailable {
		fmt.Fprintf(env.stderr, "%[1]s requires a connection of its own and has none that is active, so no session opens it.\n"+
			"To let people in by the other providers run: orglogin organizations update %[1]s --sso optional\n", organization)
	}
	return err
}

type connectionsTest struct{ connectionSettings }

// Run prints the link, alone on its line.
func (t *connectionsTest) Run(env *environment) error {
	return t.run(env, true, func(m *manage.Manager) error {
		made, err := m.TestConnection(env.ctx, commandCaller, "", t.ID)
		if err != nil {
			return err
		}
		return printThing(env, t.JSON, made, "%s", made.URL)
	})
}

type connectionsActivate struct{ connectionSettings }

// Run says what it changed.
func (a *connectionsActivate) Run(env *environment) error { return a.set(env, store.ConnectionActive) }

type connectionsDisable struct{ connectionSettings }

// Run says what it changed.
func (d *connectionsDisable) Run(env *environment) error {
	return d.set(env, store.ConnectionDisabled, "what it opened has ended")
}

type connectionsRemove struct {
	connectionSettings
	Yes bool `help:"Do not ask."`
}

// Run asks first: the identities of the connection go with it.
func (r *connectionsRemove) Run(env *environment) error {
	if !confirmed(env, r.Yes, "Remove "+r.ID+", with the identities of the people who signed in with it?") {
		return errNothingRemoved
	}
	return r.run(env, false, func(m *manage.Manager) error {
		k, err := m.RemoveConnection(env.ctx, commandCaller, "", r.ID)
		if err != nil {
			return err
		}
		if err := printThing(env, r.JSON, k, "removed %s from %s", k.ID, k.Organization); err != nil {
			return err
		}
		return r.printUnavailable(env, m, k.Organization)
	})
}
