package cache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orglogin/store"
	orgcache "orglogin/store/cache"
)

// Whatever becomes of Redis, every query is answered, none waits for it,
// and it is used again when it is back.
func TestRedisLost(t *testing.T) {
	for name, c := range map[string]struct {
		lose, restore func(t *testing.T, s *server, p *slowProxy)
	}{
		"killed": {
			func(_ *testing.T, s *server, _ *slowProxy) { s.kill() },
			func(_ *testing.T, s *server, _ *slowProxy) { s.start() },
		},
		"hanging": {
			func(_ *testing.T, s *server, _ *slowProxy) { s.signal(syscall.SIGSTOP) },
			func(_ *testing.T, s *server, _ *slowProxy) { s.signal(syscall.SIGCONT) },
		},
		"slow by 2 seconds": {
			func(_ *testing.T, _ *server, p *slowProxy) { p.delay.Store(int64(2 * time.Second)) },
			func(_ *testing.T, _ *server, p *slowProxy) { p.delay.Store(0) },
		},
		"refusing the password": {
			func(t *testing.T, s *server, p *slowProxy) {
				admin := s.admin()
				must(t, admin.ConfigSet(t.Context(), "requirepass", "another").Err())
				p.cut()
			},
			func(t *testing.T, s *server, _ *slowProxy) {
				admin := redis.NewClient(&redis.Options{Network: "unix", Addr: s.socket(), Password: "another"})
				defer admin.Close()
				must(t, admin.ConfigSet(t.Context(), "requirepass", "").Err())
			},
		},
		"full": {
			func(t *testing.T, s *server, _ *slowProxy) {
				must(t, s.admin().ConfigSet(t.Context(), "maxmemory", "1").Err())
			},
			func(t *testing.T, s *server, _ *slowProxy) {
				must(t, s.admin().ConfigSet(t.Context(), "maxmemory", "0").Err())
			},
		},
		"failing over to a replica that takes no writes": {
			func(t *testing.T, s *server, _ *slowProxy) {
				must(t, s.admin().ReplicaOf(t.Context(), "127.0.0.1", "1").Err())
			},
			func(t *testing.T, s *server, _ *slowProxy) {
				must(t, s.admin().ReplicaOf(t.Context(), "NO", "ONE").Err())
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newServer(t)
			proxy := newSlowProxy(t, server)
			w := newWorld(t, nil)
			var up atomic.Bool
			s := run(t, orgcache.Config{
				Store: w.inner, Redis: openRedis(t, "redis://"+proxy.addr), Secret: secret, Environment: "test",
				TTL: ttl, Now: w.clock.Now,
				Observe: orgcache.Observe{Lookup: w.results.add, RedisUp: up.Store},
			})
			limiter := s.Limiter("test", 1000, time.Second)
			eventually(t, "Redis is up", up.Load)
			inRedis := func() bool {
				w.inner.asked()
				_, err := s.TakeFlow(t.Context(), store.NewID(), w.clock.Now().Add(time.Minute))
				must(t, err)
				return w.inner.asked()["flow"] == 0
			}
			eventually(t, "Redis takes flows", inRedis)

			c.lose(t, server, proxy)
			begun := time.Now()
			for i := range 40 {
				s.ForgetAll()
				wantTruth(t, w, s)
				if _, err := s.OrganizationBySlug(t.Context(), fmt.Sprint("unknown-", i)); !errors.Is(err, store.ErrNotFound) {
					t.Fatal(err)
				}
				id := store.NewID()
				for n := range 3 {
					ok, err := s.TakeFlow(t.Context(), id, w.clock.Now().Add(time.Minute))
					must(t, err)
					if n == 0 && !ok {
						t.Error("the first did not get it")
					}
				}
				if ok, _ := limiter.Allow(t.Context(), "client"); !ok {
					t.Error("refused")
				}
			}
			// 320 questions. Were Redis waited for, this would be minutes.
			if took := time.Since(begun); took > time.Minute {
				t.Errorf("it took %s", took)
			}
			eventually(t, "the metric says that it is away", func() bool { return !up.Load() })
			if inRedis() && name != "full" {
				t.Error("it is used while it is away")
			}
			c.restore(t, server, proxy)
			eventually(t, "the metric says that it is back", up.Load)
			eventually(t, "Redis is used again", inRedis)
		})
	}
}

// Every command has its deadline, whoever asks.
func TestEveryCommandHasTheBudgetAndNoMore(t *testing.T) {
	client := newServer(t).open()
	seen := &deadlines{t: t}
	client.AddHook(seen)
	w := newWorld(t, func(c *orgcache.Config) { c.Redis = client })
	limiter := w.cache.Limiter("test", 10, time.Second)
	wantTruth(t, w, w.cache)
	_, err := w.cache.TakeFlow(t.Context(), "flow", w.clock.Now())
	must(t, err)
	limiter.Allow(t.Context(), "client")
	w.cache.Forget(orgcache.Change{Kind: "profile", UserID: w.ann.ID})
	must(t, w.cache.MarkUsed(t.Context(), w.ann.ID, w.acme.ID, w.clock.Now()))
	must(t, w.cache.Close())
	if seen.commands.Load() < 4 {
		t.Errorf("only %d commands were seen", seen.commands.Load())
	}
}

// deadlines is a hook of go-redis that looks at the deadline of each command.
type deadlines struct {
	t        *testing.T
	commands atomic.Int64
}

func (d *deadlines) check(ctx context.Context, what string) {
	d.commands.Add(1)
	deadline, ok := ctx.Deadline()
	if !ok || time.Until(deadline) > orgcache.Budget {
		d.t.Errorf("%s may wait until %v", what, deadline)
	}
}

func (d *deadlines) DialHook(next redis.DialHook) redis.DialHook { return next }

func (d *deadlines) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() != "hello" {
			d.check(ctx, cmd.Name())
		}
		return next(ctx, cmd)
	}
}

func (d *deadlines) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		d.check(ctx, "a pipeline")
		return next(ctx, cmds)
	}
}

// A late reply to a question that was given up is never the answer to another (M5).
func TestALateReplyAnswersNobodyElse(t *testing.T) {
	server := newServer(t)
	proxy := newSlowProxy(t, server)
	client := openRedis(t, "redis://"+proxy.addr)
	for i := range 40 {
		must(t, server.admin().Set(t.Context(), fmt.Sprint("k", i), fmt.Sprint("v", i), 0).Err())
	}
	for i := range 40 {
		proxy.delay.Store(int64(time.Duration(i%3) * 10 * time.Millisecond))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		got, err := client.Get(ctx, fmt.Sprint("k", i)).Result()
		cancel()
		if err == nil && got != fmt.Sprint("v", i) {
			t.Fatalf("k%d is %q", i, got)
		}
	}
}

// slowProxy stands before a Redis and holds each reply back for a while.
type slowProxy struct {
	addr  string
	delay atomic.Int64

	mu    sync.Mutex
	conns []net.Conn
}

func newSlowProxy(t testing.TB, s *server) *slowProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &slowProxy{addr: l.Addr().String()}
	t.Cleanup(func() { l.Close(); p.cut() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			backend, err := net.Dial("unix", s.socket())
			if err != nil {
				client.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, client, backend)
			p.mu.Unlock()
			go p.copy(backend, client, false)
			go p.copy(client, backend, true)
		}
	}()
	return p
}

func (p *slowProxy) copy(to io.WriteCloser, from io.ReadCloser, slow bool) {
	defer to.Close()
	defer from.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if slow {
			time.Sleep(time.Duration(p.delay.Load()))
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// cut closes every connection.
func (p *slowProxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}
