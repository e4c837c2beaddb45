package signin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

// claims is what one document says: a nil value leaves the claim out.
type claims map[string]any

func (c claims) put(to map[string]any) {
	for name, value := range c {
		if to[name] = value; value == nil {
			delete(to, name)
		}
	}
}

func mode(m store.EmailVerifiedMode) func(*Config) { return func(c *Config) { c.EmailVerified = m } }

func TestEachModeVerifiesAnAddress(t *testing.T) {
	const claim, edov, issuer = store.EmailVerifiedClaim, store.EmailVerifiedEDOV, store.EmailVerifiedIssuer
	for _, test := range []struct {
		mode     store.EmailVerifiedMode
		token    claims
		verified bool
	}{
		{claim, claims{"email_verified": true}, true},
		{claim, claims{"email_verified": "true"}, false},
		{claim, claims{"email_verified": 1}, false},
		{claim, claims{"email_verified": nil, "xms_edov": true}, false},

		{edov, claims{"email_verified": nil, "xms_edov": true}, true},
		{edov, claims{"email_verified": nil, "xms_edov": 1}, true},
		{edov, claims{"email_verified": nil, "xms_edov": "1"}, true},
		{edov, claims{"email_verified": nil, "xms_edov": "true"}, true},
		{edov, claims{"email_verified": true, "xms_edov": "1"}, true},
		{edov, claims{"email_verified": nil}, false},
		{edov, claims{"email_verified": true}, false},
		{edov, claims{"email_verified": nil, "xms_edov": false}, false},
		{edov, claims{"email_verified": nil, "xms_edov": 0}, false},
		{edov, claims{"email_verified": nil, "xms_edov": "0"}, false},
		{edov, claims{"email_verified": nil, "xms_edov": "TRUE"}, false},
		{edov, claims{"email_verified": nil, "xms_edov": []any{true}}, false},
		{edov, claims{"email_verified": false, "xms_edov": true}, false},

		{issuer, claims{"email_verified": nil}, true},
		{issuer, claims{"email_verified": true}, true},
		{issuer, claims{"email_verified": "true"}, true},
		{issuer, claims{"email_verified": false}, false},
		{issuer, claims{"email_verified": "false"}, false},
		{issuer, claims{"email_verified": 0}, false},
		{issuer, claims{"email_verified": json.RawMessage("null")}, false},
		{issuer, claims{"email": "not an address"}, false},
	} {
		name, err := json.Marshal(test.token)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(fmt.Sprintf("%s %s", test.mode, name), func(t *testing.T) {
			o := newOP(t)
			o.mangle.Claims = test.token.put
			who := mustLogin(t, o, o.client(t, mode(test.mode)))
			if who.EmailVerified != test.verified || test.verified != (who.EmailProblem == "") {
				t.Errorf("verified: %v, problem: %q", who.EmailVerified, who.EmailProblem)
			}
		})
	}
}

