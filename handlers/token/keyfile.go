package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// maxFile bounds the file of keys, in bytes; a key takes about 300.
const maxFile = 1 << 20

// readFile reads a private JWK Set that only its owner and a group of this process may read: Kubernetes mounts a Secret as
// files of root's that the group of the pod can read.
func readFile(path string) (*keySet, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w (orglogin keys new writes one)", err)
	}
	defer f.Close()
	info, err := f.Stat() // of the open file: the path may name another one by now
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	if err := checkReaders(path, info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	private, err := parsePrivate(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return newKeySet(private)
}

// describeJSONError says where a JSON error is, and never what the text was.
func describeJSONError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("bad JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%q is of the wrong kind", kind.Field)
	}
	return errors.New("not an object")
}

type privateKey struct {
	key       *ecdsa.PrivateKey
	notBefore time.Time
}

// parsePrivate reads a private JWK Set (RFC 7517 section 5). The error joins one
// for each bad key, by position, and shows nothing of any.
func parsePrivate(text []byte) ([]privateKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("not a JWK Set: %w", describeJSONError(err))
	}
	if len(set.Keys) == 0 {
		return nil, errors.New(`no key under "keys"`)
	}
	var all []privateKey
	var errs []error
	at := map[string]int{}
	for i, raw := range set.Keys {
		k, id, err := parseKey(raw)
		if first, ok := at[id]; err == nil && ok {
			err = fmt.Errorf("the same as key %d", first)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("key %d: %w", i+1, err))
			continue
		}
		at[id] = i + 1
		all = append(all, k)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return all, nil
}

// jwk is a key as RFC 7517 and RFC 7518 section 6.2 write it, with our nbf.
type jwk struct {
	Type      string   `json:"kty"`
	Curve     string   `json:"crv"`
	X         string   `json:"x"`
	Y         string   `json:"y"`
	D         string   `json:"d"`
	ID        string   `json:"kid"`
	Use       string   `json:"use"`
	Algorithm string   `json:"alg"`
	NotBefore *float64 `json:"nbf"`
}

func parseKey(raw []byte) (k privateKey, id string, err error) {
	var j jwk
	if err := json.Unmarshal(raw, &j); err != nil {
		return k, "", fmt.Errorf("not a JWK: %w", describeJSONError(err))
	}
	switch {
	case j.Type != "EC" || j.Curve != "P-256":
		return k, "", fmt.Errorf("kty %.10q and crv %.10q, not EC and P-256: tokens are ES256 alone", j.Type, j.Curve)
	case j.Algorithm != "" && j.Algorithm != "ES256":
		return k, "", fmt.Errorf("alg %.10q, not ES256", j.Algorithm)
	case j.Use != "" && j.Use != "sig":
		return k, "", fmt.Errorf("use %.10q, not sig", j.Use)
	case j.D == "":
		return k, "", errors.New("a public key: d is missing")
	case j.NotBefore != nil && (*j.NotBefore < 0 || *j.NotBefore > 1<<40):
		return k, "", errors.New("nbf is not in seconds since 1970")
	}
	if k.key, err = privateKeyOf(j); err != nil {
		return k, "", err
	}
	if id, err = thumbprint(&k.key.PublicKey); err != nil {
		return k, "", err
	}
	if j.ID != "" && j.ID != id {
		return k, "", fmt.Errorf("kid %.50q is not its RFC 7638 thumbprint, %q; leave kid out", j.ID, id)
	}
	if j.NotBefore != nil {
		k.notBefore = time.Unix(int64(*j.NotBefore), 0)
	}
	return k, id, nil
}

// privateKeyOf wants d, x and y at full length (RFC 7518 sections 6.2.1 and
// 6.2.2) and of one another. Errors of the decoders are not passed on: they
// may quote what they were given.
func privateKeyOf(j jwk) (*ecdsa.PrivateKey, error) {
	var b [3][]byte
	for i, s := range [3]string{j.D, j.X, j.Y} {
		var err error
		if b[i], err = base64.RawURLEncoding.Strict().DecodeString(s); err != nil || len(b[i]) != 32 {
			return nil, fmt.Errorf("%c is not 32 bytes in base64url without padding", "dxy"[i])
		}
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b[0])
	if err != nil {
		return nil, errors.New("d is no number of the curve")
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, b[1]...), b[2]...))
	if err != nil || !key.PublicKey.Equal(public) {
		return nil, errors.New("x and y are not the public key of d")
	}
	return key, nil
}
