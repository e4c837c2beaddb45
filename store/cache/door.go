package cache

import (
	"context"
	"hash/maphash"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// door bounds how often the store is asked for keys that may be nobody's, so
// that a flood of them does not reach it. A key that was real is always let
// through. One that was never seen has a budget with the others, and waits
// briefly for its turn. If that is in vain and it is asked for once more, as a
// person does and a flood of random keys does not, it has a budget apart.
type door[K comparable] struct {
	real     *otter.Cache[K, struct{}]
	unknown  *budget
	repeated *budget

	// refused are hashes of the keys that were refused lately, each at its
	// place: what a flood puts there leaves again only as fast as it comes.
	refused [refusals]atomic.Uint64
	seed    maphash.Seed
}

// refusals is how many refused keys are remembered; 512 KiB.
const refusals = 1 << 16

func newDoor[K comparable](unknown, repeated *budget) (*door[K], error) {
	memory, err := otter.New(&otter.Options[K, struct{}]{MaximumSize: maxReal})
	return &door[K]{real: memory, unknown: unknown, repeated: repeated, seed: maphash.MakeSeed()}, err
}

// pass lets one question through; from is the budget that it is taken from.
type pass struct {
	ok   bool
	from *budget
}

// giveBack is called when the key was real after all, or nobody was asked.
func (p pass) giveBack() {
	if p.ok && p.from != nil {
		p.from.giveBack()
	}
}

// enter does not wait. Without a door everything passes.
func (d *door[K]) enter(k K) pass {
	switch {
	case d == nil || d.isReal(k):
		return pass{ok: true}
	case d.unknown.take():
		return pass{ok: true, from: d.unknown}
	case d.wasRefused(k) && d.repeated.take():
		return pass{ok: true, from: d.repeated}
	}
	return pass{}
}

// wait is for those who were not let in.
func (d *door[K]) wait(ctx context.Context, k K) pass {
	if d.unknown.wait(ctx) {
		return pass{ok: true, from: d.unknown}
	}
	hash := maphash.Comparable(d.seed, k)
	d.refused[hash%refusals].Store(hash)
	return pass{}
}

func (d *door[K]) isReal(k K) bool {
	_, ok := d.real.GetIfPresent(k)
	return ok
}

func (d *door[K]) wasRefused(k K) bool {
	hash := maphash.Comparable(d.seed, k)
	return d.refused[hash%refusals].Load() == hash
}

// learn remembers whether k is real, for longer than any answer about it.
func (d *door[K]) learn(k K, isReal bool) {
	switch {
	case d == nil:
	case isReal:
		d.real.SetIfAbsent(k, struct{}{})
	default:
		d.real.Invalidate(k)
	}
}
