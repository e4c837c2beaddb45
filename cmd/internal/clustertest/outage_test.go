package clustertest

import (
	"net/http"
	"testing"
	"time"

	"orglogin/store/postgres/pgtest"
)

func TestRedisIsLostUnderLogins(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	ann := f.visitor(t, "ann")
	landed(t, ann.login(f.Nginx, ""), f.URL("acme", "/dashboard"))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	const each = 60 // logins that see each state of it
	c := f.crowd(t, 20, 200*time.Millisecond, f.one, func(attempt) string { return "a login failed" })
	for _, state := range []struct {
		name  string
		enter func() error
	}{
		{"there", func() error { return nil }},
		{"killed", f.redis.Kill},
		{"back, and empty", f.redis.Start},
		{"hanging", f.redis.Hang},
		{"going on", f.redis.Resume},
		{"hanging again", f.redis.Hang},
		{"killed while it hung", f.redis.Kill},
		{"back once more", f.redis.Start},
	} {
		must(state.enter())
		begun := time.Now()
		c.more(t, each)
		t.Logf("%d logins with Redis %s in %s", each, state.name, time.Since(begun).Round(time.Millisecond))
		for _, i := range f.Instances {
			if v := ann.verify(i.Addr, "acme"); v.Status != http.StatusOK || takenAway(v) != "" {
				t.Errorf("with Redis %s a session that lives is answered %d", state.name, v.Status)
			}
		}
	}
	c.Stop()
}

func TestPostgreSQLIsLostUnderLogins(t *testing.T) {
	t.Parallel()
	// What is known is asked for again soon, so that the test sees it fail.
	f := newFixtureOn(t, pgtest.StartServer(t), func(c *Config) { c.Env = []string{"ORGLOGIN_CACHE_TTL=1s"} })
	ann := f.visitor(t, "ann")
	landed(t, ann.login(f.Nginx, ""), f.URL("acme", "/dashboard"))
	f.known(ann, "acme", http.StatusOK)
	c := f.crowd(t, 20, 200*time.Millisecond, f.one, func(a attempt) string {
		switch {
		case a.Err != nil:
			return "no answer"
		case a.Status != http.StatusServiceUnavailable:
			return "neither landed nor 503" // the fallback among them
		case a.Header.Get("Retry-After") == "":
			return "503 without Retry-After"
		}
		return ""
	})
	c.more(t, 60)
	if n := c.Failed.Load(); n > 0 {
		t.Fatalf("%d logins failed before", n)
	}

	for _, i := range f.Instances { // confirmed: it is honoured for a minute
		eventually(t, "a confirmed answer", func() bool {
			v := ann.verify(i.Addr, "acme")
			return v.Status == http.StatusOK && v.Header.Get("X-Auth-Degraded") == ""
		})
	}
	f.databaseKilled.Store(true)
	f.server.Kill()
	foreign := f.visitor(t, "")
	foreign.Jar = stolen{{Name: "__Secure-session", Value: "nothing of ours"}}
	for _, i := range f.Instances {
		eventually(t, "an answer that is marked as the last one known", func() bool {
			v := ann.verify(i.Addr, "acme")
			if v.Status != http.StatusOK {
				t.Fatalf("a session that was known is answered %d", v.Status)
			}
			return v.Header.Get("X-Auth-Degraded") != ""
		})
		if v := foreign.verify(i.Addr, "acme"); v.Status != http.StatusUnauthorized {
			t.Errorf("a cookie that is not ours is answered %d", v.Status)
		}
	}
	eventually(t, "60 logins answered 503", func() bool { return c.Failed.Load() >= 60 })
	eventually(t, "PostgreSQL is back", func() bool { return f.server.Start() == nil })
	back := time.Now()
	for _, i := range f.Instances {
		eventually(t, "a login on every instance, without a restart", func() bool {
			a, err := f.Browser("ann").login(t.Context(), i.Addr)
			return err == nil && a.Location() == f.URL("acme", "/dashboard")
		})
	}
	t.Logf("every instance lands again %s after PostgreSQL is back", time.Since(back).Round(time.Millisecond))
	eventually(t, "no degraded answer", func() bool {
		return ann.verify(f.Instances[0].Addr, "acme").Header.Get("X-Auth-Degraded") == ""
	})
	failed := c.Failed.Load()
	c.more(t, 60)
	if now := c.Failed.Load(); now > failed+20 { // at most one login of each was under way
		t.Errorf("%d logins failed afterwards", now-failed)
	}
	c.Stop()
}
