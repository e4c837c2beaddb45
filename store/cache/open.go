package cache

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// OpenRedis returns a client for the Redis at these URLs; it connects when it is
// used. The text of an error names what to mend and holds no password.
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
	if len(urls) == 0 {
		return nil, errors.New("cache: no Redis URL")
	}
	redis.SetLogger(quiet{}) // it has no logger of the client's own
	var first *address
	var hosts []string
	for _, text := range urls {
		a, err := parseAddress(text)
		if err != nil {
			return nil, fmt.Errorf("cache: %w", err)
		}
		if first == nil {
			first = a
		} else if !first.sameExceptHost(a) {
			return nil, errors.New("cache: the Redis URLs differ in more than host and port; write one scheme, user, password and query for all")
		}
		hosts = append(hosts, a.options.Addr)
	}
	o := first.universal(hosts, budget)
	switch {
	case o.MasterName != "":
		return redis.NewFailoverClient(o.Failover()), nil
	case o.IsClusterMode || len(hosts) > 1:
		if first.options.Network == "unix" {
			return nil, errors.New("cache: a Redis cluster is not reached through a unix socket; write its nodes as redis://HOST:PORT")
		}
		return redis.NewClusterClient(o.Cluster()), nil
	}
	simple := o.Simple()
	simple.Network = first.options.Network
	return redis.NewClient(simple), nil
}

// address is one URL.
type address struct {
	options    *redis.Options
	master     string
	sentinel   *url.Userinfo
	cluster    bool
	identifier string // all of the URL but the host
}

func (a *address) sameExceptHost(b *address) bool { return a.identifier == b.identifier }

func parseAddress(text string) (*address, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "unix" {
		return nil, errors.New("a Redis URL is none: write redis://HOST:PORT, rediss://USER:PASSWORD@HOST:PORT or unix:///PATH, and percent-encode user and password")
	}
	q := u.Query()
	a := &address{master: q.Get("master_name"), cluster: q.Get("cluster") == "true"}
	if name, password := q.Get("sentinel_username"), q.Get("sentinel_password"); name != "" || password != "" {
		a.sentinel = url.UserPassword(name, password)
	}
	if err := checkAddress(u, q.Has("skip_verify") && q.Get("skip_verify") != "false"); err != nil {
		return nil, err
	}
	for _, ours := range []string{"master_name", "cluster", "sentinel_username", "sentinel_password"} {
		q.Del(ours)
	}
	u.RawQuery = q.Encode()
	if a.options, err = redis.ParseURL(u.String()); err != nil {
		return nil, fmt.Errorf("the Redis URL of %s has a path or a parameter that is not known", where(u))
	}
	rest := *u
	if rest.Scheme != "unix" {
		rest.Host = ""
	}
	a.identifier = fmt.Sprint(rest.String(), a.master, a.cluster, a.sentinel)
	return a, nil
}

// where names a server without what is secret in its URL.
func where(u *url.URL) string {
	if u.Scheme == "unix" {
		return u.Path
	}
	return u.Host
}

// checkAddress refuses what others on the network could read or write.
func checkAddress(u *url.URL, unverified bool) error {
	if u.Scheme == "unix" {
		if u.Path == "" {
			return errors.New("a unix Redis URL has no path: write unix:///PATH")
		}
		return nil
	}
	password, _ := u.User.Password()
	switch {
	case u.Hostname() == "":
		return errors.New("a Redis URL has no host: write redis://HOST:PORT")
	case isLoopback(u.Hostname()):
		return nil
	case u.Scheme != "rediss":
		return fmt.Errorf("redis at %s would be spoken to over the network in the clear: write rediss://, which is TLS", where(u))
	case unverified:
		return fmt.Errorf("the TLS certificate of redis at %s would not be verified: leave skip_verify out", where(u))
	case password == "":
		return fmt.Errorf("redis at %s has no password, so that anybody who reaches it could write to it: write rediss://USER:PASSWORD@HOST:PORT", where(u))
	}
	return nil
}

func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
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
		host, _, err := net.SplitHostPort(addr) // without a host it is this machine: a cluster's node that was told no address
		if network != "unix" && (err != nil || host != "" && !isLoopback(host)) {
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
