package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"orglogin/store"
)

// entry is one answer of the store. Readers share it, so it is never changed but
// for its own number.
type entry[V any] struct {
	validity
	value  V
	absent error        // the store's ErrNotFound; nil where there is a value
	from   store.Source // where it was read: FromRedis or FromDatabase
	readAt time.Time    // before the store was asked
	ahead  time.Time    // from here on it is read again in the background
	fresh  time.Time    // until here it is told as it is
}

// answer is an entry told at one moment.
type answer[V any] struct {
	value    V
	source   store.Source
	age      time.Duration
	degraded bool
}

// shelf remembers the answers to one kind of question.
type shelf[K comparable, V any] struct {
	ask func(ctx context.Context, k K) (V, error)
	// on names what the answer depends on; v is zero where there is none.
	on func(k K, v V) []name
	// usable, if set, says whether a remembered value may be told at all.
	usable func(v V, now time.Time) bool

	ttl       time.Duration // the oldest that an answer may be
	absentTTL time.Duration // the same for "not found"
	grace     time.Duration // added to ttl while the store is away

	kept   *otter.Cache[K, *entry[V]]
	absent *otter.Cache[K, *entry[V]] // apart, so that unknown keys evict no known ones; nil: not remembered
	door   *door[K]                   // for keys that may be nobody's; nil: all pass
	filled func(v V)                  // if set, is told what is remembered
	redis  *redisShelf[K, V]          // nil: none

	stamps *stamps
	now    func() time.Time
	lookup func(store.Source, Result)
	logger *slog.Logger

	mu    sync.Mutex
	calls map[K]*call[V]
	// awayUntil is when a store that just failed is asked again by those who
	// have something to tell without it; Unix nanoseconds.
	awayUntil atomic.Int64
}

// call is one question under way, shared by all who ask it.
type call[V any] struct {
	done  chan struct{}
	entry *entry[V]
	err   error
}

const (
	// patience is how long a question waits for the store when there is an old
	// answer to tell instead.
	patience = 250 * time.Millisecond
	// awayPause is how long a store that failed is left alone by such questions.
	awayPause = time.Second
	// loadTimeout ends a load that nobody may be waiting for any more.
	loadTimeout = 10 * time.Second
)

// errFlood: too many unknown keys are asked for. It is no answer: the key may be known.
var errFlood = errors.New("cache: too many unknown organizations are asked for")

func (e *entry[V]) tell(source store.Source, now time.Time) (answer[V], error) {
	return answer[V]{value: e.value, source: source, age: max(0, now.Sub(e.readAt))}, e.absent
}

// get answers from memory, else from a load.
func (s *shelf[K, V]) get(ctx context.Context, k K) (answer[V], error) {
	now := s.now()
	e := s.remembered(k, now)
	if e != nil && now.Before(e.fresh) {
		s.lookup(store.FromMemory, Hit)
		if !now.Before(e.ahead) && now.UnixNano() >= s.awayUntil.Load() {
			s.join(ctx, k, nil)
		}
		return e.tell(store.FromMemory, now)
	}
	if e != nil && !s.lastResort(e, now) {
		e = nil
	}
	s.lookup(store.FromMemory, Miss)
	if e != nil && now.UnixNano() < s.awayUntil.Load() {
		return s.degrade(e, now)
	}
	return s.load(ctx, k, e)
}

// remembered is the entry of k that may be told, if there is one.
func (s *shelf[K, V]) remembered(k K, now time.Time) *entry[V] {
	e, ok := s.kept.GetIfPresent(k)
	if !ok && s.absent != nil {
		e, ok = s.absent.GetIfPresent(k)
	}
	if !ok || !s.stamps.holds(&e.validity) || s.usable != nil && !s.usable(e.value, now) {
		return nil
	}
	return e
}

// young is the entry of k if it may be told as it is.
func (s *shelf[K, V]) young(k K) *entry[V] {
	now := s.now()
	if e := s.remembered(k, now); e != nil && now.Before(e.fresh) {
		return e
	}
	return nil
}

// settled is the entry of k if it may be told as it is and need not be read again soon.
func (s *shelf[K, V]) settled(k K) *entry[V] {
	if e := s.young(k); e != nil && s.now().Before(e.ahead) {
		return e
	}
	return nil
}

// load waits for the call of k. old, if not nil, is told when the store is away.
func (s *shelf[K, V]) load(ctx context.Context, k K, old *entry[V]) (answer[V], error) {
	var impatient <-chan time.Time
	if old != nil {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		impatient = timer.C
	}
	for again := false; ; again = true {
		c, leading := s.join(ctx, k, func() *entry[V] { return s.young(k) })
		select {
		case <-c.done:
		case <-impatient:
			if now := s.now(); s.lastResort(old, now) {
				return s.degrade(old, now)
			}
			impatient = nil
			continue
		case <-ctx.Done():
			return answer[V]{}, ctx.Err()
		}
		switch {
		case c.err == nil && !leading && !again && !s.stamps.holds(&c.entry.validity):
			// It was asked before this question came, and changed since: the
			// next call, whoever leads it, began later than we did.
			continue
		case c.err == nil:
			return c.entry.tell(c.entry.from, s.now())
		case old != nil:
			if now := s.now(); s.lastResort(old, now) {
				return s.degrade(old, now)
			}
		}
		return answer[V]{}, c.err
	}
}

