package handlers_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

// TestWhatAnOrganizationsProviderAssertsShowsInThatOrganizationAlone: its word about Ann, which
// here is the address and name of another, reaches the headers, tokens and answers of its own
// organization and no other's.
func TestWhatAnOrganizationsProviderAssertsShowsInThatOrganizationAlone(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, organizations: true, fixture: organizationFixture})
	asserted := fakeidp.Person{Subject: "ann-at-acme", Email: "chief@beta.test", EmailVerified: true, Name: "Chief of Beta", Picture: "https://acme.test/chief.png"}
	acme := d.connect("acme", store.SSOOptional, asserted)
	c := d.browser()
	d.loginAs(c, "ann-1", "?connection=default&organization=acme")
	d.byHand(`INSERT INTO identities (connection, issuer, subject, profile_id, created_at)
		SELECT '` + acme.id + `', (SELECT issuer FROM connections), 'ann-at-acme', profile_id, 1 FROM identities WHERE subject = 'ann-1'`)
	own := shown{"ann@acme.test", "Ann Example"}
	for _, host := range []string{"acme.example.test", "beta.example.test", "app.example.test"} {
		d.wantShown(c, host, own)
	}
	if res, body := d.loginBy(c, acme, "ann-at-acme", "&organization=acme"); res.Header.Get("Location") != "https://acme.example.test/dashboard" {
		t.Fatalf("%d to %s\n%s", res.StatusCode, res.Header.Get("Location"), body)
	}
	d.wantShown(c, "acme.example.test", shown{asserted.Email, asserted.Name})
	d.wantShown(c, "beta.example.test", own)
	d.wantShown(c, "app.example.test", own)
	for _, page := range []string{
		public + "/auth/session", public + "/organizations", public + "/login?organization=beta&prompt=select_account", public + "/logout",
		"https://beta.example.test/auth/session", app + "/auth/session",
	} {
		_, body := get(t, c, page)
		if strings.Contains(body, asserted.Email) || strings.Contains(body, asserted.Name) || strings.Contains(body, asserted.Picture) {
			t.Errorf("%s shows it:\n%s", page, body)
		}
	}
	if _, body := get(t, c, "https://acme.example.test/auth/session"); !strings.Contains(body, asserted.Email) || !strings.Contains(body, asserted.Picture) {
		t.Errorf("the session at acme: %s", body)
	}
	if got := d.text(`SELECT email || ' ' || name || ' ' || picture FROM profiles WHERE email LIKE 'ann@%'`); got != "ann@acme.test Ann Example " {
		t.Errorf("the profile is %q", got)
	}
}

// shown is who a person is on a host.
type shown struct{ email, name string }

// wantShown asserts who verify says the person is on a host, in the headers and in the access
// token, and the access token that the host's own page gets.
func (d *service) wantShown(c *http.Client, host string, want shown) {
	d.t.Helper()
	res, _ := get(d.t, c, "https://"+host+"/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: "+host)
	got := shown{res.Header.Get("Remote-Email"), res.Header.Get("Remote-Name")}
	if got != want || res.Header.Get("X-Auth-Request-Email") != want.email {
		d.t.Errorf("verify at %s: %d, %+v, want %+v", host, res.StatusCode, got, want)
	}
	if strings.HasPrefix(host, "app.") {
		return // without tokens
	}
	if got := emailOf(d.t, strings.TrimPrefix(res.Header.Get("Authorization"), "Bearer ")); got != want.email {
		d.t.Errorf("the token of verify at %s is for %q, want %q", host, got, want.email)
	}
	_, body := get(d.t, c, "https://"+host+"/auth/token")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	must(d.t, json.Unmarshal([]byte(body), &answer))
	if got := emailOf(d.t, answer.AccessToken); got != want.email {
		d.t.Errorf("the token at %s is for %q, want %q", host, got, want.email)
	}
}

// emailOf reads the claim of an access token.
func emailOf(t testing.TB, token string) string {
	t.Helper()
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	must(t, err)
	var c struct{ Email string }
	must(t, json.Unmarshal(claims, &c))
	return c.Email
}
