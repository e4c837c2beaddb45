package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"orglogin/handlers/handlertest"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
	"orglogin/store/manage"
)

// tenant is the provider of an organization, and its active connection.
type tenant struct {
	id     string
	answer func(w http.ResponseWriter, r *http.Request) bool // in the provider's place
}

// connect gives an organization a provider with these people, and an active connection to it.
func (d *service) connect(slug string, sso store.SSO, people ...fakeidp.Person) *tenant {
	d.t.Helper()
	ctx := d.t.Context()
	o := d.draft(slug, people...)
	c, err := d.store.Connection(ctx, o.id)
	must(d.t, err)
	must(d.t, d.store.FinishConnectionTest(ctx, o.id, c.Revision))
	must(d.t, d.setConnection(o.id, store.ConnectionActive))
	must(d.t, d.setSSO(slug, sso))
	return o
}

// command is the caller of an operator's operations.
var command = manage.Caller{Name: manage.Command}

func (d *service) setConnection(id string, status store.ConnectionState) error {
	_, err := d.manage.UpdateConnection(d.t.Context(), command, "", id, manage.ConnectionChange{Status: &status})
	return err
}

func (d *service) setSSO(slug string, sso store.SSO) error {
	_, err := d.manage.UpdateOrganization(d.t.Context(), command, slug, manage.OrganizationChange{SSO: &sso})
	return err
}

// draft is connect up to the test of the connection.
func (d *service) draft(slug string, people ...fakeidp.Person) *tenant {
	d.t.Helper()
	o := &tenant{}
	var provider *fakeidp.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.answer == nil || !o.answer(w, r) {
			provider.ServeHTTP(w, r)
		}
	}))
	d.t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	must(d.t, err)
	host := slug + "-id.localhost:" + at.Port()
	d.allowed[host] = true
	for _, p := range people {
		d.secrets.add("address", p.Email)
	}
	made, err := d.manage.AddConnection(d.t.Context(), command, slug, manage.NewConnection{
		Name: slug + " ID", Issuer: "http://" + host, ClientID: slug, ClientSecret: organizationSecret, UserInfo: "off", Private: true,
	})
	must(d.t, err)
	o.id = made.ID
	provider = fakeidp.New(fakeidp.Config{
		Issuer: "http://" + host, ClientID: slug, ClientSecret: organizationSecret, RedirectURLs: []string{localPublic + "/auth/callback/" + o.id},
		Key: handlertest.ProviderKey(d.t), Now: d.clock.Now,
		Auto: func(*http.Request) fakeidp.Person {
			d.mu.Lock()
			defer d.mu.Unlock()
			for _, p := range people {
				if p.Subject == d.picked {
					return p
				}
			}
			return fakeidp.Person{}
		},
	})
	return o
}

// loginBy signs a person in with a connection.
func (d *service) loginBy(c *http.Client, o *tenant, subject, more string) (*http.Response, string) {
	d.t.Helper()
	return d.loginAs(c, subject, "?connection="+o.id+more)
}

func (d *service) invitationState(token string) string {
	d.t.Helper()
	inv, err := d.store.Invitation(d.t.Context(), store.HashToken(token))
	must(d.t, err)
	return string(inv.State(d.clock.Now()))
}

// organizationFixture has invitations to people of Acme's own provider, which has uma and ola.
const organizationFixture = `{
  "organizations": [
    {"slug": "acme", "name": "Acme", "subdomain_status": "verified"},
    {"slug": "beta", "name": "Beta Works", "subdomain_status": "verified"}
  ],
  "users": [{"email": "ann@acme.test", "name": "Ann"}],
  "memberships": [
    {"organization": "acme", "email": "ann@acme.test", "role": "owner"},
    {"organization": "beta", "email": "ann@acme.test", "role": "owner"}
  ],
  "invitations": [
    {"organization": "acme", "email": "uma@acme.test", "role": "member", "token": "uma-at-acme-0123456789abcdef", "expires_at": "2099-01-01T00:00:00Z"},
    {"organization": "acme", "email": "uma@acme.test", "role": "admin", "token": "uma-admin-at-acme-0123456789", "expires_at": "2099-01-01T00:00:00Z"},
    {"organization": "beta", "email": "uma@acme.test", "role": "member", "token": "uma-at-beta-0123456789abcdef", "expires_at": "2099-01-01T00:00:00Z"}
  ]
}`

var (
	uma = fakeidp.Person{Subject: "uma", Email: "uma@acme.test", EmailVerified: true, Name: "Uma Example"}
	ola = fakeidp.Person{Subject: "ola", Email: "ola@acme.test", EmailVerified: true, Name: "Ola Example"}
)

