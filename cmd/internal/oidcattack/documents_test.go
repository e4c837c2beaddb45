package oidcattack_test

import (
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/store"
)

const discoveryPath = "/.well-known/openid-configuration"

// beginning is a login that cannot even begin.
func (w world) beginning(t *testing.T, status int, reason store.Reason) {
	t.Helper()
	before := w.rows(t)
	c := w.browser(t)
	w.refused(t, c, get(t, c, public+"/auth/start?redirect=%2Freports"), status, reason)
	w.unchanged(t, before)
}

// TestMetadataThatLiesIsNotUsed is E1, E2 and E9: no login begins, and once the
// provider tells the truth one does, without a restart.
func TestMetadataThatLiesIsNotUsed(t *testing.T) {
	t.Parallel()
	var led atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led.Add(1) }))
	t.Cleanup(thief.Close)
	changed := func(f func(d map[string]any)) func(world) http.HandlerFunc {
		return func(w world) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				recorder := httptest.NewRecorder()
				w.provider.honest.ServeHTTP(recorder, r)
				var d map[string]any
				if err := json.Unmarshal(recorder.Body.Bytes(), &d); err != nil {
					w.provider.t.Error(err)
				}
				f(d)
				rw.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(rw, asJSON(d))
			}
		}
	}
	set := func(name string, value any) func(world) http.HandlerFunc {
		return changed(func(d map[string]any) { d[name] = value })
	}
	plain := func(h http.HandlerFunc) func(world) http.HandlerFunc {
		return func(world) http.HandlerFunc { return h }
	}
	text := func(status int, body string) func(world) http.HandlerFunc {
		return plain(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, body)
		})
	}
	for name, test := range map[string]struct {
		answer func(world) http.HandlerFunc
		status int
		reason store.Reason
	}{
		"E1 another issuer":              {set("issuer", "https://evil.test"), 502, store.ProviderAnswer},
		"E1 no issuer":                   {changed(func(d map[string]any) { delete(d, "issuer") }), 502, store.ProviderAnswer},
		"E1 the issuer with a slash":     {changed(func(d map[string]any) { d["issuer"] = d["issuer"].(string) + "/" }), 502, store.ProviderAnswer},
		"E1 the issuer in another case":  {changed(func(d map[string]any) { d["issuer"] = strings.ToUpper(d["issuer"].(string)) }), 502, store.ProviderAnswer},
		"E1 the issuer in a list":        {changed(func(d map[string]any) { d["issuer"] = []any{d["issuer"]} }), 502, store.ProviderAnswer},
		"E2 keys without encryption":     {set("jwks_uri", "http://keys.evil.test/jwks"), 502, store.ProviderAnswer},
		"E2 a token endpoint without it": {set("token_endpoint", "http://evil.test/token"), 502, store.ProviderAnswer},
		"E2 a script for a login page":   {set("authorization_endpoint", "javascript:alert(1)"), 502, store.ProviderAnswer},
		"E2 a login page with our state": {changed(func(d map[string]any) {
			d["authorization_endpoint"] = d["authorization_endpoint"].(string) + "?state=theirs"
		}), 502, store.ProviderAnswer},
		"E2 a file of keys":                 {set("jwks_uri", "file:///etc/passwd"), 502, store.ProviderAnswer},
		"E2 a name and password in a place": {set("token_endpoint", "https://user:pass@evil.test/token"), 502, store.ProviderAnswer},
		"E2 no token endpoint":              {changed(func(d map[string]any) { delete(d, "token_endpoint") }), 502, store.ProviderAnswer},
		"E2 somewhere else":                 {plain(func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, thief.URL, http.StatusFound) }), 502, store.ProviderAnswer},
		"E2 two megabytes":                  {text(200, `{"a":"`+strings.Repeat("a", 2<<20)+`"}`), 502, store.ProviderAnswer},
		"E2 a page":                         {text(200, "<!doctype html>"), 502, store.ProviderAnswer},
		"E2 nothing":                        {text(200, ""), 502, store.ProviderAnswer},
		"E2 null":                           {text(200, "null"), 502, store.ProviderAnswer},
		"E2 the issuer twice":               {text(200, `{"issuer":"https://evil.test","issuer":"https://evil.test"}`), 502, store.ProviderAnswer},
		"E9 status 500":                     {text(500, "{}"), 502, store.ProviderAnswer},
		"E9 a connection that is reset":     {plain(func(rw http.ResponseWriter, r *http.Request) { hangUp("")(rw, "", r) }), 502, store.ProviderAway},
		"D5 none and a shared secret alone": {set("id_token_signing_alg_values_supported", []string{"none", "HS256"}), 502, store.ProviderAnswer},
		"A3 no way to say who we are":       {set("token_endpoint_auth_methods_supported", []string{"none"}), 502, store.ProviderAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.provider.replace(discoveryPath, test.answer(w))
			w.beginning(t, test.status, test.reason)
			w.provider.replace(discoveryPath, nil)
			w.clock.Move(11 * time.Second) // the longest pause between two tries
			w.login(t)
		})
	}
	t.Cleanup(func() { // after the parallel ones
		if n := led.Load(); n != 0 {
			t.Errorf("the other party was asked %d times", n)
		}
	})
}

// keySet answers with these keys.
func keySet(all map[string]*rsa.PrivateKey) http.HandlerFunc {
	var set jose.JSONWebKeySet
	for name, k := range all {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Public(), KeyID: name, Use: "sig", Algorithm: "RS256"})
	}
	return func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, asJSON(set)) }
}

