package main

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Where everybody on the provider's page ends.
func TestPeople(t *testing.T) {
	t.Parallel()
	d := running(t)
	acme, outside := d.hosts.organization("acme")+"/dashboard", d.hosts.app().String()+"/clients"
	for _, test := range []struct {
		name, subject, begin, end string // end empty: at the callback
		status                    int
		shows                     []string
	}{
		{"a member of one organization lands on its dashboard", "ann", d.hosts.login(), acme, 200, []string{"Ann Archer", ">Acme<", "owner", "acme"}},
		{"a member of two chooses", "ben", d.hosts.login(), d.hosts.public().String() + "/organizations", 200, []string{"Acme", "Globex Corporation", "Member", "Administrator"}},
		{"a member of two who began on the host of one lands there", "ben", d.hosts.organization("globex") + "/login", d.hosts.organization("globex") + "/dashboard", 200, []string{"Globex Corporation", "admin"}},
		{"an owner whose subdomain is pending lands outside", "pia", d.hosts.login(), outside, 200, []string{"Initech", "pending"}},
		{"an invited person with the link joins", "ivy", d.hosts.invitation(tokenForIvy), acme, 200, []string{"Ivy Irwin", "member"}},
		{"an invited person's link again lands", "ivy", d.hosts.invitation(tokenForIvy), acme, 200, []string{"Ivy Irwin"}},
		{"another person with the link sees whose it is", "ben", d.hosts.invitation(tokenForIvy), "", 410, []string{"Acme"}},
		{"an unknown person gets an organization, and lands outside", "una", d.hosts.login(), outside, 200, []string{"Una Unger's organization", "pending"}},
		{"an address that is not verified is refused", "ned", d.hosts.login(), "", 403, nil},
		{"a person who denies consent gets a page that says so", "dan", d.hosts.login(), "", 400, nil},
		{"a disabled account is refused", "dora", d.hosts.login(), "", 403, nil},
		{"an expired invitation is left out of the login", "ann", d.hosts.invitation(tokenExpired), acme, 200, nil},
		{"a revoked invitation is left out of the login", "ann", d.hosts.invitation(tokenRevoked), acme, 200, nil},
		{"a page of an organization is where its member lands", "ann", d.hosts.organization("acme") + "/reports?a=1&b=2", d.hosts.organization("acme") + "/reports?a=1&b=2", 200, []string{"/reports?a=1&b=2"}},
		{"a page of another organization is none", "ann", d.hosts.organization("globex") + "/reports", "", 403, []string{"Globex Corporation", "ann@acme.test"}},
		{"a place that is not ours is refused for the dashboard", "ann", d.hosts.login("redirect", "https://evil.example/"), acme, 200, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVisitor(t, d)
			v.signIn(test.begin, test.subject)
			end := test.end
			if end == "" {
				end = v.at()
				if !strings.HasPrefix(end, d.hosts.public().String()+"/auth/callback?") {
					t.Errorf("ended at %s", end)
				}
			}
			v.ended(end, test.status, test.shows...)
		})
	}
}

func TestTheLoginPageSaysThatAnInvitationIsInvalid(t *testing.T) {
	t.Parallel()
	d := running(t)
	for link, says := range map[string]string{
		d.hosts.invitation(tokenExpired): "This invitation has expired",
		d.hosts.invitation(tokenRevoked): "This invitation was withdrawn",
	} {
		v := newVisitor(t, d)
		v.visit(link)
		v.ended(link, 200, says)
		v.signIn(d.hosts.login(), "ann")
		v.visit(link)
		v.ended(link, 410, says)
	}
}

func TestAnInvitationForSomebodyElseStaysPending(t *testing.T) {
	t.Parallel()
	d := running(t)
	v := newVisitor(t, d)
	v.signIn(d.hosts.invitation(tokenForIvy), "ann")
	v.ended(v.at(), 403, "ivy@acme.test", "ann@acme.test")
	v = newVisitor(t, d)
	v.signIn(d.hosts.invitation(tokenForIvy), "ivy")
	v.ended(d.hosts.organization("acme")+"/dashboard", 200, "Ivy Irwin")
}

func TestADay(t *testing.T) {
	t.Parallel()
	d := running(t)
	v := newVisitor(t, d)
	acme, globex := d.hosts.organization("acme"), d.hosts.organization("globex")
	provider := func(address string) bool { return strings.HasPrefix(address, d.hosts.issuer()) }

	v.visit(acme + "/reports?a=1&b=2")
	v.ended(d.hosts.login("redirect", acme+"/reports?a=1&b=2"), 200, "Sign in")
	v.follow("/auth/start")
	v.follow("person=ben")
	v.ended(acme+"/reports?a=1&b=2", 200, "Ben Baker", `"org_slug": "acme"`, `"org_role": "member"`)

	v.visit(d.hosts.login())
	v.ended(acme+"/dashboard", 200)
	if slices.ContainsFunc(v.way, provider) {
		t.Errorf("the provider was asked again: %q", v.way)
	}

	v.follow("/organizations")
	v.ended(d.hosts.public().String()+"/organizations", 200)
	v.follow("organization=globex")
	v.ended(globex+"/dashboard", 200, "Globex Corporation", `"org_role": "admin"`)

	v.visit(d.hosts.app().String() + "/clients")
	v.ended(d.hosts.app().String()+"/clients", 200, "Acme", "Globex Corporation", globex+"/dashboard")

	v.follow("/logout")
	v.ended(d.hosts.public().String()+"/logout", 200, "Ben Baker")
	v.post(d.hosts.public().String()+"/logout", url.Values{})
	v.ended(d.hosts.login(), 200)
	v.visit(acme + "/dashboard")
	v.ended(d.hosts.login("redirect", acme+"/dashboard"), 200)
}

