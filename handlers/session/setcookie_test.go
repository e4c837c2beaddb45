package session_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"orglogin/handlers/session"
)

func TestTheCookiesOfALogin(t *testing.T) {
	for _, suffix := range []string{"", "-staging"} {
		s := newService(t, func(c *session.Config) { c.Suffix = suffix })
		in := s.login(t, ann)
		lines := in.header["Set-Cookie"]
		if len(lines) != 2 {
			t.Fatalf("%d cookies: %q", len(lines), lines)
		}
		for i, want := range []struct{ name, domain string }{
			{"__Secure-session" + suffix, "example.com"},
			{"__Host-browser" + suffix, ""},
		} {
			c, err := http.ParseSetCookie(lines[i])
			if err != nil {
				t.Fatal(err)
			}
			if c.Name != want.name || c.Domain != want.domain || c.Path != "/" || !c.Secure || !c.HttpOnly ||
				c.SameSite != http.SameSiteLaxMode || len(c.Unparsed) > 0 {
				t.Errorf("set %q", lines[i])
			}
			if !c.Expires.Equal(in.row.ExpiresAt) || time.Duration(c.MaxAge)*time.Second < lifetime-2*time.Second ||
				time.Duration(c.MaxAge)*time.Second > lifetime {
				t.Errorf("%s lives until %v, for %d s; the session until %v", c.Name, c.Expires, c.MaxAge, in.row.ExpiresAt)
			}
			if len(c.Value) >= 200 || len(c.Name)+len(c.Value) >= 200 {
				t.Errorf("%s has %d bytes", c.Name, len(c.Value))
			}
		}
		if s.SessionName() != "__Secure-session"+suffix || s.BrowserName() != "__Host-browser"+suffix {
			t.Errorf("names %q, %q", s.SessionName(), s.BrowserName())
		}
	}
}

func TestEveryLoginIsNew(t *testing.T) {
	s := newService(t)
	seen := map[string]bool{}
	for range 100 {
		in := s.login(t, ann)
		for what, v := range map[string]string{
			"id": in.row.ID, "secret hash": string(in.row.SecretHash), "browser hash": string(in.row.BrowserHash),
			"session cookie": in.cookie(name), "browser cookie": in.cookie(browser),
		} {
			if seen[v] || v == "" {
				t.Fatalf("%s seen before: %q", what, v)
			}
			seen[v] = true
		}
		if len(in.row.SecretHash) != 32 || len(in.row.BrowserHash) != 32 || len(in.cookie(browser)) != 22 {
			t.Fatalf("sizes: %d, %d, %d", len(in.row.SecretHash), len(in.row.BrowserHash), len(in.cookie(browser)))
		}
	}
}

func TestAProfileIDThatIsNoUUIDIsAnError(t *testing.T) {
	s := newService(t)
	for _, id := range []string{"", "ann", strings.ToUpper("aaaaaaaa-1111-4111-8111-111111111111"), ann + "\n"} {
		h := http.Header{}
		if err := s.SetCookies(h, s.Fresh(), id); err == nil || len(h) > 0 {
			t.Errorf("%q: %v, %v", id, err, h)
		}
	}
}

// TestEnvironmentsUnderOneParentDomain has one key in both, as happens.
func TestEnvironmentsUnderOneParentDomain(t *testing.T) {
	production := newService(t)
	staging := newService(t, func(c *session.Config) { c.Suffix = "-staging"; c.Store = production.rows })
	in := production.login(t, ann)
	renamed := "__Secure-session-staging=" + in.cookie(name) + "; __Host-browser-staging=" + in.cookie(browser)
	for _, where := range []session.Where{session.LoginHost, session.Elsewhere} {
		if f := staging.mustRead(t, request(loginURL, renamed), where); f.Session != nil {
			t.Error("a session of production is one in staging")
		}
		own := name + "=" + in.cookie(name) + "; " + browser + "=" + in.cookie(browser)
		if f := staging.mustRead(t, request(loginURL, own), where); f.Values != 0 || f.Stale {
			t.Error("staging sees production's cookie")
		}
	}
}

