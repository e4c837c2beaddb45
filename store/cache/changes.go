package cache

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Change is one thing that changed in the database, by whatever hand; the fields
// are those of postgres.Change. The zero value: anything may have changed.
type Change struct {
	Kind   string   // organization, membership, profile, session; anything else is everything
	ID     string   // of the organization, the profile or the session; of a membership's organization
	UserID string   // profile that a membership, profile or session is about
	Slugs  []string // of an organization: the current one, and before it the one just left
}

// The kinds of changes.
const (
	ofKindOrganization = "organization"
	ofKindMembership   = "membership"
	ofKindProfile      = "profile"
	ofKindSession      = "session"
)

// Listen calls changed for every change until ctx ends. connected is called each
// time that it begins to listen: what changed before it was not told.
type Listen func(ctx context.Context, changed func(Change), connected func()) error

// pause is how long to wait before a lost connection is made anew.
const pause = 500 * time.Millisecond

// Run hears what changes and watches Redis, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	var all sync.WaitGroup
	if s.config.Listen != nil {
		all.Go(func() {
			s.again(ctx, "listening for changes in the database", func() error {
				return s.config.Listen(ctx, s.Forget, s.ForgetAll)
			})
		})
	}
	if s.remote != nil {
		all.Go(func() { s.remote.probeForever(ctx) })
		all.Go(func() {
			s.again(ctx, "listening for changes in Redis", func() error { return s.subscribe(ctx) })
		})
	}
	<-ctx.Done()
	all.Wait()
	return ctx.Err()
}

func (s *Store) again(ctx context.Context, what string, listen func() error) {
	for ctx.Err() == nil {
		err := listen()
		if ctx.Err() != nil {
			return
		}
		s.config.Logger.WarnContext(ctx, what, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause/2 + rand.N(pause)):
		}
	}
}

// Forget forgets what c has changed, here and in Redis. It is for whoever
// changes the store behind the cache and hears of it.
func (s *Store) Forget(c Change) { s.forget(c) }

// ForgetAll forgets everything. What stands in Redis is not believed here any
// more, unless it was read later.
func (s *Store) ForgetAll() { s.stamps.changeAll() }

func (s *Store) forget(c Change) {
	switch c.Kind {
	case ofKindOrganization:
		s.stamps.change(s.stamps.name(ofOrganization, c.ID))
		for _, slug := range c.Slugs {
			s.stamps.change(s.stamps.name(ofSlug, slug))
			s.organizations.redis.forget(slug)
		}
	case ofKindMembership, ofKindProfile:
		s.stamps.change(s.stamps.name(ofPerson, c.UserID))
		s.people.redis.forget(c.UserID)
	case ofKindSession:
		if c.ID != "" {
			s.stamps.change(s.stamps.name(ofSession, c.ID))
		} else {
			s.stamps.change(s.stamps.name(ofSessions, c.UserID))
		}
	default: // a later version's word, or everything
		s.ForgetAll()
	}
}

// message is a change as it stands on the channel.
type message struct {
	From   string
	Change Change
}

func (s *Store) message(c Change) []byte {
	body, _ := json.Marshal(message{From: s.self, Change: c}) // strings
	return s.remote.seal(s.remote.changes(), kindMessage, s.config.Now(), body)
}

// publish tells the other instances, soon.
func (s *Store) publish(c Change) {
	if s.remote != nil {
		s.writer.add(write{key: s.remote.changes(), message: s.message(c)})
	}
}

// silence is how long a channel may be silent before it is asked whether it lives.
const silence = 3 * time.Second

// subscribe forgets what other instances tell, until the connection is lost.
func (s *Store) subscribe(ctx context.Context) error {
	channel := s.remote.changes()
	subscription := s.remote.client.Subscribe(ctx, channel)
	defer subscription.Close()
	stop := context.AfterFunc(ctx, func() { subscription.Close() })
	defer stop()
	asked := false
	for {
		got, err := subscription.ReceiveTimeout(ctx, silence)
		var slow interface{ Timeout() bool }
		switch {
		case err == nil:
			asked = false
		case errors.As(err, &slow) && slow.Timeout() && !asked:
			asked = true
			if err := subscription.Ping(ctx); err != nil {
				return err
			}
			continue
		default:
			return err
		}
		switch got := got.(type) {
		case *redis.Subscription:
			s.ForgetAll()
		case *redis.Message:
			s.hear(channel, []byte(got.Payload))
		}
	}
}

// hear forgets what another instance has told; whatever else is said on the
// channel is ignored.
func (s *Store) hear(channel string, raw []byte) {
	kind, _, body, ok := s.remote.open(channel, raw)
	var m message
	if !ok || kind != kindMessage || json.Unmarshal(body, &m) != nil || m.From == s.self {
		return
	}
	s.forget(m.Change)
}
