package signin

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	// keysCoolDown is the least time between two fetches for unknown keys.
	keysCoolDown = 5 * time.Second
	// maxKeys bounds the signatures that one token can make us check.
	maxKeys = 64
	// maxKeyText bounds kid and issuer of a key, which are kept.
	maxKeyText = 4 << 10
)

// keySet is the provider's usable verification keys (RFC 7517 section 5).
type keySet []verificationKey

type verificationKey struct {
	id        string
	algorithm jose.SignatureAlgorithm // empty: any that fits the key
	issuer    string                  // see forIssuer; empty: any
	public    any                     // *rsa.PublicKey, *ecdsa.PublicKey or ed25519Key
}

// readKeys reads a key set. Keys that we cannot or may not use are skipped, as
// RFC 7517 section 5 says: tomorrow's kind of key in the set must not stop
// today's logins. A set without one usable key is an error.
func readKeys(body []byte) (keySet, error) {
	o, err := readObject(body)
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(o["keys"], &raw); err != nil {
		return nil, errors.New("keys is not an array")
	}
	var set keySet
	for _, r := range raw {
		if k, err := readKey(r); err == nil && len(set) < maxKeys && len(k.id)+len(k.issuer) <= maxKeyText {
			set = append(set, k)
		}
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("%w: of %d keys none is for signatures and RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519", ErrNoKey, len(raw))
	}
	return set, nil
}

func readKey(raw json.RawMessage) (verificationKey, error) {
	o, err := readObject(raw)
	if err != nil {
		return verificationKey{}, err
	}
	if use, ok, err := o.text("use"); err != nil || ok && use != "sig" {
		return verificationKey{}, errors.New("not for signatures")
	}
	if ops, err := o.texts("key_ops"); err != nil || ops != nil && !slices.Contains(ops, "verify") {
		return verificationKey{}, errors.New("not for verifying")
	}
	id, _, err := o.text("kid")
	if err != nil {
		return verificationKey{}, err
	}
	algorithm, _, err := o.text("alg")
	if err != nil {
		return verificationKey{}, err
	}
	// Only the numbers of the key go on to go-jose: a certificate beside them
	// is no reason to refuse, and nothing private is read.
	numbers := make(map[string]json.RawMessage)
	for _, name := range []string{"kty", "crv", "n", "e", "x", "y"} {
		if v, ok := o[name]; ok {
			numbers[name] = v
		}
	}
	bare, err := json.Marshal(numbers)
	if err != nil {
		return verificationKey{}, err
	}
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON(bare); err != nil {
		return verificationKey{}, err
	}
	issuer, _, err := o.text("issuer")
	if err != nil {
		return verificationKey{}, err
	}
	key := verificationKey{id: id, algorithm: canonical(algorithm), issuer: issuer, public: k.Key}
	if public, ok := k.Key.(ed25519.PublicKey); ok {
		key.public = ed25519Key(public)
	}
	for _, a := range asymmetric {
		if key.fits(a) {
			return key, nil
		}
	}
	return verificationKey{}, errors.New("no algorithm of ours for it")
}

// fits reports whether the key may check a signature of this algorithm.
func (k verificationKey) fits(a jose.SignatureAlgorithm) bool {
	if k.algorithm != "" && k.algorithm != a {
		return false
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey: // 4096 bits at most: go-jose checks
		return public.N.BitLen() >= 2048 && public.E >= 3 && (a[0] == 'R' || a[0] == 'P')
	case *ecdsa.PublicKey: // on its curve: go-jose checks
		return a == jose.ES256 && public.Curve == elliptic.P256() ||
			a == jose.ES384 && public.Curve == elliptic.P384() ||
			a == jose.ES512 && public.Curve == elliptic.P521()
	case ed25519Key:
		return a == jose.EdDSA
	}
	return false
}

// count is the number of keys that fit one of the algorithms.
func (s keySet) count(algorithms []jose.SignatureAlgorithm) int {
	n := 0
	for _, k := range s {
		if slices.ContainsFunc(algorithms, k.fits) {
			n++
		}
	}
	return n
}

// checkUsable returns [ErrNoKey] for a set that can verify no ID token.
func (s keySet) checkUsable(algorithms []jose.SignatureAlgorithm) error {
	if s.count(algorithms) > 0 {
		return nil
	}
	return fmt.Errorf("%w: none of %d keys fits an accepted algorithm, which are %s", ErrNoKey, len(s), algorithms)
}

