package session

import (
	"net"
	"strings"
)

// cookieScope is the domain and path of a cookie. An empty domain is host-only.
type cookieScope struct{ domain, path string }

// The bounds keep the header of a response under the limit of proxies (nginx: 4
// KiB), for any requested host and path.
const (
	maxPaths   = 6
	maxPath    = 100 // bytes
	maxDomains = 4
)

// cookieScopes lists the scopes of cookies that a browser sends with a request for
// host and path: host-only and each domain (RFC 6265 section 5.1.3), each with
// each path that matches (section 5.1.4). base with / is always among them.
func cookieScopes(host, path, base string) []cookieScope {
	var all []cookieScope
	for _, d := range append([]string{""}, domains(host, base)...) {
		for _, p := range paths(path) {
			all = append(all, cookieScope{d, p})
		}
	}
	return all
}

// domains lists base, the domains above it that have a dot (a host outside base can
// set a cookie for them; a browser ignores a public suffix), then host and the
// domains between, if host is under base.
func domains(host, base string) []string {
	all := []string{base}
	add := func(d string) {
		if len(all) < maxDomains {
			all = append(all, d)
		}
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(host)
	for strings.HasSuffix(host, "."+base) {
		add(host)
		_, host, _ = strings.Cut(host, ".")
	}
	for d := base; ; {
		_, d, _ = strings.Cut(d, ".")
		if !strings.Contains(d, ".") {
			return all
		}
		add(d)
	}
}

// paths lists / and each further prefix of path that ends at a slash, with that
// slash and without.
func paths(path string) []string {
	all := []string{"/"}
	for i := 1; i < min(len(path), maxPath); i++ {
		if path[i] == '/' {
			all = append(all, path[:i], path[:i+1])
		}
	}
	if 1 < len(path) && len(path) <= maxPath && path[len(path)-1] != '/' {
		all = append(all, path)
	}
	return all[:min(len(all), maxPaths)]
}
