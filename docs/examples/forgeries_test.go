package examples_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/handlers/token"
)

// presented is one token and the organization that it is presented to.
type presented struct {
	token, organization string
	good                bool
}

// tokens are a good one and what must not pass for it (RFC 8725), by what is wrong.
func (i *issuer) tokens(t *testing.T) map[string]presented {
	t.Helper()
	claims := func(change func(*token.Claims)) token.Claims { c := atAcme; change(&c); return c }
	at := func(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }
	good := i.sign(t, token.Config{}, atAcme)
	all := map[string]presented{
		"a good one, by slug": {good, "acme", true},
		"a good one, by id":   {good, acme, true},

		"for another organization":     {token: good, organization: "beta"},
		"for another organization, id": {token: good, organization: beta},
		"of another organization":      {token: i.sign(t, token.Config{}, claims(func(c *token.Claims) { c.OrganizationID, c.OrganizationSlug = beta, "beta" })), organization: "acme"},
		"of no organization": {token: i.sign(t, token.Config{}, claims(func(c *token.Claims) {
			c.OrganizationID, c.OrganizationSlug, c.OrganizationRole = "", "", ""
		})), organization: "acme"},
		"expired":              {token: i.sign(t, token.Config{Now: at(-token.Lifetime - 2*time.Second)}, atAcme), organization: "acme"},
		"not valid yet":        {token: i.sign(t, token.Config{Now: at(10 * time.Minute)}, atAcme), organization: "acme"},
		"for another audience": {token: i.sign(t, token.Config{Audience: "staging"}, atAcme), organization: "acme"},
		"of another issuer":    {token: i.sign(t, token.Config{Issuer: "https://login.example.org"}, atAcme), organization: "acme"},
		"nothing":              {token: "", organization: "acme"},
		"no token":             {token: "a.b.c", organization: "acme"},
	}
	for name, raw := range i.forgeries(t, good) {
		all[name] = presented{token: raw, organization: "acme"}
	}
	return all
}

// forgeries are made out of a good token without the key, and one by a person with the key.
func (i *issuer) forgeries(t *testing.T, good string) map[string]string {
	t.Helper()
	parts := strings.Split(good, ".")
	header, payload := decoded(t, parts[0]), decoded(t, parts[1])
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	raw := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	with := func(object map[string]any, name string, value any) string {
		changed := maps.Clone(object)
		changed[name] = value
		return encoded(t, changed)
	}
	flipped := append([]byte{}, signature...)
	flipped[10] ^= 1

	// The public key as a secret of HMAC, in the ways that a library may have it at hand.
	public := i.key.Public()
	der, err := x509.MarshalPKIXPublicKey(public.Key)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	keyed := func(secret []byte) string {
		signed := with(header, "alg", "HS256") + "." + parts[1]
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return signed + "." + raw(mac.Sum(nil))
	}
	mallory, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	theirs := jose.JSONWebKey{Key: mallory, KeyID: i.key.KeyID}
	forger := func(key jose.JSONWebKey, options jose.SignerOptions) string { return signed(t, key, options, parts[1]) }

	return map[string]string{
		"alg none":                       with(header, "alg", "none") + "." + parts[1] + ".",
		"alg None, the signature kept":   with(header, "alg", "None") + "." + parts[1] + "." + parts[2],
		"alg ES384":                      with(header, "alg", "ES384") + "." + parts[1] + "." + parts[2],
		"alg RS256":                      with(header, "alg", "RS256") + "." + parts[1] + "." + parts[2],
		"alg HS256 under the key as PEM": keyed(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"alg HS256 under the key as DER": keyed(der),
		"alg HS256 under the key as JWK": keyed(jwk),
		"alg HS256 under nothing":        keyed(nil),
		"another person":                 parts[0] + "." + with(payload, "sub", bea) + "." + parts[2],
		"a later end":                    parts[0] + "." + with(payload, "exp", 4102444800) + "." + parts[2],
		"a signature of one bit less":    parts[0] + "." + parts[1] + "." + raw(flipped),
		"no signature":                   parts[0] + "." + parts[1] + ".",
		"two parts":                      parts[0] + "." + parts[1],
		"a signature of zeros":           parts[0] + "." + parts[1] + "." + raw(make([]byte, 64)),
		"a key that was not published":   with(header, "kid", "another") + "." + parts[1] + "." + parts[2],
		"another's key under our kid":    forger(theirs, *(&jose.SignerOptions{}).WithType("at+jwt")),
		"another's key in the header":    forger(theirs, *(&jose.SignerOptions{EmbedJWK: true}).WithType("at+jwt")),
		"our key, and no access token":   forger(i.key, *(&jose.SignerOptions{}).WithType("JWT")),
		"our key, and no type":           forger(i.key, jose.SignerOptions{}),
		"our key, critical and unknown": forger(i.key, *(&jose.SignerOptions{}).WithType("at+jwt").
			WithHeader("crit", []string{"exempt"}).WithHeader("exempt", true)),
	}
}

// signed signs a payload, given as it stands in a token.
func signed(t *testing.T, key jose.JSONWebKey, options jose.SignerOptions, payload string) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, &options)
	if err != nil {
		t.Fatal(err)
	}
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func decoded(t *testing.T, part string) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

func encoded(t *testing.T, object map[string]any) string {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}
