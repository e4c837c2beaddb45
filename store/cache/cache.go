package cache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"

	"orglogin/store"
	"orglogin/store/ratelimit"
)

// Config says what is cached, and for how long.
type Config struct {
	// Store answers what is not cached. The cache takes it over, and Redis too:
	// Close closes both.
	Store store.Store
	// Redis is shared by the instances; see [OpenRedis]. nil: each process is by itself.
	Redis redis.UniversalClient
	// Budget is how long anything waits for Redis; [Budget] when zero.
	Budget time.Duration
	// Secret authenticates the messages in Redis: 32 bytes or more, the same for
	// every instance.
	Secret []byte
	// Environment is part of every key in Redis.
	Environment string
	// Listen reports every change in the database, whoever made it. nil where
	// there can be no listener: behind a transaction pooler. Then the instances
	// learn of changes through Redis alone.
	Listen Listen

	TTL time.Duration // the oldest that an answer may be; unknown slugs a tenth. 5 minutes if zero
	// Grace is for the time in which the store is unavailable. A session may be
	// used this long after it was last read, everything else this long past TTL.
	// Zero: nothing is used past its time.
	Grace time.Duration
	// Idle is when an unused session ends. A row that says so may be older than
	// another instance's touch, and is read again. Zero: sessions have no idle end.
	Idle time.Duration

	Now     func() time.Time
	Logger  *slog.Logger
	Observe Observe
}

// Observe are hooks of metrics and traces. Each may be nil, and is called on the hot path.
type Observe struct {
	Lookup  func(source store.Source, result Result) // orglogin_lookup_total
	RedisUp func(up bool)                            // orglogin_store_up{store="redis"}

	TraceLookup store.Trace
	TraceRedis  store.Trace
}

// Result is the result of one lookup at one source.
type Result string

// The results of a lookup. The store is queried after a miss in memory.
const (
	Hit    Result = "hit"
	Miss   Result = "miss"  // not there, too old, or changed since
	Stale  Result = "stale" // returned although too old, because the store is unavailable
	Failed Result = "error" // it did not answer
)

// Results are those that a source may have.
func Results() map[store.Source][]Result {
	return map[store.Source][]Result{store.FromMemory: {Hit, Miss, Stale}, store.FromDatabase: {Hit, Miss, Failed}}
}

// Bounds of what is cached.
const (
	maxOrganizations = 50_000
	maxUnknown       = 10_000
	maxPeople        = 50_000
	maxSessions      = 100_000
	// sessionTTL bounds the age of a session's row: that another instance has
	// touched it is not published.
	sessionTTL = 30 * time.Second
	// Unknown slugs reach the store this often, and this many at once; so many
	// wait for their turn, which takes a quarter of a second at most.
	unknownEvery = 10 * time.Millisecond
	unknownBurst = 1000
	unknownQueue = 25
	// So many of those that were refused reach it at once when requested again.
	repeatedBurst = 100
	// maxExisting is how many slugs are remembered to exist.
	maxExisting = 100_000
)

// Store is a store.Store that caches. Its answers are shared: slices in them
// must not be written to.
type Store struct {
	config    Config
	inner     store.Store
	remote    *remote    // nil without Redis
	publisher *publisher // nil without Redis
	versions  *versions
	id        string // marks our own messages

	disconnected   atomic.Bool // the database does not report changes
	forgetUnknown  throttle
	publishUnknown throttle

	organizations *memo[string, store.Organization]
	people        *memo[string, person]
	sessions      *memo[sessionKey, store.Session]
	connections   *memo[string, store.Connection]
	// organizationConnections are the active ones by organization.
	organizationConnections *memo[string, []store.Connection]
	brands                  *memo[string, store.OrganizationBrand] // by organization
	logos                   *memo[string, []byte]                  // by hash

	identities *otter.Cache[identityKey, string] // the profile that each had at its last login; the store decides at the next
	touched    *otter.Cache[touchKey, time.Time] // when this instance touched a session last

	closing  sync.Once
	closeErr error
}

var _ store.Store = (*Store)(nil)

// person is the part of a snapshot that is the same whatever is asked.
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

// identityKey is what the store knows an identity by.
type identityKey struct{ connection, issuer, subject string }

// touchKey is a person and the id of one of their sessions.
type touchKey struct{ userID, id string }

