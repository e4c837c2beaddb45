package cache

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"orglogin/store/ratelimit"
)

// Limiter limits each key across the instances while Redis answers, otherwise
// in this process. Neither count knows the other, so a change from one to the
// other grants one burst more.
type Limiter struct {
	rate   ratelimit.Rate
	remote *remote // nil without Redis
	name   string
	local  *ratelimit.Limiter
}

// Limiter returns a limiter that lets a key do count things per period, and as
// many at once. Limiters of one name share their counts. count and per are positive.
func (s *Store) Limiter(name string, count int, per time.Duration) *Limiter {
	rate := ratelimit.Per(count, per)
	return &Limiter{rate: rate, remote: s.remote, name: "limit:" + name, local: ratelimit.New(rate, s.config.Now)}
}

// limitScript is [ratelimit.Rate.Next] by the clock of Redis, one for all
// instances. A value that is no time within reach counts as a full bucket.
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

// Allow reports whether key may do one thing more now, and if not, how long to wait.
func (l *Limiter) Allow(ctx context.Context, key string) (ok bool, wait time.Duration) {
	if l.remote != nil {
		var early int64
		err := l.remote.do(ctx, func(ctx context.Context) (err error) {
			interval, tolerance := l.rate.Cell()
			early, err = limitScript.Run(ctx, l.remote.client, []string{l.remote.key(l.name, key)}, interval, tolerance).Int64()
			return err
		})
		if err == nil {
			return early <= 0, time.Duration(early) * time.Microsecond
		}
	}
	return l.local.Allow(ctx, key)
}