func newOrganizationService(t *testing.T, sso store.SSO) (*service, *tenant) {
	t.Helper()
	d := newService(t, serviceConfig{trust: true, organizations: true, fixture: organizationFixture})
	return d, d.connect("acme", sso, uma, ola)
}

// umaSignedIn is a browser in which uma has a session of Acme's provider alone.
func (d *service) umaSignedIn(acme *tenant) *http.Client {
	d.t.Helper()
	c := d.browser()
	if res, body := d.loginBy(c, acme, "uma", "&invitation=uma-at-acme-0123456789abcdef"); res.Header.Get("Location") != "https://acme.example.test/dashboard" {
		d.t.Fatalf("uma accepts the invitation: %d\n%s", res.StatusCode, body)
	}
	return c
}

func TestAnOrganizationsConnectionOpensThatOrganizationAlone(t *testing.T) {
	d, acme := newOrganizationService(t, store.SSOOptional)
	t.Run("its login page has the organization's own connection first, with its host", func(t *testing.T) {
		_, body := get(t, d.browser(), public+"/login?organization=acme")
		own, operators := strings.Index(body, "acme ID"), strings.Index(body, "Sign in with <bdi>Example")
		if own < 0 || operators < own || !strings.Contains(body, "acme-id.localhost") {
			t.Error(body)
		}
	})
	t.Run("other login pages do not show it", func(t *testing.T) {
		for _, q := range []string{"", "?organization=beta"} {
			if _, body := get(t, d.browser(), public+"/login"+q); strings.Contains(body, "acme ID") {
				t.Errorf("%q: %s", q, body)
			}
		}
	})
	t.Run("no login for another organization begins with it", func(t *testing.T) {
		if res, _ := get(t, d.browser(), public+"/auth/start?organization=beta&connection="+acme.id, fromOurPage); res.StatusCode != http.StatusNotFound {
			t.Error(res.StatusCode)
		}
	})
	t.Run("who is not invited is refused, and nothing is stored", func(t *testing.T) {
		c := d.browser()
		res, body := d.loginBy(c, acme, "ola", "")
		if res.StatusCode != http.StatusForbidden || !strings.Contains(body, "You haven’t been invited yet") || signedIn(res) {
			t.Errorf("%d\n%s", res.StatusCode, body)
		}
		if n := d.count(`SELECT count(*) FROM identities`); n != 0 {
			t.Errorf("%d identities", n)
		}
	})
	c := d.umaSignedIn(acme)
	for _, r := range []struct {
		name, target string
		headers      []string
		status       int
		want         string // in a header or in the body
	}{
		{"the chooser lists it alone", public + "/organizations", []string{"Accept: application/json"}, 200, `"organizations":[{"id":"` + d.text(`SELECT id FROM organizations WHERE slug = 'acme'`)},
		{"the chooser lists no invitation of another", public + "/organizations", []string{"Accept: application/json"}, 200, `"invitations":[]`},
		{"the chooser leads to no app", public + "/organizations", nil, 200, ""},
		{"verify opens it", "https://acme.example.test/auth/verify", []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test"}, 200, acme.id},
		{"verify does not open another", "https://beta.example.test/auth/verify", []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: beta.example.test"}, 401, public + "/login?organization=beta&"},
		{"verify does not open the app", app + "/auth/verify", []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: app.example.test"}, 401, public + "/login?"},
		{"a token of it", "https://acme.example.test/auth/token", nil, 200, "access_token"},
		{"no token of another", "https://beta.example.test/auth/token", nil, 401, "sso_required"},
		{"another's login page asks for another sign-in", public + "/login?organization=beta", nil, 403, "asks you to sign in with"},
		{"a redirect to the app is refused with a page", public + "/login?redirect=" + url.QueryEscape(app+"/x"), nil, 403, "Sign in another way"},
	} {
		t.Run(r.name, func(t *testing.T) {
			res, body := get(t, c, r.target, r.headers...)
			if all := res.Header.Get("Location") + res.Header.Get("X-Auth-Connection") + body; res.StatusCode != r.status || !strings.Contains(all, r.want) {
				t.Errorf("%d: %s", res.StatusCode, all)
			}
			if strings.Contains(body, app) || strings.Contains(body, "Beta Works") && r.status == 200 {
				t.Errorf("it names what the session does not open: %s", body)
			}
		})
	}
	t.Run("a receipt of a landing elsewhere is unknown to the session", func(t *testing.T) {
		other := d.browser()
		res, _ := d.loginAs(other, "ann-1", "?connection=default")
		if res, _ := get(t, c, public+"/auth/why/"+res.Header.Get("X-Login-Receipt")); res.StatusCode != http.StatusNotFound {
			t.Error(res.StatusCode)
		}
	})
}

// An invitation of another organization is not accepted, nor by the link, nor by the
// form, nor by a login. One of its own is, but only by a login: the profile's address
// is not one that the session's own login has verified.
func TestASessionOfOneOrganizationAcceptsByItsOwnLoginAlone(t *testing.T) {
	d, acme := newOrganizationService(t, store.SSOOptional)
	c := d.umaSignedIn(acme)
	own, other := "uma-admin-at-acme-0123456789", "uma-at-beta-0123456789abcdef"

	t.Run("another organization's", func(t *testing.T) {
		res, body := get(t, c, public+"/login?invitation="+other)
		if res.StatusCode != http.StatusForbidden || !strings.Contains(body, "asks you to sign in with") {
			t.Errorf("the link: %d\n%s", res.StatusCode, body)
		}
		res, body = do(t, c, http.MethodPost, public+"/login", url.Values{"invitation": {other}}, fromOurPage)
		if res.StatusCode != http.StatusForbidden || !strings.Contains(body, "asks you to sign in with") {
			t.Errorf("the form: %d\n%s", res.StatusCode, body)
		}
		if res, _ = get(t, c, public+"/auth/start?connection="+acme.id+"&invitation="+other, fromOurPage); res.StatusCode != http.StatusNotFound {
			t.Errorf("a login: %d", res.StatusCode)
		}
		if state := d.invitationState(other); state != "pending" {
			t.Errorf("it is %s", state)
		}
	})
	t.Run("its own, by the link", func(t *testing.T) {
		res, body := get(t, c, public+"/login?invitation="+own)
		if res.StatusCode != http.StatusOK || !strings.Contains(body, "Join <bdi>Acme") || !strings.Contains(body, "Signed in as") || !strings.Contains(body, "connection="+acme.id) {
			t.Errorf("%d\n%s", res.StatusCode, body)
		}
	})
	t.Run("its own, by the form", func(t *testing.T) {
		res, _ := do(t, c, http.MethodPost, public+"/login", url.Values{"invitation": {own}}, fromOurPage)
		if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != public+"/login?invitation="+own {
			t.Errorf("%d to %s", res.StatusCode, to)
		}
		if state := d.invitationState(own); state != "pending" {
			t.Errorf("it is %s", state)
		}
	})
	t.Run("its own, by a login", func(t *testing.T) {
		if res, body := d.loginBy(c, acme, "uma", "&invitation="+own); res.StatusCode != http.StatusFound || d.invitationState(own) != "accepted" {
			t.Errorf("%d, it is %s\n%s", res.StatusCode, d.invitationState(own), body)
		}
		if res, _ := get(t, c, public+"/login?invitation="+own); res.Header.Get("Location") != "https://acme.example.test/dashboard" {
			t.Errorf("opened again: %d to %s", res.StatusCode, res.Header.Get("Location"))
		}
	})
	t.Run("the others' list stays", func(t *testing.T) {
		if n := d.count(`SELECT count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE o.slug = 'beta'`); n != 1 {
			t.Errorf("%d members of beta", n)
		}
	})
}

func TestAnOrganizationThatRequiresItsOwnConnection(t *testing.T) {
	d, acme := newOrganizationService(t, store.SSORequired)
	c := d.browser()
	ask := func(host string) (*http.Response, string) {
		return get(t, c, "https://"+host+"/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: "+host)
	}
	t.Run("is opened by no other, and the session is kept", func(t *testing.T) {
		res, body := d.loginAs(c, "ann-1", "?connection=default&redirect="+url.QueryEscape("https://acme.example.test/x"))
		if res.StatusCode != http.StatusForbidden || !signedIn(res) || res.Header.Get("X-Redirect-Refused") != "sso_required" || !strings.Contains(body, "connection="+acme.id) {
			t.Fatalf("%d %v\n%s", res.StatusCode, res.Header, body)
		}
		if res, _ := ask("acme.example.test"); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("verify at acme: %d", res.StatusCode)
		}
		if res, _ := ask("beta.example.test"); res.StatusCode != http.StatusOK || res.Header.Get("X-Auth-Connection") != "default" {
			t.Errorf("verify at beta: %d", res.StatusCode)
		}
	})
	t.Run("has no other link on its login page", func(t *testing.T) {
		_, body := get(t, d.browser(), public+"/login?organization=acme")
		if strings.Contains(body, "<bdi>Example") || !strings.Contains(body, "acme ID") {
			t.Error(body)
		}
	})
	t.Run("is opened by nothing while its connection is off", func(t *testing.T) {
		member := d.umaSignedIn(acme)
		d.pick("uma")
		begun, _ := get(t, member, public+"/auth/start?connection="+acme.id, fromOurPage)
		answered, _ := follow(t, member, begun)
		must(t, d.setConnection(acme.id, store.ConnectionDisabled))
		if res, _ := get(t, member, public+"/auth/session"); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("the session: %d", res.StatusCode)
		}
		if res, body := follow(t, member, answered); res.StatusCode != http.StatusForbidden || !strings.Contains(body, "This way to sign in has been turned off") {
			t.Errorf("a login in progress: %d\n%s", res.StatusCode, body)
		}
		if res, body := get(t, d.browser(), public+"/login?organization=acme", "Accept: application/json"); res.StatusCode != http.StatusForbidden || !strings.Contains(body, `"reason":"sso_unavailable"`) {
			t.Errorf("the login page: %d\n%s", res.StatusCode, body)
		}
	})
}

// TestTheTestLoginOfAConnection: its page shows the claims, or the class of the failure
// and nothing else of what the provider said. No session changes.
func TestTheTestLoginOfAConnection(t *testing.T) {
	for _, r := range []struct {
		name, want string
		status     int
		answer     func(w http.ResponseWriter, r *http.Request) bool
	}{
		{"that works", "uma@acme.test", 200, nil},
		{"whose provider hangs up", "(unreachable)", 502, func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }},
		{"whose discovery is a page", "(not_json)", 502, func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("<h1>internal-10-0-0-7</h1>"))
			return true
		}},
		{"whose issuer is another", "(issuer_mismatch)", 502, func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"issuer": "http://internal-10-0-0-7.localhost"}`))
			return true
		}},
		{"whose client is refused", "(client_refused)", 502, func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/token" {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error": "invalid_client", "error_description": "internal-10-0-0-7"}`))
			return true
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			d := newService(t, serviceConfig{trust: true, organizations: true, fixture: organizationFixture})
			acme := d.draft("acme", uma)
			acme.answer = r.answer
			test, err := d.manage.TestConnection(t.Context(), command, "", acme.id)
			must(t, err)
			d.pick("uma")
			c := d.browser()
			res, body := get(t, c, test.URL, fromOurPage)
			for res.StatusCode == http.StatusFound {
				res, body = follow(t, c, res)
			}
			if res.StatusCode != r.status || !strings.Contains(body, r.want) || strings.Contains(body, "10-0-0-7") || strings.Contains(body, "127.0.0.1") || signedIn(res) {
				t.Errorf("%d\n%s", res.StatusCode, body)
			}
			state := d.text(`SELECT state FROM connections`)
			if tested := strings.Contains(state, "tested"); tested != (r.status == 200) {
				t.Errorf("the connection is %s", state)
			}
			if n := d.count(`SELECT count(*) FROM sessions`); n != 0 {
				t.Errorf("%d sessions", n)
			}
			if res, _ := get(t, c, test.URL, fromOurPage); res.StatusCode != http.StatusNotFound {
				t.Errorf("the link again: %d", res.StatusCode)
			}
		})
	}
}

