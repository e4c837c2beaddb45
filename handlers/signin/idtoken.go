package signin

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"orglogin/store"
)

const (
	maxIDToken = 64 << 10
	leeway     = time.Minute // for clocks that differ
	maxAge     = time.Hour   // of an ID token that was just asked for
	maxSubject = 255         // OpenID Connect Core section 2
)

// claimNames are the claims that are read here or by go-oidc.
var claimNames = []string{
	"iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash",
	"email", "email_verified", "xms_edov", "hd", "tid", "name", "picture", "_claim_names", "_claim_sources",
}

// verifyIDToken checks the ID token by OpenID Connect Core section 3.1.3.7 and
// 3.1.3.8 and returns its claims. It reads header and claims strictly, lets
// go-oidc verify the token, and then checks what go-oidc leaves to its caller.
// The signature is verified although rule 6 allows relying on TLS instead.
func (p *Provider) verifyIDToken(ctx context.Context, m metadata, f Flow, t tokens) (object, error) {
	h, err := readHeader(t.id, m.algorithms)
	if err != nil {
		return nil, badIDToken(err)
	}
	claims, err := readClaims(h.payload)
	if err != nil {
		return nil, badIDToken(err)
	}
	issuer, err := p.issuerFor(claims)
	if err != nil {
		return nil, badIDToken(err)
	}
	if err := p.verifyWithOIDC(ctx, t.id, issuer, h); err != nil {
		return nil, badIDToken(err)
	}
	if err := p.checkClaims(claims, f, t.access, h.algorithm); err != nil {
		return nil, badIDToken(err)
	}
	return claims, nil
}

// badIDToken is an ID token that is not accepted. An error that is an [*Error]
// stays itself: a key set that could not be fetched, another login's nonce.
func badIDToken(err error) *Error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	return badProvider("ID token: %w", err)
}

// header is the part of a JOSE header that decides anything. A key inside it
// (jwk) or a place to fetch one (jku, x5u) decides nothing.
type header struct {
	algorithm jose.SignatureAlgorithm // see canonical
	written   jose.SignatureAlgorithm // alg itself
	keyID     string                  // kid, empty without one
	payload   []byte                  // of the token: decoded, not verified
}

var base64url = base64.RawURLEncoding.Strict()

// readHeader checks the form of a token, three parts of strict base64url, and
// its header, before anything else of it is decoded.
func readHeader(token string, accepted []jose.SignatureAlgorithm) (header, error) {
	if len(token) > maxIDToken {
		return header{}, fmt.Errorf("over %d bytes", maxIDToken)
	}
	if strings.Count(token, ".") != 2 {
		return header{}, errors.New("not three parts")
	}
	parts := make([][]byte, 0, 3)
	for part := range strings.SplitSeq(token, ".") {
		decoded, err := base64url.DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") || len(decoded) == 0 {
			return header{}, errors.New("a part is not base64url")
		}
		parts = append(parts, decoded)
	}
	o, err := readObject(parts[0])
	if err != nil {
		return header{}, fmt.Errorf("header: %w", err)
	}
	if err := o.rejectOtherCase("alg", "kid", "typ", "crit", "b64"); err != nil {
		return header{}, fmt.Errorf("header: %w", err)
	}
	if o.raw("crit") != "" || o.raw("b64") != "" {
		return header{}, errors.New("header: an extension is critical") // RFC 7515 section 4.1.11
	}
	// An access or logout token is of another type (RFC 8725 section 3.11).
	if typ, ok, err := o.text("typ"); err != nil || ok && !strings.EqualFold(typ, "JWT") {
		return header{}, errors.New("header: typ is not JWT")
	}
	alg, _, err := o.text("alg")
	if err != nil || !slices.Contains(accepted, canonical(alg)) {
		return header{}, fmt.Errorf("header: alg is %.20q, not one of %s", alg, accepted)
	}
	kid, _, err := o.text("kid")
	return header{canonical(alg), jose.SignatureAlgorithm(alg), kid, parts[1]}, err
}

// readClaims reads the claims of a token before its signature is verified. After
// it, go-oidc reads the same value for each claim as the checks here: its reader
// accepts a name that comes twice or in another case.
func readClaims(payload []byte) (object, error) {
	c, err := readObject(payload)
	if err != nil {
		return nil, err
	}
	if err := c.rejectOtherCase(claimNames...); err != nil {
		return nil, err
	}
	// For go-oidc this is an unreadable token; it is an answer to another login.
	if _, _, err := c.text("nonce"); err != nil {
		return nil, badAnswer("ID token: %w", err)
	}
	return c, nil
}

