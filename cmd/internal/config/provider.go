package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"orglogin/store"
)

// Check sets what cfg says of providers, of which only what had no mistake is set.
func (s ProviderSettings) Check(c *Check, cfg *Config) {
	at := func(field string) place {
		if field == "name" {
			field = "provider_name"
		}
		return place{variable: "OIDC_" + strings.ToUpper(field)}
	}
	cfg.Provider = c.provider(at, providerEntry{
		ID: store.DefaultConnection, Name: s.OIDCProviderName, Issuer: s.OIDCIssuer,
		ClientID: s.OIDCClientID, ClientSecret: s.OIDCClientSecret,
		HostedDomains: c.list("OIDC_HOSTED_DOMAINS", s.OIDCHostedDomains), TrustEmail: s.OIDCTrustEmail,
		EmailVerified: s.OIDCEmailVerified, UserInfo: s.OIDCUserinfo,
	})
	cfg.FurtherProviders = c.furtherProviders(s.ProvidersFile)
	cfg.OrganizationProviders = c.onOff("ORGANIZATION_PROVIDERS", s.OrganizationProviders)
	cfg.OutboundNetworks = c.OutboundNetworks(s.OutboundAllowedNetworks)
}

// OutboundNetworks parses OUTBOUND_ALLOWED_NETWORKS.
func (c *Check) OutboundNetworks(text string) []netip.Prefix {
	return c.networks("OUTBOUND_ALLOWED_NETWORKS", text, "Write the networks with commas between, such as 10.20.0.0/16.")
}

// place is where a value was written: a variable, the field of an organization's connection, or the field of
// an entry of a file that a variable names.
type place struct{ variable, file, entry, field string }

// name is how a fix refers to the place.
func (p place) name() string {
	switch {
	case p.file != "":
		return p.field
	case p.variable == strings.ToLower(p.variable):
		return p.variable
	}
	return Prefix + p.variable
}

// add notes a mistake at a place, with its value.
func (c *Check) add(at place, value, problem, fix string) {
	if at.file == "" {
		c.Add(at.variable, value, problem, fix)
		return
	}
	c.addInFile(at, Show(value)+" "+problem, fix)
}

func (c *Check) addInFile(at place, problem, fix string) {
	c.Add(at.variable, at.file, at.entry+": "+at.field+" "+problem, fix)
}

// addURL is add of a value that should be a URL and may hold a password where it is not.
func (c *Check) addURL(at place, value, problem, fix string) {
	if at.file == "" {
		c.addAddress(at.variable, value, problem, fix)
		return
	}
	if !strings.Contains(value, "://") {
		value = value[:min(len(value), 2)] + "..."
	}
	c.add(at, value, problem, fix)
}

// addSecret is add of a value that is not shown.
func (c *Check) addSecret(at place, value, problem, fix string) {
	if at.file == "" {
		c.AddSecret(at.variable, value, problem, fix)
		return
	}
	c.addInFile(at, problem, fix)
}

// addMissing notes that a required value is not set.
func (c *Check) addMissing(at place, fix string) {
	if at.file == "" {
		c.missing(at.variable, fix)
		return
	}
	c.addInFile(at, "is required and not set", fix)
}

// provider applies the same rules to the provider of OIDC_*, to those of PROVIDERS_FILE and to an
// organization's, which is in the database.
// at is where a field was written.
func (c *Check) provider(at func(field string) place, e providerEntry) Provider {
	p := Provider{ID: e.ID, Name: c.providerName(at("name"), e), Issuer: c.issuer(at("issuer"), e.Issuer), TrustEmail: e.TrustEmail}
	if e.ClientID == "" {
		c.addMissing(at("client_id"), "Write the client id that the provider gave.")
	} else if !plainText(e.ClientID) {
		c.add(at("client_id"), e.ClientID, "has characters that no client id has", "Write the client id that the provider gave.")
	}
	if err := e.readSecret(at("client_secret").name()); err != nil {
		c.add(at("client_secret_file"), e.ClientSecretFile, err.Error(), "Name a file that this user can read, or write "+at("client_secret").name()+" instead.")
	} else if e.ClientSecret == "" {
		c.addMissing(at("client_secret"), "Write the client secret that the provider gave, or its file in "+at("client_secret_file").name()+".")
	} else if !plainText(e.ClientSecret) {
		c.addSecret(at("client_secret"), e.ClientSecret, "has characters that no client secret has", "Write the client secret that the provider gave.")
	}
	p.ClientID, p.ClientSecret = e.ClientID, e.ClientSecret
	for _, item := range e.HostedDomains {
		domain, ok := store.NormalizeDomain(item)
		if !ok {
			domain = strings.ToLower(item)
		}
		if problem := hostProblem(domain); problem != "" {
			c.add(at("hosted_domains"), item, problem, "Write the domains of the accounts, such as example.com.")
			continue
		}
		p.HostedDomains = append(p.HostedDomains, domain)
	}
	p.Tenants = c.tenants(at("tenants"), e)
	p.EmailVerified = c.emailVerified(at("email_verified"), e)
	if e.TrustEmail && store.SharedMicrosoftIssuer(e.Issuer) && p.EmailVerified != store.EmailVerifiedEDOV {
		c.add(at("trust_email"), "true", "vouches for addresses that any tenant can claim", "Write xms_edov in "+at("email_verified").name()+", or leave the trust out.")
	}
	p.UserInfo = e.UserInfo == "auto"
	if !p.UserInfo && e.UserInfo != "off" {
		c.add(at("userinfo"), e.UserInfo, "is not a choice", "Write auto or off.")
	}
	return p
}

