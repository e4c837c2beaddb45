package oidcattack_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWhatAnHonestProviderMayDoIsAccepted is the other half of every table
// here: the same walk, the same forger, and the login lands. Without it a
// forger that only makes nonsense would look like a good defence.
func TestWhatAnHonestProviderMayDoIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	at := func(d time.Duration) int64 { return w.clock.Now().Add(d).Unix() }
	header := func(h string) attack {
		return attack{token: func(c map[string]any) string { return signed(keys().now, h, asJSON(c)) }}
	}
	for name, a := range map[string]attack{
		"nothing out of the ordinary":                    {},
		"D2 a list of audiences that is us alone":        set("aud", []string{clientID}),
		"D3 no authorized party":                         drop("azp"),
		"D5 another algorithm that discovery offers":     {token: func(c map[string]any) string { return curved(`{"alg":"ES256","kid":"curve"}`, asJSON(c), es256) }},
		"D6 an end that the leeway reaches":              set("exp", at(-58*time.Second)),
		"D7 issued a minute ahead":                       set("iat", at(58*time.Second)),
		"D7 issued most of an hour ago":                  set("iat", at(-59*time.Minute)),
		"D8 good since a while":                          set("nbf", at(-time.Hour)),
		"D8 good in a minute, by a clock that is ahead":  set("nbf", at(58*time.Second)),
		"D11 no hash of the access token":                drop("at_hash"),
		"D12 claims that are not read":                   set("amr", []any{"pwd", map[string]any{"deep": []int{1, 2}}}),
		"D14 a key within the token, and the right name": header(`{"alg":"RS256","kid":"now","jwk":{"kty":"RSA","n":"AAAA","e":"AQAB"}}`),

		"D15 no type":                                header(`{"alg":"RS256","kid":"now"}`),
		"D15 the type in small letters":              header(`{"alg":"RS256","kid":"now","typ":"jwt"}`),
		"C9 bearer in small letters":                 {members: func(a map[string]any) { a["token_type"] = "bearer" }},
		"C10 a refresh token that was not requested": {members: func(a map[string]any) { a["refresh_token"] = "a refresh token that must not leak" }},
		"B9 parameters that are not read": {query: func(raw string) string {
			return raw + "&session_state=1&scope=openid&redirect=https%3A%2F%2Fevil.test&next=%2Fx&rd=%2Fx"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			a.person = ann()
			c := w.browser(t)
			w.landed(t, c, w.attempt(t, c, &a), "https://acme.example.test/reports")
		})
	}
	t.Run("D10 a subject of 255 characters", func(t *testing.T) {
		c := w.browser(t)
		a := set("sub", strings.Repeat("s", 255))
		// A new person, whose organization has no verified place yet.
		w.landed(t, c, w.attempt(t, c, &a), "https://app.example.test/clients")
	})
}

// landed checks a login that must be.
func (w world) landed(t testing.TB, c *http.Client, res page, want string) {
	t.Helper()
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusFound || to != want || !hasSession(c) {
		t.Errorf("answered %d %s (%s), want %s", res.StatusCode, to, w.log.reason(t), want)
	}
	w.silent(t, res)
}
