package token

import (
	"sync"
	"time"
)

// maxReusable bounds one generation of tokens to reuse: about 20 MB in two.
const maxReusable = 10_000

// reusable holds signed tokens by all of their claims, in two generations, so that
// expiry needs no scan. Over its bound it drops the older generation early.
type reusable struct {
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

func newReusable() *reusable { return &reusable{young: map[Claims]signed{}} }

// get finds a token of the key that is under a minute old.
func (m *reusable) get(c Claims, keyID string, now time.Time) (signed, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.young[c]
	if !ok {
		t, ok = m.previous[c]
	}
	// A token from the future was signed before the clock was set back, and is not valid yet.
	fresh := ok && t.keyID == keyID && !now.Before(t.at) && now.Sub(t.at) < reuse
	return t, fresh
}

func (m *reusable) put(c Claims, t signed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.at.Sub(m.began) >= reuse || len(m.young) >= maxReusable {
		m.previous, m.young, m.began = m.young, map[Claims]signed{}, t.at
	}
	m.young[c] = t
}
