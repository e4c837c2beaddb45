package cache

import (
	"context"
	"hash/maphash"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// admission limits how often the store is queried for keys that may not exist,
// so that a flood of them does not reach it. A key that existed is always
// admitted. One that was never seen shares a quota with the others, and waits
// briefly for its turn. If that fails and it is requested again, as a person does
// and a flood of random keys does not, it has a quota of its own.
type admission[K comparable] struct {
	existing *otter.Cache[K, struct{}]
	unknown  *quota
	repeated *quota

	// refused holds hashes of the keys refused lately, each at its place: what a
	// flood puts there is overwritten only as fast as it comes.
	refused [refusals]atomic.Uint64
	seed    maphash.Seed
}

// refusals is how many refused keys are remembered; 512 KiB.
const refusals = 1 << 16

func newAdmission[K comparable](unknown, repeated *quota) (*admission[K], error) {
	existing, err := otter.New(&otter.Options[K, struct{}]{MaximumSize: maxExisting})
	return &admission[K]{existing: existing, unknown: unknown, repeated: repeated, seed: maphash.MakeSeed()}, err
}

// permit admits one query; from is the quota that it was taken from.
type permit struct {
	ok   bool
	from *quota
}

// refund is called when the key existed after all.
func (p permit) refund() {
	if p.ok && p.from != nil {
		p.from.refund()
	}
}

// try does not wait. A nil admission admits everything.
func (a *admission[K]) try(k K) permit {
	switch {
	case a == nil || a.exists(k):
		return permit{ok: true}
	case a.unknown.tryTake():
		return permit{ok: true, from: a.unknown}
	case a.wasRefused(k) && a.repeated.tryTake():
		return permit{ok: true, from: a.repeated}
	}
	return permit{}
}

// wait is for keys that try refused.
func (a *admission[K]) wait(ctx context.Context, k K) permit {
	if a.unknown.take(ctx) {
		return permit{ok: true, from: a.unknown}
	}
	hash := maphash.Comparable(a.seed, k)
	a.refused[hash%refusals].Store(hash)
	return permit{}
}

func (a *admission[K]) exists(k K) bool {
	_, ok := a.existing.GetIfPresent(k)
	return ok
}

func (a *admission[K]) wasRefused(k K) bool {
	hash := maphash.Comparable(a.seed, k)
	return a.refused[hash%refusals].Load() == hash
}

// learn remembers whether k exists, for longer than any answer about it.
func (a *admission[K]) learn(k K, exists bool) {
	switch {
	case a == nil:
	case exists:
		a.existing.SetIfAbsent(k, struct{}{})
	default:
		a.existing.Invalidate(k)
	}
}