// TestWhatASiblingPlants plays the attacks of a host that shares the parent
// domain, in a browser that keeps cookies as RFC 6265 says. The attacker has a
// live session of their own, and writes its value, or junk, wherever they can.
func TestWhatASiblingPlants(t *testing.T) {
	const sibling = "https://evil.example.com/"
	for _, c := range []struct {
		sentence string
		plant    []string // %s is the attacker's value
		from     string
		login    bool // still signed in on the login host
	}{
		{"over the own cookie", []string{name + "=%s; Domain=example.com; Path=/; Secure"}, sibling, false},
		{"junk over the own cookie", []string{name + "=junk; Domain=example.com; Path=/; Secure"}, sibling, false},
		{"at a longer path", []string{name + "=%s; Domain=example.com; Path=/login; Secure"}, sibling, true},
		{"junk at a longer path", []string{name + "=junk; Domain=example.com; Path=/login; Secure"}, sibling, true},
		{"at a longer path with a slash", []string{name + "=%s; Domain=example.com; Path=/login/; Secure"}, sibling, true},
		{"at two paths", []string{name + "=%s; Domain=example.com; Path=/login; Secure", name + "=junk; Domain=example.com; Path=/login/x; Secure"}, sibling, true},
		{"over the own cookie and at a longer path", []string{name + "=%s; Domain=example.com; Path=/; Secure", name + "=%s; Domain=example.com; Path=/login; Secure"}, sibling, false},
		{"from a host below the login host", []string{name + "=%s; Domain=login.example.com; Path=/; Secure"}, "https://x.login.example.com/", true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s := newService(t)
			victim, attacker := s.login(t, ann), s.login(t, bob)
			p := newPerson(t)
			p.receives(loginURL, victim.header["Set-Cookie"]...)
			for _, line := range c.plant {
				p.receives(c.from, strings.ReplaceAll(line, "%s", attacker.cookie(name)))
			}

			page := func(target string, where session.Where) *session.Found {
				f := s.mustRead(t, p.asks(target), where)
				h := http.Header{}
				s.Expire(h, f)
				p.receives(target, h["Set-Cookie"]...)
				return &f
			}
			f := page(loginURL+"/x", session.LoginHost)
			if f.Session != nil && f.Session.UserID != ann {
				t.Fatal("the planted session counts on the login host")
			}
			if (f.Session != nil) != c.login {
				t.Errorf("signed in on the login host: %v", f.Session != nil)
			}
			if !c.login {
				// Logging in again repairs it.
				again := s.login(t, ann)
				f := s.mustRead(t, p.asks(loginURL), session.LoginHost)
				s.Expire(again.header, f)
				if len(c.plant) > 1 && len(again.header["Set-Cookie"]) == 2 {
					t.Error("a login expires nothing of what was planted")
				}
				p.receives(loginURL, again.header["Set-Cookie"]...)
				victim = again
			}
			want := name + "=" + victim.cookie(name)
			if got := p.sends(acmeURL); got != want {
				t.Errorf("an organization's host gets %q", got)
			}
			if got := p.sends(loginURL + "/x"); strings.Count(got, name+"=") != 1 || !strings.Contains(got, want) {
				t.Errorf("the login host gets %q", got)
			}
			if f := page(loginURL, session.LoginHost); f.Session == nil || f.Stale {
				t.Errorf("afterwards: %+v", f)
			}
			if s.rows.all[attacker.row.ID].EndedAt != (time.Time{}) || s.rows.all[victim.row.ID].EndedAt != (time.Time{}) {
				t.Error("a session was ended")
			}
		})
	}
}

