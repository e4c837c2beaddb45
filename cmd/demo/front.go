package main

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// front is what an operator's proxy does: it knows which host and path is
// whose, and nothing else.
type front struct {
	service  http.Handler
	provider http.Handler
	// organizationProviders are those of organizations, by the name of their host.
	organizationProviders map[string]http.Handler
	start                 http.Handler
	tenants               http.Handler
	home                  string // where the root of the app's host leads
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch name := hostname(r.Host); {
	case name == "idp."+base:
		f.provider.ServeHTTP(w, r)
	case f.organizationProviders[name] != nil:
		f.organizationProviders[name].ServeHTTP(w, r)
	case name == base || name == "localhost" || isLoopback(name):
		f.start.ServeHTTP(w, r)
	case forProxies(r.URL.Path): // never from outside: whoever asks these says who they are
		http.NotFound(w, r)
	case name == "login."+base || !strings.HasSuffix(name, "."+base) || forService(r.URL.Path):
		f.service.ServeHTTP(w, r)
	case name == "app."+base && r.URL.Path == "/": // open to everybody, as the home page of a product is
		http.Redirect(w, r, f.home, http.StatusFound)
	default:
		f.tenants.ServeHTTP(w, r)
	}
}

// forProxies are the paths by which proxies ask about another browser.
func forProxies(path string) bool {
	return path == "/auth/verify" || path == "/auth/forward" || strings.HasPrefix(path, "/auth/forward/")
}

// forService are the paths of the service on the hosts of apps.
func forService(path string) bool {
	return path == "/login" || path == "/logout" || path == "/organizations" || strings.HasPrefix(path, "/auth/")
}

// hostname is the name of a Host header, lower case, without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func isLoopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
}
