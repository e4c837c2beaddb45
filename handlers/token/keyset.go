package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keySet is the keys of one file, and their public part as it is published.
type keySet struct {
	keys   []key // as in the file
	public []byte
	etag   string
}

// key is one private key, ready to sign.
type key struct {
	id        string    // RFC 7638 thumbprint
	notBefore time.Time // zero: at any time
	signer    jose.Signer
}

func newKeySet(private []privateKey) (*keySet, error) {
	s := &keySet{}
	var public jose.JSONWebKeySet
	for _, p := range private {
		id, err := thumbprint(&p.key.PublicKey)
		if err != nil {
			return nil, err
		}
		signer, err := jose.NewSigner(
			jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: id}},
			(&jose.SignerOptions{}).WithType("at+jwt"))
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, key{id: id, notBefore: p.notBefore, signer: signer})
		public.Keys = append(public.Keys, jose.JSONWebKey{
			Key: &p.key.PublicKey, KeyID: id, Algorithm: string(jose.ES256), Use: "sig",
		})
	}
	var err error
	if s.public, err = json.Marshal(public); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(s.public)
	s.etag = `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	return s, nil
}

var errNoKeyYet = errors.New("no key may sign yet: every one has an nbf in the future")

// signing is the first key that may sign at now.
func (s *keySet) signing(now time.Time) (key, error) {
	for _, k := range s.keys {
		if !now.Before(k.notBefore) {
			return k, nil
		}
	}
	return key{}, errNoKeyYet
}

func (k key) sign(payload []byte) (string, error) {
	jws, err := k.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// thumbprint is the key's id: RFC 7638 with SHA-256, in base64url.
func thumbprint(public *ecdsa.PublicKey) (string, error) {
	sum, err := (&jose.JSONWebKey{Key: public}).Thumbprint(crypto.SHA256)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(sum), nil
}

// NewKeySet makes a private JWK Set of one fresh P-256 key, as the file holds it.
func NewKeySet() ([]byte, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("token: new key: %w", err)
	}
	id, err := thumbprint(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("token: new key: %w", err)
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: private, KeyID: id, Algorithm: string(jose.ES256), Use: "sig",
	}}}
	text, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("token: new key: %w", err)
	}
	return append(text, '\n'), nil
}
