package manage

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"orglogin/store"
)

// Token is a bearer token of the API.
type Token struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Scopes       []string   `json:"scopes"`
	Organization *string    `json:"organization_id"` // the one that it is bound to; null: all
	CreatedAt    time.Time  `json:"created_at"`
	ExpiresAt    *time.Time `json:"expires_at"`
	LastUsedAt   *time.Time `json:"last_used_at"`
	RevokedAt    *time.Time `json:"revoked_at"`
}

// NewToken is a token to be made.
type NewToken struct {
	Name         string
	Scopes       []string
	Organization string    // id or slug; empty: all
	ExpiresAt    time.Time // zero: never
}

// MadeToken is a token with its secret, which is kept nowhere.
type MadeToken struct {
	Token
	Secret string `json:"token"`
}

// Scopes are what a token may be made for. One with :write includes :read.
var Scopes = []string{
	"organizations:read", "organizations:write", "members:read", "members:write", "invitations:read", "invitations:write",
	"domains:read", "domains:write", "connections:read", "connections:write", "people:read", "people:write",
	"sessions:read", "sessions:write", "requests:read", "requests:write", "audit:read", "explain:read",
}

// unboundScopes are those that a token of one organization cannot have: they are about people in all of them.
var unboundScopes = []string{"people", "sessions", "explain"}

// Allows reports whether the token has a scope.
func (t Token) Allows(scope string) bool {
	resource, verb, _ := strings.Cut(scope, ":")
	return slices.Contains(t.Scopes, scope) || verb == "read" && slices.Contains(t.Scopes, resource+":write")
}

const tokenPrefix = "olg_"

const selectToken = `
SELECT id, name, scopes, coalesce(CAST(organization_id AS text), ''), created_at, expires_at, last_used_at, revoked_at
FROM orglogin.api_tokens
`

func scanToken(scan func(...any) error) (t Token, err error) {
	var scopes, organization string
	var expires, used, revoked time.Time
	err = scan(&t.ID, &t.Name, &scopes, &organization, &t.CreatedAt, &expires, &used, &revoked)
	t.Scopes = strings.Fields(scopes)
	if organization != "" {
		t.Organization = &organization
	}
	t.ExpiresAt, t.LastUsedAt, t.RevokedAt = timeOrNull(expires), timeOrNull(used), timeOrNull(revoked)
	return t, err
}

// Tokens lists all, the oldest first.
func (m *Manager) Tokens(ctx context.Context, by Caller, l List) (Page[Token], error) {
	return read(ctx, m, by, func(o *operation) (Page[Token], error) {
		p, err := l.check(new(time.Time), new(rowID))
		if err == nil {
			err = o.commandsAlone()
		}
		if err != nil {
			return Page[Token]{}, err
		}
		return list(o, p, listing[Token]{
			from: selectToken, key: "created_at, id", scan: scanToken, keyOf: func(t Token) []any { return []any{t.CreatedAt, t.ID} },
		})
	})
}

