package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"orglogin/store"
)

// Lifetime of a token, from iat to exp.
const Lifetime = 5 * time.Minute

const bearer = "Bearer "

// reuse is how long a token is given out again.
const reuse = time.Minute

// Config is what all tokens have in common. Every field is required.
type Config struct {
	Issuer   string // PUBLIC_URL
	Audience string
	Role     string
	Now      func() time.Time
}

// Claims describe the person and the organization of a token.
type Claims struct {
	UserID           string // profile id
	Email            string
	OrganizationID   string // with slug and role empty where there is none
	OrganizationSlug string
	OrganizationRole string
	SessionID        string // the public id of the session's row
}

// Signer signs access tokens. It is safe for concurrent use.
type Signer struct {
	config Config
	path   string

	mu       sync.Mutex
	keys     *keySet   // replaced whole
	reusable *reusable // tokens signed with keys
}

// Open reads the file of private keys. The error joins every mistake in it, and
// holds fs.ErrNotExist where there is none.
func Open(path string, c Config) (*Signer, error) {
	s := &Signer{config: c, path: path}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Reload reads the file again. After an error the keys in use stay in use.
func (s *Signer) Reload() error {
	keys, err := readFile(s.path)
	if err == nil {
		_, err = keys.signing(s.config.Now())
	}
	if err != nil {
		return fmt.Errorf("signing keys: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys, s.reusable = keys, newReusable()
	return nil
}

// KeySet is the public key set as JSON, and its entity tag in quotes.
func (s *Signer) KeySet() (json []byte, etag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys.public, s.keys.etag
}

// Authorization returns a token for c as the value of that header (RFC 6750
// section 2.1), which is made once for a token and not for each answer.
func (s *Signer) Authorization(c Claims) (string, error) {
	t, err := s.sign(c)
	return t.authorization, err
}

// Issue returns a token for c, good for four minutes at least, and when it ends.
func (s *Signer) Issue(c Claims) (token string, expires time.Time, err error) {
	t, err := s.sign(c)
	return t.token, t.expires, err
}

func (s *Signer) sign(c Claims) (signed, error) {
	if c.UserID == "" || c.SessionID == "" {
		return signed{}, errors.New("token: claims without a person or a session")
	}
	now := s.config.Now()
	s.mu.Lock()
	keys, reusable := s.keys, s.reusable
	s.mu.Unlock()
	key, err := keys.signing(now)
	if err != nil {
		return signed{}, fmt.Errorf("token: %w", err)
	}
	// Concurrent requests may each sign: one more token costs less than waiting
	// for another request.
	if t, ok := reusable.get(c, key.id, now); ok {
		return t, nil
	}
	issued := now.Truncate(time.Second)
	expires := issued.Add(Lifetime)
	payload, err := json.Marshal(payload{
		Issuer: s.config.Issuer, Subject: c.UserID, Audience: s.config.Audience, Role: s.config.Role, Email: c.Email,
		OrganizationID: c.OrganizationID, OrganizationSlug: c.OrganizationSlug, OrganizationRole: c.OrganizationRole,
		SessionID: c.SessionID,
		IssuedAt:  issued.Unix(), NotBefore: issued.Unix(), Expires: expires.Unix(), ID: store.NewID(),
	})
	if err != nil {
		return signed{}, fmt.Errorf("token: %w", err)
	}
	token, err := key.sign(payload)
	if err != nil {
		return signed{}, fmt.Errorf("token: sign: %w", err)
	}
	authorization := bearer + token
	t := signed{authorization: authorization, token: authorization[len(bearer):], keyID: key.id, at: now, expires: expires}
	reusable.put(c, t)
	return t, nil
}

// payload is the claims as they are written (RFC 7519, RFC 9068 section 2.2).
// An absent organization is left out: policies cannot read an empty org_id as a
// UUID.
type payload struct {
	Issuer           string `json:"iss"`
	Subject          string `json:"sub"`
	Audience         string `json:"aud"`
	Role             string `json:"role"`
	Email            string `json:"email"`
	OrganizationID   string `json:"org_id,omitempty"`
	OrganizationSlug string `json:"org_slug,omitempty"`
	OrganizationRole string `json:"org_role,omitempty"`
	SessionID        string `json:"session_id"`
	IssuedAt         int64  `json:"iat"`
	NotBefore        int64  `json:"nbf"`
	Expires          int64  `json:"exp"`
	ID               string `json:"jti"`
}
