package signin

import (
	"strings"
	"testing"

	"orglogin/handlers/signin/fakeidp"
	"orglogin/store"
)

func TestWhoThePersonIs(t *testing.T) {
	person := func(change func(*fakeidp.Person)) fakeidp.Person {
		p := ann
		change(&p)
		return p
	}
	t.Run("accepted", func(t *testing.T) {
		for _, test := range []struct {
			name   string
			person fakeidp.Person
			config func(*Config)
			check  func(store.Identity) bool
		}{
			{
				"F5 letters are lowered in ASCII alone",
				person(func(p *fakeidp.Person) { p.Email = "ANN.Lee+X@ACME.test" }), nil,
				func(i store.Identity) bool { return i.Email == "ann.lee+x@acme.test" },
			},
			{
				"F6 the hosted domain of the address", person(func(p *fakeidp.Person) { p.HostedDomain = "ACME.test" }),
				func(c *Config) { c.HostedDomains = []string{"other.test", "Acme.test"} },
				func(i store.Identity) bool { return i.Email == "ann@acme.test" },
			},
			{
				"an issuer that the operator vouches for is authoritative", ann,
				func(c *Config) { c.TrustEmail = true },
				func(i store.Identity) bool { return i.Authoritative },
			},
			{
				"another issuer is not, whatever its hd says",
				person(func(p *fakeidp.Person) { p.HostedDomain = "acme.test" }), nil,
				func(i store.Identity) bool { return !i.Authoritative },
			},
			{
				"F5 a domain in another script becomes A-labels",
				person(func(p *fakeidp.Person) { p.Email, p.HostedDomain = "Ann@bücher.test", "bücher.test" }),
				func(c *Config) { c.HostedDomains = []string{"bücher.test"} },
				func(i store.Identity) bool { return i.Email == "ann@xn--bcher-kva.test" },
			},
			{
				"F9 a name loses what cannot be seen",
				person(func(p *fakeidp.Person) { p.Name = "A\u200bn\u2060n\u00ad\u180e\U000e0041\u3164" }), nil,
				func(i store.Identity) bool { return i.Name == "Ann" },
			},
			{
				"F9 a name of nothing else is none",
				person(func(p *fakeidp.Person) { p.Name = "\u200b\u2060 \u00ad" }), nil,
				func(i store.Identity) bool { return i.Name == "" },
			},
			{
				"F9 a name loses controls and overrides and is cut between characters",
				person(func(p *fakeidp.Person) { p.Name = "\x00A\u202enn\r\n\u2028" + strings.Repeat("é", 200) }), nil,
				func(i store.Identity) bool { return i.Name == "Ann"+strings.Repeat("é", 98) },
			},
			{
				"F9 a picture that is no https URL is left out",
				person(func(p *fakeidp.Person) { p.Picture = "javascript://img.test/%0aalert(1)" }), nil,
				func(i store.Identity) bool { return i.Picture == "" },
			},
			{
				"F9 a picture whose URL hides its host behind a name is left out",
				person(func(p *fakeidp.Person) { p.Picture = "https://img.test@evil.test/x" }), nil,
				func(i store.Identity) bool { return i.Picture == "" },
			},
			{
				"F9 a picture that is too long is left out",
				person(func(p *fakeidp.Person) { p.Picture = "https://img.test/" + strings.Repeat("a", 2048) }), nil,
				func(i store.Identity) bool { return i.Picture == "" },
			},
		} {
			t.Run(test.name, func(t *testing.T) {
				o := newOP(t)
				o.person = test.person
				if who := mustLogin(t, o, o.client(t, test.config)); !test.check(who) {
					t.Errorf("got %+v", who)
				}
			})
		}
	})
	t.Run("not verified, or refused", func(t *testing.T) {
		o := newOP(t)
		hosted := func(c *Config) { c.HostedDomains = []string{"acme.test"} }
		email := func(s string) fakeidp.Person { return person(func(p *fakeidp.Person) { p.Email = s }) }
		domain := func(address, hd string) fakeidp.Person {
			return person(func(p *fakeidp.Person) { p.Email, p.HostedDomain = address, hd })
		}
		verified := func(v any) fakeidp.Person { return person(func(p *fakeidp.Person) { p.EmailVerified = v }) }
		for _, test := range []struct {
			name   string
			person fakeidp.Person
			config func(*Config)
			reason store.Reason
		}{
			{`F3 email_verified is the string "true"`, verified("true"), nil, store.EmailNotVerified},
			{"F3 email_verified is a string", verified("yes"), nil, store.EmailNotVerified},
			{"F3 email_verified is a number", verified(1), nil, store.EmailNotVerified},
			{"F3 email_verified is false", verified(false), nil, store.EmailNotVerified},
			{"F3 the ID token has no email_verified claim, and UserInfo is off", verified(nil), nil, store.EmailNotVerified},
			{"F3 email_verified is an array", verified([]bool{true}), nil, store.EmailNotVerified},
			{"F4 the ID token has no email claim, and UserInfo is off", email(""), nil, store.EmailNotVerified},
			{"F4 a second @", email("evil@evil.test@acme.test"), nil, store.EmailNotVerified},
			{"F4 two addresses", email("ann@acme.test,evil@evil.test"), nil, store.EmailNotVerified},
			{"F4 a display name", email("Ann <ann@acme.test>"), nil, store.EmailNotVerified},
			{"F4 a comment", email("ann(x)@acme.test"), nil, store.EmailNotVerified},
			{"F4 quotes", email(`"ann"@acme.test`), nil, store.EmailNotVerified},
			{"F4 a blank at the end", email("ann@acme.test "), nil, store.EmailNotVerified},
			{"F4 a NUL", email("ann\x00@acme.test"), nil, store.EmailNotVerified},
			{"F4 over 254 bytes", email(strings.Repeat("a", 64) + "@" + strings.Repeat("a.", 100) + "test"), nil, store.EmailNotVerified},
			{"F5 a letter that only looks the same", email("аnn@acme.test"), nil, store.EmailNotVerified},
			{"F5 a letter that Unicode folds to ASCII", email("ann@acme.teſt"), nil, store.EmailNotVerified},
			{"F6 no hd", domain("ann@acme.test", ""), hosted, store.HostedDomain},
			{"F6 hd of another domain", domain("ann@acme.test", "evil.test"), hosted, store.HostedDomain},
			{"F6 hd right and the address elsewhere", domain("ann@gmail.com", "acme.test"), hosted, store.HostedDomain},
			{"F6 the address under a subdomain", domain("ann@sub.acme.test", "acme.test"), hosted, store.HostedDomain},
			{"F6 a domain that ends the same", domain("ann@badacme.test", "badacme.test"), hosted, store.HostedDomain},
		} {
			t.Run(test.name, func(t *testing.T) {
				o.mu.Lock()
				o.person = test.person
				o.mu.Unlock()
				who, err := o.login(t, o.client(t, test.config))
				if test.reason == store.HostedDomain {
					wantError(t, err, test.reason, 403)
					if !strings.Contains(err.Error(), "hd is ") {
						t.Errorf("%q does not say what hd is", err)
					}
					return
				}
				// The problem says which claim it was and what it held.
				says := "email is not one plain address"
				if kind, sentence, _ := strings.Cut(test.name, " "); kind == "F3" || strings.HasPrefix(sentence, "the ID token") {
					says = sentence
				}
				wantUnverified(t, who, err, says)
			})
		}
		for name, value := range map[string]any{"an array": []string{"ann@acme.test"}, "an object": map[string]any{}, "null": nil, "a number": 1} {
			t.Run("F4 an address that is "+name, func(t *testing.T) {
				o.mu.Lock()
				o.person, o.mangle.Claims = ann, func(c map[string]any) { c["email"] = value }
				o.mu.Unlock()
				who, err := o.login(t, o.client(t, nil))
				wantUnverified(t, who, err, "email is")
			})
		}
	})
}