// verifyWithOIDC verifies signature, issuer and audience with go-oidc.
func (p *Provider) verifyWithOIDC(ctx context.Context, token, issuer string, h header) error {
	keys := &tokenKeys{provider: p, issuer: issuer, header: h}
	_, err := oidc.NewVerifier(issuer, keys, &oidc.Config{
		ClientID:             p.config.ClientID,
		SupportedSigningAlgs: []string{string(h.written)}, // one of those accepted: readHeader checks
		SkipExpiryCheck:      true,                        // go-oidc has no leeway for exp: checkTimes has
	}).Verify(ctx, token)
	switch {
	case keys.err != nil:
		return keys.err
	case err != nil:
		return fmt.Errorf("%.500s", err) // it quotes iss and aud, of any length
	}
	return nil
}

// checkClaims applies the rules of section 3.1.3.7 to claims that were read
// strictly. Of these go-oidc checks only iss, and that aud contains this client.
func (p *Provider) checkClaims(c object, f Flow, access string, a jose.SignatureAlgorithm) error {
	for _, check := range []func(object) error{p.checkIssuer, p.checkAudience, p.checkTimes, checkSubject} {
		if err := check(c); err != nil {
			return err
		}
	}
	nonce, _, err := c.text("nonce")
	if err != nil || f.Nonce == "" || subtle.ConstantTimeCompare([]byte(nonce), []byte(f.Nonce)) != 1 {
		return badAnswer("ID token: nonce is not this login's")
	}
	hash, ok, err := c.text("at_hash")
	if err != nil || ok && subtle.ConstantTimeCompare([]byte(hash), []byte(leftHalf(access, a))) != 1 {
		return errors.New("at_hash is not of this access token")
	}
	return nil
}

func (p *Provider) checkIssuer(c object) error {
	iss, _, err := c.text("iss")
	if err != nil {
		return err
	}
	want, err := p.issuerFor(c)
	if err != nil {
		return err
	}
	if iss != want && !(want == store.GoogleIssuer && iss == strings.TrimPrefix(store.GoogleIssuer, "https://")) {
		return fmt.Errorf("iss is %.200q, and the issuer of this connection is %q", iss, want)
	}
	return nil
}

func (p *Provider) checkAudience(c object) error {
	if strings.HasPrefix(c.raw("aud"), "[") {
		all, err := c.texts("aud")
		if err != nil || len(all) != 1 || all[0] != p.config.ClientID {
			return errors.New("aud is not this client alone")
		}
	} else if one, _, err := c.text("aud"); err != nil || one != p.config.ClientID {
		return errors.New("aud is not this client")
	}
	if azp, ok, err := c.text("azp"); err != nil || ok && azp != p.config.ClientID {
		return errors.New("azp is not this client")
	}
	return nil
}

// checkTimes names the time here in its errors: when one applies, most often a
// clock is wrong.
func (p *Provider) checkTimes(c object) error {
	now := p.config.Now()
	at := func(s float64) time.Time { return time.Unix(int64(s), 0) }
	exp, ok, err := c.seconds("exp")
	switch {
	case err != nil:
		return err
	case !ok || !now.Before(at(exp).Add(leeway)):
		return fmt.Errorf("exp is missing or past: %.0f, and the time here is %d", exp, now.Unix())
	}
	iat, ok, err := c.seconds("iat")
	switch {
	case err != nil:
		return err
	case !ok || now.Before(at(iat).Add(-leeway)) || now.After(at(iat).Add(maxAge)):
		return fmt.Errorf("iat is missing, ahead, or over an hour ago: %.0f, and the time here is %d", iat, now.Unix())
	}
	nbf, ok, err := c.seconds("nbf")
	switch {
	case err != nil:
		return err
	case ok && now.Before(at(nbf).Add(-leeway)):
		return fmt.Errorf("nbf is ahead: %.0f, and the time here is %d", nbf, now.Unix())
	}
	return nil
}

func checkSubject(c object) error {
	sub, _, err := c.text("sub")
	if err != nil || strings.TrimSpace(sub) == "" || len(sub) > maxSubject || !printable(sub) {
		return errors.New("sub is not 1 to 255 printable ASCII characters")
	}
	return nil
}

// leftHalf is at_hash of an access token (section 3.1.3.6): the left half of
// its hash by the function of the ID token's algorithm.
func leftHalf(access string, a jose.SignatureAlgorithm) string {
	var sum []byte
	switch {
	case strings.HasSuffix(string(a), "256"):
		s := sha256.Sum256([]byte(access))
		sum = s[:]
	case strings.HasSuffix(string(a), "384"):
		s := sha512.Sum384([]byte(access))
		sum = s[:]
	default: // 512, and EdDSA over Ed25519, which hashes with SHA-512
		s := sha512.Sum512([]byte(access))
		sum = s[:]
	}
	return base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])
}