func TestUserInfoGivesWhatTheIDTokenLacks(t *testing.T) {
	const claim, edov, issuer = store.EmailVerifiedClaim, store.EmailVerifiedEDOV, store.EmailVerifiedIssuer
	for _, test := range []struct {
		name            string
		mode            store.EmailVerifiedMode
		token, userInfo claims
		asked           int
		problem         string // empty: the address is verified
	}{
		{"it is not asked where the ID token has both", claim, nil, nil, 0, ""},
		{"it is not asked where email_verified is there and false", claim, claims{"email_verified": false}, nil, 0, "email_verified is false in the ID token"},
		{"it is asked where the ID token has no address", claim, claims{"email": nil}, nil, 1, ""},
		{"it is asked where the ID token has no email_verified", claim, claims{"email_verified": nil}, nil, 1, ""},
		{"it is asked where the ID token has neither", claim, claims{"email": nil, "email_verified": nil}, nil, 1, ""},
		{
			"a verified address of another kind of letter case is the same", claim,
			claims{"email_verified": nil},
			claims{"email": "ANN@acme.test"},
			1, "",
		},
		{
			"the address of the ID token is not verified by that of UserInfo", claim,
			claims{"email": "ceo@acme.test", "email_verified": nil},
			nil, 1, "the email claims of the ID token and of UserInfo differ",
		},
		{
			"the verification of the ID token does not count for the address of UserInfo", claim,
			claims{"email": nil},
			claims{"email_verified": nil},
			1, "email_verified is missing in UserInfo, asked because the ID token has no email claim",
		},
		{
			"the verification of UserInfo does not count for the address of the ID token", claim,
			claims{"email_verified": nil},
			claims{"email": nil},
			1, "the email claims of the ID token and of UserInfo differ",
		},
		{"its false is a false", claim, claims{"email_verified": nil}, claims{"email_verified": false}, 1, "email_verified is false in UserInfo"},
		{"mode issuer asks it for the address alone", issuer, claims{"email": nil}, claims{"email_verified": nil}, 1, ""},
		{"mode issuer does not ask it for email_verified", issuer, claims{"email_verified": nil}, nil, 0, ""},
		{"mode xms_edov does not ask it for xms_edov", edov, claims{"email_verified": nil}, claims{"xms_edov": true}, 0, "xms_edov is missing in the ID token"},
		{"mode xms_edov wants xms_edov of the document with the address", edov, claims{"email": nil, "xms_edov": true}, nil, 1, "xms_edov is missing in UserInfo"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOP(t)
			o.mangle.Claims, o.mangle.UserInfo = test.token.put, test.userInfo.put
			who := mustLogin(t, o, o.client(t, func(c *Config) { c.UserInfo, c.EmailVerified = true, test.mode }))
			if n := o.count("/userinfo"); n != test.asked {
				t.Errorf("UserInfo was asked %d times", n)
			}
			if test.problem != "" {
				wantUnverified(t, who, nil, test.problem)
			} else if !who.EmailVerified || who.Email != "ann@acme.test" || who.Name != "Ann" {
				t.Errorf("got %+v", who)
			}
		})
	}
	t.Run("name and picture come from it too", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Claims = claims{"email": nil, "email_verified": nil, "name": nil, "picture": nil}.put
		who := mustLogin(t, o, o.client(t, func(c *Config) { c.UserInfo = true }))
		if who.Name != "Ann" || who.Picture != "https://img.test/ann.png" {
			t.Errorf("got %+v", who)
		}
	})
	t.Run("a provider without it is named", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Claims = claims{"email": nil}.put
		o.mangle.Discovery = claims{"userinfo_endpoint": nil}.put
		who, err := o.login(t, o.client(t, func(c *Config) { c.UserInfo = true }))
		wantUnverified(t, who, err, "the ID token has no email claim, and the provider has no UserInfo endpoint")
	})
	t.Run("it is off", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Claims = claims{"email": nil}.put
		who, err := o.login(t, o.client(t, nil))
		wantUnverified(t, who, err, "the ID token has no email claim, and UserInfo is off")
		if o.count("/userinfo") != 0 {
			t.Error("UserInfo was asked")
		}
	})
}

