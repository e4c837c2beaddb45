package cache_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	orgcache "orglogin/store/cache"
)

func TestWhatOneInstanceReadAnotherFindsInRedis(t *testing.T) {
	w, server, second := sharing(t)
	w.clock.advance(time.Minute)
	w.organization(w.cache, "acme")
	w.standing(w.cache)
	if _, err := w.cache.OrganizationBySlug(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	must(t, w.cache.Close()) // what was to be written is written
	w.clock.advance(10 * time.Second)
	if o := w.organization(second, "other"); o != w.other { // the script is known now
		t.Errorf("got %+v", o)
	}
	before := server.commands()
	w.results.take()
	if o := w.organization(second, "acme"); o != w.acme {
		t.Errorf("got %+v", o)
	}
	if _, err := second.OrganizationBySlug(t.Context(), "nobody"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	got := w.standing(second, "acme")
	if got.Source != store.FromRedis || got.Age != 10*time.Second || got.Profile != w.ann {
		t.Errorf("got %+v", got)
	}
	if d := cmp.Diff(map[string]int{"memory miss": 3, "redis hit": 3}, w.results.take()); d != "" {
		t.Error(d)
	}
	if n := server.commands()["evalsha"] - before["evalsha"]; n != 3 {
		t.Errorf("three answers took %d round trips", n)
	}
	w.standing(second, "acme")
	if d := cmp.Diff(map[string]int{"memory hit": 1}, w.results.take()); d != "" {
		t.Error(d)
	}
	w.clock.advance(ttl)
	if got := w.standing(second); got.Source != store.FromDatabase {
		t.Errorf("past its time it came from %s", got.Source)
	}
}

func TestKeysTellEnvironmentVersionAndNothingElse(t *testing.T) {
	w, server, _ := sharing(t)
	w.organization(w.cache, "acme")
	w.standing(w.cache)
	_, err := w.cache.TakeFlow(t.Context(), "flow-1", w.clock.Now().Add(time.Minute))
	must(t, err)
	must(t, w.cache.Close())
	admin := server.admin()
	keys, err := admin.Keys(t.Context(), "*").Result()
	must(t, err)
	if len(keys) != 3 {
		t.Errorf("got keys %q", keys)
	}
	for _, key := range keys {
		if !strings.HasPrefix(key, "orglogin:1:4:test:") {
			t.Errorf("got key %q", key)
		}
		value, err := admin.Get(t.Context(), key).Result()
		must(t, err)
		for _, hidden := range []string{"acme", w.ann.ID, "flow-1", "test-flow"} {
			if strings.Contains(key, hidden) {
				t.Errorf("the key %q tells %q", key, hidden)
			}
		}
		if strings.Contains(value, string(w.session.SecretHash)) {
			t.Errorf("%q holds a session", key)
		}
		if life := admin.PTTL(t.Context(), key).Val(); life <= 0 || life > ttl {
			t.Errorf("%q lives %s", key, life)
		}
	}
}

func TestEnvironmentsAndSecretsShareNothing(t *testing.T) {
	w, server, _ := sharing(t)
	w.organization(w.cache, "acme")
	must(t, w.cache.Close())
	w.clock.advance(5 * time.Second)
	for name, change := range map[string]func(*orgcache.Config){
		"environment": func(c *orgcache.Config) { c.Environment = "test:x" },
		"secret":      func(c *orgcache.Config) { c.Secret = bytes.Repeat([]byte("x"), 32) },
	} {
		w.results.take()
		s := w.newCache(w.open(), func(c *orgcache.Config) { server.share(c); change(c) })
		w.organization(s, "acme")
		if d := cmp.Diff(map[string]int{"memory miss": 1, "redis miss": 1, "database hit": 1}, w.results.take()); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if _, err := orgcache.New(orgcache.Config{Store: w.inner, Redis: server.open(), Secret: []byte("short")}); err == nil {
		t.Error("a short secret is taken")
	}
}

// M1: whoever writes to Redis can neither grant nor change anything.
func TestHostileValues(t *testing.T) {
	type values = map[string]string
	swap := func(v values) values {
		var keys []string
		for key := range v {
			keys = append(keys, key)
		}
		out := values{}
		for i, key := range keys {
			out[key] = v[keys[(i+1)%len(keys)]]
		}
		return out
	}
	each := func(f func(string) string) func(values) values {
		return func(v values) values {
			out := values{}
			for key, value := range v {
				out[key] = f(value)
			}
			return out
		}
	}
	for name, hostile := range map[string]func(values) values{
		"garbage":                 each(func(string) string { return "garbage" }),
		"one byte":                each(func(string) string { return "\x00" }),
		"a head of zeros":         each(func(string) string { return strings.Repeat("\x00", 41) }),
		"truncated":               each(func(v string) string { return v[:len(v)-1] }),
		"continued":               each(func(v string) string { return v + " " }),
		"another role":            each(func(v string) string { return strings.Replace(v, "owner", "admin", 1) + "" }),
		"a later time":            each(func(v string) string { return v[:40] + string(v[40]+1) + v[41:] }),
		"without its MAC":         each(func(v string) string { return strings.Repeat("\x00", 32) + v[32:] }),
		"of another kind":         each(func(v string) string { return v[:32] + "a" + v[33:] }),
		"oversized":               each(func(string) string { return strings.Repeat("x", 1<<20) }),
		"the value of another":    swap,
		"a plain JSON":            each(func(string) string { return `{"ID":"x","Slug":"evil","Status":"verified"}` }),
		"a lease without its MAC": each(func(v string) string { return v[:32] + "l" + v[33:] }),
	} {
		t.Run(name, func(t *testing.T) {
			w, server, second := sharing(t)
			w.organization(w.cache, "acme")
			w.organization(w.cache, "other")
			w.standing(w.cache)
			must(t, w.cache.Close())
			w.clock.advance(5 * time.Second)
			good := waitForValues(t, server)
			if len(good) != 3 {
				t.Fatalf("%d values stand in Redis", len(good))
			}
			for key, value := range hostile(good) {
				if name == "another role" && value == good[key] {
					value = "x" + value
				}
				must(t, server.admin().Set(t.Context(), key, value, 0).Err())
			}
			wantTruth(t, w, second)
			must(t, second.Close())
			w.clock.advance(5 * time.Second)
			w.results.take()
			third := w.newCache(w.open(), func(c *orgcache.Config) { server.share(c) })
			wantTruth(t, w, third)
			if got := w.results.take(); got["redis hit"] != 3 {
				t.Errorf("it was not overwritten: %v", got)
			}
		})
	}
	t.Run("a value of another type", func(t *testing.T) {
		w, server, second := sharing(t)
		w.organization(w.cache, "acme")
		w.standing(w.cache)
		must(t, w.cache.Close())
		for key := range waitForValues(t, server) {
			must(t, server.admin().Del(t.Context(), key).Err())
			must(t, server.admin().LPush(t.Context(), key, "x").Err())
		}
		wantTruth(t, w, second)
		if got := w.results.take(); got["redis error"] != 0 {
			t.Errorf("it counts as a failure of Redis: %v", got)
		}
	})
	t.Run("the value of a person who was a member, played back", func(t *testing.T) {
		w, server, second := sharing(t)
		w.standing(w.cache)
		old := waitForValues(t, server)
		w.setActive(false)
		c := orgcache.Change{Kind: "membership", ID: w.acme.ID, UserID: w.ann.ID}
		w.cache.Forget(c)
		second.Forget(c)
		for range 5 {
			w.clock.advance(10 * time.Second)
			for key, value := range old {
				must(t, server.admin().Set(t.Context(), key, value, 0).Err())
			}
			if got := w.standing(second); len(got.Memberships) != 0 {
				t.Fatal("it grants the membership again")
			}
			second.ForgetAll()
		}
	})
	t.Run("messages on the channel", func(t *testing.T) {
		w, server, _ := sharing(t)
		s := run(t, orgcache.Config{Store: w.open(), Redis: server.patient(), Budget: patience, Secret: secret, Environment: "test", Now: w.clock.Now})
		var channels []string
		eventually(t, "it subscribes", func() bool {
			channels = server.admin().PubSubChannels(t.Context(), "*").Val()
			return len(channels) == 1
		})
		for _, m := range []string{"", "x", `{"From":"x","Change":{"Kind":"profile"}}`, strings.Repeat("\x00", 200)} {
			must(t, server.admin().Publish(t.Context(), channels[0], m).Err())
		}
		wantTruth(t, w, s)
	})
}

func wantTruth(t *testing.T, w *world, s *orgcache.Store) {
	t.Helper()
	if o := w.organization(s, "acme"); o != w.acme {
		t.Errorf("got %+v", o)
	}
	if o := w.organization(s, "other"); o != w.other {
		t.Errorf("got %+v", o)
	}
	got := w.standing(s)
	if d := cmp.Diff([]store.Membership{{Organization: w.acme, Role: "owner"}}, got.Memberships); d != "" || got.Profile != w.ann {
		t.Errorf("got %+v", got)
	}
}

func TestAFlowIsTakenOnceAcrossInstances(t *testing.T) {
	w, server, _ := sharing(t)
	second := w.newCache(w.inner, func(c *orgcache.Config) { server.share(c) })
	instances := []*orgcache.Store{w.cache, second}
	for _, s := range instances { // connected
		_, err := s.TakeFlow(t.Context(), store.NewID(), w.clock.Now())
		must(t, err)
	}
	w.inner.asked()
	var first atomic.Int64
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			ok, err := instances[i%2].TakeFlow(context.Background(), "flow", w.clock.Now().Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if ok {
				first.Add(1)
			}
		})
	}
	all.Wait()
	want := int64(1)
	if w.inner.asked()["flow"] > 0 {
		want = 2 // Redis was too slow for somebody: the promise of the package's comment
	}
	if n := first.Load(); n < 1 || n > want {
		t.Errorf("%d got it", n)
	}
	if _, err := w.cache.TakeFlow(t.Context(), "", w.clock.Now()); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("an empty id: %v", err)
	}
}
