package config

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"

	"orglogin/redirect"
	"orglogin/store"
)

// Site says where everything is. It has the fields of [redirect.Site].
type Site struct {
	Public        redirect.Origin `name:"public-url" variable:"PUBLIC_URL" type:"origin" example:"https://login.example.com" missing:"Write an origin, such as https://login.example.com." placeholder:"ORIGIN" help:"Origin of the login host, under the base domain, such as https://login.example.com. The provider's callback is this and /auth/callback. Required."`
	BaseDomain    string          `name:"base-domain" variable:"BASE_DOMAIN" type:"base-domain" missing:"Write the domain above the organizations' hosts, such as example.com." placeholder:"DOMAIN" help:"Organizations live one label under this domain. The session cookie is for it. Required."`
	App           redirect.Origin `name:"app-url" variable:"APP_URL" type:"origin" example:"https://app.example.com" missing:"Write an origin, such as https://app.example.com." placeholder:"ORIGIN" help:"Origin of the app outside any organization. Required."`
	DashboardPath string          `name:"dashboard-path" variable:"DASHBOARD_PATH" default:"/dashboard" help:"Where a person lands on an organization's host."`
	FallbackPath  string          `name:"fallback-path" variable:"FALLBACK_PATH" default:"/clients" help:"Where a person lands on the app's origin who has no organization to land on."`
	AllowedHosts  []string        `name:"redirect-allowed-hosts" variable:"REDIRECT_ALLOWED_HOSTS" type:"list" placeholder:"HOSTS" help:"Further hosts that a redirect may name: exact ones, or *.preview.example.com for exactly one label. Separated by commas."`
}

// Redirect is the site as the decisions read it.
func (s Site) Redirect() redirect.Site { return redirect.Site(s) }

// Public says where the login host is, for commands that read nothing else of the site.
type Public struct {
	PublicURL redirect.Origin `name:"public-url" variable:"PUBLIC_URL" type:"origin" example:"https://login.example.com" missing:"Write an origin, such as https://login.example.com." placeholder:"ORIGIN" help:"Origin of the login host, under the base domain, such as https://login.example.com. The provider's callback is this and /auth/callback. Required."`
}

// check clears what cannot be used.
func (s *Site) check(c *Check) {
	base, public, app := s.BaseDomain, s.Public, s.App
	if base != "" && public.Host != "" && !strings.HasSuffix(public.Host, "."+base) {
		c.Add("PUBLIC_URL", public.String(), "is not under "+Prefix+"BASE_DOMAIN, so the session cookie would not reach it",
			"Write a host under it, such as "+public.Scheme+"://login."+base+".")
	}
	if public.Scheme != "" && app.Scheme != "" && public.Scheme != app.Scheme {
		c.Add("APP_URL", app.String(), "has another scheme than "+Prefix+"PUBLIC_URL", "Write both with "+public.Scheme+"://.")
	}
	if public.Host != "" && public.Host == app.Host {
		c.Add("APP_URL", app.String(), "is the login host, where no app answers", "Give the app a host of its own, such as app."+orExample(base)+".")
	}
	s.AllowedHosts = c.allowedHosts(s.AllowedHosts, base)
	site := s.Redirect()
	s.DashboardPath = c.path("DASHBOARD_PATH", s.DashboardPath, "/dashboard", site)
	s.FallbackPath = c.path("FALLBACK_PATH", s.FallbackPath, "/clients", site)
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

func (s setting) origin(text string) redirect.Origin {
	origin, err := redirect.ParseOrigin(text)
	switch {
	case err != nil:
		s.check.addAddress(s.variable, text, "is no origin: "+err.Error(), "Write scheme, host and port alone, such as "+s.example()+".")
	case origin.Scheme == "http" && !store.IsLoopback(origin.Host):
		s.add(text, "sends sessions over the network in the clear", "Write https://; http is for localhost, *.localhost, 127.0.0.0/8 and ::1.")
	default:
		return origin
	}
	return redirect.Origin{}
}

// baseDomain returns a domain to have organizations under, in lower case.
func (s setting) baseDomain(text string) string {
	domain := strings.ToLower(text)
	switch problem := hostProblem(domain); {
	case problem != "":
		s.add(text, problem, "Write a domain alone, such as example.com.")
	case isPublicSuffix(domain):
		s.add(text, "is a public suffix: browsers refuse cookies for it, and anybody may have names under it",
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
func (c *Check) allowedHosts(items []string, base string) []string {
	var hosts []string
	for _, item := range items {
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
func (s setting) list(text string) []string {
	items := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
	if len(items) == 0 && text != "" {
		s.add(text, "is a list without an entry", "Write at least one entry, or unset it.")
	}
	return items
}
