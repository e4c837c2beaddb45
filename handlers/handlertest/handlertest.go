// Package handlertest has the clock and the log that the tests of several packages
// give to the handlers, and the keys that they give to providers.
package handlertest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
	"time"
)

// providers are the keys of [ProviderKey], and how many each test has taken.
var providers = struct {
	mu    sync.Mutex
	keys  []*rsa.PrivateKey
	taken map[string]int
}{taken: map[string]int{}}

// ProviderKey is an RSA key for a provider. A test gets another one at every call, so that no
// provider of it can sign for another; tests share them, because making one takes longer than most tests.
func ProviderKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	providers.mu.Lock()
	defer providers.mu.Unlock()
	n := providers.taken[t.Name()]
	providers.taken[t.Name()]++
	if n == len(providers.keys) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		providers.keys = append(providers.keys, key)
	}
	return providers.keys[n]
}

// Clock is a time that moves when a test moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock shows now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Move puts it on, or back.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Log may be read while it is written.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is all that was written since the last Clear.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Clear forgets what was written, so that a long table does not read it again
// and again.
func (l *Log) Clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Reset()
}