// New returns a cache over config.Store. It queries nothing. It learns of
// changes, and watches Redis, only while [Store.Run] runs.
func New(config Config) (*Store, error) {
	config.setDefaults()
	s := &Store{config: config, inner: config.Store, versions: newVersions(), id: store.NewID()}
	s.forgetUnknown.do = s.ForgetAll
	s.publishUnknown.do = func() { s.publish(Change{}) }
	if err := s.makeMemos(); err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if config.Redis == nil {
		return s, nil
	}
	if len(config.Secret) < 32 {
		return nil, errors.New("cache: Redis needs a secret of 32 bytes or more")
	}
	keys, err := newKeyring(config.Secret, config.Environment)
	if err != nil {
		return nil, err
	}
	if config.Observe.TraceRedis != nil {
		config.Redis.AddHook(redisTrace(config.Observe.TraceRedis))
	}
	s.remote = newRemote(config.Redis, cmp.Or(config.Budget, Budget), keys, config.Observe.RedisUp)
	s.publisher = newPublisher(s.remote, s.message(Change{}))
	return s, nil
}

func (c *Config) setDefaults() {
	if c.TTL <= 0 {
		c.TTL = 5 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observe.Lookup == nil {
		c.Observe.Lookup = func(store.Source, Result) {}
	}
	if c.Observe.RedisUp == nil {
		c.Observe.RedisUp = func(bool) {}
	}
}

func (s *Store) makeMemos() (err error) {
	if s.organizations, err = newMemo[string, store.Organization](s, "organization", s.config.TTL, s.config.TTL+s.config.Grace, maxOrganizations); err != nil {
		return err
	}
	s.organizations.query = s.inner.OrganizationBySlug
	s.organizations.dependsOn = s.organizationDependencies
	s.organizations.admission, err = newAdmission[string](
		&quota{rate: ratelimit.Rate{Interval: unknownEvery, Burst: unknownBurst}, now: s.config.Now, queue: unknownQueue},
		&quota{rate: ratelimit.Rate{Interval: unknownEvery, Burst: repeatedBurst}, now: s.config.Now})
	if err != nil {
		return err
	}
	if s.organizations.absent, err = newMemory[string, store.Organization](maxUnknown, s.organizations.absentTTL); err != nil {
		return err
	}
	if s.people, err = newMemo[string, person](s, "person", s.config.TTL, s.config.TTL+s.config.Grace, maxPeople); err != nil {
		return err
	}
	s.people.query = func(ctx context.Context, userID string) (person, error) {
		snapshot, err := s.inner.AccessSnapshot(ctx, store.AccessQuery{UserID: userID})
		return personOf(snapshot), err
	}
	s.people.dependsOn = s.personDependencies
	s.people.filled = func(p person) {
		for i := range p.Memberships {
			s.organizations.admission.learn(p.Memberships[i].Organization.Slug, true)
		}
	}
	ttl := min(s.config.TTL, sessionTTL)
	if s.sessions, err = newMemo[sessionKey, store.Session](s, "session", ttl, max(ttl, s.config.Grace), maxSessions); err != nil {
		return err
	}
	s.sessions.query = func(ctx context.Context, k sessionKey) (store.Session, error) {
		return s.inner.Session(ctx, k.userID, k.hash[:])
	}
	s.sessions.dependsOn = s.sessionDependencies
	if err := errors.Join(s.makeConnectionMemos(), s.makeBrandMemos()); err != nil {
		return err
	}
	s.sessions.usable = s.notIdle
	if s.identities, err = otter.New(&otter.Options[identityKey, string]{MaximumSize: maxPeople}); err != nil {
		return err
	}
	s.touched, err = otter.New(&otter.Options[touchKey, time.Time]{
		MaximumSize:      maxSessions,
		ExpiryCalculator: otter.ExpiryWriting[touchKey, time.Time](max(ttl, s.config.Grace)),
	})
	return err
}

func newMemo[K comparable, V any](s *Store, name string, ttl, degraded time.Duration, size int) (*memo[K, V], error) {
	kept, err := newMemory[K, V](size, degraded)
	return &memo[K, V]{
		name: name, trace: s.config.Observe.TraceLookup,
		ttl: ttl, absentTTL: ttl / 10, degraded: degraded, kept: kept,
		disconnected: &s.disconnected, versions: s.versions, now: s.config.Now, lookup: s.config.Observe.Lookup, logger: s.config.Logger,
		calls: map[K]*call[V]{},
	}, err
}

func newMemory[K comparable, V any](size int, ttl time.Duration) (*otter.Cache[K, *entry[V]], error) {
	return otter.New(&otter.Options[K, *entry[V]]{
		MaximumSize:      size,
		ExpiryCalculator: otter.ExpiryWriting[K, *entry[V]](max(ttl, time.Millisecond)),
	})
}

// Close publishes what is still to be published, and closes Redis and the store.
func (s *Store) Close() error {
	s.closing.Do(func() {
		var err error
		if s.remote != nil {
			s.publisher.close()
			err = s.remote.client.Close()
		}
		s.closeErr = errors.Join(err, s.inner.Close())
	})
	return s.closeErr
}

// Ping implements store.Store. A lost Redis is no error.
func (s *Store) Ping(ctx context.Context) error { return s.inner.Ping(ctx) }
