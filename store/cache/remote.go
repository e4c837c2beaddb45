package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sony/gobreaker/v2"
)

// Budget is how long anything waits for Redis, unless [Config] says otherwise.
const Budget = 50 * time.Millisecond

const (
	// tripAfter failures in a row Redis is left alone for breakerPause.
	tripAfter    = 3
	breakerPause = time.Second
	// probeEvery is how often Redis is asked whether it takes writes, so that
	// it is known to be back (or gone) without a person's question waiting.
	probeEvery = time.Second
	// maxValue is the longest value that is read, in bytes.
	maxValue = 64 << 10
	// leaseTime is how long a lease stands if whoever took it is gone.
	leaseTime = loadTimeout
)

// remote is Redis behind its budget and a breaker.
type remote struct {
	*envelope
	client  redis.UniversalClient
	budget  time.Duration
	breaker *gobreaker.CircuitBreaker[struct{}]
	now     func() time.Time
	up      func(bool)
	// doubted while a question was not answered in time and none was since.
	doubted atomic.Bool
}

// errDoubted: Redis is not asked, because it may not answer.
var errDoubted = errors.New("cache: Redis did not answer in time just now")

func newRemote(client redis.UniversalClient, budget time.Duration, e *envelope, now func() time.Time, up func(bool)) *remote {
	r := &remote{envelope: e, client: client, budget: budget, now: now, up: up}
	r.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name:        "redis",
		Timeout:     breakerPause,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= tripAfter },
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to != gobreaker.StateHalfOpen {
				up(to == gobreaker.StateClosed)
			}
		},
	})
	return r
}

// do runs f within the budget for somebody who waits. While the breaker is open
// or Redis is doubted it does not, so that who waited in vain once waits no more;
// whether Redis is back is not found out at a person's expense.
func (r *remote) do(ctx context.Context, f func(ctx context.Context) error) error {
	if r.doubted.Load() {
		return errDoubted
	}
	if r.breaker.State() == gobreaker.StateHalfOpen {
		r.doubt(ctx)
		return errDoubted
	}
	begun := time.Now()
	err := r.try(ctx, f)
	if err != nil && time.Since(begun) >= r.budget/2 {
		r.doubt(ctx)
	}
	return err
}

// doubt asks Redis itself until it answers in time, which is soon after a single
// slow answer, or the breaker opens, which is soon when it hangs.
func (r *remote) doubt(ctx context.Context) {
	if !r.doubted.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer r.doubted.Store(false)
		for !r.probe(ctx) && r.breaker.State() == gobreaker.StateClosed {
		}
	}()
}

// try runs f within the budget, unless the breaker is open. The caller's own
// cancellation does not count against Redis. redis.Nil is an answer.
func (r *remote) try(ctx context.Context, f func(ctx context.Context) error) error {
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

// probe writes something, because a replica and a full Redis would still answer
// a ping. It reports whether that was done.
func (r *remote) probe(ctx context.Context) bool {
	key := r.key("probe", "")
	err := r.try(ctx, func(ctx context.Context) error {
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

// lease are the bytes that must still stand at a key for a value to take their
// place; nil puts nothing there.
type lease []byte

// lookScript answers the value. What is too long, or no string, is removed; in
// the place of nothing it puts the lease ARGV[1], if one is given.
//
//nolint:gochecknoglobals // the script's hash, computed once
var lookScript = redis.NewScript(`
local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'table' or length > tonumber(ARGV[3]) then
	redis.call('UNLINK', KEYS[1])
	length = 0
end
if length > 0 then
	return redis.call('GET', KEYS[1])
end
if ARGV[1] ~= '' then
	redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return false
`)

// fillScript puts the value ARGV[2] in the place of ARGV[1], and nowhere else.
const fillScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 0
`

// look returns what stands at key, and the lease for what shall stand there.
// With leasing false nothing is put there.
func (r *remote) look(ctx context.Context, key string, leasing bool) (raw []byte, mine lease, err error) {
	if leasing {
		var nonce [16]byte
		_, _ = rand.Read(nonce[:]) // never fails
		mine = r.seal(key, kindLease, r.now(), nonce[:])
	}
	err = r.do(ctx, func(ctx context.Context) error {
		text, err := lookScript.Run(ctx, r.client, []string{key}, []byte(mine), leaseTime.Milliseconds(), maxValue).Text()
		if err == nil {
			raw = []byte(text)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return raw, mine, nil
}
