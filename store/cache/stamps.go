package cache

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

// name is a thing that answers depend on, as its place in the table of stamps.
type name uint32

// places is how many names keep apart on average; 2 MiB.
const places = 1 << 17

// stamps number the changes. The number of a change is larger than that of
// every answer asked for before it.
type stamps struct {
	now  func() time.Time
	seed maphash.Seed
	last atomic.Uint64 // the latest number given
	all  stamp         // of the last time that everything was forgotten
	of   [places]stamp
}

type stamp struct {
	number atomic.Uint64
	at     atomic.Int64 // Unix nanoseconds of the latest change, for values of other instances
}

func newStamps(now func() time.Time) *stamps {
	return &stamps{now: now, seed: maphash.MakeSeed()}
}

// The kinds of names.
const (
	ofSlug         = 's'
	ofOrganization = 'o'
	ofPerson       = 'p'
	ofSession      = 'i'
	ofSessions     = 'u' // all sessions of a person
)

func (s *stamps) name(kind byte, id string) name {
	var h maphash.Hash
	h.SetSeed(s.seed)
	_ = h.WriteByte(kind)
	_, _ = h.WriteString(id)
	return name(h.Sum64() % places)
}

// taken is the number to take before asking.
func (s *stamps) taken() uint64 { return s.last.Load() }

// change says that n has changed.
func (s *stamps) change(n name) { s.mark(&s.of[n]) }

// changeAll says that anything may have changed.
func (s *stamps) changeAll() { s.mark(&s.all) }

func (s *stamps) mark(m *stamp) {
	m.movedTo(s.now())
	for {
		// Each change leaves a number of its own, so that a number found
		// there tells which change was the last.
		before, number := m.number.Load(), s.last.Add(1)
		if before < number && m.number.CompareAndSwap(before, number) {
			return
		}
	}
}

// movedTo is set before the number is given: who takes that number or a later
// one finds the time.
func (m *stamp) movedTo(t time.Time) {
	at := t.UnixNano()
	for {
		before := m.at.Load()
		if before >= at || m.at.CompareAndSwap(before, at) {
			return
		}
	}
}

// changeAs says that n was changed by the caller, who asked after taking seen
// and knows what came of it. ok is false when something else changed n since:
// then the caller's knowledge is no better than anybody's. Else own is the
// number under which an answer stays valid in spite of this change.
func (s *stamps) changeAs(n name, seen uint64) (own uint64, ok bool) {
	m := &s.of[n]
	m.movedTo(s.now())
	before := m.number.Load()
	own = s.last.Add(1)
	if before > seen || !m.number.CompareAndSwap(before, own) {
		s.mark(m)
		return 0, false
	}
	return own, true
}

// validity is what an answer carries: the number taken before asking, and what
// it depends on.
type validity struct {
	seen uint64
	own  uint64 // see changeAs and keep; 0 is none
	on   []name
}

// keep lets an answer that held before changeAs hold on, because whoever made
// that change found the same answer after it.
func (v *validity) keep(own uint64) { atomic.StoreUint64(&v.own, own) }

// holds reports whether nothing that v depends on has changed since.
func (s *stamps) holds(v *validity) bool {
	if s.all.number.Load() > v.seen {
		return false
	}
	for _, n := range v.on {
		if number := s.of[n].number.Load(); number > v.seen && number != atomic.LoadUint64(&v.own) {
			return false
		}
	}
	return true
}

// skew is how much the clocks of instances may differ.
const skew = 2 * time.Second

// holdsSince reports whether nothing of on has changed since at, a time told by
// another instance.
func (s *stamps) holdsSince(at time.Time, on []name) bool {
	since := at.Add(-skew).UnixNano()
	if s.all.at.Load() >= since {
		return false
	}
	for _, n := range on {
		if s.of[n].at.Load() >= since {
			return false
		}
	}
	return true
}
