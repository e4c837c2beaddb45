package oidcattack_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// honestHeader is that of every token which is not itself the lie.
const honestHeader = `{"alg":"RS256","kid":"now","typ":"JWT"}`

// keyring is the keys of the provider and of those who are not it.
type keyring struct {
	now, next, retired, weak, secret *rsa.PrivateKey // secret: for encryption alone
	curve                            *ecdsa.PrivateKey
}

// keys are found once: looking for primes takes longer than a login.
var keys = sync.OnceValue(func() keyring {
	bits := func(n int) *rsa.PrivateKey {
		k, err := rsa.GenerateKey(rand.Reader, n)
		if err != nil {
			panic(err)
		}
		return k
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return keyring{now: bits(2048), next: bits(2048), retired: bits(2048), weak: bits(1024), secret: bits(2048), curve: curve}
})

// published is the provider's key set: good keys, and beside them those that
// must not be used or cannot be read (E7, E8).
func published() string {
	k := keys()
	set := []string{
		`{"kty":"AKP","alg":"ML-DSA-65","kid":"tomorrow","use":"sig","pub":"AAAA"}`,
		`{"kty":"EC","crv":"P-256","kid":"off-curve","use":"sig","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`,
		`{"kty":"oct","kid":"shared","alg":"HS256","use":"sig","k":"` + b64([]byte(clientSecret)) + `"}`,
		`{"kty":"RSA","kid":"exponent-one","use":"sig","n":"` + b64(k.now.N.Bytes()) + `","e":"AQ"}`,
		`"not a key"`, `{}`, `null`,
	}
	for _, one := range []jose.JSONWebKey{
		{Key: k.now.Public(), KeyID: "now", Use: "sig", Algorithm: "RS256"},
		{Key: k.curve.Public(), KeyID: "curve", Use: "sig", Algorithm: "ES256"},
		{Key: k.secret.Public(), KeyID: "secret", Use: "enc"},
		{Key: k.next.Public(), KeyID: "for-another", Use: "sig", Algorithm: "RS512"},
	} {
		set = append(set, asJSON(one))
	}
	// The library does not write a key that is too short.
	set = append(set, `{"kty":"RSA","kid":"weak","use":"sig","n":"`+b64(k.weak.N.Bytes())+`","e":"AQAB"}`)
	return `{"keys":[` + strings.Join(set, ",") + `]}`
}

func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signed is a token of any header and payload, RS256 by key.
func signed(key *rsa.PrivateKey, header, payload string) string {
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(signature)
}

// honest is a token as the provider signs it.
func honest(payload string) string { return signed(keys().now, honestHeader, payload) }

// macked is a token signed with a shared secret.
func macked(secret []byte, header, payload string) string {
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

// publicPEM is the public key as a file: what a confused verifier would take
// for a secret.
func publicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(keys().now.Public())
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// curved is a token signed with the curve's key, r and s as signature says.
func curved(header, payload string, signature func(text string) []byte) string {
	text := b64([]byte(header)) + "." + b64([]byte(payload))
	return text + "." + b64(signature(text))
}

func es256(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, keys().curve, sum[:])
	if err != nil {
		panic(err)
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}

// payloadOf is the middle of a token.
func payloadOf(t testing.TB, raw string) map[string]any {
	t.Helper()
	parts := strings.Split(raw, ".")
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(b, &claims))
	return claims
}

// powerless is a token that a key with the exponent one would find signed:
// then the signature is the padded text itself, which anybody can write.
func powerless(payload string) string {
	text := b64([]byte(`{"alg":"RS256","kid":"exponent-one"}`)) + "." + b64([]byte(payload))
	sum := sha256.Sum256([]byte(text))
	// RFC 8017 section 9.2, with the identifier of SHA-256.
	info := append([]byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}, sum[:]...)
	padded := bytes.Repeat([]byte{0xff}, keys().now.Size())
	padded[0], padded[1] = 0, 1
	padded[len(padded)-len(info)-1] = 0
	copy(padded[len(padded)-len(info):], info)
	return text + "." + b64(padded)
}