// providerName is the name given, or that of a well-known issuer.
func (c *Check) providerName(at place, e providerEntry) string {
	name := store.CleanName(e.Name)
	switch {
	case name != e.Name || len([]rune(name)) > store.MaxConnectionName:
		c.add(at, e.Name, "is not a name of at most 40 visible characters", "Write the name that people know, such as Okta.")
		return ""
	case name != "":
		return name
	case e.Issuer == store.GoogleIssuer:
		return "Google"
	case strings.HasPrefix(e.Issuer, store.MicrosoftIssuers):
		return "Microsoft"
	}
	return "single sign-on"
}

// emailVerified refuses to vouch for issuers at which anybody can have an account.
func (c *Check) emailVerified(at place, e providerEntry) store.EmailVerifiedMode {
	mode := store.EmailVerifiedMode(e.EmailVerified)
	switch mode {
	case store.EmailVerifiedClaim, store.EmailVerifiedEDOV:
		return mode
	case store.EmailVerifiedIssuer:
		if e.Issuer == store.GoogleIssuer || store.SharedMicrosoftIssuer(e.Issuer) {
			c.add(at, e.EmailVerified, "vouches for every address of "+Show(e.Issuer)+", where anybody can have an account",
				"Write claim for Google, xms_edov for Microsoft, or the issuer of your own tenant.")
		}
		return mode
	}
	c.add(at, e.EmailVerified, "is not a choice", "Write claim, xms_edov or issuer.")
	return ""
}

// tenants are the tenant ids of an issuer that several tenants share.
func (c *Check) tenants(at place, e providerEntry) []string {
	if len(e.Tenants) > 0 && !store.SharedMicrosoftIssuer(e.Issuer) {
		c.add(at, strings.Join(e.Tenants, ","), "are for Microsoft's issuers organizations and common alone", "Leave them out.")
		return nil
	}
	var all []string
	for _, item := range e.Tenants {
		id := strings.ToLower(item)
		if !store.ValidTenantID(id) {
			c.add(at, item, "is not a tenant id", "Write the directory id of Microsoft Entra, such as 11111111-2222-3333-4444-555555555555.")
			continue
		}
		all = append(all, id)
	}
	return all
}

// issuer returns text as it is: it is compared byte for byte (OpenID Connect
// Discovery 4.3).
func (c *Check) issuer(at place, text string) string {
	const fix = "Write it as the provider does, such as https://accounts.google.com."
	if text == "" {
		c.addMissing(at, fix)
		return ""
	}
	u, err := url.Parse(text)
	if _, strict := store.ParseAddress(text); strict != nil && strings.Contains(text, "@") {
		c.addURL(at, text, "holds an @, as a URL with a password does", fix)
		return ""
	}
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		c.addURL(at, text, "is no https:// URL", fix)
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		c.addURL(at, text, "has userinfo, a query or a fragment, which no issuer has", fix)
	case u.Scheme == "http" && !store.IsLoopback(u.Hostname()):
		c.addURL(at, text, "would be believed over the network in the clear", "Write https://; http is for loopback.")
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

// furtherProviders reads PROVIDERS_FILE; an empty name is no file.
func (c *Check) furtherProviders(file string) []Provider {
	const variable, fix = "PROVIDERS_FILE", "Write a JSON array of providers, as docs/providers.md says."
	if file == "" {
		return nil
	}
	entries, err := readProviders(file)
	if err != nil {
		c.Add(variable, file, err.Error(), fix)
		return nil
	}
	var all []Provider
	ids := []string{store.DefaultConnection}
	for i, e := range entries {
		at := func(field string) place {
			return place{variable, file, fmt.Sprintf("entry %d (%s)", i+1, Show(e.ID)), field}
		}
		switch {
		case !store.ValidConnectionID(e.ID) || strings.HasPrefix(e.ID, "c-"):
			c.add(at("id"), e.ID, "is not an id", "Write 1 to 32 of a-z, 0-9 and -, not beginning with c-.")
		case slices.Contains(ids, e.ID):
			c.add(at("id"), e.ID, "is taken", "Give every provider an id of its own; default is the one of "+Prefix+"OIDC_ISSUER.")
		}
		ids = append(ids, e.ID)
		all = append(all, c.provider(at, e))
	}
	return all
}
