package redirect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/redirect/access"
	"orglogin/store"
)

// Request is the intent of one login and who asks.
type Request struct {
	// Session is the one that lands, nil only for [Site.AccessQuery] before there is one.
	Session      *store.Session
	Redirect     []string // every value of the parameter, as given
	Invitation   string   // the token, empty without one
	Organization string   // slug of the organization host that the login began on, empty for the login host
	// Joined is the id of the organization that this very login joined by the verified
	// domain of the address, empty for none.
	Joined string
	// Offers are what the person may ask to join. They are read only where the decision
	// without them says so: see [Decision.DependsOnOffers].
	Offers []store.JoinOffer
}

// Resolve reads what the decision needs to know, once, and decides. It returns what
// the session may see of the snapshot. When the lookup fails, the error comes with the
// decision to answer with: 503, lookup_failed, the whole trace. When there is no
// such person, the error is [store.ErrNotFound] and the decision is zero: without
// a profile there is no landing.
func Resolve(ctx context.Context, site Site, accounts store.Accounts, req Request, now time.Time) (Decision, store.AccessSnapshot, error) {
	snapshot, err := accounts.AccessSnapshot(ctx, site.AccessQuery(req))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Decision{}, snapshot, fmt.Errorf("resolve: the person's profile: %w", err)
	case err != nil:
		return LookupFailed(site, req), snapshot, fmt.Errorf("resolve: the person's snapshot: %w", err)
	}
	return Decide(site, req, snapshot, now), access.Visible(req.Session, snapshot), nil
}

// AccessQuery is what the decision on req needs to know. Nothing that could not
// be the name of an organization or a token is ever looked up. A [store.Login]
// takes its Slugs and Invitation from here too, so that its snapshot answers.
func (s Site) AccessQuery(req Request) store.AccessQuery {
	var q store.AccessQuery
	if req.Session != nil {
		q.UserID = req.Session.UserID
	}
	if s.ValidSlug(req.Organization) {
		q.Slugs = append(q.Slugs, req.Organization)
	}
	target, _ := s.Parse(req.Redirect)
	if slug := target.Slug(); slug != "" && slug != req.Organization {
		q.Slugs = append(q.Slugs, slug)
	}
	if plausibleToken(req.Invitation) {
		q.Invitation = store.HashToken(req.Invitation)
	}
	return q
}

// maxToken is longer than any token that we or an import file would make.
const maxToken = 256

func plausibleToken(token string) bool { return token != "" && len(token) <= maxToken }