func TestMoreThanIsTriedIsRepairedToo(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	p := newPerson(t)
	p.receives(loginURL, in.header["Set-Cookie"]...)
	deep := "https://login.example.com/auth/why/receipt"
	for i, d := range []string{"example.com", "login.example.com"} {
		for j, path := range []string{"/auth", "/auth/", "/auth/why", "/auth/why/", "/auth/why/receipt"} {
			p.receives("https://x.login.example.com/", name+"=junk"+strings.Repeat("k", 5*i+j)+"; Secure; Domain="+d+"; Path="+path)
		}
	}
	f := s.mustRead(t, p.asks(deep), session.LoginHost)
	if f.Session != nil || f.Values != 11 {
		t.Fatalf("found %+v", f)
	}
	h := http.Header{}
	s.Expire(h, f)
	p.receives(deep, h["Set-Cookie"]...)
	if f := s.mustRead(t, p.asks(deep), session.LoginHost); f.Session == nil || f.Stale {
		t.Errorf("afterwards %+v, %s", f, p.sends(deep))
	}
}

func TestWhatIsExpired(t *testing.T) {
	s := newService(t)
	own, other, ended := s.login(t, ann), s.login(t, bob), s.login(t, ann)
	if err := s.End(t.Context(), &ended.row); err != nil {
		t.Fatal(err)
	}
	v := func(in signedIn) string { return name + "=" + in.cookie(name) + "; " }
	ownPair := v(own) + browser + "=" + own.cookie(browser)
	const base, hostOnly = "example.com /", " /"
	for _, c := range []struct {
		sentence string
		cookies  string
		where    session.Where
		gone     []string // among the places expired
		kept     string   // the value written again, if any
		none     bool     // nothing is said at all
	}{
		{"nothing without a session", "a=b", session.LoginHost, nil, "", true},
		{"nothing for a session that counts", ownPair, session.LoginHost, nil, "", true},
		{"nothing for a session that counts elsewhere", v(own), session.Elsewhere, nil, "", true},
		{"a live one without its browser cookie stays in our own place alone", v(own), session.LoginHost, []string{hostOnly, "example.com /login"}, "", false},
		{"a dead one in every place", v(ended), session.LoginHost, []string{base, hostOnly, "login.example.com /", "example.com /login"}, "", false},
		{"a dead one elsewhere in every place", v(ended), session.Elsewhere, []string{base, hostOnly}, "", false},
		{"junk beside the own one, which is written again", "a=b; " + name + "=junk; " + ownPair, session.LoginHost, []string{hostOnly, "example.com /login"}, own.cookie(name), false},
		{"a live one beside the own one, which is written again", v(other) + ownPair, session.LoginHost, []string{hostOnly, "example.com /login"}, own.cookie(name), false},
		{"a dead one beside a live one that is not bound, which stays", v(ended) + v(other), session.LoginHost, []string{hostOnly, "example.com /login"}, "", false},
		{"a dead one beside a live one elsewhere, which stays", v(ended) + v(other), session.Elsewhere, []string{hostOnly}, "", false},
		{"two people elsewhere, where our own place stays", v(own) + v(other), session.Elsewhere, []string{hostOnly, "login.example.com /"}, "", false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			f := s.mustRead(t, request(loginURL, c.cookies), c.where)
			h := http.Header{}
			s.Expire(h, f)
			if c.none != (len(h) == 0) {
				t.Fatalf("said %q", h["Set-Cookie"])
			}
			var gone []string
			kept := ""
			for _, line := range h["Set-Cookie"] {
				set, err := http.ParseSetCookie(line)
				if err != nil || set.Name != name || !set.Secure {
					t.Fatalf("%q: %v", line, err)
				}
				if set.MaxAge > 0 {
					if kept != "" || set.Domain+" "+set.Path != base {
						t.Errorf("set %q", line)
					}
					kept = set.Value
				} else {
					gone = append(gone, set.Domain+" "+set.Path)
				}
			}
			if kept != c.kept {
				t.Errorf("written again: %q", kept)
			}
			for _, g := range c.gone {
				if !slices.Contains(gone, g) {
					t.Errorf("%q is not among the expired: %q", g, gone)
				}
			}
			if slices.Contains(gone, base) != slices.Contains(c.gone, base) {
				t.Errorf("our own place among the expired: %q", gone)
			}
			before := len(h["Set-Cookie"])
			s.Expire(h, f)
			if len(h["Set-Cookie"]) != before {
				t.Error("a second call says more")
			}
		})
	}
}

