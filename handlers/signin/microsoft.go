package signin

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"orglogin/store"
)

// Issuers of Microsoft Entra that many tenants share publish tenantIssuer as their
// issuer, literally. The tenant is in the ID token, as tid.
const (
	tenantPlaceholder = "{tenantid}"
	tenantIssuer      = store.MicrosoftIssuers + tenantPlaceholder + "/v2.0"
)

func (c Config) checkTenants() error {
	if len(c.Tenants) > 0 && !store.SharedMicrosoftIssuer(c.Issuer) {
		return errors.New("tenants: only an issuer that many tenants of Microsoft Entra share has them")
	}
	for _, t := range c.Tenants {
		if !store.ValidTenantID(t) {
			return fmt.Errorf("tenants: %q is not a tenant id in lower case", t)
		}
	}
	return nil
}

// discoveredIssuer is the issuer that the discovery document must have.
func (p *Provider) discoveredIssuer() string {
	if store.SharedMicrosoftIssuer(p.config.Issuer) {
		return tenantIssuer
	}
	return p.config.Issuer
}

// issuerFor is the issuer that an ID token with these claims must have: for an
// issuer that tenants share, that of the tenant in the token.
func (p *Provider) issuerFor(c object) (string, error) {
	if !store.SharedMicrosoftIssuer(p.config.Issuer) {
		return p.config.Issuer, nil
	}
	tenant, _, err := c.text("tid")
	if err != nil {
		return "", err
	}
	return p.issuerOfTenant(tenant)
}

// issuerOfTenant is the issuer of one tenant, if it is accepted.
func (p *Provider) issuerOfTenant(tenant string) (string, error) {
	if !store.ValidTenantID(tenant) {
		return "", fmt.Errorf("tid is %.50q, not a tenant id", tenant)
	}
	if len(p.config.Tenants) > 0 && !slices.Contains(p.config.Tenants, tenant) {
		return "", refused(store.HostedDomain, "", fmt.Sprintf("tid is %q, not one of %q", tenant, p.config.Tenants))
	}
	return strings.Replace(tenantIssuer, tenantPlaceholder, tenant, 1), nil
}

// checkAnswerIssuer checks iss of an authorization response before the code is
// used (RFC 9207 section 2.4; anyone can send one). always says that the provider
// never leaves it out.
func (p *Provider) checkAnswerIssuer(iss string, always bool) error {
	switch {
	case iss == "" && always:
		return badAnswer("iss is missing, and the provider always sends it")
	case iss == "" || iss == p.config.Issuer:
		return nil
	case store.SharedMicrosoftIssuer(p.config.Issuer):
		tenant := strings.TrimSuffix(strings.TrimPrefix(iss, store.MicrosoftIssuers), "/v2.0")
		if of, err := p.issuerOfTenant(tenant); err == nil && iss == of {
			return nil // the ID token must be of this tenant too: see Finish
		}
	}
	return badAnswer("iss is not the configured issuer %q", p.config.Issuer)
}

// forIssuer leaves out keys that Microsoft Entra publishes for another issuer: its
// tenants share one key set, in which each key names the issuer that it signs for.
func (s keySet) forIssuer(issuer string) keySet {
	if !strings.HasPrefix(issuer, store.MicrosoftIssuers) {
		return s
	}
	return slices.DeleteFunc(slices.Clone(s), func(k verificationKey) bool {
		return k.issuer != "" && k.issuer != tenantIssuer && k.issuer != issuer
	})
}
