package handlers_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"
	"time"

	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

// accessFixture has two people. Both have an identity of the operator's provider and of Acme's,
// Ann one of Globex's too; all are bound by hand.
const accessFixture = `{
  "organizations": [
    {"slug": "acme", "name": "Acme", "subdomain_status": "verified"},
    {"slug": "globex", "name": "Globex", "subdomain_status": "verified"}
  ],
  "users": [{"email": "ann@acme.test", "name": "Ann"}, {"email": "bob@acme.test", "name": "Bob"}],
  "memberships": [
    {"organization": "acme", "email": "ann@acme.test", "role": "member"},
    {"organization": "globex", "email": "bob@acme.test", "role": "member"}
  ]
}`

func newAccessModel(t *testing.T, random *rand.Rand) *accessModel {
	m := &accessModel{
		service: newService(t, serviceConfig{trust: true, organizations: true, fixture: accessFixture}),
		random:  random, tenants: map[string]*tenant{}, sessions: map[int]*modelSession{},
		sso:     map[string]store.SSO{"acme": store.SSOOptional, "globex": store.SSOOptional},
		members: map[string]bool{"ann acme": true, "bob globex": true}, active: map[string]bool{"acme": true, "globex": true},
	}
	for range 3 {
		m.browsers = append(m.browsers, m.browser())
	}
	// What they assert is the address of another, which opens nothing.
	m.tenants["acme"] = m.connect("acme", store.SSOOptional,
		fakeidp.Person{Subject: "ann", Email: "bob@acme.test", EmailVerified: true}, fakeidp.Person{Subject: "bob", Email: "ann@acme.test", EmailVerified: true})
	m.tenants["globex"] = m.connect("globex", store.SSOOptional,
		fakeidp.Person{Subject: "ann", Email: "bob@acme.test", EmailVerified: true}, fakeidp.Person{Subject: "bob", Email: "ann@acme.test", EmailVerified: true})
	for _, person := range []string{"ann", "bob"} {
		m.bind(person, store.DefaultConnection, m.issuer, person+"-1")
		m.bind(person, m.tenants["acme"].id, m.issuerOf("acme"), person)
	}
	m.bind("ann", m.tenants["globex"].id, m.issuerOf("globex"), "ann")
	return m
}

func (m *accessModel) issuerOf(organization string) string {
	m.t.Helper()
	c, err := m.store.Connection(m.t.Context(), m.tenants[organization].id)
	must(m.t, err)
	return c.Issuer
}

func (m *accessModel) bind(person, connection, issuer, subject string) {
	m.t.Helper()
	m.byHand(fmt.Sprintf(`INSERT INTO identities (connection, issuer, subject, profile_id, created_at)
		SELECT '%s', '%s', '%s', id, 1 FROM profiles WHERE email = '%s@acme.test'`, connection, issuer, subject, person))
}

// step makes one random change and says which.
func (m *accessModel) step() string {
	browser, organization := m.random.IntN(len(m.browsers)), pickOne(m.random, "acme", "globex")
	person := pickOne(m.random, "ann", "bob")
	switch m.random.IntN(10) {
	case 0:
		everywhere := m.random.IntN(2) == 0
		m.logout(browser, everywhere)
		return fmt.Sprint("sign out, everywhere ", everywhere)
	case 1:
		sso := pickOne(m.random, store.SSOOff, store.SSOOptional, store.SSORequired)
		if err := m.setSSO(organization, sso); err == nil {
			m.sso[organization] = sso
		} else if m.active[organization] {
			must(m.t, err)
		}
		return fmt.Sprint("sso of ", organization, " to ", sso)
	case 2:
		m.switchConnection(organization)
		return "switch the connection of " + organization
	case 3, 4:
		member := !m.members[person+" "+organization]
		m.importFile(fmt.Sprintf(`{"memberships": [{"organization": %q, "email": "%s@acme.test", "active": %t}]}`, organization, person, member))
		m.members[person+" "+organization] = member
		return fmt.Sprint(person, " a member of ", organization, ": ", member)
	}
	connection := pickOne(m.random, "default", "default", "acme", "globex")
	m.login(browser, person, connection)
	return fmt.Sprint("log in ", person, " by ", connection)
}

func pickOne[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// login signs a person in, where the connection is active and they are bound.
func (m *accessModel) login(browser int, person, connection string) {
	m.t.Helper()
	id, subject := store.DefaultConnection, person+"-1"
	if connection != store.DefaultConnection {
		id, subject = m.tenants[connection].id, person
	}
	m.pick(subject)
	c := m.browsers[browser]
	res, body := get(m.t, c, public+"/auth/start?connection="+id, fromOurPage)
	if active := connection == store.DefaultConnection || m.active[connection]; active != (res.StatusCode == http.StatusFound) {
		m.t.Fatalf("a login by %s began with %d\n%s", connection, res.StatusCode, body)
	} else if !active {
		return
	}
	res, _ = follow(m.t, c, res)
	res, body = follow(m.t, c, res)
	bound := connection != "globex" || person == "ann"
	if signedIn(res) != bound {
		m.t.Fatalf("%s by %s is signed in: %t, %d\n%s", person, connection, !bound, res.StatusCode, body)
	}
	if !bound {
		return
	}
	s := &modelSession{person, map[string]time.Time{connection: m.clock.Now()}}
	if previous := m.sessions[browser]; previous != nil && previous.person == person {
		for other, at := range previous.by {
			if other != connection && m.clock.Now().Sub(at) < 12*time.Hour {
				s.by[other] = at
			}
		}
	}
	m.sessions[browser] = s
	m.checkLanding(browser, res)
}

// logout ends the session of a browser. Everywhere ends all of the person's, or, without an
// operator's connection, those that have no connection but its own.
func (m *accessModel) logout(browser int, everywhere bool) {
	m.t.Helper()
	_, operator := m.opens(browser, "app")
	_, live := m.opens(browser, "login")
	form := url.Values{}
	if everywhere {
		form.Set("everywhere", "1")
	}
	if res, body := do(m.t, m.browsers[browser], http.MethodPost, public+"/logout", form, fromOurPage); res.StatusCode != http.StatusSeeOther {
		m.t.Fatalf("%d\n%s", res.StatusCode, body)
	}
	left := m.sessions[browser]
	delete(m.sessions, browser)
	if !everywhere || !live {
		return
	}
	for n, s := range m.sessions {
		ends := s.person == left.person
		for connection := range s.by {
			_, shared := left.by[connection]
			ends = ends && (operator || shared && m.clock.Now().Sub(left.by[connection]) < 12*time.Hour)
		}
		if ends {
			delete(m.sessions, n)
		}
	}
}

// switchConnection disables the connection of an organization, or activates it again.
func (m *accessModel) switchConnection(organization string) {
	m.t.Helper()
	id := m.tenants[organization].id
	if m.active[organization] = !m.active[organization]; m.active[organization] {
		must(m.t, m.setConnection(id, store.ConnectionActive))
		return
	}
	must(m.t, m.setConnection(id, store.ConnectionDisabled))
	for _, s := range m.sessions {
		delete(s.by, organization)
	}
}
