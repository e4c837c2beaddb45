package oidcattack_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"orglogin/handlers/signin"
	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

// TestAnAccountThatMayNotComeInIsRefused is F3, F4, F5 and F7.
func TestAnAccountThatMayNotComeInIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var rows []row
	for name, value := range map[string]any{
		"false": false, "a string": "true", "a string that says no": "false", "one": 1, "null": nil, "a list": []bool{true},
		"an object": map[string]any{"value": true}, "a string in capitals": "TRUE",
	} {
		rows = append(rows, unwelcome("F3 email_verified is "+name, store.EmailNotVerified, set("email_verified", value)))
	}
	rows = append(rows,
		unwelcome("F3 email_verified is missing", store.EmailNotVerified, drop("email_verified")),
		unwelcome("F3 the address is missing", store.EmailNotVerified, drop("email")),
		unwelcome("F3 the address is false, and verified", store.EmailNotVerified, set("email", false)),
	)
	for name, address := range map[string]any{
		"two at signs":                  "ann@acme.test@evil.test",
		"two addresses":                 "ann@acme.test,mallory@evil.test",
		"two addresses and a blank":     "ann@acme.test mallory@evil.test",
		"two addresses and a semicolon": "ann@acme.test;mallory@evil.test",
		"a list of addresses":           []string{"ann@acme.test", "mallory@evil.test"},
		"a name before it":              "Ann <ann@acme.test>",
		"brackets round it":             "<ann@acme.test>",
		"a comment in it":               "ann(hello)@acme.test",
		"quotes in it":                  `"ann"@acme.test`,
		"a blank before it":             " ann@acme.test",
		"a blank behind it":             "ann@acme.test ",
		"a line break behind it":        "ann@acme.test\n",
		"a NUL in it":                   "ann@acme.test\x00.evil.test",
		"no at sign":                    "ann",
		"nothing before the at sign":    "@acme.test",
		"nothing behind the at sign":    "ann@",
		"a Cyrillic letter":             "аnn@acme.test",
		"an accent":                     "ánn@acme.test",
		"a full-width letter":           "ａnn@acme.test",
		"a Kelvin sign":                 "\u212aim@acme.test",
		"a sign that is not seen":       "ann\u200b@acme.test",
		"a domain that folds to ASCII":  "ann@ａcme.test",
		"a domain with capital letters": "ann@Ácme.test",
		"an address in brackets":        "ann@[127.0.0.1]",
		"three hundred characters":      strings.Repeat("a", 290) + "@acme.test",
		"an empty text":                 "",
	} {
		rows = append(rows, unwelcome("F4 F5 an address that is "+name, store.EmailNotVerified, set("email", address)))
	}
	disabled := unwelcome("F7 a person who was disabled here", store.DisabledUser,
		attack{person: fakeidp.Person{Subject: "dis-1", Email: "dis@acme.test", EmailVerified: true}})
	rows = append(rows, disabled)
	disabled.name = "F7 a person who was disabled here, again"
	w.try(t, append(rows, disabled))
}

// TestADomainRuleWantsTheVeryDomain is F6.
func TestADomainRuleWantsTheVeryDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *signin.Config) { c.HostedDomains = []string{"acme.test"} })
	person := func(email string, hd any) attack {
		a := attack{person: fakeidp.Person{Subject: "mallory", Email: email, EmailVerified: true}}
		a.claims = func(c map[string]any) {
			if hd != nil {
				c["hd"] = hd
			}
		}
		return a
	}
	// The honest person has the claim.
	w.provider.hosted = "acme.test"
	w.try(t, []row{
		unwelcome("F6 no domain", store.HostedDomain, person("mallory@acme.test", nil)),
		unwelcome("F6 an empty domain", store.HostedDomain, person("mallory@acme.test", "")),
		unwelcome("F6 another domain", store.HostedDomain, person("mallory@evil.test", "evil.test")),
		unwelcome("F6 another domain with one of our addresses", store.HostedDomain, person("mallory@acme.test", "evil.test")),
		unwelcome("F6 our domain with a foreign address", store.HostedDomain, person("mallory@evil.test", "acme.test")),
		unwelcome("F6 a domain that ends like ours", store.HostedDomain, person("mallory@badacme.test", "badacme.test")),
		unwelcome("F6 a domain below ours", store.HostedDomain, person("mallory@sub.acme.test", "sub.acme.test")),
		unwelcome("F6 an address below our domain", store.HostedDomain, person("mallory@sub.acme.test", "acme.test")),
		unwelcome("F6 our domain with a dot behind it", store.HostedDomain, person("mallory@acme.test", "acme.test.")),
		unwelcome("F6 our domain in a list", store.HostedDomain, person("mallory@acme.test", []string{"acme.test"})),
		unwelcome("F6 our domain that is true", store.HostedDomain, person("mallory@acme.test", true)),
	})
}

