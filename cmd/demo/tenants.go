package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tenants is the sample app on the host of every organization and on that of
// the app outside any, with the proxy in front of it: the service is asked
// first, and what is not exactly 200 goes to the browser as it is.
type tenants struct {
	hosts   hosts
	pages   *pages
	service http.Handler
}

func (t *tenants) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t.pages.static(w, r) {
		return
	}
	guard := ask(t.service, r, "/auth/forward", r.Header.Get("Accept"))
	if guard.status != http.StatusOK {
		guard.passOn(w)
		return
	}
	if !onlyRead(w, r) {
		return
	}
	v := visit{Asked: r.Host + r.URL.RequestURI(), Links: t.links(hostname(r.Host))}
	for _, name := range identity {
		v.Headers = append(v.Headers, header{name, guard.header.Get(name)})
	}
	v.Claims = claims(guard.header.Get("Authorization"))
	// What the headers do not say, such as names, an app asks for.
	session := ask(t.service, r, "/auth/session", "application/json")
	if session.status != http.StatusOK {
		session.passOn(w) // ended since the guard looked
		return
	}
	if err := json.Unmarshal(session.body.Bytes(), &v.Session); err != nil {
		http.Error(w, "the service answered what is no session", http.StatusBadGateway)
		return
	}
	v.Outside = hostname(r.Host) == t.hosts.app().Host
	t.pages.render(w, http.StatusOK, "tenant.html", v)
}

// visit is what the page shows.
type visit struct {
	Asked   string
	Outside bool // on the host of the app, which is no organization's
	Session session
	Headers []header
	Claims  string // of the access token, without its signature
	Links   links
}

func (v visit) Title() string {
	if v.Outside || v.Session.Organization == nil {
		return "Outside any organization"
	}
	return v.Session.Organization.Name
}

type header struct{ Name, Value string }

// session is the part of the JSON of /auth/session that the page shows.
type session struct {
	User struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"user"`
	Organization  *organization  `json:"organization"`
	Organizations []organization `json:"organizations"`
	ExpiresAt     time.Time      `json:"expires_at"`
}

type organization struct {
	Name   string `json:"name"`
	Slug   string `json:"slug"`
	Role   string `json:"role"`
	Status string `json:"subdomain_status"`
	URL    string `json:"url"`
}

// links are where a person may want to go from an app.
type links struct{ Choose, Other, Leave, Session, Start string }

func (t *tenants) links(host string) links {
	here := t.hosts.origin(host).String()
	return links{
		Choose:  here + "/organizations",
		Other:   t.hosts.login("prompt", "select_account"),
		Leave:   here + "/logout",
		Session: here + "/auth/session",
		Start:   t.hosts.start() + "/",
	}
}

// identity are the headers that a proxy sets for the app, but for the token.
var identity = []string{"Remote-User", "Remote-Email", "Remote-Name", "Remote-Groups", "X-Org-Id", "X-Org-Slug", "X-Org-Role", "X-Session-Id"}

// claims are those of a bearer token, indented. Nothing is checked: the proxy
// has set the header in the place of whatever the browser sent.
func claims(authorization string) string {
	parts := strings.Split(strings.TrimPrefix(authorization, "Bearer "), ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return fmt.Sprintf("no token: %v", err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, payload, "", "  "); err != nil {
		return fmt.Sprintf("no token: %v", err)
	}
	return indented.String()
}