// lastResort reports whether e may be told while the store is away. "Not found"
// never is: it would come out of an outage.
func (s *shelf[K, V]) lastResort(e *entry[V], now time.Time) bool {
	return e.absent == nil && now.Before(e.readAt.Add(s.ttl+s.grace)) && s.stamps.holds(&e.validity)
}

func (s *shelf[K, V]) degrade(e *entry[V], now time.Time) (answer[V], error) {
	s.lookup(store.FromMemory, Stale)
	a, err := e.tell(store.FromMemory, now)
	a.degraded = true
	return a, err
}

// join returns the call of k that is under way, or begins one. It outlives
// whoever began it, since others wait for it. known, if set, tells what a call
// that has just ended left: it fills before it leaves the table.
func (s *shelf[K, V]) join(ctx context.Context, k K, known func() *entry[V]) (c *call[V], leading bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.calls[k]; ok {
		return c, false
	}
	c = &call[V]{done: make(chan struct{})}
	if known != nil {
		if c.entry = known(); c.entry != nil {
			close(c.done)
			return c, true
		}
	}
	s.calls[k] = c
	go s.run(context.WithoutCancel(ctx), k, c)
	return c, true
}

func (s *shelf[K, V]) run(ctx context.Context, k K, c *call[V]) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	defer func() {
		// Nobody above us would recover, and one question must not end the process.
		if r := recover(); r != nil {
			c.err = fmt.Errorf("cache: panic in a load: %v", r)
			s.logger.ErrorContext(ctx, "panic in a load", "panic", fmt.Sprint(r))
		}
		s.mu.Lock()
		delete(s.calls, k)
		s.mu.Unlock()
		close(c.done)
	}()
	c.entry, c.err = s.read(ctx, k)
	if c.err == nil {
		s.fill(k, c.entry)
	}
}

// read asks Redis, then the store if k passes the door. The error is that of a
// store that failed; "not found" is an entry.
func (s *shelf[K, V]) read(ctx context.Context, k K) (*entry[V], error) {
	e, err := s.readWith(ctx, k, s.door.enter(k))
	if !errors.Is(err, errFlood) {
		return e, err
	}
	if p := s.door.wait(ctx, k); p.ok {
		return s.readWith(ctx, k, p)
	}
	s.lookup(store.FromDatabase, Failed)
	return nil, errFlood
}

// readWith asks the store only with a pass, Redis without one too.
func (s *shelf[K, V]) readWith(ctx context.Context, k K, p pass) (*entry[V], error) {
	now, seen := s.now(), s.stamps.taken()
	var place lease
	if s.redis != nil {
		var e *entry[V]
		if e, place = s.redis.look(ctx, s, k, seen, p.ok); e != nil {
			p.giveBack()
			return e, nil
		}
	}
	if !p.ok {
		return nil, errFlood
	}
	v, err := s.ask(ctx, k)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.lookup(store.FromDatabase, Failed)
		s.awayUntil.Store(s.now().Add(awayPause).UnixNano())
		return nil, err
	}
	s.awayUntil.Store(0)
	e := s.entry(k, v, err, now)
	e.seen, e.from = seen, store.FromDatabase
	if err != nil {
		s.lookup(store.FromDatabase, Miss)
	} else {
		s.lookup(store.FromDatabase, Hit)
		p.giveBack()
	}
	if s.redis != nil {
		s.redis.keep(s, k, e, place)
	}
	return e, nil
}

// entry is what was read at readAt, with its times: a little before their
// bound, each a little different, so that what was read together does not end
// together.
func (s *shelf[K, V]) entry(k K, v V, absent error, readAt time.Time) *entry[V] {
	ttl := s.lifetime(absent != nil)
	ttl -= rand.N(ttl/10 + 1)
	return &entry[V]{
		validity: validity{on: s.on(k, v)}, value: v, absent: absent, readAt: readAt,
		ahead: readAt.Add(ttl / 4 * 3), fresh: readAt.Add(ttl),
	}
}

func (s *shelf[K, V]) lifetime(absent bool) time.Duration {
	if absent {
		return s.absentTTL
	}
	return s.ttl
}

// fill remembers e unless it was overtaken, or something newer is there.
func (s *shelf[K, V]) fill(k K, e *entry[V]) {
	if !s.stamps.holds(&e.validity) {
		return
	}
	s.door.learn(k, e.absent == nil)
	if e.absent == nil && s.filled != nil {
		s.filled(e.value)
	}
	to, other := s.kept, s.absent
	if e.absent != nil {
		to, other = s.absent, s.kept
	}
	if to != nil {
		to.Compute(k, func(old *entry[V], found bool) (*entry[V], otter.ComputeOp) {
			if found && s.stamps.holds(&old.validity) && old.readAt.After(e.readAt) {
				return old, otter.CancelOp
			}
			return e, otter.WriteOp
		})
	}
	if other != nil {
		other.Invalidate(k)
	}
}
