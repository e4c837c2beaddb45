package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/cmd/internal/config"
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

// Invited is an invitation that was made.
type Invited struct {
	Link string // on the login host; the token in it is kept nowhere
	// Without are the roles of those who have the address and would gain nothing
	// by accepting, because they are members already.
	Without []string
}

// Invite stores an invitation.
func (o *Operator) Invite(ctx context.Context, public redirect.Origin, offer Offer) (Invited, error) {
	now := o.now()
	expires, err := parseExpires(offer.Expires, now)
	if err != nil {
		return Invited{}, err
	}
	email, err := parseEmail(offer.Email)
	if err != nil {
		return Invited{}, err
	}
	if !store.ValidRole(offer.Role) {
		return Invited{}, config.Misuse(fmt.Sprintf("--role %s is no role: write one word of at most 64 letters, digits, and . _ : / -", config.Show(offer.Role)))
	}
	already, err := o.membersAlready(ctx, email, offer)
	if err != nil {
		return Invited{}, err
	}
	token := store.NewInvitationToken()
	err = o.db.Invite(ctx, store.NewInvitation{
		OrganizationSlug: offer.Organization,
		Email:            email,
		Role:             offer.Role,
		TokenHash:        store.HashToken(token),
		ExpiresAt:        expires,
	}, now)
	if errors.Is(err, store.ErrNotFound) {
		return Invited{}, noOrganization(offer.Organization)
	}
	if err != nil {
		return Invited{}, err
	}
	return Invited{Link: public.String() + "/login?invitation=" + token, Without: already}, nil
}

// membersAlready are the roles of the members with the invited address whose
// role the invitation would not raise.
func (o *Operator) membersAlready(ctx context.Context, email string, offer Offer) (roles []string, err error) {
	people, err := o.db.Profiles(ctx, email)
	if err != nil {
		return nil, fmt.Errorf("find the members with the address: %w", err)
	}
	for _, p := range people {
		snapshot, err := o.db.AccessSnapshot(ctx, store.AccessQuery{UserID: p.ID, Slugs: []string{offer.Organization}})
		if err != nil {
			return nil, fmt.Errorf("read the memberships of profile %s: %w", p.ID, err)
		}
		m, member := snapshot.Membership(snapshot.Organizations[offer.Organization].ID)
		if member && !store.Outranks(offer.Role, m.Role) {
			roles = append(roles, m.Role)
		}
	}
	return roles, nil
}

// parseExpires takes a Go duration from now or a time of RFC 3339, in the future.
func parseExpires(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if d, errDuration := time.ParseDuration(text); errDuration == nil {
		at, err = now.Add(d), nil
	}
	switch {
	case err != nil:
		return time.Time{}, config.Misuse(fmt.Sprintf("--expires %s is neither a duration, such as 168h, nor a time, such as 2030-01-31T12:00:00Z", config.Show(text)))
	case !at.After(now):
		return time.Time{}, config.Misuse(fmt.Sprintf("--expires %s is over already", config.Show(text)))
	}
	return at, nil
}
