package cache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"

	"orglogin/store"
)

// Config says what is remembered, where, and for how long.
type Config struct {
	// Store is asked for what is not known. The cache takes it over, and Redis
	// too: Close closes both.
	Store store.Store
	// Redis is shared by the instances; see [OpenRedis]. nil: each process
	// remembers for itself.
	Redis redis.UniversalClient
	// Budget is how long anything waits for Redis; [Budget] when zero.
	Budget time.Duration
	// Secret authenticates what stands in Redis: 32 bytes or more, the same for
	// every instance.
	Secret []byte
	// Environment is part of every key in Redis.
	Environment string
	// Listen tells what changes in the database, by whatever hand. nil where no
	// listener can be had: behind a transaction pooler. Then
	// each instance tells the others through Redis what it changes itself.
	Listen Listen

	TTL   time.Duration // the oldest that an answer may be; unknown slugs a tenth. 5 minutes if zero
	Grace time.Duration // added to TTL while the store is away; zero: nothing is told past TTL
	// Idle is when an unused session ends. A row that says so may be behind
	// another instance's touch, and is read anew. Zero: sessions have no idle end.
	Idle time.Duration

	Now     func() time.Time
	Logger  *slog.Logger
	Observe Observe
}

// Observe are hooks of metrics; each may be nil, and is called on the hot path.
type Observe struct {
	Lookup  func(source store.Source, result Result) // orglogin_lookup_total
	RedisUp func(up bool)                            // orglogin_store_up{store="redis"}
}

// Result is what came of one lookup at one source.
type Result string

// The results of a lookup. The next source is asked after all but the first and
// the third.
const (
	Hit     Result = "hit"
	Miss    Result = "miss"  // not there, too old, or changed since
	Stale   Result = "stale" // told although too old, because the store is away
	Failed  Result = "error" // it did not answer
	Hostile Result = "bad"   // what stands in Redis is not ours
)

// Bounds of what is remembered.
const (
	maxOrganizations = 50_000
	maxUnknown       = 10_000
	maxPeople        = 50_000
	maxSessions      = 100_000
	// sessionTTL bounds the age of a session's row, because nobody tells that
	// another instance has touched it.
	sessionTTL = 30 * time.Second
	// Unknown slugs reach the store this often, and this many at once; so many
	// wait for their turn, which is a quarter of a second at most.
	unknownEvery = 10 * time.Millisecond
	unknownBurst = 1000
	unknownLine  = 25
	// So many of those that were refused reach it at once when asked for again.
	repeatedBurst = 100
	// maxReal is how many slugs are remembered to be real.
	maxReal = 100_000
)

// Store is a store.Store that remembers. Its answers are shared: slices in them
// are not to be written to.
type Store struct {
	config Config
	inner  store.Store
	remote *remote // nil without Redis
	writer *writer // nil without Redis
	stamps *stamps
	self   string // marks our own messages

	organizations *shelf[string, store.Organization]
	people        *shelf[string, person]
	sessions      *shelf[sessionKey, store.Session]

	closing  sync.Once
	closeErr error
}

var _ store.Store = (*Store)(nil)

// person is what a standing tells of somebody whatever is asked.
type person struct {
	Profile     store.Profile
	Memberships []store.Membership
	LastUsed    string
}

// sessionKey is the user named by the cookie and the hash of its secret.
type sessionKey struct {
	userID string
	hash   [32]byte
}

