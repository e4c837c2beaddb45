package config

import (
	"strings"

	"orglogin/store"
)

// ConnectionSettings are an organization connection as an operator writes it on the command line.
type ConnectionSettings struct {
	Name          string `required:"" placeholder:"NAME" help:"On the button, at most 40 characters."`
	Issuer        string `required:"" placeholder:"URL" help:"Issuer of the organization's provider, exactly as the provider writes it."`
	ClientID      string `name:"client-id" required:"" placeholder:"ID" help:"Client id that the provider gave."`
	ClientSecret  string `placeholder:"SECRET" help:"Client secret that the provider gave. Every user of the machine sees it: prefer the file."`
	SecretFile    string `name:"client-secret-file" placeholder:"FILE" help:"File that holds the client secret."`
	HostedDomains string `placeholder:"DOMAINS" help:"Accept only accounts of these hosted domains (the hd claim). Separated by commas."`
	EmailVerified string `default:"claim" help:"What makes an address verified: claim, xms_edov or issuer."`
	Userinfo      string `default:"auto" help:"Ask UserInfo where the ID token lacks the address or its verification: auto or off."`
	Private       bool   `help:"The provider is in one of the networks of OUTBOUND_ALLOWED_NETWORKS."`
}

// Connection is an organization connection that was checked.
type Connection struct {
	Provider
	Private bool
}

// Check returns the connection. A mistake is one error, a [Misuse], with every mistake in it.
func (s ConnectionSettings) Check() (Connection, error) {
	c := &Check{}
	at := func(field string) place {
		return place{variable: "--" + strings.ReplaceAll(field, "_", "-")}
	}
	e := providerEntry{
		Name: s.Name, Issuer: s.Issuer, ClientID: s.ClientID, ClientSecret: s.ClientSecret, ClientSecretFile: s.SecretFile,
		HostedDomains: c.list("--hosted-domains", s.HostedDomains), EmailVerified: s.EmailVerified, UserInfo: s.Userinfo,
	}
	connection := Connection{Provider: c.provider(at, e), Private: s.Private}
	if len(c.Mistakes) == 0 {
		return connection, nil
	}
	var lines []string
	for _, m := range c.Mistakes {
		lines = append(lines, m.flag())
	}
	return Connection{}, Misuse(strings.Join(lines, "\n  "))
}

// flag is the mistake of a flag that no variable sets.
func (m Mistake) flag() string { return strings.TrimPrefix(m.String(), Prefix) }

// OrganizationProvider applies the rules of the operator's providers to one of an organization. A mistake names the
// field as in JSON.
func OrganizationProvider(k store.Connection) []Mistake {
	c := &Check{}
	if k.Name == "" {
		c.missing("name", "Write the name that people know, such as Okta.")
	}
	c.provider(func(field string) place { return place{variable: field} }, providerEntry{
		Name: k.Name, Issuer: k.Issuer, ClientID: k.ClientID, ClientSecret: "unknown-here", HostedDomains: k.HostedDomains,
		EmailVerified: string(k.EmailVerified), UserInfo: "auto",
	})
	return c.Mistakes
}
