package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

// Budget is how long anything waits for Redis, unless [Config] says otherwise.
const Budget = 50 * time.Millisecond

const (
	// After openAfter failures in a row Redis is not used for breakerPause.
	openAfter    = 3
	breakerPause = time.Second
	// probeEvery is how often Redis is asked whether it accepts writes, so that
	// its loss and its return are known without a request waiting for it.
	probeEvery = time.Second
)

// remote is Redis with a time budget and a circuit breaker.
type remote struct {
	*keyring
	client  redis.UniversalClient
	budget  time.Duration
	breaker *gobreaker.CircuitBreaker[struct{}]
	up      func(bool)
	// suspended is set from a command that timed out until a probe was answered.
	suspended atomic.Bool
}

// errSuspended: Redis is not used, because it did not answer in time just now.
var errSuspended = errors.New("cache: Redis did not answer in time just now")

func newRemote(client redis.UniversalClient, budget time.Duration, keys *keyring, up func(bool)) *remote {
	r := &remote{keyring: keys, client: client, budget: budget, up: up}
	r.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name:        "redis",
		Timeout:     breakerPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= openAfter },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to != gobreaker.StateHalfOpen {
				up(to == gobreaker.StateClosed)
			}
		},
	})
	return r
}

// do runs f within the budget for a request that waits. While the breaker is not
// closed or Redis is suspended it does not run f: one request waits without success at
// most, and none finds out whether Redis has returned.
func (r *remote) do(ctx context.Context, f func(ctx context.Context) error) error {
	if r.suspended.Load() {
		return errSuspended
	}
	if r.breaker.State() == gobreaker.StateHalfOpen {
		r.suspend(ctx)
		return errSuspended
	}
	begun := time.Now()
	err := r.attempt(ctx, f)
	if err != nil && time.Since(begun) >= r.budget/2 {
		r.suspend(ctx)
	}
	return err
}

// suspend probes Redis until it answers in time, which is soon after a single
// slow answer, or the breaker opens, which is soon when it hangs.
func (r *remote) suspend(ctx context.Context) {
	if !r.suspended.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer r.suspended.Store(false)
		for !r.probe(ctx) && r.breaker.State() == gobreaker.StateClosed {
		}
	}()
}

// attempt runs f within the budget, unless the breaker is open. The caller's own
// cancellation does not count against Redis. redis.Nil is an answer.
func (r *remote) attempt(ctx context.Context, f func(ctx context.Context) error) error {
	_, err := r.breaker.Execute(func() (struct{}, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.budget)
		defer cancel()
		err := f(ctx)
		if errors.Is(err, redis.Nil) {
			err = nil
		}
		return struct{}{}, err
	})
	return err
}

// probe writes something, because a replica and a full Redis still answer a
// ping. It reports whether that succeeded.
func (r *remote) probe(ctx context.Context) bool {
	key := r.key("probe", "")
	err := r.attempt(ctx, func(ctx context.Context) error {
		return r.client.Set(ctx, key, "1", time.Minute).Err()
	})
	up := err == nil && r.breaker.State() == gobreaker.StateClosed
	r.up(up)
	return up
}

func (r *remote) probeForever(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		r.probe(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
