package handlers_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"orglogin/handlers"
	"orglogin/handlers/signin/fakeidp"
)

// P8: the clock of this machine jumps by ten minutes, either way and at any
// moment of a login, while the provider's is right. Then people are refused at
// worst, with a page and a way on; nothing is taken that is over or not yet
// good by the clock that there is; and all is well when it is right again.
func TestAClockThatStepsAcceptsNothingMore(t *testing.T) {
	var right time.Time
	d := newService(t, serviceConfig{trust: true, limit: handlers.Limit{Count: 60, Per: time.Minute}, fixture: read(t, "testdata/fixture.json"), mangle: fakeidp.Mangle{
		Claims: func(c map[string]any) { c["iat"], c["exp"] = right.Unix(), right.Add(5*time.Minute).Unix() },
	}})
	right = d.clock.Now()
	for _, step := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		for moment, refused := range map[string]bool{
			"before the login":   true, // what the provider says is over, or not yet issued
			"at the provider":    true,
			"after it has ended": false,
		} {
			t.Run(step.String()+" "+moment, func(t *testing.T) {
				c := d.browser()
				if moment == "before the login" {
					d.clock.Move(step)
				}
				answer := d.answered(c, "ann-1", "")
				if moment == "at the provider" {
					d.clock.Move(step)
				}
				res, body := get(t, c, answer.String())
				if moment == "after it has ended" {
					d.clock.Move(step)
				}
				switch {
				case signedIn(res) == refused, refused == (res.Header.Get("Location") == home):
					t.Errorf("%d %s", res.StatusCode, res.Header.Get("Location"))
				case refused && (res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusBadGateway || !strings.Contains(body, "/auth/start")):
					t.Errorf("%d, or no way on:\n%s", res.StatusCode, body)
				}
				if signedIn(res) {
					d.holdsToItsClock(c)
				}
				d.clock.Move(-step)
				if signedIn(res) {
					d.holdsToItsClock(c)
				}
				again := d.browser()
				if res, _ := d.loginAs(again, "ann-1", ""); res.Header.Get("Location") != home {
					t.Errorf("with the clock right again: %d", res.StatusCode)
				}
			})
		}
	}
}

// holdsToItsClock asks for a token of a live session: it begins now and ends in
// five minutes by the clock that there is, whatever was signed before.
func (d *service) holdsToItsClock(c *http.Client) {
	d.t.Helper()
	res, _ := get(d.t, c, "https://acme.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test")
	parts := strings.Split(res.Header.Get("Authorization"), ".")
	if res.StatusCode != http.StatusOK || len(parts) != 3 {
		d.t.Errorf("a session that lives: %d", res.StatusCode)
		return
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(d.t, err)
	var claims struct{ Iat, Nbf, Exp int64 }
	must(d.t, json.Unmarshal(payload, &claims))
	now := d.clock.Now().Unix()
	if claims.Iat > now || claims.Nbf > now || claims.Iat < now-60 || claims.Exp > now+300 || claims.Exp < now+240 {
		d.t.Errorf("a token of %+v at %d", claims, now)
	}
}
