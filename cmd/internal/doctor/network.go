package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/signin"
	"orglogin/store"
)

// allowedSkew is how far clocks may differ before ID tokens are refused.
const allowedSkew = time.Minute

// providers discovers each operator connection, reads its keys and compares the clocks.
func (i Inspection) providers(ctx context.Context) (findings []Finding) {
	for _, p := range i.Config.Providers() {
		if p.Issuer != "" {
			findings = append(findings, i.provider(ctx, p)...)
		}
	}
	return findings
}

func (i Inspection) provider(ctx context.Context, of config.Provider) []Finding {
	c, name := Finding{Name: "provider"}, ""
	if of.ID != store.DefaultConnection {
		name = " " + of.ID
		c.Name += name
	}
	p, err := signin.New(signin.Config{
		Issuer: of.Issuer,
		// Discovery names no client, so these need not be the real ones.
		ClientID: "doctor", ClientSecret: "doctor", RedirectURL: "https://doctor.invalid/auth/callback",
		UserInfo: of.UserInfo == config.UserInfoAuto, Now: i.Now, DialContext: i.DialContext,
	})
	if err != nil {
		c.Detail, c.Fix = err.Error(), "write "+issuerSetting(of)+" as the provider does"
		return []Finding{c}
	}
	facts, err := p.Check(ctx)
	switch {
	case err != nil:
		c.Detail, c.Fix = err.Error(), fixProvider(of, facts, err)
	default:
		c.OK = true
		c.Detail = fmt.Sprintf("%s is discovered, keys: %d, algorithms: %s", of.Issuer, facts.Keys, strings.Join(facts.Algorithms, " "))
		c.Detail += addressWarning(of, facts)
	}
	if !facts.DateGiven {
		return []Finding{c}
	}
	clock := Finding{Name: "clock" + name, OK: facts.Skew.Abs() <= allowedSkew, Detail: "agrees with the provider's to " + facts.Skew.Abs().String()}
	if !clock.OK {
		than := "behind"
		if facts.Skew < 0 {
			than = "ahead of"
		}
		clock.Detail = fmt.Sprintf("this machine's is %s %s the provider's, so ID tokens are refused", facts.Skew.Abs(), than)
		clock.Fix = "let NTP set the clock of this machine"
	}
	return []Finding{c, clock}
}

// issuerSetting names where the issuer of an operator connection is written.
func issuerSetting(p config.Provider) string {
	if p.ID == store.DefaultConnection {
		return config.Prefix + "OIDC_ISSUER"
	}
	return "the issuer of " + p.ID + " in " + config.Prefix + "PROVIDERS_FILE"
}

// addressWarning says what may keep a first login from a verified address; empty where nothing is known to.
func addressWarning(of config.Provider, facts signin.Facts) string {
	const refused = "a first login without that claim is refused (email_not_verified): see docs/providers.md"
	switch {
	case of.EmailVerified == store.EmailVerifiedClaim && facts.Claims != nil && !slices.Contains(facts.Claims, "email_verified"):
		return "; its claims_supported has no email_verified, and " + refused
	case of.EmailVerified == store.EmailVerifiedEDOV && !strings.HasPrefix(of.Issuer, store.MicrosoftIssuers):
		return "; addresses are verified by xms_edov, which Microsoft Entra alone sends, and " + refused
	case of.UserInfo == config.UserInfoAuto && facts.UserInfoEndpoint == "":
		return "; it has no UserInfo endpoint, so the ID token must have email, and " + refused
	}
	return ""
}

// fixProvider is the fix for an error of discovery or of the key set.
func fixProvider(p config.Provider, facts signin.Facts, err error) string {
	switch {
	case errors.Is(err, signin.ErrIssuerMismatch) && facts.Issuer != p.Issuer:
		if p.ID == store.DefaultConnection {
			return "set " + config.Prefix + "OIDC_ISSUER=" + facts.Issuer
		}
		return "write " + facts.Issuer + " as " + issuerSetting(p)
	case errors.Is(err, signin.ErrNoAlgorithm):
		return "at the provider, let it sign ID tokens with RS256, ES256 or another asymmetric algorithm"
	case errors.Is(err, signin.ErrNoKey):
		return "at the provider, publish a signing key at " + facts.KeysURL
	}
	return "check that " + issuerSetting(p) + " is right and that this machine reaches " + strings.TrimSuffix(p.Issuer, "/") +
		"/.well-known/openid-configuration and the keys it names"
}