// UserInfo that is not usable fails the login: it says nothing of this person.
func TestUserInfoIsReadAsStrictlyAsTheIDToken(t *testing.T) {
	answer := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const good = `{"sub":"ann-1","email":"ann@acme.test","email_verified":true}`
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
		says    string
	}{
		{"sub of another person", answer(200, "application/json", strings.Replace(good, "ann-1", "bob-1", 1)), "sub is not that of the ID token"},
		{"no sub", answer(200, "application/json", `{"email":"ann@acme.test"}`), "sub is not that of the ID token"},
		{"a signed answer", answer(200, "application/jwt", "eyJ.eyJ.x"), `"application/jwt", and only application/json`},
		{"another type", answer(200, "text/html", good), `"text/html"`},
		{"a member twice", answer(200, "application/json", strings.Replace(good, "{", `{"email":"bob@acme.test",`, 1)), "twice"},
		{"a member in another case", answer(200, "application/json", strings.Replace(good, "{", `{"EMAIL":"bob@acme.test",`, 1)), "email in another case"},
		{"not JSON", answer(200, "application/json", "hello"), "not a JSON object"},
		{"another status", answer(401, "application/json", good), "status 401"},
		{"a redirect, which is not followed", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, "status 302"},
		{"over a megabyte", answer(200, "application/json", `{"sub":"`+strings.Repeat("a", maxBody)+`"}`), "over 1048576 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOP(t)
			o.mangle.Claims = claims{"email": nil}.put
			o.replace("/userinfo", test.handler)
			p := o.client(t, func(c *Config) { c.UserInfo = true })
			_, err := o.login(t, p)
			wantError(t, err, store.ProviderAnswer, 502)
			if !strings.Contains(err.Error(), test.says) {
				t.Errorf("%q does not say %q", err, test.says)
			}
			tooLong := strings.HasPrefix(test.says, "over") // the one case that was not read to its end
			if o.count("/userinfo") != 1 || o.count("/elsewhere") != 0 || p.Up() == tooLong {
				t.Errorf("asked %d times, elsewhere %d; up: %v", o.count("/userinfo"), o.count("/elsewhere"), p.Up())
			}
		})
	}
	t.Run("a provider that hangs there is slow, as at the token endpoint", func(t *testing.T) {
		o := newOP(t)
		o.mangle.Claims = claims{"email": nil}.put
		p := o.client(t, func(c *Config) { c.UserInfo = true })
		mustLogin(t, o, p)
		o.replace("/userinfo", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		for range openAfter {
			f, a := o.begin(t, p, "")
			_, err := p.Finish(short(t), f, a)
			wantError(t, err, store.ProviderSlow, 504)
		}
		if p.slow.Load() != openAfter || len(p.exchanges) != 0 {
			t.Errorf("counted %d timeouts, %d places taken", p.slow.Load(), len(p.exchanges))
		}
	})
}

// Hosted domains hold for a login without an address too.
func TestHostedDomainsHoldAtEveryLogin(t *testing.T) {
	for hd, ok := range map[string]bool{"acme.test": true, "evil.test": false, "": false} {
		o := newOP(t)
		o.person = fakeidp.Person{Subject: "ann-1", HostedDomain: hd}
		who, err := o.login(t, o.client(t, func(c *Config) { c.HostedDomains = []string{"acme.test"} }))
		if ok {
			wantUnverified(t, who, err, "the ID token has no email claim")
		} else {
			wantError(t, err, store.HostedDomain, 403)
		}
	}
}

func TestAModeThatVouchesForStrangersIsRefused(t *testing.T) {
	const shared, tenant = store.MicrosoftIssuers + "organizations/v2.0", store.MicrosoftIssuers + "11111111-2222-3333-4444-555555555555/v2.0"
	for _, test := range []struct {
		issuer string
		mode   store.EmailVerifiedMode
		trust  bool
		says   string
	}{
		{store.GoogleIssuer, store.EmailVerifiedIssuer, false, "issuer vouches for every address"},
		{shared, store.EmailVerifiedIssuer, false, "issuer vouches for every address"},
		{store.MicrosoftIssuers + "common/v2.0", store.EmailVerifiedIssuer, false, "issuer vouches for every address"},
		{shared, store.EmailVerifiedClaim, true, "xms_edov"},
		{shared, "", true, "xms_edov"},
		{"https://op.test", "always", false, `"always" is neither`},
		{shared, store.EmailVerifiedEDOV, true, ""},
		{shared, store.EmailVerifiedClaim, false, ""},
		{tenant, store.EmailVerifiedIssuer, true, ""},
		{store.GoogleIssuer, store.EmailVerifiedClaim, true, ""},
	} {
		_, err := New(Config{
			Issuer: test.issuer, RedirectURL: redirectURL, ClientID: "c", ClientSecret: "s", EmailVerified: test.mode, TrustEmail: test.trust,
		})
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s with %q, trusted %v: %v", test.issuer, test.mode, test.trust, err)
		}
	}
}