// wantUnverified checks a login whose address is not verified, and what the problem says.
func wantUnverified(t *testing.T, who store.Identity, err error, says string) {
	t.Helper()
	if err != nil || who.Subject == "" || who.EmailVerified || who.Authoritative || !strings.Contains(who.EmailProblem, says) {
		t.Errorf("got %+v, %v; want it not verified, and the problem to say %q", who, err, says)
	}
	if strings.Contains(who.EmailProblem, "@") {
		t.Errorf("the problem holds an address: %q", who.EmailProblem)
	}
}

func TestGoogleSpeaksForGmailAndItsHostedDomains(t *testing.T) {
	p := &Provider{config: Config{Issuer: store.GoogleIssuer, TrustEmail: true, EmailVerified: store.EmailVerifiedClaim}}
	for _, test := range []struct {
		email, hd string
		want      bool
	}{
		{"ann@gmail.com", "", true},
		{"ann@acme.test", "acme.test", true},
		{"ann@acme.test", "", false},
		{"ann@acme.test", "other.test", false},
		{"ann@notgmail.com", "", false},
		{"ann@gmail.com.evil.test", "", false},
	} {
		c := object{"sub": []byte(`"1"`), "email": []byte(asJSON(test.email)), "email_verified": []byte("true")}
		if test.hd != "" {
			c["hd"] = []byte(asJSON(test.hd))
		}
		who, err := p.result(t.Context(), metadata{}, c, "access")
		if err != nil || who.Identity.Authoritative != test.want {
			t.Errorf("%s with hd %q: %v, %v", test.email, test.hd, who.Identity.Authoritative, err)
		}
	}
}
