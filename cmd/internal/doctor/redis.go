package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"

	"orglogin/cmd/internal/config"
	"orglogin/handlers/seal"
	"orglogin/store/cache"
)

// redis does in the cache, where there is one, what serve does there.
func (i Inspection) redis(ctx context.Context) []Finding {
	if len(i.Config.Redis) == 0 {
		return nil
	}
	c := Finding{Name: "redis"}
	client, err := cache.OpenRedis(i.Config.Redis)
	if err != nil {
		c.Detail, c.Fix = err.Error(), "write "+config.Prefix+"REDIS_URL as its error says"
		return []Finding{c}
	}
	defer func() { _ = client.Close() }()
	outside := cache.Commands{
		Redis: i.Config.Redis, Secrets: i.Config.Keys.Secret, Environment: config.Environment(i.Config.Site.BaseDomain, i.Config.CookieSuffix),
	}
	if len(outside.Secrets) == 0 { // a mistake of its own: the keys only end otherwise
		outside.Secrets = [][]byte{make([]byte, seal.KeySize)}
	}
	err = outside.Check(ctx)
	var refused *cache.Refused
	switch {
	case errors.As(err, &refused):
		c.Detail, c.Fix = "answers, but "+refused.Error(), fixRedis(refused)
		return []Finding{c}
	case err != nil:
		c.Detail = err.Error()
		c.Fix = "start Redis, and check the address, user and password in " + config.Prefix + "REDIS_URL; until then every process has a cache of its own"
		return []Finding{c}
	}
	c.OK, c.Detail = true, "answers, and takes what serve writes and publishes"
	// A replica that takes writes loses them. The nodes of a cluster know who takes what.
	if one, ok := client.(*redis.Client); ok {
		if about, err := one.Info(ctx, "replication").Result(); err == nil && strings.Contains(about, "role:slave") {
			c.OK, c.Detail, c.Fix = false, "answers, but is a replica, which keeps nothing", fixReplica
		}
	}
	return []Finding{c}
}

const fixReplica = "write the address of its master in " + config.Prefix + "REDIS_URL"

// fixRedis goes by the word that an error of Redis begins with.
func fixRedis(r *cache.Refused) string {
	switch word, _, _ := strings.Cut(r.Err.Error(), " "); word {
	case "OOM":
		return "raise maxmemory of Redis, and let it evict: run in Redis: CONFIG SET maxmemory-policy allkeys-lru"
	case "READONLY":
		return fixReplica
	case "NOPERM":
		return "let the user of " + config.Prefix + "REDIS_URL do what serve does: ACL SETUSER NAME ~orglogin:* &orglogin:* +@read +@write +@scripting +@pubsub +@connection +time +info"
	}
	return "let Redis take " + r.Command + " of the user of " + config.Prefix + "REDIS_URL; until then every process has a cache of its own"
}