// CreateToken makes a token. Its secret is in the answer alone.
func (m *Manager) CreateToken(ctx context.Context, by Caller, n NewToken) (MadeToken, error) {
	return write(ctx, m, by, func(o *operation) (made MadeToken, err error) {
		scopes := slices.Compact(slices.Sorted(slices.Values(n.Scopes)))
		if err := errors.Join(o.commandsAlone(), checkToken(n, scopes, o.now)); err != nil {
			return made, err
		}
		made.Token = Token{ID: store.NewID(), Name: store.CleanName(n.Name), Scopes: scopes, CreatedAt: o.now, ExpiresAt: timeOrNull(n.ExpiresAt)}
		var organizationID any
		if n.Organization != "" {
			id, err := o.existingOrganization(n.Organization)
			if err != nil {
				return made, err
			}
			made.Organization, organizationID = &id, id
		}
		var secret [32]byte
		rand.Read(secret[:]) // never fails
		made.Secret = tokenPrefix + base64.RawURLEncoding.EncodeToString(secret[:])
		err = o.exec(`
INSERT INTO orglogin.api_tokens (id, name, token_hash, scopes, organization_id, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			made.ID, made.Name, store.HashToken(made.Secret), strings.Join(scopes, " "), organizationID, o.now, n.ExpiresAt)
		if err != nil {
			return made, err
		}
		return made, o.audit(audited{action: "token.create", target: made.ID, after: made.Token})
	})
}

// commandsAlone refuses a caller of the API: a token makes no tokens.
func (o *operation) commandsAlone() error {
	if o.by.TokenID != "" || o.by.Bound() {
		return forbidden("tokens are managed by commands alone")
	}
	return nil
}

func checkToken(n NewToken, scopes []string, now time.Time) error {
	var bad fields
	checkName(&bad, n.Name)
	if len(scopes) == 0 {
		bad.add("scope", "is not given, and must be one or more of %s", strings.Join(Scopes, ", "))
	}
	for _, scope := range scopes {
		resource, _, _ := strings.Cut(scope, ":")
		switch {
		case !slices.Contains(Scopes, scope):
			bad.add("scope", "is %q, and must be one of %s", shorten(scope), strings.Join(Scopes, ", "))
		case n.Organization != "" && slices.Contains(unboundScopes, resource):
			bad.add("scope", "%q is about people of every organization, so a token of one organization cannot have it", scope)
		}
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(now) {
		bad.add("expires", "is over already")
	}
	return bad.err()
}

// RevokeToken ends a token. A second time changes nothing.
func (m *Manager) RevokeToken(ctx context.Context, by Caller, id string) (Changed[Token], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Token], err error) {
		if err := o.commandsAlone(); err != nil {
			return done, err
		}
		if !store.ValidID(id) {
			return done, notFound("token", id)
		}
		err = o.Query(selectToken+`WHERE id = $1`, []any{id}, func(scan func(...any) error) (err error) {
			done.Before, err = scanToken(scan)
			return err
		})
		if err == nil && done.Before.ID == "" {
			err = notFound("token", id)
		}
		if done.After = done.Before; err != nil || done.Before.RevokedAt != nil {
			return done, err
		}
		done.After.RevokedAt = &o.now
		if err := o.exec(`UPDATE orglogin.api_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`, id, o.now); err != nil {
			return done, err
		}
		return done, o.audit(audited{action: "token.revoke", target: id, before: done.Before, after: done.After})
	})
}

// Authenticate returns the caller of a request by its secret, and the token. [store.ErrNotFound]: it is unknown,
// expired or revoked.
func (m *Manager) Authenticate(ctx context.Context, secret string) (Caller, Token, error) {
	if len(secret) != len(tokenPrefix)+43 || !strings.HasPrefix(secret, tokenPrefix) {
		return Caller{}, Token{}, store.ErrNotFound
	}
	var t Token
	err := m.Database.Read(ctx, func(tx Tx) error {
		t = Token{}
		return tx.Query(selectToken+`WHERE token_hash = $1`, []any{store.HashToken(secret)}, func(scan func(...any) error) (err error) {
			t, err = scanToken(scan)
			return err
		})
	})
	now := m.Now().UTC()
	switch {
	case err != nil:
		return Caller{}, Token{}, err
	case t.ID == "", t.RevokedAt != nil, t.ExpiresAt != nil && !now.Before(*t.ExpiresAt):
		return Caller{}, Token{}, store.ErrNotFound
	}
	by := Caller{Name: "token " + t.ID, TokenID: t.ID}
	if t.Organization != nil {
		by.OrganizationID = *t.Organization
	}
	return by, t, m.markUsed(ctx, t, now)
}

// markUsedEvery bounds how often the last use of a token is written.
const markUsedEvery = time.Minute

func (m *Manager) markUsed(ctx context.Context, t Token, now time.Time) error {
	if t.LastUsedAt != nil && now.Sub(*t.LastUsedAt) < markUsedEvery {
		return nil
	}
	err := m.Database.Write(ctx, func(tx Tx) error {
		_, err := tx.Exec(`UPDATE orglogin.api_tokens SET last_used_at = $2 WHERE id = $1`, t.ID, now)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
