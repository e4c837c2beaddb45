package cache

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"orglogin/store"
)

// OpenRedis returns a client for the Redis at these URLs; it connects when it is
// used. What is wrong with them is reported as [CheckRedis] does.
//
//	redis://127.0.0.1:6379/0                       one server
//	rediss://user:password@cache.example:6379      one server, TLS
//	unix:///run/redis.sock?db=1                    one server, through a socket
//	several of them                                the nodes of a cluster; with
//	                                               cluster=true one is enough
//	…?master_name=NAME                             the sentinels of that master;
//	                                               sentinel_username and
//	                                               sentinel_password are theirs
//
// Several URLs have the same user, password and scheme. Off loopback it wants
// TLS and a password: what is cached decides where people go.
func OpenRedis(urls []string) (redis.UniversalClient, error) { return openRedis(urls, Budget) }

func openRedis(urls []string, budget time.Duration) (redis.UniversalClient, error) {
	addresses, err := parseAddresses(urls)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	redis.SetLogger(quiet{}) // it has no logger of the client's own
	first := addresses[0]
	var hosts []string
	for _, a := range addresses {
		hosts = append(hosts, a.options.Addr)
	}
	o := first.universal(hosts, budget)
	switch {
	case o.MasterName != "":
		return redis.NewFailoverClient(o.Failover()), nil
	case first.cluster || len(hosts) > 1:
		return redis.NewClusterClient(o.Cluster()), nil
	}
	simple := o.Simple()
	simple.Network = first.options.Network
	return redis.NewClient(simple), nil
}

// universal are the options of every kind of client: nothing is tried twice, and
// nothing waits past its context.
func (a *address) universal(hosts []string, budget time.Duration) *redis.UniversalOptions {
	o := a.options
	u := &redis.UniversalOptions{
		Addrs: hosts, DB: o.DB, Username: o.Username, Password: o.Password, TLSConfig: o.TLSConfig,
		MasterName: a.master, IsClusterMode: a.cluster,
		MaxRetries: -1, DialerRetries: 1, MaxRedirects: 2,
		DialTimeout: time.Second, ReadTimeout: budget, WriteTimeout: budget, PoolTimeout: budget,
		ReadBufferSize: 4 << 10, WriteBufferSize: 4 << 10, // of each connection; the default is 32 KiB
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true, // one round trip less for each connection
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
	if a.sentinel != nil {
		u.SentinelUsername = a.sentinel.Username()
		u.SentinelPassword, _ = a.sentinel.Password()
	}
	if o.TLSConfig != nil {
		u.TLSConfig.MinVersion = tls.VersionTLS12
		if len(hosts) > 1 || a.master != "" || a.cluster {
			u.TLSConfig.ServerName = "" // each node its own
		}
	}
	u.Dialer = dialer(u.TLSConfig)
	return u
}

// dialer keeps the rule for servers that a cluster or a sentinel names, too.
func dialer(config *tls.Config) func(ctx context.Context, network, addr string) (net.Conn, error) {
	d := &net.Dialer{Timeout: time.Second, KeepAlive: time.Minute}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if config != nil {
			secure := &tls.Dialer{NetDialer: d, Config: config}
			return secure.DialContext(ctx, network, addr)
		}
		host, _, err := net.SplitHostPort(addr) // without a host it is this machine: a cluster's node that knows no address
		if network != "unix" && (err != nil || host != "" && !store.IsLoopback(host)) {
			return nil, fmt.Errorf("redis at %s is off loopback and without TLS", addr)
		}
		return d.DialContext(ctx, network, addr)
	}
}

// quiet drops what the client would write to stderr; the breaker and the metric
// say what matters.
type quiet struct{}

// Printf implements the logger of go-redis.
func (quiet) Printf(context.Context, string, ...any) {}
