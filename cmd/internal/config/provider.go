package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"orglogin/store"
)

// Provider is one operator connection: an OpenID provider and a client id at it. It is read from OIDC_* or from an
// entry of PROVIDERS_FILE.
type Provider struct {
	ID            string                  `json:"id" kong:"-"` // [store.DefaultConnection], or as PROVIDERS_FILE says
	Issuer        string                  `json:"issuer" name:"oidc-issuer" variable:"OIDC_ISSUER" default:"https://accounts.google.com" help:"Issuer of the OpenID provider, exactly as the provider writes it."`
	ClientID      string                  `json:"client_id" name:"oidc-client-id" variable:"OIDC_CLIENT_ID" placeholder:"ID" help:"Client id that the provider gave. Required."`
	ClientSecret  string                  `json:"client_secret" name:"oidc-client-secret" variable:"OIDC_CLIENT_SECRET" placeholder:"SECRET" help:"Client secret that the provider gave. Required. As a flag every user of the machine sees it."`
	Name          string                  `json:"name" name:"oidc-provider-name" variable:"OIDC_PROVIDER_NAME" placeholder:"NAME" help:"Name of the provider on the button. Google and Microsoft by their issuers, otherwise \"single sign-on\"."`
	HostedDomains []string                `json:"hosted_domains" name:"oidc-hosted-domains" variable:"OIDC_HOSTED_DOMAINS" type:"list" placeholder:"DOMAINS" help:"Accept only accounts of these hosted domains (the hd claim). Separated by commas."`
	TrustEmail    bool                    `json:"trust_email" name:"oidc-trust-email" variable:"OIDC_TRUST_EMAIL" default:"false" help:"Vouch for the verified addresses of this issuer: imported users are bound by them."`
	EmailVerified store.EmailVerifiedMode `json:"email_verified" name:"oidc-email-verified" variable:"OIDC_EMAIL_VERIFIED" default:"claim" help:"What makes an address verified: claim (email_verified), xms_edov (Microsoft Entra), issuer (you vouch for every address of this issuer)."`
	UserInfo      string                  `json:"userinfo" name:"oidc-userinfo" variable:"OIDC_USERINFO" default:"auto" help:"Ask UserInfo where the ID token lacks the address or its verification: auto or off."`

	ClientSecretFile string   `json:"client_secret_file" kong:"-"` // read into ClientSecret, then empty
	Tenants          []string `json:"tenants" kong:"-"`            // tenant ids of Microsoft Entra, lower case
}

// UserInfoAuto is the [Provider.UserInfo] that queries UserInfo.
const UserInfoAuto = "auto"

