package redirect

import (
	"net/url"
	"strings"

	"orglogin/store"
)

// Site is what the configuration says of hosts and paths. It never changes;
// its zero value allows nothing.
type Site struct {
	Public Origin // PUBLIC_URL, the login host
	// BaseDomain is what organizations live under, lower case, without a dot at
	// either end.
	BaseDomain    string
	App           Origin // APP_URL, the app outside any organization
	DashboardPath string // where an organization's host greets
	FallbackPath  string // where the app greets who has no place yet
	// AllowedHosts are further hosts for a redirect, each as
	// [ParseAllowedHost] returns it.
	AllowedHosts []string
}

// OrganizationURL is pathQueryFragment on the host of the organization, with
// the scheme and the port of PUBLIC_URL.
func (s Site) OrganizationURL(slug, pathQueryFragment string) string {
	return s.organizationOrigin(slug).String() + pathQueryFragment
}

func (s Site) organizationOrigin(slug string) Origin {
	return Origin{Scheme: s.Public.Scheme, Host: slug + "." + s.BaseDomain, Port: s.Public.Port}
}

// HostKind is which of our hosts a name is.
type HostKind int

// The kinds of hosts.
const (
	ForeignHost      HostKind = iota // not ours
	LoginHost                        // PUBLIC_URL
	AppHost                          // APP_URL, where it is under BASE_DOMAIN
	OrganizationHost                 // under BASE_DOMAIN, whether or not an organization has it
)

// HostOf classifies a host, in lower case and without port. It is the one place
// that knows which organization a host names. The label is the part before
// BASE_DOMAIN. It may be several labels, or no valid slug: no organization has
// that host.
func (s Site) HostOf(name string) (kind HostKind, label string) {
	if name == "" {
		return ForeignHost, ""
	}
	label, under := cutDomain(name, s.BaseDomain)
	switch {
	case name == s.Public.Host:
		return LoginHost, ""
	case name == s.App.Host && (under || name == s.BaseDomain):
		return AppHost, ""
	case !under || label == "":
		return ForeignHost, ""
	}
	return OrganizationHost, label
}

// OwnsHost reports whether a host, in lower case and without port, is one of the service's own or
// the app's.
func (s Site) OwnsHost(name string) bool {
	kind, _ := s.HostOf(name)
	return kind != ForeignHost || name == s.App.Host
}

// HostName returns the lower-case name of a Host header without its port, or ""
// where it has a character that no host of ours has.
func HostName(header string) string {
	name, port, _ := cutPort(header)
	if !digitChars.hasAll(port) || len(name) > 253 {
		return ""
	}
	name = store.LowerASCII(name)
	for i := range len(name) {
		if !labelChars.has(name[i]) && name[i] != '.' {
			return ""
		}
	}
	return name
}

// SlugOfHost returns the slug of the organization that a host (without port, in
// any case) may belong to. Whether it exists is for a store to say.
func (s Site) SlugOfHost(host string) (slug string, ok bool) {
	kind, label := s.HostOf(store.LowerASCII(host))
	if kind != OrganizationHost || !store.ValidSlug(label) {
		return "", false
	}
	return label, true
}

// ValidSlug reports whether an organization can have the slug here: its host is
// not that of PUBLIC_URL or APP_URL.
func (s Site) ValidSlug(slug string) bool {
	kind, label := s.HostOf(slug + "." + s.BaseDomain)
	return kind == OrganizationHost && label == slug && store.ValidSlug(slug)
}

// cutDomain cuts "."+domain from the end of host.
func cutDomain(host, domain string) (labels string, ok bool) {
	labels, ok = strings.CutSuffix(host, domain)
	if !ok || domain == "" {
		return "", false
	}
	return strings.CutSuffix(labels, ".")
}

// ChooserURL is the page on which a person picks an organization. It keeps
// redirect, a path, when that is not empty.
func (s Site) ChooserURL(redirect string) string {
	if redirect == "" {
		return s.Public.String() + chooserPath
	}
	return s.Public.String() + chooserPath + "?redirect=" + url.QueryEscape(redirect)
}

// chooserPath is the one path of the login host that a redirect may name.
const chooserPath = "/organizations"
