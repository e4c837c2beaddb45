package oidcattack_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"orglogin/handlers/signin"
	"orglogin/store"
)

// set makes the provider go on with these options and new keys.
func (p *certified) set(t *testing.T, conform bool, alg string) {
	t.Helper()
	_, err := fmt.Fprintf(p.stdin, `{"conform":%v,"alg":%q}`+"\n", conform, alg)
	must(t, err)
	p.says(t, "new keys")
}

// TestACertifiedProviderInItsOtherForms signs in where a provider written by others
// sends the address by UserInfo alone, which is its default, and signs with the
// algorithms that it offers beside RS256.
func TestACertifiedProviderInItsOtherForms(t *testing.T) {
	p := newCertified(t)
	login := func(t *testing.T, userInfo bool) (store.Identity, error) {
		t.Helper()
		c, err := signin.New(signin.Config{
			Issuer: p.issuer, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: public + "/auth/callback", UserInfo: userInfo,
		})
		must(t, err)
		f := c.NewFlow()
		where, err := c.AuthURL(t.Context(), f, signin.Request{State: "state"})
		must(t, err)
		to, err := url.Parse(where)
		must(t, err)
		answer, err := signin.ParseAnswer(interact(t, to, "ann", false).RawQuery)
		must(t, err)
		return c.Finish(t.Context(), f, answer)
	}
	for _, alg := range []string{"RS256", "PS256", "ES384", "EdDSA"} {
		p.set(t, true, alg)
		t.Run("the address by UserInfo, an ID token with "+alg, func(t *testing.T) {
			who, err := login(t, true)
			must(t, err)
			if who.Subject != "ann" || who.Email != "ann@acme.test" || !who.EmailVerified || who.Name != "ann" {
				t.Errorf("got %+v", who)
			}
		})
	}
	t.Run("the address by UserInfo, which is off", func(t *testing.T) {
		who, err := login(t, false)
		must(t, err)
		if who.Subject != "ann" || who.EmailVerified || !strings.Contains(who.EmailProblem, "no email claim, and UserInfo is off") {
			t.Errorf("got %+v", who)
		}
	})
	p.set(t, false, "PS256")
	t.Run("the address in the ID token", func(t *testing.T) {
		who, err := login(t, false)
		must(t, err)
		if !who.EmailVerified {
			t.Errorf("got %+v", who)
		}
	})
}
