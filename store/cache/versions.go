package cache

import (
	"hash/maphash"
	"sync/atomic"
)

// dependency is something that answers depend on: a place in the table of versions.
type dependency uint32

// places is the size of the table: 1 MiB. Two dependencies that share a place
// forget more than needed, never less.
const places = 1 << 17

// versions numbers the changes. The number of a change is larger than that of
// every query begun before it.
type versions struct {
	seed maphash.Seed
	last atomic.Uint64 // the latest number given
	all  atomic.Uint64 // the last time that everything changed
	of   [places]atomic.Uint64
}

func newVersions() *versions { return &versions{seed: maphash.MakeSeed()} }

// The kinds of dependencies.
const (
	ofSlug         = 's'
	ofOrganization = 'o'
	ofPerson       = 'p'
	ofSession      = 'i'
	ofSessions     = 'u' // all sessions of a person
	ofConnection   = 'c' // and the sessions that it opens
)

func (v *versions) dependency(kind byte, id string) dependency {
	var h maphash.Hash
	h.SetSeed(v.seed)
	_ = h.WriteByte(kind)
	_, _ = h.WriteString(id)
	return dependency(h.Sum64() % places)
}

// current is the number to take before a query begins.
func (v *versions) current() uint64 { return v.last.Load() }

// change records a change of d.
func (v *versions) change(d dependency) { v.advance(&v.of[d]) }

// changeAll records that anything may have changed.
func (v *versions) changeAll() { v.advance(&v.all) }

func (v *versions) advance(of *atomic.Uint64) {
	for {
		// Each change leaves a number of its own, so that the number in the
		// table says which change was the last.
		before, number := of.Load(), v.last.Add(1)
		if before < number && of.CompareAndSwap(before, number) {
			return
		}
	}
}

// changeOwn records a change of d by the caller, whose query began after it took
// begun and returned the new state. ok is false when something else changed d
// since: then the caller's answer may be old. Otherwise own is the number under
// which the answer remains valid in spite of this change.
func (v *versions) changeOwn(d dependency, begun uint64) (own uint64, ok bool) {
	before := v.of[d].Load()
	own = v.last.Add(1)
	if before > begun || !v.of[d].CompareAndSwap(before, own) {
		v.change(d)
		return 0, false
	}
	return own, true
}

// validity is what an answer carries: the number taken before its query began,
// and what it depends on.
type validity struct {
	begun     uint64
	own       uint64 // see changeOwn and keep; 0 for none
	dependsOn []dependency
}

// keep lets a valid answer remain so in spite of the change numbered own:
// whoever made that change found the same answer after it.
func (a *validity) keep(own uint64) { atomic.StoreUint64(&a.own, own) }

// valid reports whether nothing that a depends on has changed since its query began.
func (v *versions) valid(a *validity) bool {
	if v.all.Load() > a.begun {
		return false
	}
	for _, d := range a.dependsOn {
		if number := v.of[d].Load(); number > a.begun && number != atomic.LoadUint64(&a.own) {
			return false
		}
	}
	return true
}
