// Package examples_test runs what stands in these folders: the verifiers against every token that is not good, the
// policies as PostgREST would use them. The two apps are run behind nginx by the tests of ../deploy.
package examples_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/handlers/token"
)

// The people and places of these tests.
const (
	ann  = "11111111-1111-4111-8111-111111111111"
	bea  = "22222222-2222-4222-8222-222222222222"
	acme = "33333333-3333-4333-8333-333333333333"
	beta = "44444444-4444-4444-8444-444444444444"
)

// atAcme is ann, owner of acme.
var atAcme = token.Claims{
	UserID: ann, Email: "ann@acme.test", OrganizationID: acme, OrganizationSlug: "acme", OrganizationRole: "owner",
	SessionID: "55555555-5555-4555-8555-555555555555",
}

// issuer is the part of the service that verifiers know: an origin with a key set.
type issuer struct {
	url  string
	file string
	key  jose.JSONWebKey // that of the file
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	text, err := token.NewKeySet()
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{file: filepath.Join(t.TempDir(), "signing-keys.json")}
	if err := os.WriteFile(i.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	i.key = set.Keys[0]
	public, _ := i.signer(t, token.Config{}).KeySet()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/jwks.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(public)
	}))
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// signer signs with the issuer's key; what c leaves open is as it should be.
func (i *issuer) signer(t *testing.T, c token.Config) *token.Signer {
	t.Helper()
	if c.Issuer == "" {
		c.Issuer = i.url
	}
	if c.Audience == "" {
		c.Audience = "authenticated"
	}
	if c.Role == "" {
		c.Role = "authenticated"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s, err := token.Open(i.file, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (i *issuer) sign(t *testing.T, config token.Config, claims token.Claims) string {
	t.Helper()
	raw, _, err := i.signer(t, config).Issue(claims)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
