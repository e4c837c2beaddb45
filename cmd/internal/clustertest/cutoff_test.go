package clustertest

import (
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// relay passes connections on to a server until it is cut: then nothing passes
// any more and nothing is closed, as behind a firewall that drops packets.
type relay struct {
	addr string
	cut  atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
}

func newRelay(t *testing.T, server string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: l.Addr().String()}
	t.Cleanup(func() { l.Close(); r.restore() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			backend, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, client, backend)
			r.mu.Unlock()
			go r.copy(backend, client)
			go r.copy(client, backend)
		}
	}()
	return r
}

func (r *relay) copy(to, from net.Conn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err == nil && !r.cut.Load() {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			if !r.cut.Load() {
				to.Close()
			}
			return
		}
	}
}

// restore lets new connections pass, and ends those that lost something.
func (r *relay) restore() {
	r.cut.Store(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conns {
		c.Close()
	}
	r.conns = nil
}

// behind starts an instance again whose way to the database leads through the relay.
func (f *fixture) behind(t *testing.T, i *Instance) *relay {
	t.Helper()
	u, err := url.Parse(f.db.Runtime)
	if err != nil {
		t.Fatal(err)
	}
	r := newRelay(t, u.Host)
	u.Host = r.addr
	if err := i.Stop(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	i.env = append(i.env, "ORGLOGIN_DATABASE_URL="+u.String())
	if err := i.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// One instance is cut off from the database. Redis and the others are well.
func TestAnInstanceCutOffFromTheDatabaseHonoursNothingThatEnded(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	first, cut := f.Instances[0], f.Instances[2]
	relay := f.behind(t, cut)
	const members = "UPDATE orglogin.memberships SET active = false WHERE profile_id = (SELECT id FROM orglogin.profiles WHERE email = "
	ends := []struct {
		name, person string
		end          func(v visitor)
	}{
		{"signed out on another instance", "guest0", func(v visitor) {
			kept := f.rob(v).Jar // the browser keeps the session's cookie
			defer func() { v.Jar = kept }()
			a, err := v.Post(t.Context(), first.Addr, f.URL("login", "/logout"), url.Values{})
			if err != nil || a.Status != http.StatusSeeOther {
				t.Fatalf("got %d, %v", a.Status, err)
			}
		}},
		{"ended by a command", "guest1", func(visitor) { f.revoking(t, "guest1@acme.test") }},
		{"disabled by hand", "guest2", func(visitor) {
			f.sql(t, "UPDATE orglogin.profiles SET disabled = true WHERE email = 'guest2@acme.test'")
		}},
		{"removed by hand", "guest3", func(visitor) { f.sql(t, members+"'guest3@acme.test')") }},
	}
	enter := func(person string) visitor {
		v := f.visitor(t, person)
		landed(t, v.login(first.Addr, "?organization=acme"), f.URL("acme", "/dashboard"))
		return v
	}
	people := make([]visitor, len(ends))
	for n, e := range ends {
		people[n] = enter(e.person)
	}
	ann := enter("ann")
	known := func(v visitor) {
		t.Helper()
		if a := v.verify(cut.Addr, "acme"); a.Status != http.StatusOK || a.Header.Get("X-Auth-Degraded") != "" {
			t.Fatalf("before: %d, degraded %q", a.Status, a.Header.Get("X-Auth-Degraded"))
		}
	}
	for _, v := range append(people, ann) {
		known(v)
	}

	relay.cut.Store(true)
	lost := time.Now()
	eventually(t, "its answers are marked", func() bool {
		a := ann.verify(cut.Addr, "acme")
		if a.Status != http.StatusOK {
			t.Fatalf("a session that was just confirmed is answered %d", a.Status)
		}
		return a.Header.Get("X-Auth-Degraded") == "store"
	})
	t.Logf("the loss is marked after %s", time.Since(lost).Round(time.Millisecond))
	for n, e := range ends {
		if a := people[n].verify(cut.Addr, "acme"); a.Status != http.StatusOK {
			t.Fatalf("%s, before it: %d", e.name, a.Status)
		}
		e.end(people[n])
		took := eventually(t, e.name, func() bool { return people[n].verify(cut.Addr, "acme").Status == http.StatusServiceUnavailable })
		t.Logf("%s: refused after %s", e.name, took.Round(time.Millisecond))
	}
	eventually(t, "a session that was not confirmed for a minute is refused", func() bool {
		a := ann.verify(cut.Addr, "acme")
		return a.Status == http.StatusServiceUnavailable && a.Header.Get("Authorization") == ""
	})
	t.Logf("a session that did not end is refused after %s", time.Since(lost).Round(time.Second))
	if a := ann.verify(first.Addr, "acme"); a.Status != http.StatusOK || a.Header.Get("X-Auth-Degraded") != "" {
		t.Errorf("on another instance: %d", a.Status)
	}

	relay.restore()
	eventually(t, "the instance is well again", func() bool {
		a := ann.verify(cut.Addr, "acme")
		return a.Status == http.StatusOK && a.Header.Get("X-Auth-Degraded") == ""
	})
	for n, e := range ends {
		if a := people[n].verify(cut.Addr, "acme"); a.Status != http.StatusUnauthorized && a.Status != http.StatusForbidden {
			t.Errorf("%s, afterwards: %d", e.name, a.Status)
		}
	}
}
