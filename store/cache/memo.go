package cache

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"orglogin/store"
)

// entry is one answer of the store. Readers share it, so that it never changes,
// but for validity.own.
type entry[V any] struct {
	validity
	value   V
	absent  error     // the store's ErrNotFound; nil where there is a value
	readAt  time.Time // before the query began
	refresh time.Time // from here on it is read again in the background
	expires time.Time // until here it is returned as it is
}

// answer is an entry as it is returned to one caller.
type answer[V any] struct {
	value    V
	source   store.Source
	age      time.Duration
	degraded bool
}

// memo remembers the answers to one kind of query.
type memo[K comparable, V any] struct {
	name  string // of a key, in traces
	query func(ctx context.Context, k K) (V, error)
	// dependsOn returns what the answer depends on; v is zero where there is none.
	dependsOn func(k K, v V) []dependency
	// usable, if set, reports whether a remembered value may be returned at all.
	usable func(v V, now time.Time) bool

	ttl       time.Duration // the oldest that an answer may be
	absentTTL time.Duration // the same for "not found"
	degraded  time.Duration // the oldest that an answer may be while the store is unavailable

	kept      *otter.Cache[K, *entry[V]]
	absent    *otter.Cache[K, *entry[V]] // separate, so that unknown keys evict no known ones; nil: not remembered
	admission *admission[K]              // for keys that may not exist; nil: all are admitted
	filled    func(v V)                  // if set, is called with what is remembered

	disconnected *atomic.Bool // the database does not report changes
	versions     *versions
	now          func() time.Time
	lookup       func(store.Source, Result)
	trace        store.Trace // nil: none
	logger       *slog.Logger

	mu    sync.Mutex
	calls map[K]*call[V]
	// retryAt is when a store that just failed is queried again by callers that
	// have an old answer; Unix nanoseconds.
	retryAt atomic.Int64
}

const (
	// degradeAfter is how long a caller waits for the store when there is an old
	// answer to return instead.
	degradeAfter = 250 * time.Millisecond
	// retryAfter is how long such callers do not query a store that failed.
	retryAfter = time.Second
	// confirmAfter is the oldest that an answer may be without asking the store
	// while it does not report changes.
	confirmAfter = time.Second
	// loadTimeout ends a load that may have no caller any more.
	loadTimeout = 10 * time.Second
)

// errFlood: too many unknown keys are requested. The key may exist all the same.
var errFlood = errors.New("cache: too many unknown organizations are requested")

func (e *entry[V]) answer(source store.Source, now time.Time) (answer[V], error) {
	return answer[V]{value: e.value, source: source, age: max(0, now.Sub(e.readAt))}, e.absent
}

// get answers from memory, otherwise from a load.
func (m *memo[K, V]) get(ctx context.Context, k K) (answer[V], error) {
	if m.trace == nil {
		return m.recall(ctx, k)
	}
	ctx, ended := m.trace(ctx, m.name)
	a, err := m.recall(ctx, k)
	ended(string(a.source), err)
	return a, err
}

func (m *memo[K, V]) recall(ctx context.Context, k K) (answer[V], error) {
	now := m.now()
	e := m.find(k, now)
	if e != nil && now.Before(m.expiry(e)) {
		m.lookup(store.FromMemory, Hit)
		if !now.Before(e.refresh) && now.UnixNano() >= m.retryAt.Load() {
			m.join(ctx, k, func() *entry[V] { return m.newer(k, e) }) // one may have been read since e was found
		}
		return e.answer(store.FromMemory, now)
	}
	if e != nil && !m.usableDegraded(e, now) {
		e = nil
	}
	m.lookup(store.FromMemory, Miss)
	if e != nil && now.UnixNano() < m.retryAt.Load() {
		return m.degrade(e, now)
	}
	return m.load(ctx, k, e)
}

// find returns the entry of k that is still valid, whatever its age.
func (m *memo[K, V]) find(k K, now time.Time) *entry[V] {
	e, ok := m.kept.GetIfPresent(k)
	if !ok && m.absent != nil {
		e, ok = m.absent.GetIfPresent(k)
	}
	if !ok || !m.versions.valid(&e.validity) || m.usable != nil && !m.usable(e.value, now) {
		return nil
	}
	return e
}

// fresh returns the entry of k if it may be returned as it is.
func (m *memo[K, V]) fresh(k K) *entry[V] {
	now := m.now()
	if e := m.find(k, now); e != nil && now.Before(m.expiry(e)) {
		return e
	}
	return nil
}

// newer returns the entry of k if it is not e, the one that a caller has found.
func (m *memo[K, V]) newer(k K, e *entry[V]) *entry[V] {
	if now := m.find(k, m.now()); now != e {
		return now
	}
	return nil
}

// expiry returns until when e may be returned as it is. An instance that has lost
// the database cannot know what has changed.
func (m *memo[K, V]) expiry(e *entry[V]) time.Time {
	if soon := e.readAt.Add(confirmAfter); m.disconnected.Load() && soon.Before(e.expires) {
		return soon
	}
	return e.expires
}

// settled returns the entry of k if it is fresh and need not be read again soon.
func (m *memo[K, V]) settled(k K) *entry[V] {
	if e := m.fresh(k); e != nil && m.now().Before(e.refresh) {
		return e
	}
	return nil
}

// usableDegraded reports whether e may be returned while the store is
// unavailable. "Not found" never is: it would come out of an outage.
func (m *memo[K, V]) usableDegraded(e *entry[V], now time.Time) bool {
	return e.absent == nil && now.Before(e.readAt.Add(m.degraded)) && m.versions.valid(&e.validity)
}

func (m *memo[K, V]) degrade(e *entry[V], now time.Time) (answer[V], error) {
	m.lookup(store.FromMemory, Stale)
	a, err := e.answer(store.FromMemory, now)
	a.degraded = true
	return a, err
}

// entry returns what was read at readAt, with its times: a little before their
// bound, each a little different, so that what was read together does not
// expire together.
func (m *memo[K, V]) entry(k K, v V, absent error, readAt time.Time) *entry[V] {
	ttl := m.ttl
	if absent != nil {
		ttl = m.absentTTL
	}
	ttl -= rand.N(ttl/10 + 1)
	return &entry[V]{
		validity: validity{dependsOn: m.dependsOn(k, v)}, value: v, absent: absent, readAt: readAt,
		refresh: readAt.Add(ttl / 4 * 3), expires: readAt.Add(ttl),
	}
}

// remember is for a value that came with the answer to another query.
func (m *memo[K, V]) remember(k K, value V, readAt time.Time, v validity) {
	e := m.entry(k, value, nil, readAt)
	e.begun, e.own = v.begun, v.own
	m.fill(k, e)
}

// fill remembers e unless something it depends on has changed since, or a newer
// entry is there.
func (m *memo[K, V]) fill(k K, e *entry[V]) {
	if !m.versions.valid(&e.validity) {
		return
	}
	m.admission.learn(k, e.absent == nil)
	if e.absent == nil && m.filled != nil {
		m.filled(e.value)
	}
	to, other := m.kept, m.absent
	if e.absent != nil {
		to, other = m.absent, m.kept
	}
	if to != nil {
		to.Compute(k, func(old *entry[V], found bool) (*entry[V], otter.ComputeOp) {
			if found && m.versions.valid(&old.validity) && old.readAt.After(e.readAt) {
				return old, otter.CancelOp
			}
			return e, otter.WriteOp
		})
	}
	if other != nil {
		other.Invalidate(k)
	}
}
