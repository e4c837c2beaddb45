package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
	"orglogin/store/manage"
)

// newJoiningService has an organization that people of auto.test join by themselves, one
// that those of ask.test may ask to join, and what else an address may be near to.
func newJoiningService(t *testing.T, cfg serviceConfig) *service {
	t.Helper()
	cfg.trust = true
	cfg.fixture = `{
  "organizations": [
    {"slug": "auto", "name": "Auto", "subdomain_status": "verified"},
    {"slug": "asked", "name": "Asked", "subdomain_status": "verified"},
    {"slug": "beta", "name": "Beta Works", "subdomain_status": "verified"}
  ],
  "users": [{"email": "old@auto.test", "name": "Old"}, {"email": "ann@acme.test", "name": "Ann"}],
  "memberships": [
    {"organization": "beta", "email": "old@auto.test"},
    {"organization": "beta", "email": "ann@acme.test", "role": "owner"}
  ],
  "invitations": [{"organization": "auto", "email": "inv@auto.test", "role": "admin", "token": "inv-at-auto-0123456789abcdef", "expires_at": "2099-01-01T00:00:00Z"}]
}`
	d := newService(t, cfg)
	d.verify("auto", "auto.test", store.JoinAuto, false)
	d.verify("asked", "ask.test", store.JoinByRequest, false)
	d.verify("beta", "off.test", store.JoinOff, false)
	d.claim("beta", "claimed.test")
	return d
}

// arrive signs in a person with this address, for the first time.
func (d *service) arrive(email, intent string) (*http.Client, *http.Response, string) {
	d.t.Helper()
	d.secrets.add("address", email)
	c := d.browser()
	d.claims(map[string]any{"sub": "sub of " + email, "email": email, "email_verified": true})
	defer d.claims(nil)
	res, body := d.loginAs(c, "new-1", intent)
	return c, res, body
}

// trace is the stored decision of a login.
func (d *service) trace(c *http.Client, res *http.Response) string {
	d.t.Helper()
	_, body := get(d.t, c, public+"/auth/why/"+res.Header.Get("X-Login-Receipt"))
	return body
}

// TestWhereAnAddressLands is a table of first logins by an operator's provider.
func TestWhereAnAddressLands(t *testing.T) {
	const (
		dashboard = "https://auto.example.test/dashboard"
		fallback  = app + "/clients"
		pick      = public + "/organizations"
	)
	for _, r := range []struct {
		name, email, intent string
		want                string
		trace               string // in the receipt
	}{
		{"an address of the domain joins", "a@auto.test", "", dashboard, `"step":"organization","verdict":"taken","reason":"joined"`},
		{"in upper case", "A@AUTO.Test", "", dashboard, `"reason":"joined"`},
		{"and lands on the page asked for", "b@auto.test", "?redirect=%2Fx", "https://auto.example.test/x", `joined by the verified domain`},
		{"a subdomain does not", "a@sub.auto.test", "", fallback, ""},
		{"a domain that begins with it does not", "a@auto.test.evil.test", "", fallback, ""},
		{"a domain that ends with it does not", "a@notauto.test", "", fallback, ""},
		{"a look-alike does not", "a@xn--uto-7cd.test", "", fallback, ""},
		{"a mode that is off does not", "a@off.test", "", fallback, ""},
		{"a claim does not", "a@claimed.test", "", fallback, ""},
		{"a known person joins beside their organization", "old@auto.test", "", pick, `"reason":"choose"`},
		{"who is invited and joins at once has the invitation's role", "inv@auto.test", "?invitation=inv-at-auto-0123456789abcdef", dashboard, `"step":"invitation","verdict":"taken"`},
		{"who may ask is sent to the chooser", "a@ask.test", "", pick, `"step":"fallback","verdict":"taken","reason":"no_organization"`},
	} {
		t.Run(r.name, func(t *testing.T) {
			d := newJoiningService(t, serviceConfig{signup: store.SignupProfile})
			c, res, body := d.arrive(r.email, r.intent)
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusFound || to != r.want {
				t.Fatalf("%d to %s, want %s\n%s", res.StatusCode, to, r.want, body)
			}
			if got := d.trace(c, res); !strings.Contains(got, r.trace) {
				t.Errorf("the receipt says %s", got)
			}
			if n := d.count(`SELECT count(*) FROM organizations`); n != 3 {
				t.Errorf("there are %d organizations", n)
			}
			if n := d.count(`SELECT count(*) FROM memberships WHERE role IN ('owner', 'admin')`); n > 2 || n == 2 && !strings.HasPrefix(r.email, "inv@") {
				t.Errorf("%d owners and administrators", n)
			}
		})
	}
	for _, email := range []string{`"a"@auto.test`, "a@auto.test.", "a@evil.test@auto.test", "a@\u0430uto.test@auto.test", "a@auto.test,b@evil.test"} {
		t.Run("refused: "+email, func(t *testing.T) {
			d := newJoiningService(t, serviceConfig{signup: store.SignupProfile})
			if _, res, _ := d.arrive(email, ""); res.StatusCode < 400 || signedIn(res) {
				t.Errorf("%d to %s", res.StatusCode, res.Header.Get("Location"))
			}
			if n := d.count(`SELECT count(*) FROM memberships`); n != 2 {
				t.Errorf("%d memberships", n)
			}
		})
	}
}

