package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"orglogin/store"
)

// Flow is one login in progress. The caller seals it into a cookie of the
// browser that begins it: verifier and nonce are secrets until it ends.
type Flow struct {
	ID       string // 128 bits, [A-Za-z0-9_-]{22}
	Verifier string // 256 bits, RFC 7636 section 4.1
	Nonce    string // 128 bits
	Begun    time.Time
	// Connection is the id of the connection that the login began with. Only its
	// provider may redeem the code (RFC 9700 section 4.4).
	Connection string
}

// NewFlow makes the random values of one login, independent of each other.
func (p *Provider) NewFlow() Flow {
	return Flow{
		ID:       random(16),
		Verifier: oauth2.GenerateVerifier(),
		Nonce:    random(16),
		Begun:    p.config.Now(),

		Connection: p.config.ID,
	}
}

func random(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// Request is what a login asks of the provider beside what every login asks.
type Request struct {
	State     string // the provider returns it unchanged
	Prompt    string // another one than select_account and login is dropped
	LoginHint string // another one than one plain address is dropped
	Locales   string // ui_locales
}

// AuthURL is where the browser goes to sign in: the provider's authorization
// endpoint with an authentication request (OpenID Connect Core section
// 3.1.2.1). The error is an [*Error]: the provider's metadata is not known and
// cannot be fetched now.
func (p *Provider) AuthURL(ctx context.Context, f Flow, r Request) (string, error) {
	m, err := p.metadata.get(ctx)
	if err != nil {
		return "", p.conceal(asError(err))
	}
	// What is the same for every login was built with the metadata. A verifier
	// challenge and a nonce of ours need no escaping.
	b := make([]byte, 0, len(m.authPrefix)+len(r.State)+256)
	b = append(b, m.authPrefix...)
	b = append(b, "&code_challenge="...)
	b = append(b, oauth2.S256ChallengeFromVerifier(f.Verifier)...)
	b = append(b, "&nonce="...)
	b = append(b, url.QueryEscape(f.Nonce)...)
	b = append(b, "&state="...)
	b = append(b, url.QueryEscape(r.State)...)
	if r.Prompt == "select_account" || r.Prompt == "login" {
		b = append(b, "&prompt="...)
		b = append(b, r.Prompt...)
	}
	if email, ok := store.NormalizeEmail(r.LoginHint); ok {
		b = append(b, "&login_hint="...)
		b = append(b, url.QueryEscape(email)...)
	}
	if r.Locales != "" {
		b = append(b, "&ui_locales="...)
		b = append(b, url.QueryEscape(r.Locales)...)
	}
	return string(b), nil
}
