package session

import (
	"net"
	"strings"
)

// place is where a browser keeps a cookie of a name. An empty domain is
// host-only.
type place struct{ domain, path string }

// The bounds on places keep an answer's header under what proxies take (nginx: 4
// KiB), whatever host and path were asked for.
const (
	maxPaths   = 6
	maxPath    = 100 // bytes
	maxDomains = 4
)

// places lists from where a request for host and path may have drawn a cookie:
// host-only and each domain (RFC 6265 section 5.1.3), each with each path that
// matches (section 5.1.4). base at / is always among them.
func places(host, path, base string) []place {
	var all []place
	for _, d := range append([]string{""}, domains(host, base)...) {
		for _, p := range paths(path) {
			all = append(all, place{d, p})
		}
	}
	return all
}

// domains lists base, the domains above it that have a dot (a sibling of the
// whole installation can plant there; a browser ignores us where it is a public
// suffix), then host and what lies between, if host is under base.
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
