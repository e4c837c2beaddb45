package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"orglogin/store"
)

// claims makes the provider say other claims of a person from now on.
func (d *service) claims(change map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed = change
}

// F3 to F6, F8: what the provider says of a person, and whether that person gets in.
func TestWhoTheProviderMaySayIsThere(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, signup: store.SignupProfile, fixture: read(t, "testdata/fixture.json")})
	for i, c := range []struct {
		id, sentence string
		change       map[string]any
		status       int
	}{
		{"F3", "verified true is verified", map[string]any{"email_verified": true}, 302},
		{"F3", "verified false is not", map[string]any{"email_verified": false}, 403},
		{"F3", `verified "true" is not`, map[string]any{"email_verified": "true"}, 403},
		{"F3", `verified "false" is not`, map[string]any{"email_verified": "false"}, 403},
		{"F3", "verified 1 is not", map[string]any{"email_verified": 1}, 403},
		{"F3", "verified null is not", map[string]any{"email_verified": nil}, 403},
		{"F3", "verified [true] is not", map[string]any{"email_verified": []bool{true}}, 403},
		{"F3", "verified left out is not", map[string]any{"email_verified": absent}, 403},
		{"F4", "two at signs", map[string]any{"email": "ann@evil.test@acme.test"}, 400},
		{"F4", "a list", map[string]any{"email": "ann@evil.test,ann@acme.test"}, 400},
		{"F4", "an array", map[string]any{"email": []string{"ann@acme.test"}}, 400},
		{"F4", "a display name", map[string]any{"email": "Ann <ann@acme.test>"}, 400},
		{"F4", "a comment", map[string]any{"email": "ann(x)@acme.test"}, 400},
		{"F4", "quotes", map[string]any{"email": `"ann"@acme.test`}, 400},
		{"F4", "a blank", map[string]any{"email": " ann@acme.test"}, 400},
		{"F4", "a line end", map[string]any{"email": "ann@acme.test\r\nBcc: x@evil.test"}, 400},
		{"F4", "NUL", map[string]any{"email": "ann@acme.test\x00.evil.test"}, 400},
		{"F4", "over 254 bytes", map[string]any{"email": "ann@" + strings.Repeat("a.", 130) + "test"}, 400},
		{"F5", "an accent", map[string]any{"email": "änn@acme.test"}, 400},
		{"F5", "a Cyrillic look-alike", map[string]any{"email": "аnn@acme.test"}, 400},
		{"F5", "a letter that folds to ASCII", map[string]any{"email": "ann@acme.te\u017ft"}, 400},
		{"F8", "roles of the provider's are data", map[string]any{"role": "owner", "roles": []string{"admin"}, "groups": []string{"acme"}, "org_id": "acme"}, 302},
	} {
		t.Run(c.id+" "+c.sentence, func(t *testing.T) {
			c.change["sub"] = fmt.Sprint("stranger-", i) // whoever is bound already logs in without a verified address
			d.claims(c.change)
			defer d.claims(nil)
			ann := d.browser()
			res, body := d.loginAs(ann, "stranger-1", "")
			ok := res.StatusCode == c.status || c.status == 400 && (res.StatusCode == 403 || res.StatusCode == 502)
			if !ok || signedIn(res) != (c.status == 302) {
				t.Fatalf("%d, signed in %v\n%s", res.StatusCode, signedIn(res), body)
			}
			if c.status == 302 {
				if _, body := get(t, ann, public+"/auth/session"); !strings.Contains(body, `"organizations":[]`) {
					t.Error(body)
				}
			}
		})
	}
}

// Who is bound logs in whatever the provider says of the address, which stays.
func TestABoundIdentityNeedsNoVerifiedAddress(t *testing.T) {
	d := newService(t, serviceConfig{signup: store.SignupProfile})
	first, _ := d.loginAs(d.browser(), "new-1", "")
	if !signedIn(first) {
		t.Fatalf("the first login: %d", first.StatusCode)
	}
	for _, change := range []map[string]any{{"email_verified": false}, {"email": absent}, {"email": "other@nowhere.test", "email_verified": false}} {
		d.claims(change)
		c := d.browser()
		if res, body := d.loginAs(c, "new-1", ""); !signedIn(res) {
			t.Errorf("%v: %d\n%s", change, res.StatusCode, body)
		}
		if _, body := get(t, c, public+"/auth/session"); !strings.Contains(body, `"email":"new@nowhere.test"`) {
			t.Errorf("%v: %s", change, body)
		}
	}
}

