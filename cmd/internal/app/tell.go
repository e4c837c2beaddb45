package app

import (
	"context"
	"log/slog"

	"orglogin/store/cache"
)

// Telling is how a command tells the running instances what it has changed:
// where a pooler hides the listener of the database, nobody else does. The zero
// value tells nobody.
type Telling struct {
	outside cache.Commands
	// missing is the variable without which nothing can be sealed as the
	// instances seal it, empty without one.
	missing string
}

// Check returns how to tell the instances under a base domain, empty where
// nobody said which. Without a Redis there is nobody to tell; what is missing
// beside it is a warning of [Operator], because what it changes holds without.
func (s TellSettings) Check(c *Check, baseDomain string) Telling {
	urls := c.redis(s.RedisURL)
	if len(urls) == 0 {
		return Telling{}
	}
	t := Telling{outside: cache.Commands{Redis: urls, Environment: environmentOf(baseDomain, c.cookieSuffix(s.CookieSuffix))}}
	if s.SecretKeys != "" {
		t.outside.Secrets = c.secretKeys(s.SecretKeys)
	}
	switch {
	case baseDomain == "":
		t.missing = "BASE_DOMAIN"
	case len(t.outside.Secrets) == 0:
		t.missing = "SECRET_KEYS"
	}
	return t
}

// Check returns the domain, empty where nobody said which.
func (s DomainSettings) Check(c *Check) string {
	if s.BaseDomain == "" {
		return ""
	}
	return c.baseDomain(s.BaseDomain)
}

// environmentOf keeps instances apart that share a Redis.
func environmentOf(baseDomain, cookieSuffix string) string { return baseDomain + cookieSuffix }

// tell tells the instances. The change holds already, so it is told although
// the command is being stopped, and what goes wrong is a warning.
func (t Telling) tell(ctx context.Context, logger *slog.Logger, changes ...cache.Change) {
	const late = "change not published in Redis: an instance without a listener sees it within " + Prefix + "CACHE_TTL, and an instance without a database connection when it is connected again"
	switch {
	case len(t.outside.Redis) == 0 || len(changes) == 0:
	case t.missing != "":
		logger.WarnContext(ctx, late, "fix", "set "+Prefix+t.missing+" as for serve, beside "+Prefix+"REDIS_URL")
	default:
		if err := t.outside.Publish(context.WithoutCancel(ctx), changes...); err != nil {
			logger.WarnContext(ctx, late, "error", err)
		}
	}
}
