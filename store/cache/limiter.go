package cache

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/redis/go-redis/v9"
)

// Limiter counts what a key does: across the instances while Redis answers,
// else in this process. The two counts know nothing of each other, so a change
// from one to the other grants one burst more.
type Limiter struct {
	rate   rate
	remote *remote // nil without Redis
	name   string
	now    func() time.Time
	local  *otter.Cache[string, int64] // key → theoretical arrival time
}

// maxBuckets bounds the memory of the count in the process.
const maxBuckets = 100_000

// Limiter returns one that lets a key do count things per period, and as many
// at once. Limiters of one name share their counts. count and per are positive.
func (s *Store) Limiter(name string, count int, per time.Duration) (*Limiter, error) {
	local, err := otter.New(&otter.Options[string, int64]{
		MaximumSize:      maxBuckets,
		ExpiryCalculator: otter.ExpiryWriting[string, int64](per), // by then a bucket is full again
	})
	if err != nil {
		return nil, err
	}
	return &Limiter{
		rate: rate{interval: per / time.Duration(count), burst: count}, remote: s.remote, name: "limit:" + name,
		now: s.config.Now, local: local,
	}, nil
}

// limitScript is rate.next by the clock of Redis, one for all instances. A value
// that is no time within reach is taken for a full bucket.
//
//nolint:gochecknoglobals // the script's hash, computed once
var limitScript = redis.NewScript(`
local interval, tolerance = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local arrival = redis.pcall('GET', KEYS[1])
if type(arrival) == 'table' then
	redis.call('UNLINK', KEYS[1])
end
arrival = type(arrival) == 'string' and tonumber(arrival) or now
if not (arrival >= now and arrival <= now + tolerance) then
	arrival = now
end
local after = arrival + interval
local early = after - tolerance - now
if early > 0 then
	return early
end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return 0
`)

// Allow says whether key may do one thing more now, and if not, how long to wait.
func (l *Limiter) Allow(ctx context.Context, key string) (ok bool, wait time.Duration) {
	if l.remote != nil {
		var early int64
		err := l.remote.do(ctx, func(ctx context.Context) (err error) {
			interval := max(1, l.rate.interval.Microseconds())
			early, err = limitScript.Run(ctx, l.remote.client, []string{l.remote.key(l.name, key)},
				interval, interval*int64(l.rate.burst)).Int64()
			return err
		})
		if err == nil {
			return early <= 0, time.Duration(early) * time.Microsecond
		}
	}
	now := l.now().UnixMicro()
	l.local.Compute(key, func(arrival int64, _ bool) (int64, otter.ComputeOp) {
		arrival, wait = l.rate.next(arrival, now)
		return arrival, otter.WriteOp
	})
	return wait == 0, wait
}