// candidates are the keys that may have signed under this kid. Without a kid
// there must be but one fitting key (OpenID Connect Core section 10.1).
func (s keySet) candidates(kid string, a jose.SignatureAlgorithm) []verificationKey {
	var fitting []verificationKey
	for _, k := range s {
		if k.fits(a) && (kid == "" || k.id == kid) {
			fitting = append(fitting, k)
		}
	}
	if kid == "" && len(fitting) > 1 {
		return nil
	}
	return fitting
}

// fetchKeys fetches the set that discovery names.
func (p *Provider) fetchKeys(ctx context.Context) (set keySet, fresh time.Duration, err error) {
	m, err := p.metadata.get(ctx)
	if err != nil {
		return nil, 0, err
	}
	err = p.get(ctx, keysEndpoint, m.endpoints.keys, func(r reply) error {
		fresh = freshness(r.header.Get("Cache-Control"))
		if set, err = readKeys(r.body); err != nil {
			return err
		}
		return set.checkUsable(m.algorithms)
	})
	if err != nil {
		p.config.Logger.WarnContext(ctx, "fetch provider keys failed", "error", err)
	}
	return set, fresh, err
}

// freshness is max-age of a Cache-Control header (RFC 9111 section 5.2.2.1),
// at least five minutes and at most a day, less a tenth so that the next fetch
// comes before its end; an hour where the header says nothing.
func freshness(header string) time.Duration {
	age := time.Hour
	for directive := range strings.SplitSeq(header, ",") {
		if s, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(directive)), "max-age="); ok {
			if n, err := strconv.ParseUint(s, 10, 31); err == nil {
				age = time.Duration(n) * time.Second
			}
		}
	}
	age = min(max(age, 5*time.Minute), 24*time.Hour)
	return age - age/10
}

// tokenKeys is the key set that go-oidc uses for one token. go-oidc's own fetches
// for every unknown kid, without a bound.
type tokenKeys struct {
	provider *Provider
	issuer   string // of the token
	header   header // of the token
	err      error  // of VerifySignature: go-oidc returns its text alone
}

// VerifySignature implements [oidc.KeySet].
func (k *tokenKeys) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	payload, k.err = k.provider.verifySignature(ctx, token, k.issuer, k.header)
	return payload, k.err
}

// verifySignature returns the payload of a token whose header was checked. Keys
// that it does not know it fetches, once; [document.renew] bounds how often.
func (p *Provider) verifySignature(ctx context.Context, token, issuer string, h header) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{h.written})
	if err != nil {
		return nil, errors.New("not a signed JWT")
	}
	set, version, err := p.keys.versioned(ctx)
	if err != nil {
		return nil, asError(err)
	}
	known := set.forIssuer(issuer).candidates(h.keyID, h.algorithm)
	if payload, ok := verifyWith(known, jws); ok {
		return payload, nil
	}
	// Under a known kid a bad signature is a bad signature. A provider that
	// names no kid may have changed its only key.
	if len(known) > 0 && h.keyID != "" {
		return nil, errors.New("the signature is not the provider's")
	}
	set, _, err = p.keys.renew(ctx, version)
	if err != nil {
		return nil, asError(fmt.Errorf("unknown key, and the key set could not be fetched: %w", err))
	}
	if payload, ok := verifyWith(set.forIssuer(issuer).candidates(h.keyID, h.algorithm), jws); ok {
		return payload, nil
	}
	return nil, fmt.Errorf("no key of the provider fits the signature: kid %.100q, alg %q, keys known: %d", h.keyID, h.written, len(set))
}

func verifyWith(keys []verificationKey, jws *jose.JSONWebSignature) ([]byte, bool) {
	for _, k := range keys {
		if payload, err := jws.Verify(k.public); err == nil {
			return payload, true
		}
	}
	return nil, false
}

// ed25519Key verifies under both names of its algorithm, of which go-jose knows
// one. It implements [jose.OpaqueVerifier].
type ed25519Key ed25519.PublicKey

func (k ed25519Key) VerifyPayload(payload, signature []byte, _ jose.SignatureAlgorithm) error {
	if !ed25519.Verify(ed25519.PublicKey(k), payload, signature) {
		return errors.New("bad signature")
	}
	return nil
}
