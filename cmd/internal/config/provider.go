package config

import (
	"net/url"
	"strings"

	"orglogin/store"
)

// Check returns the provider, of which only what had no mistake is set.
func (s ProviderSettings) Check(c *Check) Provider {
	provider := Provider{Issuer: c.issuer(s.OIDCIssuer), TrustEmail: s.OIDCTrustEmail}
	if s.OIDCClientID == "" {
		c.missing("OIDC_CLIENT_ID", "Write the client id that the provider gave.")
	} else if !plainText(s.OIDCClientID) {
		c.Add("OIDC_CLIENT_ID", s.OIDCClientID, "has characters that no client id has", "Write the client id that the provider gave.")
	}
	if s.OIDCClientSecret == "" {
		c.missing("OIDC_CLIENT_SECRET", "Write the client secret that the provider gave, or its file in "+Prefix+"OIDC_CLIENT_SECRET_FILE.")
	} else if !plainText(s.OIDCClientSecret) {
		c.AddSecret("OIDC_CLIENT_SECRET", s.OIDCClientSecret, "has characters that no client secret has", "Write the client secret that the provider gave.")
	}
	provider.ClientID, provider.ClientSecret = s.OIDCClientID, s.OIDCClientSecret
	for _, item := range c.list("OIDC_HOSTED_DOMAINS", s.OIDCHostedDomains) {
		domain, ok := store.NormalizeDomain(item)
		if !ok {
			domain = strings.ToLower(item)
		}
		if problem := hostProblem(domain); problem != "" {
			c.Add("OIDC_HOSTED_DOMAINS", item, problem, "Write the domains of the accounts, such as example.com.")
			continue
		}
		provider.HostedDomains = append(provider.HostedDomains, domain)
	}
	return provider
}

// issuer returns text as it is: it is compared byte for byte (OpenID Connect
// Discovery 4.3).
func (c *Check) issuer(text string) string {
	const variable, fix = "OIDC_ISSUER", "Write it as the provider does, such as https://accounts.google.com."
	u, err := url.Parse(text)
	if _, strict := store.ParseAddress(text); strict != nil && strings.Contains(text, "@") {
		c.addAddress(variable, text, "holds an @, as a URL with a password does", fix)
		return ""
	}
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		c.addAddress(variable, text, "is no https:// URL", fix)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		c.addAddress(variable, text, "has userinfo, a query or a fragment, which no issuer has", fix)
	case u.Scheme == "http" && !store.IsLoopback(u.Hostname()):
		c.addAddress(variable, text, "would be believed over the network in the clear", "Write https://; http is for loopback.")
	default:
		return text
	}
	return ""
}

// plainText reports whether s is of printing ASCII characters without blanks.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
