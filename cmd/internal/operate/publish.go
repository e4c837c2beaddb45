package operate

import (
	"context"

	"orglogin/cmd/internal/config"
	"orglogin/store/cache"
)

// publishChanges publishes changes that are committed, so it does so although the command is
// being stopped, and a failure is a warning: where a pooler hides the listener of the database,
// the running instances learn of a change in no other way before CACHE_TTL.
func (o *Operator) publishChanges(ctx context.Context, changes ...cache.Change) {
	const unpublished = "change not published in Redis: an instance without a listener sees it within " + config.Prefix + "CACHE_TTL, and an instance without a database connection when it is connected again"
	p := o.publish
	switch missing := p.Missing(); {
	case len(p.Redis) == 0 || len(changes) == 0:
	case missing != "":
		o.logger.WarnContext(ctx, unpublished, "fix", "set "+config.Prefix+missing+" as for serve, beside "+config.Prefix+"REDIS_URL")
	default:
		commands := cache.Commands{Redis: p.Redis, Secrets: p.Secrets, Environment: config.Environment(p.BaseDomain, p.CookieSuffix)}
		if err := commands.Publish(context.WithoutCancel(ctx), changes...); err != nil {
			o.logger.WarnContext(ctx, unpublished, "error", err)
		}
	}
}
