package clustertest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// crowdOf is many browsers that log in again and again, each at the instance
// that it is given, until the test has seen enough.
type crowdOf struct {
	Landed atomic.Int64 // logins that ended at acme's dashboard
	Failed atomic.Int64 // attempts that judge forgave

	stop    chan struct{}
	running sync.WaitGroup
	once    sync.Once
}

// attempt is one login of a browser in a crowd, as it ended.
type attempt struct {
	Answer
	Err   error
	Begun time.Time
	After bool // the one before it failed
}

// crowd starts them, not all at once. pause is how long one waits before a login, on average,
// and judge says what is wrong with an attempt that did not land; "" forgives it.
func (f *fixture) crowd(t *testing.T, size int, pause time.Duration, instance func(n int) string, judge func(attempt) string) *crowdOf {
	t.Helper()
	c := &crowdOf{stop: make(chan struct{})}
	dashboard := f.URL("acme", "/dashboard")
	for n := range size {
		c.running.Go(func() {
			b := f.Browser(guest(n % crowd))
			failed := false
			for {
				select {
				case <-c.stop:
					return
				case <-time.After(rand.N(2 * pause)):
				}
				begun := time.Now()
				a, err := b.login(t.Context(), instance(n))
				// A login that is stored ended the session before it. If its instance was
				// killed before it answered, the next one finds flow and session used up.
				lost := f.killing.Load() && a.Status == http.StatusBadRequest
				// So it is where the database was killed after it stored the login.
				lost = lost || f.databaseKilled.Load() && failed
				if gone := takenAway(a); gone != "" && !lost {
					t.Errorf("browser %d: %d took %s away", n, a.Status, gone)
				}
				if err == nil && a.Status == http.StatusFound && a.Location() == dashboard {
					c.Landed.Add(1)
					failed = false
					continue
				}
				if wrong := judge(attempt{a, err, begun, failed}); wrong != "" {
					t.Errorf("browser %d: %s: %d to %q, %v\n%.300s", n, wrong, a.Status, path(a.Location()), err, a.Body)
				}
				c.Failed.Add(1)
				failed = true
			}
		})
	}
	t.Cleanup(c.Stop) // also when the test gives up
	return c
}

// Stop lets every browser finish what it does.
func (c *crowdOf) Stop() {
	c.once.Do(func() { close(c.stop) })
	c.running.Wait()
}

// more waits until n more logins have landed.
func (c *crowdOf) more(t *testing.T, n int64) {
	t.Helper()
	want := c.Landed.Load() + n
	eventually(t, fmt.Sprintf("%d more logins", n), func() bool { return c.Landed.Load() >= want })
}

func (b *Browser) login(ctx context.Context, addr string) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return b.Login(ctx, addr, "")
}

// takenAway names the cookie of a session that the browser loses by an answer,
// if any. A login that replaces an ended session expires its cookie in one scope
// and sets the new one in another. The cookie of a flow goes with its flow.
func takenAway(a Answer) string {
	set := a.cookies()
	for _, line := range a.Header.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err == nil && c.MaxAge < 0 && set[c.Name] == "" && !strings.HasPrefix(c.Name, "__Host-flow") {
			return c.Name
		}
	}
	return ""
}

// path is a URL without its query, which may hold a code.
func path(u string) string {
	before, _, _ := strings.Cut(u, "?")
	return before
}
