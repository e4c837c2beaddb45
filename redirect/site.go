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
	App    Origin // APP_URL, the app outside any organization
	// BaseDomain is what organizations live under, lower case, without a dot at
	// either end.
	BaseDomain string
	// AllowedHosts are further hosts for a redirect, each as
	// [ParseAllowedHost] returns it.
	AllowedHosts  []string
	DashboardPath string // where an organization's host greets
	FallbackPath  string // where the app greets who has no place yet
}

// OrganizationURL is pathQueryFragment on the host of the organization, with
// the scheme and the port of PUBLIC_URL.
func (s Site) OrganizationURL(slug, pathQueryFragment string) string {
	return s.organizationOrigin(slug).String() + pathQueryFragment
}

func (s Site) organizationOrigin(slug string) Origin {
	return Origin{Scheme: s.Public.Scheme, Host: slug + "." + s.BaseDomain, Port: s.Public.Port}
}

// SlugOfHost tells which organization a host (without port, in any case) may
// belong to: exactly one label under BASE_DOMAIN that is a valid slug and not
// the label of PUBLIC_URL or APP_URL. Whether it exists is for a store to say.
func (s Site) SlugOfHost(host string) (slug string, ok bool) {
	host = store.LowerASCII(host)
	label, ok := s.labelOf(host)
	if !ok || host == s.Public.Host || host == s.App.Host || !store.ValidSlug(label) {
		return "", false
	}
	return label, true
}

// validSlug reports whether an organization can live at slug here.
func (s Site) validSlug(slug string) bool {
	if !store.ValidSlug(slug) {
		return false
	}
	public, _ := s.labelOf(s.Public.Host)
	app, _ := s.labelOf(s.App.Host)
	return slug != public && slug != app
}

// labelOf cuts the one label that a lower-case host has under BASE_DOMAIN.
func (s Site) labelOf(host string) (label string, ok bool) {
	label, ok = cutDomain(host, s.BaseDomain)
	return label, ok && label != "" && strings.IndexByte(label, '.') < 0
}

// under reports whether a lower-case host lies anywhere under BASE_DOMAIN.
func (s Site) under(host string) bool {
	label, ok := cutDomain(host, s.BaseDomain)
	return ok && label != ""
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