func TestOneAnswerSaysOneThingOfEachPlace(t *testing.T) {
	s := newService(t)
	in, ended, planted := s.login(t, ann), s.login(t, ann), s.login(t, bob)
	if err := s.End(t.Context(), &ended.row); err != nil {
		t.Fatal(err)
	}
	pair := name + "=" + in.cookie(name) + "; " + browser + "=" + in.cookie(browser)
	for what, cookies := range map[string]string{
		"a dead one":                  name + "=" + ended.cookie(name),
		"a live one that is unbound":  name + "=" + planted.cookie(name),
		"the own one":                 pair,
		"the own one and a dead one":  pair + "; " + name + "=" + ended.cookie(name),
		"the own one and a live one":  pair + "; " + name + "=" + planted.cookie(name),
		"nothing of the session name": "a=b",
	} {
		f := s.mustRead(t, request(loginURL, cookies), session.LoginHost)
		fresh := s.Fresh()
		for order, answer := range map[string]func(h http.Header){
			"a login, then expiry":  func(h http.Header) { s.SetCookies(h, fresh, ann); s.Expire(h, f) },
			"expiry, then a login":  func(h http.Header) { s.Expire(h, f); s.SetCookies(h, fresh, ann) },
			"a logout, then expiry": func(h http.Header) { s.Clear(h); s.Expire(h, f) },
			"expiry, then a logout": func(h http.Header) { s.Expire(h, f); s.Clear(h) },
		} {
			h := http.Header{"Set-Cookie": {"theme=dark", "not a cookie"}}
			answer(h)
			seen := map[string]bool{}
			alive := 0
			for _, line := range h["Set-Cookie"][2:] {
				c, err := http.ParseSetCookie(line)
				if err != nil {
					t.Fatal(err)
				}
				place := c.Name + " " + c.Domain + " " + c.Path
				if seen[place] {
					t.Errorf("%s, %s: %q twice", what, order, place)
				}
				seen[place] = true
				if c.MaxAge > 0 {
					alive++
				}
			}
			if want := 2; strings.Contains(order, "login") && alive != want || strings.Contains(order, "logout") && alive != 0 {
				t.Errorf("%s, %s: %d cookies live: %q", what, order, alive, h["Set-Cookie"])
			}
		}
	}
}

func TestALogoutLeavesNothing(t *testing.T) {
	s := newService(t)
	p := newPerson(t)
	p.receives(loginURL, s.login(t, ann).header["Set-Cookie"]...)
	h := http.Header{}
	s.Clear(h)
	p.receives(loginURL, h["Set-Cookie"]...)
	if got := p.sends(loginURL) + p.sends(acmeURL); got != "" {
		t.Errorf("still sent: %q", got)
	}
}

// TestAnAnswerStaysSmall: nginx takes 4 KiB of header from what stands behind it.
func TestAnAnswerStaysSmall(t *testing.T) {
	for _, target := range []string{
		"https://login.example.com/auth/why/aaaaaaaaaaaaaaaa",
		"https://a.b.c.d.e.f.g.example.com/1/2/3/4/5/6/7/8/9",
		"https://login.example.com/" + strings.Repeat("a/", 4000),
		"https://login.example.com/" + strings.Repeat("a", 4000),
		"https://login.example.com/a;b/c;d/%0d%0aSet-Cookie:x=y/\u00e4",
	} {
		s := newService(t)
		h := http.Header{}
		r := request(target, name+"=junk")
		s.Expire(h, s.mustRead(t, r, session.LoginHost))
		size := 0
		for _, line := range h["Set-Cookie"] {
			size += len("Set-Cookie: \r\n") + len(line)
			if c, err := http.ParseSetCookie(line); err != nil || c.Name != name || c.Value != "" || len(c.Unparsed) > 0 {
				t.Errorf("%.60s: %q, %v", target, line, err)
			} else if !strings.HasPrefix(r.URL.EscapedPath(), c.Path) {
				t.Errorf("%.60s: %q is no path above it", target, c.Path)
			}
		}
		if size == 0 || size > 3800 {
			t.Errorf("%.60s: %d lines, %d bytes", target, len(h["Set-Cookie"]), size)
		}
	}
}
