package cache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/store"
)

// call is one query in progress, shared by all that wait for it.
type call[V any] struct {
	done  chan struct{}
	entry *entry[V]
	err   error
}

// load waits for the call of k. old, if not nil, is returned when the store is
// unavailable.
func (m *memo[K, V]) load(ctx context.Context, k K, old *entry[V]) (answer[V], error) {
	var slow <-chan time.Time
	if old != nil {
		timer := time.NewTimer(degradeAfter)
		defer timer.Stop()
		slow = timer.C
	}
	for again := false; ; again = true {
		c, leading := m.join(ctx, k, func() *entry[V] { return m.fresh(k) })
		select {
		case <-c.done:
		case <-slow:
			if now := m.now(); m.usableDegraded(old, now) {
				m.retryAt.Store(now.Add(retryAfter).UnixNano()) // others need not wait as long
				return m.degrade(old, now)
			}
			slow = nil
			continue
		case <-ctx.Done():
			return answer[V]{}, ctx.Err()
		}
		switch {
		case c.err == nil && !leading && !again && !m.versions.valid(&c.entry.validity):
			// Its query began before this caller came, and something has changed
			// since. The next call begins after this caller came.
			continue
		case c.err == nil:
			return c.entry.answer(store.FromDatabase, m.now())
		case old != nil:
			if now := m.now(); m.usableDegraded(old, now) {
				return m.degrade(old, now)
			}
		}
		return answer[V]{}, c.err
	}
}

// join returns the call of k that is in progress, or begins one. It outlives the
// caller that began it, since others wait for it. known, if set, returns what a
// call that has just ended left: it fills before it leaves the table.
func (m *memo[K, V]) join(ctx context.Context, k K, known func() *entry[V]) (c *call[V], leading bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, ok := m.calls[k]; ok {
		return c, false
	}
	c = &call[V]{done: make(chan struct{})}
	if known != nil {
		if c.entry = known(); c.entry != nil {
			close(c.done)
			return c, true
		}
	}
	m.calls[k] = c
	go m.run(context.WithoutCancel(ctx), k, c)
	return c, true
}

func (m *memo[K, V]) run(ctx context.Context, k K, c *call[V]) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	defer func() {
		// No caller would recover, and one query must not end the process.
		if r := recover(); r != nil {
			c.err = fmt.Errorf("cache: panic in a load: %v", r)
			m.logger.ErrorContext(ctx, "panic in a load", "panic", fmt.Sprint(r))
		}
		m.mu.Lock()
		delete(m.calls, k)
		m.mu.Unlock()
		close(c.done)
	}()
	c.entry, c.err = m.read(ctx, k)
	if c.err == nil {
		m.fill(k, c.entry)
	}
}

// read queries the store if k is admitted. The error is that of a store that
// failed; "not found" is an entry.
func (m *memo[K, V]) read(ctx context.Context, k K) (*entry[V], error) {
	p := m.admission.try(k)
	if !p.ok {
		p = m.admission.wait(ctx, k)
	}
	if !p.ok {
		m.lookup(store.FromDatabase, Failed)
		return nil, errFlood
	}
	now, begun := m.now(), m.versions.current()
	v, err := m.query(ctx, k)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		m.lookup(store.FromDatabase, Failed)
		m.retryAt.Store(m.now().Add(retryAfter).UnixNano())
		return nil, err
	}
	m.retryAt.Store(0)
	e := m.entry(k, v, err, now)
	e.begun = begun
	if err != nil {
		m.lookup(store.FromDatabase, Miss)
	} else {
		m.lookup(store.FromDatabase, Hit)
		p.refund()
	}
	return e, nil
}