func TestJoiningUnderAClosedSignup(t *testing.T) {
	d := newJoiningService(t, serviceConfig{signup: store.SignupClosed})
	if _, res, _ := d.arrive("a@auto.test", ""); res.Header.Get("Location") != "https://auto.example.test/dashboard" {
		t.Errorf("auto: %d", res.StatusCode)
	}
	if _, res, body := d.arrive("a@ask.test", ""); res.StatusCode != http.StatusForbidden || signedIn(res) || !strings.Contains(body, "You need an invitation") {
		t.Errorf("request: %d", res.StatusCode)
	}
}

func ask(t *testing.T, c *http.Client, slug string, header ...string) (*http.Response, string) {
	t.Helper()
	if header == nil {
		header = []string{fromOurPage}
	}
	return do(t, c, http.MethodPost, public+"/organizations/requests", url.Values{"organization": {slug}}, header...)
}

func TestAskingToJoin(t *testing.T) {
	for _, signup := range []store.Signup{store.SignupOrganization, store.SignupProfile} {
		t.Run(string(signup), func(t *testing.T) {
			d := newJoiningService(t, serviceConfig{signup: signup})
			c, res, _ := d.arrive("a@ask.test", "")
			if to := res.Header.Get("Location"); to != public+"/organizations" || d.count(`SELECT count(*) FROM organizations`) != 3 {
				t.Fatalf("the first login leads to %s", to)
			}
			if _, body := follow(t, c, res); !strings.Contains(body, "Ask to join <bdi>Asked</bdi>") || !strings.Contains(body, `name="organization" value="asked"`) {
				t.Fatalf("the chooser:\n%s", body)
			}
			if _, body := get(t, c, public+"/login?organization=asked"); !strings.Contains(body, "Ask to join <bdi>Asked</bdi>") || !strings.Contains(body, "a member of") {
				t.Errorf("the page of who is no member:\n%s", body)
			}
			if _, body := get(t, c, public+"/login?organization=beta"); strings.Contains(body, "Ask to join") {
				t.Errorf("another organization's page:\n%s", body)
			}
			for range 2 {
				if res, _ := ask(t, c, "asked"); res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != public+"/organizations" {
					t.Errorf("asked: %d to %s", res.StatusCode, res.Header.Get("Location"))
				}
			}
			if n := d.count(`SELECT count(*) FROM join_requests`); n != 1 {
				t.Errorf("%d requests", n)
			}
			for _, page := range []string{"/organizations", "/login?organization=asked"} {
				if _, body := get(t, c, public+page); !strings.Contains(body, "asked to join <bdi class=\"strong\">Asked</bdi>") || strings.Contains(body, "<form") {
					t.Errorf("%s while it waits:\n%s", page, body)
				}
			}
			res, _ = get(t, c, public+"/login")
			if got := d.trace(c, res); res.Header.Get("Location") != public+"/organizations" || !strings.Contains(got, `"reason":"join_requested"`) {
				t.Errorf("while it waits, a login leads to %s: %s", res.Header.Get("Location"), got)
			}
			requests, err := d.manage.JoinRequests(t.Context(), command, "asked", manage.List{})
			must(t, err)
			_, err = d.manage.DecideJoinRequest(t.Context(), command, requests.Items[0].ID, true)
			must(t, err)
			if res, _ := get(t, c, public+"/login"); res.Header.Get("Location") != "https://asked.example.test/dashboard" {
				t.Errorf("approved, a login leads to %s", res.Header.Get("Location"))
			}
		})
	}
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	d := newJoiningService(t, serviceConfig{signup: store.SignupProfile})
	c, _, _ := d.arrive("a@ask.test", "")
	for _, slug := range []string{"auto", "beta", "nosuch", "", "ASKED", "asked.evil", "../asked", strings.Repeat("a", 5000)} {
		if res, _ := ask(t, c, slug); res.StatusCode != http.StatusNotFound {
			t.Errorf("%.20q: %d", slug, res.StatusCode)
		}
	}
	if res, _ := ask(t, d.browser(), "asked"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), public+"/login?redirect=") {
		t.Errorf("without a session: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
	for _, h := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://asked.example.test", "Origin: null"} {
		if res, _ := ask(t, c, "asked", h); res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", h, res.StatusCode)
		}
	}
	if res, _ := do(t, c, http.MethodPost, "https://asked.example.test/organizations/requests", url.Values{"organization": {"asked"}}, fromOurPage); res.StatusCode != http.StatusNotFound {
		t.Errorf("on an organization's host: %d", res.StatusCode)
	}
	if res, _ := get(t, c, public+"/organizations/requests?organization=asked"); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("by a link: %d", res.StatusCode)
	}
	stranger, _, _ := d.arrive("x@nowhere.test", "")
	if res, _ := ask(t, stranger, "asked"); res.StatusCode != http.StatusNotFound {
		t.Errorf("an address of another domain: %d", res.StatusCode)
	}
	d.switched.cut()
	if res, _ := ask(t, c, "asked"); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("while the store does not answer: %d", res.StatusCode)
	}
	d.switched.restore()
	if n := d.count(`SELECT count(*) FROM join_requests`); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestASixthRequestIsRefused: five may wait. Each is by the address of another login, as