// F6: a domain rule needs hd and an address under exactly that domain.
func TestAHostedDomainIsExactlyThat(t *testing.T) {
	d := newService(t, serviceConfig{signup: store.SignupProfile, hosted: []string{"acme.test"}})
	for _, c := range []struct {
		sentence, hd, email string
		in                  bool
	}{
		{"the domain itself", "acme.test", "x@acme.test", true},
		{"another domain", "evil.test", "x@evil.test", false},
		{"a suffix", "notacme.test", "x@notacme.test", false},
		{"a subdomain", "sub.acme.test", "x@sub.acme.test", false},
		{"no hd", "", "x@acme.test", false},
		{"hd of the domain, address of another", "acme.test", "x@evil.test", false},
		{"hd of the domain, address below it", "acme.test", "x@sub.acme.test", false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			change := map[string]any{"email": c.email, "hd": c.hd}
			if c.hd == "" {
				change["hd"] = absent
			}
			d.claims(change)
			defer d.claims(nil)
			res, _ := d.loginAs(d.browser(), "stranger-1", "")
			if signedIn(res) != c.in || !c.in && res.StatusCode < 400 {
				t.Errorf("%d", res.StatusCode)
			}
		})
	}
}

// F1, F2: the account is issuer and subject; an address never finds a person who was bound.
func TestAnAddressFindsNoAccount(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	d.claims(map[string]any{"email": "ann@acme.test"})
	thief := d.browser()
	res, _ := d.loginAs(thief, "stranger-1", "")
	d.claims(nil)
	if to := res.Header.Get("Location"); to != app+"/clients" {
		t.Errorf("%d %s", res.StatusCode, to)
	}
	_, mine := get(t, ann, public+"/auth/session")
	_, theirs := get(t, thief, public+"/auth/session")
	id := func(body string) string {
		_, rest, _ := strings.Cut(body, `"id":"`)
		return rest[:36]
	}
	if id(mine) == id(theirs) || strings.Contains(theirs, "acme\"") {
		t.Errorf("%s\n%s", mine, theirs)
	}
	if res, _ := get(t, thief, public+"/login?redirect=https%3A%2F%2Facme.example.test%2F"); res.StatusCode != http.StatusForbidden {
		t.Error(res.StatusCode)
	}
	// F11: a new address is the profile's, not a membership's
	d.claims(map[string]any{"email": "ann@elsewhere.test"})
	if res, _ := d.loginAs(ann, "ann-1", ""); res.Header.Get("Location") != home {
		t.Error(res.StatusCode, res.Header.Get("Location"))
	}
	if _, body := get(t, ann, public+"/auth/session"); !strings.Contains(body, "ann@elsewhere.test") {
		t.Error(body)
	}
}

// F7: who is disabled stays out, however the session was come by.
func TestWhoIsDisabledStaysOut(t *testing.T) {
	var changed changedSnapshots
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), wrap: changed.over})
	for range 3 {
		if res, _ := d.loginAs(d.browser(), "dis-1", ""); res.StatusCode != http.StatusForbidden || signedIn(res) {
			t.Fatal(res.StatusCode)
		}
	}
	// A session read a moment before the person was disabled gets nowhere either.
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	changed.set(func(s store.AccessSnapshot) (store.AccessSnapshot, error) {
		s.Profile.Disabled = true
		return s, nil
	})
	for _, target := range []string{
		public + "/login", public + "/login?organization=acme", public + "/organizations", public + "/auth/session",
		"https://acme.example.test/auth/session", "https://acme.example.test/auth/token",
	} {
		if res, body := get(t, ann, target); res.StatusCode != http.StatusForbidden || strings.Contains(body, "Globex") {
			t.Errorf("%s: %d", target, res.StatusCode)
		}
	}
	for _, path := range []string{"/auth/verify", "/auth/forward"} {
		res, _ := get(t, ann, "https://acme.example.test"+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test", "Accept: application/json")
		if res.StatusCode != http.StatusForbidden || res.Header.Get("Remote-User") != "" {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

// A profile that was deleted a moment ago has no session: no 500, no 503, no loop.
func TestADeletedProfileIsNobody(t *testing.T) {
	var changed changedSnapshots
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), wrap: changed.over})
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	changed.set(func(store.AccessSnapshot) (store.AccessSnapshot, error) {
		return store.AccessSnapshot{}, store.ErrNotFound
	})
	for target, want := range map[string]int{
		public + "/organizations":                 http.StatusFound,
		public + "/auth/session":                  http.StatusUnauthorized,
		public + "/logout":                        http.StatusOK,
		public + "/login?prompt=select_account":   http.StatusOK,
		public + "/login":                         http.StatusOK,
		public + "/login?organization=acme":       http.StatusOK,
		"https://acme.example.test/auth/token":    http.StatusUnauthorized,
		"https://acme.example.test/auth/session":  http.StatusUnauthorized,
		"https://acme.example.test/login":         http.StatusFound,
		"https://acme.example.test/organizations": http.StatusFound,
	} {
		again := d.browser()
		again.Jar = jarOf(ann)
		if res, _ := get(t, again, target); res.StatusCode != want {
			t.Errorf("%s: %d, want %d", target, res.StatusCode, want)
		}
	}
	res, _ := do(t, ann, http.MethodPost, public+"/login", map[string][]string{"redirect": {"/x"}})
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != public+"/login?redirect=%2Fx" {
		t.Errorf("%d %s", res.StatusCode, to)
	}
	if res, _ := get(t, ann, "https://acme.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test"); res.StatusCode != http.StatusUnauthorized {
		t.Error("verify", res.StatusCode)
	}
}