// New returns a cache over config.Store. It asks nobody anything. It hears of
// changes, and Redis is watched, only while [Store.Run] runs.
func New(config Config) (*Store, error) {
	if config.TTL <= 0 {
		config.TTL = 5 * time.Minute
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	if config.Observe.Lookup == nil {
		config.Observe.Lookup = func(store.Source, Result) {}
	}
	if config.Observe.RedisUp == nil {
		config.Observe.RedisUp = func(bool) {}
	}
	s := &Store{config: config, inner: config.Store, stamps: newStamps(config.Now), self: store.NewID()}
	var envelope *envelope
	if config.Redis != nil {
		if len(config.Secret) < 32 {
			return nil, errors.New("cache: Redis needs a secret of 32 bytes or more")
		}
		var err error
		if envelope, err = newEnvelope(config.Secret, config.Environment); err != nil {
			return nil, err
		}
	}
	if err := s.makeShelves(); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if config.Redis != nil {
		s.remote = newRemote(config.Redis, cmp.Or(config.Budget, Budget), envelope, config.Now, config.Observe.RedisUp)
		s.writer = newWriter(s.remote, s.remote.changes(), func() []byte { return s.message(Change{}) })
		s.organizations.redis = &redisShelf[string, store.Organization]{
			remote: s.remote, writer: s.writer, kind: "organization", id: func(slug string) string { return slug },
		}
		s.people.redis = &redisShelf[string, person]{
			remote: s.remote, writer: s.writer, kind: "person", id: func(userID string) string { return userID },
		}
	}
	return s, nil
}

func (s *Store) makeShelves() (err error) {
	s.organizations, err = newShelf[string, store.Organization](s, s.config.TTL, maxOrganizations)
	if err != nil {
		return err
	}
	s.organizations.ask = s.inner.OrganizationBySlug
	s.organizations.on = s.organizationNames
	s.organizations.door, err = newDoor[string](
		&budget{rate: rate{interval: unknownEvery, burst: unknownBurst}, now: s.config.Now, line: unknownLine},
		&budget{rate: rate{interval: unknownEvery, burst: repeatedBurst}, now: s.config.Now})
	if err != nil {
		return err
	}
	if s.organizations.absent, err = newMemory[string, store.Organization](maxUnknown, s.organizations.absentTTL); err != nil {
		return err
	}
	s.people, err = newShelf[string, person](s, s.config.TTL, maxPeople)
	if err != nil {
		return err
	}
	s.people.ask = func(ctx context.Context, userID string) (person, error) {
		standing, err := s.inner.Standing(ctx, store.Question{UserID: userID})
		return personOf(standing), err
	}
	s.people.on = s.personNames
	s.people.filled = func(p person) {
		for i := range p.Memberships {
			s.organizations.door.learn(p.Memberships[i].Organization.Slug, true)
		}
	}
	s.sessions, err = newShelf[sessionKey, store.Session](s, min(s.config.TTL, sessionTTL), maxSessions)
	if err != nil {
		return err
	}
	s.sessions.ask = func(ctx context.Context, k sessionKey) (store.Session, error) {
		return s.inner.Session(ctx, k.userID, k.hash[:])
	}
	s.sessions.on = s.sessionNames
	s.sessions.usable = s.notIdle
	return nil
}

func newShelf[K comparable, V any](s *Store, ttl time.Duration, size int) (*shelf[K, V], error) {
	kept, err := newMemory[K, V](size, ttl+s.config.Grace)
	return &shelf[K, V]{
		ttl: ttl, absentTTL: ttl / 10, grace: s.config.Grace, kept: kept,
		stamps: s.stamps, now: s.config.Now, lookup: s.config.Observe.Lookup, logger: s.config.Logger,
		calls: map[K]*call[V]{},
	}, err
}

func newMemory[K comparable, V any](size int, ttl time.Duration) (*otter.Cache[K, *entry[V]], error) {
	return otter.New(&otter.Options[K, *entry[V]]{
		MaximumSize:      size,
		ExpiryCalculator: otter.ExpiryWriting[K, *entry[V]](max(ttl, time.Millisecond)),
	})
}

// Close does what is still to be written to Redis, and closes it and the store.
func (s *Store) Close() error {
	s.closing.Do(func() {
		var err error
		if s.remote != nil {
			s.writer.close()
			err = s.remote.client.Close()
		}
		s.closeErr = errors.Join(err, s.inner.Close())
	})
	return s.closeErr
}

// Ping implements store.Store. A lost Redis fails nobody.
func (s *Store) Ping(ctx context.Context) error { return s.inner.Ping(ctx) }
