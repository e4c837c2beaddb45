package redirect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/store"
)

// Resolver asks what a decision needs to know, and decides. The callback,
// /login with a live session and explain all go through it.
type Resolver struct {
	Site   Site
	Source Source
	Now    func() time.Time
}

// Source tells where a person stands. [store.ErrNotFound] means that there is
// no such person; any other error that the question went unanswered.
type Source interface {
	AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error)
}

// Request is the intent of one login and who asks.
type Request struct {
	UserID       string   // profile id
	Redirect     []string // every value of the parameter, as given
	Invitation   string   // the token, empty without one
	Organization string   // slug of the organization host that the login began on, empty for the login host
}

// Resolve asks the Source once and decides. When the Source fails, the error
// comes with the decision to answer with: 503, lookup_failed, the whole trace.
// When there is no such person, the error is [store.ErrNotFound] and the
// decision is zero: who has no profile lands nowhere.
func (r Resolver) Resolve(ctx context.Context, req Request) (Decision, error) {
	snapshot, err := r.Source.AccessSnapshot(ctx, r.Site.AccessQuery(req))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Decision{}, fmt.Errorf("resolve: the person's profile: %w", err)
	case err != nil:
		return lookupFailed(r.Site, req), fmt.Errorf("resolve: the person's snapshot: %w", err)
	}
	return Decide(r.Site, req, snapshot, r.Now()), nil
}

// AccessQuery is what the decision on req needs to know. Nothing that could not
// be the name of an organization or a token is ever looked up. A [store.Login]
// takes its Slugs and Invitation from here too, so that its snapshot answers.
func (s Site) AccessQuery(req Request) store.AccessQuery {
	q := store.AccessQuery{UserID: req.UserID}
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
