package token

import (
	"sync"
	"time"
)

// maxMade bounds one generation of tokens that are handed out again: about 20
// MB in two.
const maxMade = 10_000

// made remembers tokens by all of their claims, in two generations, so that
// forgetting costs nothing. Past its bound it forgets early.
type made struct {
	mu       sync.Mutex
	began    time.Time // of the young generation
	young    map[Claims]signed
	previous map[Claims]signed
}

type signed struct {
	authorization string
	token         string // the end of it
	keyID         string
	at            time.Time
	expires       time.Time
}

func newMade() *made { return &made{young: map[Claims]signed{}} }

// get finds a token of the key that is under a minute old.
func (m *made) get(c Claims, keyID string, now time.Time) (signed, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.young[c]
	if !ok {
		t, ok = m.previous[c]
	}
	// One from the future is of a clock that was set back, and not valid yet.
	fresh := ok && t.keyID == keyID && !now.Before(t.at) && now.Sub(t.at) < reuse
	return t, fresh
}

func (m *made) put(c Claims, t signed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.at.Sub(m.began) >= reuse || len(m.young) >= maxMade {
		m.previous, m.young, m.began = m.young, map[Claims]signed{}, t.at
	}
	m.young[c] = t
}
