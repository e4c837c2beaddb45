package handlers_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"orglogin/handlers/signin/fakeidp"
)

// I3, H7: a token of the provider is none of ours, and ours is none of the
// provider's. The hashes in the database are no values either.
func TestATokenIsGoodForOnePurpose(t *testing.T) {
	var access, id, instead string
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), mangle: fakeidp.Mangle{
		Answer: func(a map[string]any, accessToken, idToken string) {
			if access, id = accessToken, idToken; instead != "" {
				a["id_token"] = instead
			}
		},
	}})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	_, body := get(t, ann, "https://acme.example.test/auth/token")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	must(t, json.Unmarshal([]byte(body), &answer))
	if access == "" || id == "" || answer.AccessToken == "" {
		t.Fatal("a token is missing")
	}
	hash := d.text(`SELECT hex(secret_hash) FROM sessions`)
	for name, value := range map[string]string{
		"the provider's ID token": id, "the provider's access token": access, "our access token": answer.AccessToken,
		"an invitation": bobsToken, "the hash of a session": strings.ToLower(hash),
	} {
		t.Run(name+" is no session", func(t *testing.T) {
			for _, line := range []string{
				"Cookie: __Secure-session=" + value + "; __Host-browser=" + d.cookie(ann, "__Host-browser"), "Authorization: Bearer " + value,
			} {
				for _, target := range []string{public + "/auth/session", "https://acme.example.test/auth/session", "https://acme.example.test/auth/token", "https://acme.example.test/auth/verify"} {
					res, _ := get(t, d.browser(), target, line, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: "+strings.Split(target, "/")[2])
					if res.StatusCode != http.StatusUnauthorized {
						t.Errorf("%s: %d", target, res.StatusCode)
					}
				}
			}
		})
		t.Run(name+" is no invitation", func(t *testing.T) {
			if name == "an invitation" {
				return
			}
			if res, _ := get(t, ann, public+"/login?invitation="+value); res.StatusCode != http.StatusNotFound && res.StatusCode != http.StatusRequestURITooLong {
				t.Errorf("%d", res.StatusCode)
			}
		})
	}
	t.Run("our access token is no ID token", func(t *testing.T) {
		instead = answer.AccessToken
		c := d.browser()
		if res, _ := d.loginAs(c, "ann-1", ""); res.StatusCode != http.StatusBadGateway || signedIn(res) {
			t.Errorf("%d", res.StatusCode)
		}
	})
}

// H13, K1, C10, C11: after whole logins, with an invitation and through a
// proxy, the files of the database hold no value that a thief could use.
func TestTheDatabaseHoldsNothingToSignInWith(t *testing.T) {
	var provider []string
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), mangle: fakeidp.Mangle{
		Answer: func(a map[string]any, accessToken, idToken string) {
			a["refresh_token"] = "a refresh token that was not requested"
			provider = append(provider, accessToken, idToken, a["refresh_token"].(string))
		},
	}})
	for who, intent := range map[string]string{"ann-1": "", "bob-1": "?invitation=" + bobsToken} {
		c := d.browser()
		d.loginAs(c, who, intent)
		if res, _ := get(t, c, "https://acme.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test"); res.StatusCode != http.StatusOK {
			t.Fatal(res.StatusCode)
		}
	}
	for _, secret := range provider {
		d.secrets.add("token of the provider", secret)
	}
	d.secrets.mu.Lock()
	defer d.secrets.mu.Unlock()
	control := false
	for _, file := range []string{d.path, d.path + "-wal"} {
		content, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		must(t, err)
		control = control || strings.Contains(string(content), "bob@acme.test")
		for value, kind := range d.secrets.all {
			if kind != "redirect" && kind != "login_hint" && strings.Contains(string(content), value) {
				t.Errorf("%s holds a %s", filepath.Base(file), kind)
			}
		}
	}
	if !control {
		t.Error("not even an address is found: this looks in the wrong place")
	}
}
