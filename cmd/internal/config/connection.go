package config

import "orglogin/store"

// OrganizationProvider applies the rules of the operator's providers to one of an organization. A mistake names the
// field as in JSON.
func OrganizationProvider(k store.Connection) []Mistake {
	c := &Check{}
	if k.Name == "" {
		c.missing("name", "Write the name that people know, such as Okta.")
	}
	p := Provider{
		Name: k.Name, Issuer: k.Issuer, ClientID: k.ClientID, ClientSecret: "unknown-here", HostedDomains: k.HostedDomains,
		EmailVerified: k.EmailVerified, UserInfo: UserInfoAuto,
	}
	c.provider(&p, func(field string) place { return place{variable: field} })
	return c.Mistakes
}