func TestTheFront(t *testing.T) {
	t.Parallel()
	d := running(t)
	acme := d.hosts.organization("acme")
	t.Run("an organization that does not exist is a page", func(t *testing.T) {
		v := newVisitor(t, d)
		v.visit(d.hosts.organization("unknown") + "/")
		v.ended(d.hosts.organization("unknown")+"/", 404)
	})
	t.Run("a host that is not ours is misdirected", func(t *testing.T) {
		v := newVisitor(t, d)
		v.visit("http://evil.example/")
		v.ended("http://evil.example/", 421)
	})
	t.Run("home is where the brand of the demo says", func(t *testing.T) {
		v := newVisitor(t, d)
		v.visit(d.hosts.login())
		v.follow(d.hosts.start())
		v.ended(d.hosts.start()+"/", 200)
	})
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", base} {
		t.Run("the start page answers at "+host, func(t *testing.T) {
			v := newVisitor(t, d)
			v.visit("http://" + host + ":" + d.hosts.port + "/")
			v.ended(v.at(), 200, "Ann Archer", tokenForIvy)
		})
	}
	for _, path := range []string{"/auth/verify", "/auth/forward", "/auth/forward/dashboard"} {
		for _, host := range []string{acme, d.hosts.public().String(), d.hosts.app().String()} {
			t.Run("a request from outside is refused at "+host+path, func(t *testing.T) {
				v := newVisitor(t, d)
				v.signIn(d.hosts.login(), "ann")
				v.visit(host + path)
				v.ended(host+path, 404)
				if id := v.header.Get("Remote-User"); id != "" {
					t.Errorf("answered with %s", id)
				}
			})
		}
	}
	t.Run("what a browser says of itself does not reach the app", func(t *testing.T) {
		v := newVisitor(t, d)
		v.signIn(d.hosts.login(), "ann")
		transport := v.client.Transport
		v.client.Transport = lying{transport}
		v.visit(acme + "/dashboard")
		v.ended(acme+"/dashboard", 200, "Ann Archer")
		if strings.Contains(v.body, "mallory") {
			t.Errorf("the lie arrived:\n%s", v.body)
		}
	})
	for _, address := range []string{d.hosts.start() + "/", d.hosts.start() + catalogue} {
		t.Run("nothing is posted to "+address, func(t *testing.T) {
			v := newVisitor(t, d)
			v.post(address, url.Values{})
			if v.status != http.StatusMethodNotAllowed {
				t.Errorf("answered %d", v.status)
			}
		})
	}
}

// lying says to be a proxy, and who the person is.
type lying struct{ http.RoundTripper }

func (l lying) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, name := range append(identity, "Authorization", "X-Forwarded-Host", "X-Forwarded-Uri", "X-Original-Url", "Forwarded") {
		r.Header.Set(name, "mallory")
	}
	return l.RoundTripper.RoundTrip(r)
}

func TestNoLinkIsDead(t *testing.T) {
	t.Parallel()
	d := running(t)
	signedIn := newVisitor(t, d)
	signedIn.signIn(d.hosts.login(), "ann")
	pages := []string{d.hosts.start() + "/", d.hosts.start() + catalogue, d.hosts.organization("acme") + "/", d.hosts.app().String() + "/clients"}
	// Dead on purpose: the guide says so.
	gone := []string{d.hosts.organization("unknown") + "/", d.hosts.invitation("an-unknown-invitation-token"), d.hosts.invitation(tokenExpired), d.hosts.invitation(tokenRevoked)}
	for _, page := range pages {
		signedIn.visit(page)
		signedIn.ended(page, 200)
		links := signedIn.links()
		if len(links) < 4 {
			t.Errorf("%s has %d links", page, len(links))
		}
		for _, link := range links {
			if strings.HasPrefix(link, "#") {
				continue
			}
			signedIn.way = []string{page}
			address := signedIn.resolve(link)
			signedIn.visit(address)
			if signedIn.status >= 404 && !slices.Contains(gone, address) {
				t.Errorf("%s leads to %s: %d", page, address, signedIn.status)
			}
		}
	}
}

func TestPagesAreStrict(t *testing.T) {
	t.Parallel()
	d := running(t)
	v := newVisitor(t, d)
	v.signIn(d.hosts.login(), "ann")
	for _, page := range []string{d.hosts.start() + "/", d.hosts.organization("acme") + "/x", d.hosts.app().String() + "/clients"} {
		t.Run(page, func(t *testing.T) {
			v.t = t
			v.visit(page)
			v.ended(page, 200, `<html lang="en">`, "<title>", "<main>")
			if n := strings.Count(v.body, "<h1"); n != 1 {
				t.Errorf("%d headings of the first level", n)
			}
			for _, never := range []string{"<script", "<style", " style=", " onclick", "http://cdn", "https://"} {
				if strings.Contains(strings.ReplaceAll(v.body, "https%3A", ""), never) {
					t.Errorf("the page has %s", never)
				}
			}
			csp := v.header.Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("policy %q", csp)
			}
			if v.header.Get("X-Content-Type-Options") != "nosniff" || v.header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", v.header)
			}
		})
	}
}
