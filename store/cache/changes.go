package cache

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Change is one thing that changed in the database, whoever changed it; the
// fields are those of postgres.Change. The zero value: anything may have changed.
type Change struct {
	Kind   string   // organization, membership, profile, session; anything else is everything
	ID     string   // of the organization, the profile or the session; of a membership's organization
	UserID string   // profile that a membership, profile or session is about
	Slugs  []string // of an organization: the current one, and before it the one just left
}

// The kinds of changes.
const (
	kindOrganization = "organization"
	kindMembership   = "membership"
	kindProfile      = "profile"
	kindSession      = "session"
)

// Listen calls changed for every change until ctx ends. connected is called each
// time that it begins to listen: earlier changes were not reported.
type Listen func(ctx context.Context, changed func(Change), connected func()) error

// reconnectAfter is how long to wait before a lost connection is made again.
const reconnectAfter = 500 * time.Millisecond

// Run learns of changes and watches Redis, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	var all sync.WaitGroup
	if s.config.Listen != nil {
		all.Go(func() {
			s.repeat(ctx, "listen for changes in the database", func() error {
				return s.config.Listen(ctx, s.Forget, s.ForgetAll)
			})
		})
	}
	if s.remote != nil {
		all.Go(func() { s.remote.probeForever(ctx) })
		all.Go(func() {
			s.repeat(ctx, "listen for changes in Redis", func() error { return s.subscribe(ctx) })
		})
	}
	<-ctx.Done()
	all.Wait()
	return ctx.Err()
}

func (s *Store) repeat(ctx context.Context, what string, listen func() error) {
	for ctx.Err() == nil {
		err := listen()
		if ctx.Err() != nil {
			return
		}
		s.config.Logger.WarnContext(ctx, what, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(reconnectAfter/2 + rand.N(reconnectAfter)):
		}
	}
}

// ForgetAll forgets everything.
func (s *Store) ForgetAll() { s.versions.changeAll() }

// Forget forgets what c has changed. It is for code that changes the store
// behind the cache.
func (s *Store) Forget(c Change) {
	switch c.Kind {
	case kindOrganization:
		s.versions.change(s.versions.dependency(ofOrganization, c.ID))
		for _, slug := range c.Slugs {
			s.versions.change(s.versions.dependency(ofSlug, slug))
		}
	case kindMembership, kindProfile:
		s.versions.change(s.versions.dependency(ofPerson, c.UserID))
	case kindSession:
		if c.ID != "" {
			s.versions.change(s.versions.dependency(ofSession, c.ID))
		} else {
			s.versions.change(s.versions.dependency(ofSessions, c.UserID))
		}
	default: // everything, or the word of a later version
		s.ForgetAll()
	}
}
