package cache

import (
	"context"
	"encoding/json"
	"time"

	"orglogin/store"
)

// redisShelf is the part of a shelf that stands in Redis.
type redisShelf[K comparable, V any] struct {
	*remote
	writer *writer
	kind   string
	id     func(K) string
}

// look returns the entry that stands in Redis, if it may be believed, else the
// lease under which keep puts one there.
func (r *redisShelf[K, V]) look(ctx context.Context, s *shelf[K, V], k K, seen uint64, leasing bool) (*entry[V], lease) {
	key := r.key(r.kind, r.id(k))
	raw, mine, err := r.remote.look(ctx, key, leasing)
	if err != nil {
		s.lookup(store.FromRedis, Failed)
		return nil, nil
	}
	if raw == nil {
		s.lookup(store.FromRedis, Miss)
		return nil, mine
	}
	e, others, result := r.believe(s, key, k, raw)
	s.lookup(store.FromRedis, result)
	if e != nil {
		e.seen = seen
		return e, nil
	}
	if others {
		return nil, nil
	}
	return nil, raw // to be overwritten as it stands
}

// believe opens what stands at key. It must be ours, of this key, young enough
// not to be read anew at once, and younger than every change heard. others says
// that another instance is asking the store.
func (r *redisShelf[K, V]) believe(s *shelf[K, V], key string, k K, raw []byte) (e *entry[V], others bool, result Result) {
	kind, at, body, ok := r.open(key, raw)
	if !ok {
		return nil, false, Hostile
	}
	now := s.now()
	age := now.Sub(at)
	if age < -skew {
		return nil, false, Miss
	}
	readAt := now.Add(-max(0, age))
	var v V
	var absent error
	switch kind {
	case kindLease:
		return nil, age < leaseTime, Miss
	case kindAbsent:
		if s.absent == nil {
			return nil, false, Miss
		}
		absent = store.ErrNotFound
	case kindValue:
		if json.Unmarshal(body, &v) != nil {
			return nil, false, Hostile
		}
	default:
		return nil, false, Hostile
	}
	e = s.entry(k, v, absent, readAt)
	if !now.Before(e.ahead) || !s.stamps.holdsSince(at, e.on) {
		return nil, false, Miss
	}
	e.from = store.FromRedis
	return e, false, Hit
}

// keep puts e in the place of the lease, later.
func (r *redisShelf[K, V]) keep(s *shelf[K, V], k K, e *entry[V], place lease) {
	if place == nil || !s.stamps.holds(&e.validity) {
		return
	}
	key := r.key(r.kind, r.id(k))
	ttl := s.lifetime(e.absent != nil)
	var raw []byte
	if e.absent != nil {
		raw = r.seal(key, kindAbsent, e.readAt, nil)
	} else {
		body, err := json.Marshal(e.value)
		if err != nil || len(body) > maxValue-headSize {
			return
		}
		raw = r.seal(key, kindValue, e.readAt, body)
	}
	r.writer.add(write{key: key, place: place, value: raw, ttl: max(time.Millisecond, ttl)})
}

// forget deletes what stands in Redis for k, later.
func (r *redisShelf[K, V]) forget(k K) {
	if r != nil {
		r.writer.add(write{key: r.key(r.kind, r.id(k))})
	}
}
