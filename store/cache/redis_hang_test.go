package cache_test

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"orglogin/store"
	orgcache "orglogin/store/cache"
)

// A request that asks Redis again and again waits for a Redis that hangs once:
// no question is put to it until it has answered the cache itself.
func TestWhoeverWaitedForRedisInVainWaitsNoMore(t *testing.T) {
	server := newServer(t)
	const budget = 500 * time.Millisecond
	client, err := orgcache.OpenRedisWithin([]string{server.url()}, budget)
	must(t, err)
	t.Cleanup(func() { client.Close() })
	questions := &questions{}
	client.AddHook(questions)
	w := newWorld(t, func(c *orgcache.Config) { c.Redis, c.Budget = client, budget })
	limiter := w.cache.Limiter("test", 1000, time.Second)
	take := func() bool {
		w.inner.asked()
		first, err := w.cache.TakeFlow(t.Context(), store.NewID(), w.clock.Now().Add(time.Minute))
		must(t, err)
		if !first {
			t.Error("the first did not get it")
		}
		return w.inner.asked()["flow"] == 0
	}
	request := func() {
		limiter.Allow(t.Context(), "client")
		take()
		w.cache.ForgetAll()
		w.organization(w.cache, "acme")
		w.snapshot(w.cache)
	}
	request()
	eventually(t, "Redis takes flows", take)

	for range 2 { // and so it is the next time
		server.signal(syscall.SIGSTOP)
		questions.take()
		request()
		if got := questions.take(); !slices.Equal(got, []string{"evalsha"}) {
			t.Errorf("Redis was asked %q while it hung", got)
		}
		for range 20 {
			request()
		}
		if got := questions.take(); len(got) != 0 {
			t.Errorf("then it was asked %q", got)
		}
		server.signal(syscall.SIGCONT)
		eventually(t, "Redis is used again", take)
	}
}

// A person does not wait to find out whether Redis is back.
func TestNobodyTriesARedisThatWasAway(t *testing.T) {
	server := newServer(t)
	client := server.open()
	questions := &questions{}
	client.AddHook(questions)
	w := newWorld(t, func(c *orgcache.Config) { c.Redis = client })
	server.signal(syscall.SIGSTOP)
	limiter := w.cache.Limiter("test", 1_000_000, time.Second)
	limiter.Allow(t.Context(), "client")
	questions.take()
	probes := questions.probes()
	eventually(t, "the cache has tried Redis again and again", func() bool {
		limiter.Allow(t.Context(), "client")
		return questions.probes() >= probes+5 // three open the breaker, more come after its pause
	})
	if got := questions.take(); len(got) != 0 {
		t.Errorf("a person asked Redis %q", got)
	}
	server.signal(syscall.SIGCONT)
}

// questions is a hook of go-redis that keeps what persons ask, apart from what
// the cache asks for itself: its probes, and its writes in pipelines.
type questions struct {
	mu    sync.Mutex
	asked []string
	tried int
}

func (q *questions) take() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	asked := q.asked
	q.asked = nil
	return asked
}

func (q *questions) probes() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.tried
}

func (q *questions) DialHook(next redis.DialHook) redis.DialHook { return next }

func (q *questions) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		q.mu.Lock()
		switch {
		case cmd.Name() == "hello":
		case cmd.Name() == "set" && !slices.Contains(cmd.Args(), any("nx")):
			q.tried++
		default:
			q.asked = append(q.asked, cmd.Name())
		}
		q.mu.Unlock()
		return next(ctx, cmd)
	}
}

func (q *questions) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