func (p *Provider) check(c *Check) {
	p.ID = store.DefaultConnection
	c.provider(p, func(field string) place {
		if field == "name" {
			field = "provider_name"
		}
		return place{variable: "OIDC_" + strings.ToUpper(field)}
	})
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
// organization's, which is in the database. It keeps what had no mistake. at is where a field was written.
func (c *Check) provider(p *Provider, at func(field string) place) {
	p.Name = c.providerName(at("name"), *p)
	issuer := c.issuer(at("issuer"), p.Issuer)
	if p.ClientID == "" {
		c.addMissing(at("client_id"), "Write the client id that the provider gave.")
	} else if !plainText(p.ClientID) {
		c.add(at("client_id"), p.ClientID, "has characters that no client id has", "Write the client id that the provider gave.")
	}
	c.clientSecret(p, at)
	p.HostedDomains = c.hostedDomains(at("hosted_domains"), p.HostedDomains)
	p.Tenants = c.tenants(at("tenants"), *p)
	p.EmailVerified = c.emailVerified(at("email_verified"), *p)
	if p.TrustEmail && store.SharedMicrosoftIssuer(p.Issuer) && p.EmailVerified != store.EmailVerifiedEDOV {
		c.add(at("trust_email"), "true", "vouches for addresses that any tenant can claim", "Write xms_edov in "+at("email_verified").name()+", or leave the trust out.")
	}
	if p.UserInfo != UserInfoAuto && p.UserInfo != "off" {
		c.add(at("userinfo"), p.UserInfo, "is not a choice", "Write auto or off.")
	}
	p.Issuer = issuer // not before, because the rest depends on what was written
}

// clientSecret reads the secret from its file where one is named.
func (c *Check) clientSecret(p *Provider, at func(field string) place) {
	secret, file := at("client_secret"), at("client_secret_file")
	if err := p.readSecret(secret.name()); err != nil {
		c.add(file, p.ClientSecretFile, err.Error(), "Name a file that this user can read, or write "+secret.name()+" instead.")
	} else if p.ClientSecret == "" {
		c.addMissing(secret, "Write the client secret that the provider gave, or its file in "+file.name()+".")
	} else if !plainText(p.ClientSecret) {
		c.addSecret(secret, p.ClientSecret, "has characters that no client secret has", "Write the client secret that the provider gave.")
	}
	p.ClientSecretFile = ""
}

func (c *Check) hostedDomains(at place, items []string) []string {
	var all []string
	for _, item := range items {
		domain, ok := store.NormalizeDomain(item)
		if !ok {
			domain = strings.ToLower(item)
		}
		if problem := hostProblem(domain); problem != "" {
			c.add(at, item, problem, "Write the domains of the accounts, such as example.com.")
			continue
		}
		all = append(all, domain)
	}
	return all
}

// providerName is the name given, or that of a well-known issuer.
func (c *Check) providerName(at place, p Provider) string {
	name := store.CleanName(p.Name)
	switch {
	case name != p.Name || len([]rune(name)) > store.MaxConnectionName:
		c.add(at, p.Name, "is not a name of at most 40 visible characters", "Write the name that people know, such as Okta.")
		return ""
	case name != "":
		return name
	case p.Issuer == store.GoogleIssuer:
		return "Google"
	case strings.HasPrefix(p.Issuer, store.MicrosoftIssuers):
		return "Microsoft"
	}
	return "single sign-on"
}

// emailVerified refuses to vouch for issuers at which anybody can have an account.
func (c *Check) emailVerified(at place, p Provider) store.EmailVerifiedMode {
	switch p.EmailVerified {
	case store.EmailVerifiedClaim, store.EmailVerifiedEDOV:
		return p.EmailVerified
	case store.EmailVerifiedIssuer:
		if p.Issuer == store.GoogleIssuer || store.SharedMicrosoftIssuer(p.Issuer) {
			c.add(at, string(p.EmailVerified), "vouches for every address of "+Show(p.Issuer)+", where anybody can have an account",
				"Write claim for Google, xms_edov for Microsoft, or the issuer of your own tenant.")
		}
		return p.EmailVerified
	}
	c.add(at, string(p.EmailVerified), "is not a choice", "Write claim, xms_edov or issuer.")
	return ""
}

// tenants are the tenant ids of an issuer that several tenants share.
func (c *Check) tenants(at place, p Provider) []string {
	if len(p.Tenants) > 0 && !store.SharedMicrosoftIssuer(p.Issuer) {
		c.add(at, strings.Join(p.Tenants, ","), "are for Microsoft's issuers organizations and common alone", "Leave them out.")
		return nil
	}
	var all []string
	for _, item := range p.Tenants {
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

// providersFile reads PROVIDERS_FILE.
func (s setting) providersFile(file string) []Provider {
	all, err := readProviders(file)
	if err != nil {
		s.add(file, err.Error(), "Write a JSON array of providers, as docs/providers.md says.")
		return nil
	}
	ids := []string{store.DefaultConnection}
	for i := range all {
		p := &all[i]
		id := fmt.Sprintf("entry %d (%s)", i+1, Show(p.ID))
		at := func(field string) place { return place{s.variable, file, id, field} }
		switch {
		case !store.ValidConnectionID(p.ID) || strings.HasPrefix(p.ID, "c-"):
			s.check.add(at("id"), p.ID, "is not an id", "Write 1 to 32 of a-z, 0-9 and -, not beginning with c-.")
		case slices.Contains(ids, p.ID):
			s.check.add(at("id"), p.ID, "is taken", "Give every provider an id of its own; default is the one of "+Prefix+"OIDC_ISSUER.")
		}
		ids = append(ids, p.ID)
		s.check.provider(p, at)
	}
	return all
}
