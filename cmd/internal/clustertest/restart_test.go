package clustertest

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A crowd under load is this many browsers. They pause between two logins for so long that two
// cores do not run at their limit: a queue of logins that only grows ends in 503, which says
// nothing of the instances that stop and start.
const (
	crowdSize  = 200
	crowdPause = 4 * time.Second
)

func TestInstancesComeAndGoUnderLogins(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	nginx := func(int) string { return f.Nginx }

	f.Provider.Hang(200 * time.Millisecond) // so that there are always callbacks in flight

	t.Run("stopped and started one after another, no request fails", func(t *testing.T) {
		c := f.crowd(t, crowdSize, crowdPause, nginx, func(attempt) string { return "a login failed" })
		c.more(t, crowdSize/2)
		for n, i := range f.Instances {
			begun := time.Now()
			if err := i.Stop(syscall.SIGTERM); err != nil {
				t.Errorf("instance %d ended with %v\n%s", n, err, last(i.Said(), 2000))
			}
			drained := time.Since(begun)
			c.more(t, crowdSize/2)
			if err := i.Start(); err != nil {
				t.Fatal(err)
			}
			t.Logf("instance %d drained in %s", n, drained.Round(time.Millisecond))
			c.more(t, crowdSize/2)
		}
		c.Stop()
		t.Logf("%d logins", c.Landed.Load())
	})
	t.Run("killed, a login that failed succeeds on the next try", func(t *testing.T) {
		f.killing.Store(true)
		defer f.killing.Store(false)
		var killed atomic.Pointer[time.Time] // when the last kill was over, or nil while there is one
		killed.Store(new(time.Time))
		c := f.crowd(t, crowdSize, crowdPause, nginx, func(a attempt) string {
			// nginx takes a request of a dying instance to the next one before the kill is over.
			if over := killed.Load(); a.After && over != nil && a.Begun.After(*over) {
				return "a login failed twice"
			}
			return ""
		})
		c.more(t, crowdSize/2)
		for n, i := range f.Instances {
			killed.Store(nil)
			if err := i.Stop(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			over := time.Now()
			killed.Store(&over)
			c.more(t, crowdSize/2)
			if err := i.Start(); err != nil {
				t.Fatalf("instance %d: %v", n, err)
			}
			c.more(t, crowdSize/2)
		}
		c.Stop()
		t.Logf("%d logins, %d failed once", c.Landed.Load(), c.Failed.Load())
	})
	t.Run("a session outlives them all", func(t *testing.T) {
		ann := f.visitor(t, "ann")
		landed(t, ann.login(f.Instances[0].Addr, ""), f.URL("acme", "/dashboard"))
		for _, i := range f.Instances {
			if err := i.Stop(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			if err := i.Start(); err != nil {
				t.Fatal(err)
			}
		}
		for n, i := range f.Instances {
			if v := ann.verify(i.Addr, "acme"); v.Status != 200 {
				t.Errorf("instance %d: %d", n, v.Status)
			}
		}
	})
}

// one gives each browser an instance of its own.
func (f *fixture) one(n int) string { return f.Instances[n%len(f.Instances)].Addr }
