package config

import "orglogin/store"

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
