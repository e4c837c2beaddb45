package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"orglogin/redirect"
	"orglogin/store"
)

// Offer is an invitation to be made.
type Offer struct {
	Organization string // slug
	Email        string // one plain address
	Role         string
	Expires      string // a Go duration from now, or a time of RFC 3339
}

// Invite stores an invitation and returns its link on the login host. Nothing keeps the token in
// it: a lost link is a new invitation.
func (o *Operator) Invite(ctx context.Context, public redirect.Origin, offer Offer) (link string, err error) {
	now := o.now()
	expires, err := parseExpires(offer.Expires, now)
	if err != nil {
		return "", err
	}
	email, err := parseEmail(offer.Email)
	if err != nil {
		return "", err
	}
	if !store.ValidRole(offer.Role) {
		return "", Misuse(fmt.Sprintf("--role %s is no role: write one word of at most 64 letters, digits, and . _ : / -", Show(offer.Role)))
	}
	token := newToken()
	err = o.db.Invite(ctx, store.NewInvitation{
		OrganizationSlug: offer.Organization,
		Email:            email,
		Role:             offer.Role,
		TokenHash:        store.HashToken(token),
		ExpiresAt:        expires,
	}, now)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("no organization has the slug %s", Show(offer.Organization))
	}
	if err != nil {
		return "", err
	}
	return public.String() + "/login?invitation=" + token, nil
}

// newToken returns 192 random bits as 32 characters of [A-Za-z0-9_-].
func newToken() string {
	var b [24]byte
	rand.Read(b[:]) // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// parseExpires takes a Go duration from now or a time of RFC 3339, in the future.
func parseExpires(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if d, errDuration := time.ParseDuration(text); errDuration == nil {
		at, err = now.Add(d), nil
	}
	switch {
	case err != nil:
		return time.Time{}, Misuse(fmt.Sprintf("--expires %s is neither a duration, such as 168h, nor a time, such as 2030-01-31T12:00:00Z", Show(text)))
	case !at.After(now):
		return time.Time{}, Misuse(fmt.Sprintf("--expires %s is over already", Show(text)))
	}
	return at, nil
}