// signedBy is Ann's login with another key.
func signedBy(key *rsa.PrivateKey, name string) *attack {
	return &attack{person: ann(), token: func(c map[string]any) string {
		return signed(key, strings.Replace(honestHeader, `"now"`, `"`+name+`"`, 1), asJSON(c))
	}}
}

// broken are key sets that are none.
func broken() map[string]http.HandlerFunc {
	text := func(status int, body string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, body)
		}
	}
	return map[string]http.HandlerFunc{
		"that answers 500":        text(500, published()),
		"that answers 404":        text(404, published()),
		"that is a page":          text(200, "<!doctype html>"),
		"that is empty":           text(200, ""),
		"that is null":            text(200, "null"),
		"of no keys":              text(200, `{"keys":[]}`),
		"of keys that are null":   text(200, `{"keys":null}`),
		"of no usable key":        text(200, `{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"AKP"}]}`),
		"that is cut off":         text(200, published()[:400]),
		"of two megabytes":        text(200, strings.Replace(published(), `{"keys"`, `{"a":"`+strings.Repeat("a", 2<<20)+`","keys"`, 1)),
		"that comes twice":        text(200, strings.Replace(published(), `{"keys"`, `{"keys":[],"keys"`, 1)),
		"that is somewhere else":  func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/other-keys", http.StatusFound) },
		"whose connection breaks": func(rw http.ResponseWriter, r *http.Request) { hangUp("")(rw, "", r) },
	}
}

// TestAKeySetThatIsNone is E2, E6 and E8: without keys no login succeeds, and who
// was let in by keys that are known still is.
func TestAKeySetThatIsNone(t *testing.T) {
	t.Parallel()
	for name, answer := range broken() {
		t.Run("E6 a key set "+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.provider.replace("/jwks", answer)
			before := w.rows(t)
			c := w.browser(t)
			res := w.attempt(t, c, nil)
			reason := store.ProviderAnswer
			if strings.Contains(name, "breaks") {
				reason = store.ProviderAway
			}
			w.refused(t, c, res, http.StatusBadGateway, reason)
			w.unchanged(t, before)

			w.provider.replace("/jwks", nil)
			w.clock.Move(6 * time.Second)
			w.login(t)

			// Now the keys are known, and the set breaks again.
			w.provider.replace("/jwks", answer)
			w.clock.Move(2 * time.Hour)
			w.login(t)
			before = w.rows(t)
			c = w.browser(t)
			w.refused(t, c, w.attempt(t, c, signedBy(keys().next, "next")), http.StatusBadGateway, reason)
			w.unchanged(t, before)
			w.login(t)
			if w.provider.asked("/other-keys") != 0 {
				t.Error("a redirect was followed")
			}
		})
	}
}

// TestKeysThatChange is E3 and E4.
func TestKeysThatChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.login(t)
	landing := func(t *testing.T, a *attack) {
		t.Helper()
		c := w.browser(t)
		w.landed(t, c, w.attempt(t, c, a), "https://acme.example.test/reports")
	}
	t.Run("E4 a new key beside the old one is good at once", func(t *testing.T) {
		w.provider.replace("/jwks", keySet(map[string]*rsa.PrivateKey{"now": keys().now, "next": keys().next}))
		asked := w.provider.asked("/jwks")
		landing(t, signedBy(keys().next, "next"))
		landing(t, nil)
		if n := w.provider.asked("/jwks") - asked; n != 1 {
			t.Errorf("the key set was fetched %d times, want once", n)
		}
	})
	t.Run("E4 a new key alone is good at once, and the old one no longer", func(t *testing.T) {
		w.clock.Move(6 * time.Second)
		w.provider.replace("/jwks", keySet(map[string]*rsa.PrivateKey{"third": keys().retired}))
		landing(t, signedBy(keys().retired, "third"))
		before := w.rows(t)
		c := w.browser(t)
		w.refused(t, c, w.attempt(t, c, nil), http.StatusBadGateway, store.ProviderAnswer)
		w.unchanged(t, before)
	})
	t.Run("E4 another key under the old name is good once the set is stale, and not by itself", func(t *testing.T) {
		w.clock.Move(6 * time.Second)
		w.provider.replace("/jwks", keySet(map[string]*rsa.PrivateKey{"third": keys().now}))
		before := w.rows(t)
		c := w.browser(t)
		w.refused(t, c, w.attempt(t, c, signedBy(keys().now, "third")), http.StatusBadGateway, store.ProviderAnswer)
		w.unchanged(t, before)
	})
	t.Run("E3 a hundred unknown keys fetch the set once in five seconds", func(t *testing.T) {
		w := newWorld(t, nil)
		w.login(t)
		asked, before := w.provider.asked("/jwks"), w.rows(t)
		for range 100 {
			c := w.browser(t)
			res := w.attempt(t, c, signedBy(keys().retired, "unheard-of"))
			if res.StatusCode != http.StatusBadGateway {
				t.Fatalf("answered %d", res.StatusCode)
			}
			w.clock.Move(100 * time.Millisecond)
		}
		if n := w.provider.asked("/jwks") - asked; n < 1 || n > 3 { // ten seconds went by
			t.Errorf("the key set was fetched %d times", n)
		}
		w.unchanged(t, before)
		w.login(t)
	})
}
