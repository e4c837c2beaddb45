package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"orglogin/store"
)

// Config says which database, and how long to wait for it.
type Config struct {
	// URL is a PostgreSQL connection URL. Behind a transaction pooler add
	// default_query_exec_mode=exec. pool_max_conns and the other parameters of
	// pgxpool are taken too; without, 16 connections.
	URL string
	// Reserved are the labels of PUBLIC_URL and APP_URL under BASE_DOMAIN:
	// never an organization's slug, never looked up.
	Reserved []string
	// QueryTimeout bounds each operation, the wait for a free connection
	// included. 3 seconds if zero.
	QueryTimeout time.Duration
	Now          func() time.Time
	Logger       *slog.Logger
	Trace        store.Trace // of statements; nil: none
}

// Store is one pool of connections and the questions asked through it.
type Store struct {
	pool     *pgxpool.Pool
	timeout  time.Duration
	reserved []string
	now      func() time.Time
	logger   *slog.Logger

	stop context.CancelFunc // ends the background work
	work sync.WaitGroup
}

var _ store.OperatorStore = (*Store)(nil)

// Open connects as the runtime role. It refuses a role that row-level security
// does not bind (a superuser, the owner of the tables, BYPASSRLS), one that may
// make roles, and a schema of another version (store.ErrBehind).
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.checkRuntime(ctx); err != nil {
		s.pool.Close()
		return nil, err
	}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.work.Go(func() { s.sweepForever(background) })
	return s, nil
}

// OpenOperator connects as the owner, for the commands. It refuses a schema of
// another version (store.ErrBehind).
func OpenOperator(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.Ping(ctx); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// OpenAPI connects as the role of the API, for its operations. It refuses a role that row-level security does not
// bind, as [Open] does, one that is no member of orglogin_admin, and a schema of another version (store.ErrBehind).
func OpenAPI(ctx context.Context, c Config) (*Store, error) {
	s, err := connect(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.checkAPI(ctx); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

func connect(ctx context.Context, c Config) (*Store, error) {
	config, err := parse(c.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{
		timeout:  c.QueryTimeout,
		reserved: c.Reserved,
		now:      c.Now,
		logger:   c.Logger,
		stop:     func() {},
	}
	if s.timeout <= 0 {
		s.timeout = 3 * time.Second
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		// A new connection outlives the operation that asked for it: the next one finds it.
		config.ConnConfig.ConnectTimeout = max(s.timeout, 5*time.Second)
	}
	if c.Trace != nil {
		config.ConnConfig.Tracer = tracer(c.Trace)
	}
	s.pool, err = pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return s, nil
}

// parse reads the URL into the configuration of a pool.
func parse(url string) (*pgxpool.Config, error) {
	config, err := parseURL(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	if !strings.Contains(url, "pool_max_conns") {
		// A statement takes about a millisecond, and a new connection forty: after an outage every
		// connection of every instance is a new one, and more of them only delay the first answer.
		config.MaxConns = 8
	}
	conn := config.ConnConfig
	if conn.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		// Every name in a statement is qualified; this keeps operators and
		// functions of other schemas out too. A transaction pooler refuses
		// the parameter, and has its own in the role's settings.
		if conn.RuntimeParams["search_path"] == "" {
			conn.RuntimeParams["search_path"] = "pg_catalog"
		}
	}
	return config, nil
}

// Close waits for the background work and closes every connection.
func (s *Store) Close() error {
	s.stop()
	s.work.Wait()
	s.pool.Close()
	return nil
}