// TestAnAddressOpensNoAccount is F1, F2, F8, F9 and F11: these logins are good,
// and gain nothing that is not theirs.
func TestAnAddressOpensNoAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.login(t)
	count := func(t *testing.T, statement, want string) {
		t.Helper()
		if got := w.count(t, statement); got != want {
			t.Errorf("%s: %s, want %s", statement, got, want)
		}
	}
	nowhere := "https://app.example.test/clients"

	t.Run("F2 an address that changed hands opens an account without places", func(t *testing.T) {
		c := w.browser(t)
		thief := &attack{person: fakeidp.Person{Subject: "thief-of-ann", Email: "ann@acme.test", EmailVerified: true}}
		w.landed(t, c, w.attempt(t, c, thief), nowhere)
		count(t, `SELECT count(*) FROM profiles WHERE email = 'ann@acme.test'`, "2")
		count(t, `SELECT count(*) FROM memberships m JOIN identities i ON i.profile_id = m.profile_id WHERE i.subject = 'thief-of-ann'`, "0")
		who := get(t, c, public+"/auth/session")
		if strings.Contains(who.text, "acme\"") {
			t.Errorf("the session tells of Acme: %s", who.text)
		}
		w.login(t) // Ann has hers
	})
	t.Run("F1 F11 a person whose address becomes Ann's stays who they are", func(t *testing.T) {
		c := w.browser(t)
		bob := fakeidp.Person{Subject: "bob-1", Email: "bob@elsewhere.test", EmailVerified: true}
		w.landed(t, c, w.attempt(t, c, &attack{person: bob}), nowhere)
		bob.Email = "ANN@acme.test"
		c = w.browser(t)
		w.landed(t, c, w.attempt(t, c, &attack{person: bob}), nowhere)
		count(t, `SELECT count(*) FROM identities WHERE subject = 'bob-1'`, "1")
		count(t, `SELECT count(*) FROM memberships m JOIN identities i ON i.profile_id = m.profile_id JOIN organizations o ON o.id = m.organization_id WHERE i.subject = 'bob-1' AND o.slug = 'acme'`, "0")
		w.login(t)
	})
	t.Run("F5 an address that differs by a dot, a plus or the script of its domain is another's", func(t *testing.T) {
		for i, address := range []string{"a.nn@acme.test", "ann+x@acme.test", "ann@acme.test.evil.test", "ann@ácme.test", "ann@аcme.test"} {
			c := w.browser(t)
			w.landed(t, c, w.attempt(t, c, &attack{person: fakeidp.Person{Subject: "near-" + string(rune('a'+i)), Email: address, EmailVerified: true}}), nowhere)
		}
		count(t, `SELECT count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE o.slug = 'acme'`, "2") // Ann and Dis
	})
	t.Run("F8 a role or an organization that the provider speaks of is not given", func(t *testing.T) {
		c := w.browser(t)
		a := attack{person: fakeidp.Person{Subject: "grand-1", Email: "grand@hostile.test", EmailVerified: true}, claims: func(c map[string]any) {
			for _, name := range []string{"role", "roles", "groups", "org", "org_id", "organization", "tid", "org_role"} {
				c[name] = "acme"
			}
			c["role"], c["org_role"] = "owner", "owner"
		}}
		w.landed(t, c, w.attempt(t, c, &a), nowhere)
		c2 := get(t, c, public+"/login?redirect="+url.QueryEscape("https://acme.example.test/reports"))
		if c2.StatusCode != http.StatusForbidden {
			t.Errorf("asked for Acme: %d %s", c2.StatusCode, c2.Header.Get("Location"))
		}
	})
	t.Run("F9 a name and a picture are shown as text, and not fetched", func(t *testing.T) {
		c := w.browser(t)
		fetched := w.provider.asked("/picture.png")
		a := attack{person: fakeidp.Person{Subject: "loud-1", Email: "loud@hostile.test", EmailVerified: true}, token: func(c map[string]any) string {
			c["picture"] = w.provider.server.URL + "/picture.png"
			text := asJSON(c)
			return honest(`{"name":"\u0000<script>alert(1)</script>\u202e\ud800 ",` + strings.TrimPrefix(strings.Replace(text, `"name":"Mallory",`, "", 1), "{"))
		}}
		w.landed(t, c, w.attempt(t, c, &a), nowhere)
		chooser := get(t, c, public+"/organizations")
		if chooser.StatusCode != http.StatusOK || strings.Contains(chooser.text, "<script>alert") || strings.ContainsAny(chooser.text, "\x00\u202e") {
			t.Errorf("answered %d:\n%s", chooser.StatusCode, chooser.text)
		}
		if w.provider.asked("/picture.png") != fetched {
			t.Error("the picture was fetched")
		}
		script := attack{person: fakeidp.Person{Subject: "loud-2", Email: "loud2@hostile.test", EmailVerified: true}, claims: set("picture", "javascript:alert(1)").claims}
		c = w.browser(t)
		w.landed(t, c, w.attempt(t, c, &script), nowhere)
		if who := get(t, c, public+"/auth/session"); strings.Contains(who.text, "javascript") {
			t.Errorf("the session tells the script: %s", who.text)
		}
	})
}
