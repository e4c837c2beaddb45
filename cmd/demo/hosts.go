package main

import (
	"net/url"

	"orglogin/redirect"
)

// base is under localhost, which browsers resolve to this machine, but not
// localhost itself: they take no cookie for that whole domain.
const base = "example.localhost"

// hosts are the names that the demo answers to, all on one port.
type hosts struct{ port string }

func (h hosts) origin(host string) redirect.Origin {
	o := redirect.Origin{Scheme: "http", Host: host, Port: h.port}
	if h.port == "80" {
		o.Port = "" // browsers leave it out
	}
	return o
}

func (h hosts) public() redirect.Origin { return h.origin("login." + base) }
func (h hosts) app() redirect.Origin    { return h.origin("app." + base) }

// issuer is the provider. Its label is reserved, so no organization has it.
func (h hosts) issuer() string { return h.origin("idp." + base).String() }

// organizationIssuer is the provider of an organization's own: outside the base domain, as a
// customer's is.
func (h hosts) organizationIssuer(slug string) string {
	return h.origin(organizationIDP(slug)).String()
}

func organizationIDP(slug string) string { return "idp." + slug + ".localhost" }

func (h hosts) start() string                   { return h.origin(base).String() }
func (h hosts) organization(slug string) string { return h.origin(slug + "." + base).String() }

// login is the login page with parameters, as pairs of name and value.
func (h hosts) login(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return h.public().String() + "/login"
	}
	return h.public().String() + "/login?" + q.Encode()
}

func (h hosts) invitation(token string) string { return h.login("invitation", token) }

func (h hosts) site() redirect.Site {
	return redirect.Site{
		Public: h.public(), App: h.app(), BaseDomain: base, DashboardPath: "/dashboard", FallbackPath: "/clients",
	}
}