// TestSigningOutEverywhereWithAnOrganizationsSession ends the sessions of that
// organization alone, on every device.
func TestSigningOutEverywhereWithAnOrganizationsSession(t *testing.T) {
	d, acme := newOrganizationService(t, store.SSOOptional)
	first := d.umaSignedIn(acme)
	second, operator := d.browser(), d.browser()
	d.loginBy(second, acme, "uma", "")
	// The same person by the operator's provider too.
	d.byHand(`INSERT INTO identities (connection, issuer, subject, profile_id, created_at)
		SELECT 'default', '` + d.issuer + `', 'ann-1', profile_id, 1 FROM identities WHERE subject = 'uma'`)
	d.loginAs(operator, "ann-1", "?connection=default")
	if _, body := get(t, first, public+"/logout"); !strings.Contains(body, "with your organization’s sign-in alone") {
		t.Errorf("the page that asks:\n%s", body)
	}
	res, _ := do(t, first, http.MethodPost, public+"/logout", url.Values{"everywhere": {"1"}}, fromOurPage)
	if res.StatusCode != http.StatusSeeOther {
		t.Error(res.StatusCode)
	}
	for name, r := range map[string]struct {
		c    *http.Client
		want int
	}{"this one": {first, 401}, "another device": {second, 401}, "by the operator's provider": {operator, 200}} {
		if res, _ := get(t, r.c, public+"/auth/session"); res.StatusCode != r.want {
			t.Errorf("%s: %d, want %d", name, res.StatusCode, r.want)
		}
	}
	do(t, operator, http.MethodPost, public+"/logout", url.Values{"everywhere": {"1"}}, fromOurPage)
	if n := d.count(`SELECT count(*) FROM sessions WHERE ended_at IS NULL`); n != 0 {
		t.Errorf("%d sessions are live after the operator's session signed out everywhere", n)
	}
}