// cookieDomain checks that a browser sends the session from the login host to
// an organization's, and says who else gets it.
func (i Inspection) cookieDomain(context.Context) []Finding {
	site := i.Config.Site
	if site.BaseDomain == "" || site.Public.Host == "" {
		return nil
	}
	c := Finding{Name: "cookie domain", OK: true}
	reaches, err := cookieReaches(site.Public.Host, site.BaseDomain, "acme."+site.BaseDomain)
	if err != nil || !reaches {
		c.OK = false
		c.Detail = fmt.Sprintf("a browser does not bring a cookie that %s sets for %s to the hosts under it", site.Public.Host, site.BaseDomain)
		c.Fix = fmt.Sprintf("write a domain of yours in %sBASE_DOMAIN and a host under it in %sPUBLIC_URL", config.Prefix, config.Prefix)
		return []Finding{c}
	}
	c.Detail = fmt.Sprintf("a cookie of %s reaches the hosts under %s", site.Public.Host, site.BaseDomain)
	registered, err := publicsuffix.EffectiveTLDPlusOne(site.BaseDomain)
	if err == nil && registered != site.BaseDomain && i.Config.CookieSuffix == "" {
		c.Detail += fmt.Sprintf("; if another orglogin has a base domain above it, such as %s, give this one %sCOOKIE_SUFFIX", registered, config.Prefix)
	}
	return []Finding{c}
}

// cookieReaches reports whether a cookie that host sets for domain is brought
// to another host, as browsers do it (RFC 6265 section 5.3, public suffixes
// refused).
func cookieReaches(host, domain, other string) (bool, error) {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		return false, err
	}
	jar.SetCookies(&url.URL{Scheme: "https", Host: host, Path: "/"}, []*http.Cookie{{Name: "session", Value: "1", Domain: domain, Path: "/"}})
	return len(jar.Cookies(&url.URL{Scheme: "https", Host: other, Path: "/"})) == 1, nil
}

// wildcard checks that names of organizations resolve without a record of their own.
func (i Inspection) wildcard(ctx context.Context) []Finding {
	site := i.Config.Site
	if site.BaseDomain == "" || site.Public.Host == "" {
		return nil
	}
	c := Finding{Name: "wildcard DNS"}
	if store.IsLoopback(site.BaseDomain) {
		c.OK, c.Detail = true, "browsers find every name under "+site.BaseDomain+" on this machine by themselves"
		return []Finding{c}
	}
	unwritten := store.NewSlug() + "." + site.BaseDomain
	to, err := i.LookupNetIP(ctx, "ip", unwritten+".") // the final dot: not under a search domain
	if err != nil {
		c.Detail = unresolved(unwritten, err)
		c.Fix = "add a DNS record *." + site.BaseDomain + " that leads to the proxy in front of this service"
		return []Finding{c}
	}
	login, err := i.LookupNetIP(ctx, "ip", site.Public.Host+".")
	if err != nil {
		c.Detail = unresolved(site.Public.Host, err)
		c.Fix = "add a DNS record " + site.Public.Host + " that leads to the proxy in front of this service"
		return []Finding{c}
	}
	c.OK, c.Detail = true, "any name under "+site.BaseDomain+" resolves, to where "+site.Public.Host+" does"
	for _, addr := range to {
		if !slices.Contains(login, addr) {
			c.Detail = fmt.Sprintf("any name under %s resolves, to other addresses than %s: the proxy there routes /login, /logout and /auth/ here",
				site.BaseDomain, site.Public.Host)
		}
	}
	return []Finding{c}
}

func unresolved(host string, err error) string {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return host + " does not resolve"
	}
	return "looking " + host + " up failed: " + err.Error()
}