// a person has who keeps several.
func TestASixthRequestIsRefused(t *testing.T) {
	d := newJoiningService(t, serviceConfig{signup: store.SignupProfile})
	c, _, _ := d.arrive("a@ask.test", "")
	person := d.text(`SELECT profile_id FROM sessions`)
	person = strings.TrimSpace(person)
	for _, slug := range []string{"w1", "w2", "w3", "w4", "w5"} {
		d.importFile(`{"organizations": [{"slug": "` + slug + `", "name": "` + slug + `", "subdomain_status": "verified"}]}`)
		d.byHand(`INSERT INTO join_requests (id, organization_id, profile_id, email, created_at)
			SELECT '` + store.NewID() + `', id, '` + person + `', 'a@ask.test', 1 FROM organizations WHERE slug = '` + slug + `'`)
	}
	res, body := ask(t, c, "asked")
	if res.StatusCode != http.StatusConflict || !strings.Contains(body, "as many as may wait at once") || !strings.Contains(body, public+"/organizations") {
		t.Errorf("%d\n%s", res.StatusCode, body)
	}
}

// TestOnlyPagesReadTheJoinOffers: what proxies and programs ask, and landings that have a
// place, cost what they did before there were domains.
func TestOnlyPagesReadTheJoinOffers(t *testing.T) {
	asked := &calls{}
	d := newJoiningService(t, serviceConfig{signup: store.SignupProfile, wrap: asked.over})
	c, _, _ := d.arrive("a@auto.test", "")
	if all := strings.Join(asked.taken(), " "); strings.Contains(all, "JoinOffers") {
		t.Errorf("a login asks for %s", all)
	}
	for _, r := range []struct {
		target  string
		headers []string
		reads   bool
	}{
		{public + "/login", nil, false},
		{public + "/auth/session", nil, false},
		{public + "/organizations", []string{"Accept: application/json"}, false},
		{"https://auto.example.test/auth/verify", []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: auto.example.test"}, false},
		{"https://beta.example.test/auth/verify", []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: beta.example.test"}, false},
		{"https://beta.example.test/auth/forward", []string{"Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: beta.example.test"}, false},
		{public + "/organizations", nil, true},
		{public + "/login?organization=beta", nil, true},
	} {
		get(t, c, r.target, r.headers...)
		if all := strings.Join(asked.taken(), " "); strings.Contains(all, "JoinOffers") != r.reads {
			t.Errorf("%s asks for %s", r.target, all)
		}
	}
}

// TestJoiningByAnOrganizationsConnection: it joins its own organization alone.
func TestJoiningByAnOrganizationsConnection(t *testing.T) {
	d := newJoiningService(t, serviceConfig{signup: store.SignupClosed, organizations: true})
	auto := d.connect("auto", store.SSORequired,
		fakeidp.Person{Subject: "own", Email: "own@auto.test", EmailVerified: true, Name: "Own"},
		fakeidp.Person{Subject: "foreign", Email: "foreign@ask.test", EmailVerified: true, Name: "Foreign"})
	c := d.browser()
	res, body := d.loginBy(c, auto, "own", "")
	if res.Header.Get("Location") != "https://auto.example.test/dashboard" || !strings.Contains(d.trace(c, res), `"reason":"joined"`) {
		t.Errorf("its own domain: %d\n%s", res.StatusCode, body)
	}
	if res, body := d.loginBy(d.browser(), auto, "foreign", ""); res.StatusCode != http.StatusForbidden || !strings.Contains(body, "You haven’t been invited yet") {
		t.Errorf("the domain of another organization: %d\n%s", res.StatusCode, body)
	}
	if _, res, _ := d.arrive("a@auto.test", "?connection=default"); res.StatusCode != http.StatusForbidden {
		t.Errorf("an operator's connection, where the organization requires its own: %d to %s", res.StatusCode, res.Header.Get("Location"))
	}
}
