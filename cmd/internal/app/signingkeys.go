package app

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// NewSigningKeys returns a private JWK Set (RFC 7517) of one fresh ES256 key,
// named by its thumbprint (RFC 7638).
func NewSigningKeys() ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	key := jose.JSONWebKey{Key: private, Algorithm: string(jose.ES256), Use: "sig"}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("name a signing key: %w", err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	text, err := json.MarshalIndent(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a signing key: %w", err)
	}
	return append(text, '\n'), nil
}

// checkSigningKeys wants a JWK Set of private ES256 keys. The error never
// quotes the set.
func checkSigningKeys(text []byte) error {
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		return errors.New("it is no JWK Set")
	}
	if len(set.Keys) == 0 {
		return errors.New("it has no key")
	}
	for i, key := range set.Keys {
		private, ok := key.Key.(*ecdsa.PrivateKey)
		switch {
		case !ok || private.Curve != elliptic.P256():
			return fmt.Errorf("key %d is no private key of the curve P-256", i+1)
		case key.Algorithm != "" && key.Algorithm != string(jose.ES256):
			return fmt.Errorf("key %d is for another algorithm than ES256", i+1)
		case key.Use != "" && key.Use != "sig":
			return fmt.Errorf("key %d is not for signing", i+1)
		}
	}
	return nil
}

// NewSecretKey returns one key for SECRET_KEYS, in base64.
func NewSecretKey() string {
	var key [32]byte
	rand.Read(key[:]) // never fails since Go 1.24
	return base64.StdEncoding.EncodeToString(key[:])
}
