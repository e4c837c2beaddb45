package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// An organization that a first login made has the name that a stranger chose. It
// could be a bank's: until an operator sets it, people outside see the host.
func TestASelfChosenNameIsShownToMembersOnly(t *testing.T) {
	d := newService(t, serviceConfig{trust: true})
	const name = "Your Bank"
	d.claims(map[string]any{"name": name})
	mallory := d.browser()
	d.loginAs(mallory, "stranger-1", "")
	d.claims(nil)
	_, body := get(t, mallory, public+"/auth/session")
	var session struct {
		User          struct{ ID string }
		Organizations []struct{ Slug, Name string }
	}
	must(t, json.Unmarshal([]byte(body), &session))
	if len(session.Organizations) != 1 || session.Organizations[0].Name != name+"'s organization" {
		t.Fatalf("the member sees %s", body)
	}
	slug := session.Organizations[0].Slug
	invite := func(email string) (token string) {
		made, err := d.manage.CreateInvitation(t.Context(), command, slug, manage.NewInvitation{Email: email, InvitedBy: session.User.ID})
		must(t, err)
		_, token, _ = strings.Cut(made.Link, "invitation=")
		return token
	}
	toNew, toOther := invite("new@nowhere.test"), invite("other@nowhere.test")
	guest := d.browser()
	d.loginAs(guest, "new-1", "")
	pages := map[string]func() (*http.Response, string){
		"the login page": func() (*http.Response, string) {
			return get(t, d.browser(), public+"/login?organization="+slug)
		},
		"the login page of an invitation": func() (*http.Response, string) {
			return get(t, d.browser(), public+"/login?invitation="+toNew)
		},
		"the page for a person who is not a member": func() (*http.Response, string) {
			return get(t, guest, public+"/login?organization="+slug)
		},
		"the page behind a proxy": func() (*http.Response, string) {
			host := slug + ".example.test"
			return get(t, guest, "https://"+host+"/auth/forward", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: "+host, "Sec-Fetch-Mode: navigate")
		},
		"the page that asks whether to accept": func() (*http.Response, string) {
			return get(t, guest, public+"/login?invitation="+toNew)
		},
		"the page for another address": func() (*http.Response, string) {
			return get(t, guest, public+"/login?invitation="+toOther)
		},
		"the chooser": func() (*http.Response, string) { return get(t, guest, public+"/organizations") },
		"the chooser for a program": func() (*http.Response, string) {
			return get(t, guest, public+"/organizations", "Accept: application/json")
		},
	}
	for page, open := range pages {
		t.Run(page, func(t *testing.T) {
			res, body := open()
			if !strings.Contains(body, slug+".example.test") || strings.Contains(body, name) {
				t.Errorf("%d: %s", res.StatusCode, body)
			}
		})
	}
	must(t, d.store.Import(t.Context(), store.ImportFile{
		Organizations: []store.ImportOrganization{{Slug: slug, Name: name + "'s organization"}},
	}, d.clock.Now()))
	for page, open := range pages {
		t.Run("once an operator set the name: "+page, func(t *testing.T) {
			if res, body := open(); !strings.Contains(body, name) {
				t.Errorf("%d: %s", res.StatusCode, body)
			}
		})
	}
}