// F9: names and pictures are data.
func TestNamesAreData(t *testing.T) {
	d := newService(t, serviceConfig{signup: store.SignupProfile})
	fetched := d.redeemed()
	for sentence, name := range map[string]any{
		"markup":          `<script>alert(1)</script>`,
		"quotes":          `" onmouseover="alert(1)`,
		"a template":      `{{.Secret}}`,
		"line ends":       "Ann\r\nSet-Cookie: a=b",
		"NUL":             "Ann\x00Example",
		"bidi":            "Ann \u202e elpmaxE",
		"very long":       strings.Repeat("Ann ", 5000),
		"a number":        7,
		"an object":       map[string]any{"a": 1},
		"nothing":         nil,
		"not characters":  "Ann \ufffe\uffff",
		"a lone half":     fakeidpRaw(`"Ann \ud800"`),
		"emoji":           "Ann 👩‍🚀",
		"zero width":      "A\u200bn\u2060n\u00ad\u180e",
		"tag characters":  "Ann\U000e0041\U000e007f",
		"fillers":         "\u3164\u115f",
		"an empty string": "",
	} {
		t.Run(sentence, func(t *testing.T) {
			before := fetched.Load()
			d.claims(map[string]any{"name": name, "picture": "javascript:alert(1)"})
			defer d.claims(nil)
			ann := d.browser()
			res, _ := d.loginAs(ann, "stranger-1", "")
			if res.StatusCode >= 500 && res.StatusCode != http.StatusBadGateway || fetched.Load() != before+1 {
				t.Fatal(res.StatusCode)
			}
			if !signedIn(res) {
				return
			}
			for _, path := range []string{"/logout", "/organizations", "/login?prompt=select_account", "/auth/session"} {
				res, body := get(t, ann, public+path)
				if res.StatusCode != http.StatusOK || strings.Contains(body, "<script>alert") || path != "/auth/session" && strings.Contains(body, `" onmouseover`) || strings.Contains(body, `src="javascript:`) || strings.Contains(body, `href="javascript:`) {
					t.Errorf("%s: %d %s", path, res.StatusCode, body)
				}
			}
			res, _ = get(t, ann, "https://app.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: app.example.test")
			if name := res.Header.Get("Remote-Name"); res.StatusCode != http.StatusOK || strings.ContainsFunc(name, store.Invisible) {
				t.Errorf("verify %d, Remote-Name %q", res.StatusCode, name)
			}
		})
	}
	t.Run("a name that was written into the database by hand", func(t *testing.T) {
		now := d.clock.Now()
		_, err := d.store.CompleteLogin(t.Context(), store.Login{
			Identity: store.Identity{Issuer: d.issuer, Subject: "stranger-1", Email: "stranger@nowhere.test", EmailVerified: true, Name: "A\u200bn\u2060n\U000e0041"},
			Signup:   store.SignupProfile, Now: now,
			Session: store.Session{
				ID: store.NewID(), SecretHash: store.HashToken("a"), BrowserHash: store.HashToken("b"),
				CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
			},
		})
		must(t, err)
		d.claims(map[string]any{"name": ""}) // the login keeps that name
		defer d.claims(nil)
		ann := d.browser()
		d.loginAs(ann, "stranger-1", "")
		res, _ := get(t, ann, "https://app.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: app.example.test")
		if name := res.Header.Get("Remote-Name"); name != "Ann" {
			t.Errorf("Remote-Name is %q", name)
		}
	})
}
