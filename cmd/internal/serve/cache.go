package serve

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/postgres"
	"orglogin/store/receiptqueue"
	"orglogin/store/sqlite"
)

// grace is how long after its last confirmed read a session is honoured while the
// database is unavailable. Every answer from it says that it is degraded.
const grace = time.Minute

// openCache returns the cache over the database. Without an error the cache closes the
// database.
func openCache(cfg config.Config, opts Options, m *metrics, db store.Store) (*cache.Store, error) {
	if len(cfg.Keys.Secret) == 0 {
		return nil, errors.New("secret keys: there is none")
	}
	c := cache.Config{
		Store: receiptqueue.New(db, opts.Logger), Listen: listenTo(cfg.Database, db),
		Secret: cfg.Keys.Secret[0], Environment: config.Environment(cfg.Site.BaseDomain, cfg.CookieSuffix),
		TTL: cfg.CacheTTL, Grace: grace, Idle: cfg.Sessions.Idle, Now: opts.Now, Logger: opts.Logger,
		Observe: cache.Observe{
			Lookup:  m.lookup,
			RedisUp: func(up bool) { m.store("redis", up) },

			TraceLookup: opts.tracing.Lookups(), TraceRedis: opts.tracing.Redis(),
		},
	}
	if len(cfg.Redis) > 0 {
		client, err := cache.OpenRedis(cfg.Redis)
		if err != nil {
			return nil, fmt.Errorf("open Redis: %w", err)
		}
		c.Redis = client
		m.store("redis", false) // until the first probe
	}
	cached, err := cache.New(c)
	if err != nil && c.Redis != nil {
		err = database.JoinClose(err, c.Redis)
	}
	return cached, err
}

// listenTo is how the service learns of changes in the database: not at all through a
// transaction pooler, which the query mode shows. SQLite does not report what others
// have changed.
func listenTo(d config.Database, db store.Store) cache.Listen {
	if lite, ok := db.(*sqlite.Store); ok {
		return func(ctx context.Context, _ func(cache.Change), connected func()) error {
			return lite.Listen(ctx, connected, connected) // both times it forgets everything
		}
	}
	pg, ok := db.(*postgres.Store)
	if !ok {
		return nil
	}
	if u, err := postgres.ParseURL(d.URL); err != nil || u.Pooler {
		return nil
	}
	return func(ctx context.Context, changed func(cache.Change), connected func()) error {
		return pg.Listen(ctx, func(c postgres.Change) {
			changed(cache.Change{Kind: c.Kind, ID: c.ID, UserID: c.UserID, Slugs: c.Slugs})
		}, connected)
	}
}
