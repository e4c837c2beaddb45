package config

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"orglogin/redirect"
	"orglogin/store"
)

// Check returns the origin, the zero value where there is none.
func (s PublicSettings) Check(c *Check) redirect.Origin {
	return c.origin("PUBLIC_URL", s.PublicURL, "https://login.example.com")
}

// Check returns the site, of which only what had no mistake is set.
func (s SiteSettings) Check(c *Check) redirect.Site {
	site := redirect.Site{
		Public:     s.PublicSettings.Check(c),
		BaseDomain: c.baseDomain(s.BaseDomain),
		App:        c.origin("APP_URL", s.AppURL, "https://app.example.com"),
	}
	base, public, app := site.BaseDomain, site.Public, site.App
	if base != "" && public.Host != "" && !strings.HasSuffix(public.Host, "."+base) {
		c.Add("PUBLIC_URL", s.PublicURL, "is not under "+Prefix+"BASE_DOMAIN, so the session cookie would not reach it",
			"Write a host under it, such as "+public.Scheme+"://login."+base+".")
	}
	if public.Scheme != "" && app.Scheme != "" && public.Scheme != app.Scheme {
		c.Add("APP_URL", s.AppURL, "has another scheme than "+Prefix+"PUBLIC_URL", "Write both with "+public.Scheme+"://.")
	}
	if public.Host != "" && public.Host == app.Host {
		c.Add("APP_URL", s.AppURL, "is the login host, where no app answers", "Give the app a host of its own, such as app."+orExample(base)+".")
	}
	site.AllowedHosts = c.allowedHosts(s.RedirectAllowedHosts, base)
	site.DashboardPath = c.path("DASHBOARD_PATH", s.DashboardPath, "/dashboard", site)
	site.FallbackPath = c.path("FALLBACK_PATH", s.FallbackPath, "/clients", site)
	return site
}

// Reserved returns the labels under the base domain that are the service's
// own or the app's, and so no organization's.
func Reserved(site redirect.Site) []string {
	var labels []string
	for _, origin := range []redirect.Origin{site.Public, site.App} {
		label, ok := strings.CutSuffix(origin.Host, "."+site.BaseDomain)
		if ok && site.BaseDomain != "" && !strings.Contains(label, ".") {
			labels = append(labels, label)
		}
	}
	return labels
}

func orExample(domain string) string {
	if domain == "" {
		return "example.com"
	}
	return domain
}

// origin returns the zero value where text is none.
func (c *Check) origin(variable, text, example string) redirect.Origin {
	if text == "" {
		c.missing(variable, "Write an origin, such as "+example+".")
		return redirect.Origin{}
	}
	origin, err := redirect.ParseOrigin(text)
	if err != nil {
		c.addAddress(variable, text, "is no origin: "+err.Error(), "Write scheme, host and port alone, such as "+example+".")
		return redirect.Origin{}
	}
	if origin.Scheme == "http" && !store.IsLoopback(origin.Host) {
		c.Add(variable, text, "sends sessions over the network in the clear",
			"Write https://; http is for localhost, *.localhost, 127.0.0.0/8 and ::1.")
		return redirect.Origin{}
	}
	return origin
}

// baseDomain returns text in lower case, empty where it is no domain to have
// organizations under.
func (c *Check) baseDomain(text string) string {
	const variable = "BASE_DOMAIN"
	domain := strings.ToLower(text)
	switch problem := hostProblem(domain); {
	case text == "":
		c.missing(variable, "Write the domain above the organizations' hosts, such as example.com.")
	case problem != "":
		c.Add(variable, text, problem, "Write a domain alone, such as example.com.")
	case isPublicSuffix(domain):
		c.Add(variable, text, "is a public suffix: browsers refuse cookies for it, and anybody may have names under it",
			"Write the domain that you registered, such as example."+domain+".")
	default:
		return domain
	}
	return ""
}

// isPublicSuffix reports whether names right under domain are for anybody.
func isPublicSuffix(domain string) bool {
	suffix, _ := publicsuffix.PublicSuffix(domain)
	return suffix == domain
}

// hostProblem says what keeps host, lower case, from being a DNS name without
// port and final dot (RFC 1123 section 2.1); empty when nothing does.
func hostProblem(host string) string {
	switch {
	case strings.Contains(host, "://"):
		return "has a scheme"
	case strings.ContainsAny(host, "/?#@"):
		return "is more than a host"
	case strings.HasPrefix(host, ".") || strings.HasSuffix(host, "."):
		return "begins or ends with a dot"
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return "is an IP address"
	}
	if strings.Contains(host, ":") {
		return "has a port"
	}
	if err := store.CheckDNSName(host); err != nil {
		return err.Error()
	}
	return ""
}

// allowedHosts returns the well-formed ones, in lower case.
func (c *Check) allowedHosts(text, base string) []string {
	var hosts []string
	for _, item := range c.list("REDIRECT_ALLOWED_HOSTS", text) {
		host, problem, fix := parseAllowedHost(item, base)
		if problem != "" {
			c.Add("REDIRECT_ALLOWED_HOSTS", item, problem, fix)
			continue
		}
		hosts = append(hosts, host)
	}
	return hosts
}

// parseAllowedHost takes one entry. base may be empty. Where problem is not
// empty it and fix say why the entry is refused.
func parseAllowedHost(entry, base string) (host, problem, fix string) {
	const form = "Write a host, such as docs.example.com, or *.preview.example.com for one label."
	host, err := redirect.ParseAllowedHost(entry)
	suffix, wild := strings.CutPrefix(host, "*.")
	switch {
	case strings.Trim(entry, "*.") == "":
		return "", "allows every host there is", form
	case strings.Contains(entry, "://") || strings.ContainsAny(entry, "/?#@"):
		return "", "is more than a host", form
	case err != nil:
		return "", "is " + err.Error(), form
	case wild && isPublicSuffix(suffix):
		return "", "allows names that anybody can register", "Write a domain of yours after the *."
	case wild && suffix == base:
		return "", "allows every organization's host to everybody", "Leave it out: members are allowed on their organization's host without it."
	}
	return host, "", ""
}

// path returns text, empty where it is no path that a person can land on.
func (c *Check) path(variable, text, example string, site redirect.Site) string {
	target, reason := site.Parse([]string{text})
	if reason == store.OK && target.IsPath() {
		return text
	}
	problem := "is no path"
	if reason == store.Loop {
		problem = "is a path of this service's own"
	}
	c.Add(variable, text, problem, "Write a path that begins with one slash, such as "+example+".")
	return ""
}

// list splits text at commas and white space. A list of separators alone is a mistake: it is not clear
// whether it means nothing or everything.
func (c *Check) list(variable, text string) []string {
	items := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	if len(items) == 0 && text != "" {
		c.Add(variable, text, "is a list without an entry", "Write at least one entry, or unset it.")
	}
	return items
}
