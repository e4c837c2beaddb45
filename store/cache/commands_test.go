package cache_test

import (
	"errors"
	"strings"
	"testing"

	orgcache "orglogin/store/cache"
)

func commands(server *server) orgcache.Commands {
	return orgcache.Commands{Redis: []string{server.url()}, Secrets: [][]byte{secret}, Environment: "test"}
}

func TestAnOutsiderTellsTheInstancesWhatItChanged(t *testing.T) {
	for name, c := range map[string]struct {
		commands func(*orgcache.Commands)
		change   func(w *world) orgcache.Change
	}{
		"sessions that ended": {
			func(*orgcache.Commands) {},
			func(w *world) orgcache.Change { return orgcache.SessionsOf(w.ann.ID) },
		},
		"anything": {
			func(*orgcache.Commands) {},
			func(*world) orgcache.Change { return orgcache.Change{} },
		},
		"with a secret that the instances do not have yet": {
			func(o *orgcache.Commands) { o.Secrets = [][]byte{[]byte(strings.Repeat("new", 11)), secret} },
			func(*world) orgcache.Change { return orgcache.Change{} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			server := newServer(t)
			a, b := pair(t, w, server)
			o := commands(server)
			c.commands(&o)
			for _, s := range []*orgcache.Store{a, b} {
				w.sessionRow(s)
			}
			if _, err := w.inner.EndSessions(t.Context(), w.ann.ID, w.clock.Now()); err != nil {
				t.Fatal(err)
			}
			if !w.sessionRow(a).EndedAt.IsZero() {
				t.Fatal("it is not remembered")
			}
			must(t, o.Publish(t.Context(), c.change(w)))
			for _, s := range []*orgcache.Store{a, b} {
				eventually(t, "the instance sees it", func() bool { return !w.sessionRow(s).EndedAt.IsZero() })
			}
		})
	}
}

func TestAnOutsiderIsToldThatRedisIsAway(t *testing.T) {
	server := newServer(t)
	server.kill()
	if err := commands(server).Publish(t.Context(), orgcache.Change{}); err == nil {
		t.Error("it reports a publication")
	}
	var refused *orgcache.Refused
	if err := commands(server).Check(t.Context()); err == nil || errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestAnOutsiderFindsWhatRedisDoesNotLetAnInstanceDo(t *testing.T) {
	server := newServer(t)
	admin := server.admin()
	do := func(args ...any) {
		t.Helper()
		must(t, admin.Do(t.Context(), args...).Err())
	}
	may := func(rules ...any) func() {
		return func() { do(append([]any{"ACL", "SETUSER", "limited", "reset", "on", "nopass"}, rules...)...) }
	}
	everything := may("+@all", "~*", "&*")
	o := commands(server)
	o.Redis = []string{"redis://limited:x@" + server.addr()}
	for name, c := range map[string]struct {
		set, unset func()
		command    string // none: it is let
	}{
		"nothing":               {everything, everything, ""},
		"our keys and channel":  {may("+@all", "~orglogin:*", "&orglogin:*"), everything, ""},
		"it is full":            {func() { do("CONFIG", "SET", "maxmemory", "1") }, func() { do("CONFIG", "SET", "maxmemory", "0") }, "SET"},
		"it is a replica":       {func() { do("REPLICAOF", "127.0.0.1", "1") }, func() { do("REPLICAOF", "NO", "ONE") }, "SET"},
		"the keys are others'":  {may("+@all", "~other:*", "&*"), everything, "SET"},
		"scripts by their hash": {may("+@all", "-evalsha", "~*", "&*"), everything, "EVAL"},
		"scripts":               {may("+@all", "-eval", "~*", "&*"), everything, "EVAL"},
		"the channel":           {may("+@all", "~*", "resetchannels"), everything, "PUBLISH"},
		"to listen":             {may("+@all", "-subscribe", "~*", "&*"), everything, "SUBSCRIBE"},
		"to speak":              {may("+@all", "-publish", "~*", "&*"), everything, "PUBLISH"},
	} {
		t.Run(name, func(t *testing.T) {
			everything()
			c.set()
			defer c.unset()
			err := o.Check(t.Context())
			if c.command == "" {
				must(t, err)
				return
			}
			var refused *orgcache.Refused
			if !errors.As(err, &refused) || refused.Command != c.command {
				t.Errorf("got %v", err)
			}
		})
	}
	if keys := admin.Keys(t.Context(), "*").Val(); len(keys) > 1 {
		t.Errorf("it left %q", keys)
	}
}
