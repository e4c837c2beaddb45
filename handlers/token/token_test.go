package token_test

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"orglogin/handlers/token"
	"orglogin/store"
)

var begin = time.Date(2026, 11, 22, 10, 0, 0, 500_000_000, time.UTC)

var claims = token.Claims{
	UserID: "11111111-1111-4111-8111-111111111111", Email: "ann@acme.test",
	OrganizationID: "33333333-3333-4333-8333-333333333333", OrganizationSlug: "acme", OrganizationRole: "owner",
	SessionID: "44444444-4444-4444-8444-444444444444",
}

// jwkOf is a fresh key as a member of a set, with changes.
func jwkOf(t testing.TB, changes ...any) map[string]any {
	t.Helper()
	text, err := token.NewKeySet()
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	k := set.Keys[0]
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == nil {
			delete(k, changes[i].(string))
		} else {
			k[changes[i].(string)] = changes[i+1]
		}
	}
	return k
}

func write(t testing.TB, path string, keys ...map[string]any) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, now func() time.Time, keys ...map[string]any) (*token.Signer, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "signing-keys.json")
	write(t, path, keys...)
	s, err := token.Open(path, config(now))
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func config(now func() time.Time) token.Config {
	return token.Config{Issuer: "https://login.example.com", Audience: "authenticated", Role: "authenticated", Now: now}
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// verify reads a token as a verifier does: with the published keys alone.
func verify(t testing.TB, s *token.Signer, raw string) (jose.Header, map[string]any) {
	t.Helper()
	text, _ := s.KeySet()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := parsed.Claims(set, &got); err != nil {
		t.Fatal(err)
	}
	return parsed.Headers[0], got
}

func mustSign(t testing.TB, s *token.Signer, c token.Claims) string {
	t.Helper()
	raw, _, err := s.Issue(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestWhatATokenSays(t *testing.T) {
	k := jwkOf(t)
	s, _ := open(t, at(begin), k)
	raw, expires, err := s.Issue(claims)
	if err != nil {
		t.Fatal(err)
	}
	if value, err := s.Authorization(claims); err != nil || value != "Bearer "+raw {
		t.Errorf("the header says %q, %v", value, err)
	}
	header, got := verify(t, s, raw)
	if header.Algorithm != "ES256" || header.KeyID != k["kid"] || header.ExtraHeaders["typ"] != "at+jwt" || header.JSONWebKey != nil {
		t.Errorf("header %+v", header)
	}
	jti, _ := got["jti"].(string)
	delete(got, "jti")
	if !store.ValidID(jti) {
		t.Errorf("jti %q", jti)
	}
	issued := float64(begin.Unix())
	for name, want := range map[string]any{
		"iss": "https://login.example.com", "sub": claims.UserID, "aud": "authenticated", "role": "authenticated",
		"email": claims.Email, "org_id": claims.OrganizationID, "org_slug": "acme", "org_role": "owner",
		"session_id": claims.SessionID, "iat": issued, "nbf": issued, "exp": issued + 300,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
		delete(got, name)
	}
	if len(got) > 0 {
		t.Errorf("it says more: %v", got)
	}
	if expires.Unix() != begin.Unix()+300 {
		t.Errorf("expires %v", expires)
	}
}

func TestAnOrganizationThatIsNoneIsLeftOut(t *testing.T) {
	s, _ := open(t, at(begin), jwkOf(t))
	_, got := verify(t, s, mustSign(t, s, token.Claims{UserID: claims.UserID, SessionID: claims.SessionID}))
	for _, name := range []string{"org_id", "org_slug", "org_role"} {
		if v, ok := got[name]; ok {
			t.Errorf("%s is %q", name, v)
		}
	}
}

func TestNobodyGetsNoToken(t *testing.T) {
	s, _ := open(t, at(begin), jwkOf(t))
	for _, c := range []token.Claims{{}, {UserID: claims.UserID}, {SessionID: claims.SessionID}} {
		if raw, _, err := s.Issue(c); err == nil || raw != "" {
			t.Errorf("%+v: %q, %v", c, raw, err)
		}
	}
}

func TestReuse(t *testing.T) {
	other := func(f func(*token.Claims)) token.Claims { c := claims; f(&c); return c }
	for _, c := range []struct {
		sentence string
		claims   token.Claims
		after    time.Duration
		same     bool
	}{
		{"the same claims at once", claims, 0, true},
		{"the same claims within a minute", claims, time.Minute - 1, true},
		{"the same claims after a minute", claims, time.Minute, false},
		{"a clock set back", claims, -time.Second, false},
		{"another session", other(func(c *token.Claims) { c.SessionID = "s" }), 0, false},
		{"another organization", other(func(c *token.Claims) { c.OrganizationID = "o" }), 0, false},
		{"another slug", other(func(c *token.Claims) { c.OrganizationSlug = "acme-2" }), 0, false},
		{"another role", other(func(c *token.Claims) { c.OrganizationRole = "member" }), 0, false},
		{"another address", other(func(c *token.Claims) { c.Email = "ann@new.test" }), 0, false},
		{"another person", other(func(c *token.Claims) { c.UserID = "u" }), 0, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			now := begin
			s, _ := open(t, func() time.Time { return now }, jwkOf(t))
			first := mustSign(t, s, claims)
			now = begin.Add(c.after)
			raw, expires, err := s.Issue(c.claims)
			if err != nil || (raw == first) != c.same {
				t.Errorf("same %v, want %v; %v", raw == first, c.same, err)
			}
			if left := expires.Sub(now); left < 4*time.Minute-time.Second || left > token.Lifetime {
				t.Errorf("%v left", left)
			}
		})
	}
}

func TestRotation(t *testing.T) {
	now := begin
	old, next := jwkOf(t), jwkOf(t, "nbf", begin.Add(time.Hour).Unix())
	s, path := open(t, func() time.Time { return now }, old)
	signs := func(want map[string]any) {
		t.Helper()
		if header, _ := verify(t, s, mustSign(t, s, claims)); header.KeyID != want["kid"] {
			t.Errorf("%v signs, want %v", header.KeyID, want["kid"])
		}
	}
	signs(old)
	_, before := s.KeySet()

	write(t, path, next, old)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	signs(old) // the next one is published, and does not sign yet
	text, etag := s.KeySet()
	if !strings.Contains(string(text), next["kid"].(string)) || !strings.Contains(string(text), old["kid"].(string)) || etag == before {
		t.Errorf("published %s, %s", text, etag)
	}
	now = begin.Add(time.Hour - time.Second)
	signs(old)
	last := mustSign(t, s, claims)
	now = begin.Add(time.Hour)
	signs(next) // at that time to the second, whatever was handed out before
	verify(t, s, last)

	write(t, path, next)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	signs(next)
	if text, _ := s.KeySet(); strings.Contains(string(text), old["kid"].(string)) {
		t.Error("the old key is still published")
	}

	second := jwkOf(t)
	write(t, path, next, second)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	signs(next) // the first of the file
	write(t, path, second, next)
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	signs(second)
}

func TestAFileThatDoesNotHoldLeavesTheKeysInUse(t *testing.T) {
	s, path := open(t, at(begin), jwkOf(t))
	raw := mustSign(t, s, claims)
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err == nil {
		t.Error("a broken file was taken")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	verify(t, s, raw)
	if mustSign(t, s, claims) != raw {
		t.Error("the signer forgot")
	}
}

func TestThePublishedSetIsPublic(t *testing.T) {
	one, two := jwkOf(t), jwkOf(t, "kid", nil, "use", nil, "alg", nil, "note", "mine")
	s, path := open(t, at(begin), one, two)
	text, etag := s.KeySet()
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("%s: %v", text, err)
	}
	for _, k := range set.Keys {
		for name := range k {
			if !strings.Contains(" kty crv x y kid use alg ", " "+name+" ") {
				t.Errorf("it publishes %s", name)
			}
		}
		if k["kty"] != "EC" || k["crv"] != "P-256" || k["use"] != "sig" || k["alg"] != "ES256" {
			t.Errorf("key %v", k)
		}
		var public jose.JSONWebKey
		member, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(member, &public); err != nil {
			t.Fatal(err)
		}
		sum, err := public.Thumbprint(crypto.SHA256)
		if err != nil || k["kid"] != base64.RawURLEncoding.EncodeToString(sum) {
			t.Errorf("kid %v is not the thumbprint, %v", k["kid"], err)
		}
	}
	for _, secret := range []any{one["d"], two["d"]} {
		if strings.Contains(string(text), secret.(string)) {
			t.Error("it publishes a private key")
		}
	}
	again, err := token.Open(path, config(at(begin)))
	if err != nil {
		t.Fatal(err)
	}
	if _, same := again.KeySet(); same != etag || len(etag) != 24 || etag[0] != '"' {
		t.Errorf("another instance's ETag %s, ours %s", same, etag)
	}
}

func TestConcurrentUse(t *testing.T) {
	s, path := open(t, at(begin), jwkOf(t))
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 50 {
				c := claims
				c.SessionID = string(rune('a'+i)) + string(rune('a'+j%5))
				if _, _, err := s.Issue(c); err != nil {
					t.Error(err)
				}
				s.KeySet()
				if j%10 == 0 {
					if err := s.Reload(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func BenchmarkSign(b *testing.B) {
	b.Run("fresh", func(b *testing.B) {
		now := begin
		s, _ := open(b, func() time.Time { now = now.Add(time.Minute); return now }, jwkOf(b))
		b.ReportAllocs()
		for b.Loop() {
			mustSign(b, s, claims)
		}
	})
	b.Run("handed out again", func(b *testing.B) {
		s, _ := open(b, at(begin), jwkOf(b))
		b.ReportAllocs()
		for b.Loop() {
			mustSign(b, s, claims)
		}
	})
}
