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
	Kind   string   // organization, membership, profile, session, connection; anything else is everything
	ID     string   // of the organization, the profile, the session or the connection; of a membership's organization
	UserID string   // profile that a membership, profile or session is about
	Slugs  []string // of an organization: the current one, and before it the one just left
}

// The kinds of changes.
const (
	kindOrganization = "organization"
	kindMembership   = "membership"
	kindProfile      = "profile"
	kindSession      = "session"
	kindConnection   = "connection"
)

// Listen calls changed for every change until ctx ends or the connection is
// lost, and returns why. connected is called once it listens: earlier changes
// were not reported.
type Listen func(ctx context.Context, changed func(Change), connected func()) error

const (
	// reconnectAfter is how long to wait before a lost connection is made again.
	reconnectAfter = 500 * time.Millisecond
	// pingEvery is how often the database is pinged where there is no listener,
	// and how long it has to answer.
	pingEvery = 2 * time.Second
)

// Run learns of changes and watches Redis, until ctx ends.
func (s *Store) Run(ctx context.Context) error {
	var all sync.WaitGroup
	if s.config.Listen != nil {
		all.Go(func() { s.repeat(ctx, "listen for changes in the database", s.listen) })
	} else {
		all.Go(func() { s.pingForever(ctx) })
	}
	if s.remote != nil {
		all.Go(func() { s.remote.probeForever(ctx) })
		all.Go(func() { s.repeat(ctx, "listen for changes in Redis", s.subscribe) })
	}
	<-ctx.Done()
	all.Wait()
	return ctx.Err()
}

// repeat makes a lost connection again.
func (s *Store) repeat(ctx context.Context, what string, listen func(ctx context.Context) error) {
	for ctx.Err() == nil {
		err := listen(ctx)
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

// listen forgets what the database reports, and publishes it for instances that
// have lost the database, until the connection is lost.
func (s *Store) listen(ctx context.Context) error {
	defer s.disconnected.Store(true)
	return s.config.Listen(ctx, s.Changed, func() {
		s.ForgetAll()
		s.disconnected.Store(false)
	})
}

func (s *Store) pingForever(ctx context.Context) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		pinging, cancel := context.WithTimeout(ctx, pingEvery)
		s.disconnected.Store(s.inner.Ping(pinging) != nil)
		cancel()
	}
}

// Changed forgets what c has changed, and reports it to the other instances.
func (s *Store) Changed(c Change) {
	s.Forget(c)
	if c.known() {
		s.publish(c)
	} else {
		s.publishUnknown.run()
	}
}

func (c *Change) known() bool {
	switch c.Kind {
	case kindOrganization, kindMembership, kindProfile, kindSession, kindConnection:
		return true
	}
	return false
}

// ForgetAll forgets everything.
func (s *Store) ForgetAll() { s.versions.changeAll() }

// Forget forgets what c has changed. It is for code that changes the store
// behind the cache. Changes of no known kind forget everything, at most once a
// second: anyone who may send notifications could flood the instances with them.
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
	case kindConnection:
		s.versions.change(s.versions.dependency(ofConnection, c.ID))
	default: // everything, or the word of a later version
		s.forgetUnknown.run()
	}
}

// throttleInterval is how often an expensive reaction to a message happens at most.
const throttleInterval = time.Second

// throttle runs do at most once in [throttleInterval]: at once, or when the
// interval is over. A call is never lost.
type throttle struct {
	do func()

	mu      sync.Mutex
	last    time.Time
	pending bool
}

func (t *throttle) run() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.pending {
		return
	}
	if wait := throttleInterval - time.Since(t.last); wait > 0 {
		t.pending = true
		time.AfterFunc(wait, t.execute)
		return
	}
	t.last = time.Now()
	t.do()
}

func (t *throttle) execute() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending, t.last = false, time.Now()
	t.do()
}
