package cache

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/redis/go-redis/v9"

	"orglogin/store"
)

// CheckRedis reports everything that is wrong with the URLs of [OpenRedis], and
// opens nothing. The texts name what to fix and hold no password.
func CheckRedis(urls []string) error {
	_, err := parseAddresses(urls)
	return err
}

// parseAddresses parses all, or returns all that is wrong with them.
func parseAddresses(urls []string) ([]*address, error) {
	if len(urls) == 0 {
		return nil, errors.New("no Redis URL")
	}
	var all []*address
	var wrong []error
	for _, text := range urls {
		a, err := parseAddress(text)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		all = append(all, a)
	}
	if len(all) > 0 {
		wrong = append(wrong, fit(all, len(urls) > 1)...)
	}
	return all, errors.Join(wrong...)
}

// fit returns what is wrong with the addresses as one list.
func fit(all []*address, several bool) (wrong []error) {
	first := all[0]
	for _, a := range all[1:] {
		if !first.sameExceptHost(a) {
			wrong = append(wrong, errors.New("the Redis URLs differ in more than host and port; write one scheme, user, password and query for all"))
			break
		}
	}
	if first.master != "" || !first.cluster && !several {
		return wrong
	}
	if first.options.Network == "unix" {
		wrong = append(wrong, errors.New("a Redis cluster is not reached through a unix socket; write its nodes as redis://HOST:PORT"))
	}
	if first.options.DB != 0 {
		wrong = append(wrong, errors.New("a Redis cluster has one database, 0; leave the number out of its URLs"))
	}
	return wrong
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
	u, err := store.ParseAddress(text)
	if err != nil {
		return nil, fmt.Errorf("a Redis URL %w", err)
	}
	if u.Scheme != "redis" && u.Scheme != "rediss" && u.Scheme != "unix" {
		return nil, errors.New("a Redis URL has another scheme than redis, rediss and unix: write redis://HOST:PORT, rediss://USER:PASSWORD@HOST:PORT or unix:///PATH")
	}
	q := u.Query()
	a := &address{master: q.Get("master_name")}
	if q.Has("cluster") {
		if a.cluster, err = strconv.ParseBool(q.Get("cluster")); err != nil {
			return nil, fmt.Errorf("cluster in the Redis URL of %s is neither true nor false", where(u))
		}
	}
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
	if a.options.DB < 0 {
		return nil, fmt.Errorf("the database in the Redis URL of %s is negative: write 0, or leave it out", where(u))
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
	return u.Hostname() // without the port, which may be the password of a URL without a host
}

// checkAddress refuses what others on the network could read or write.
func checkAddress(u *url.URL, unverified bool) error {
	if u.Scheme == "unix" {
		switch {
		case u.Host != "": // it would be dropped
			return errors.New("the path in a unix Redis URL is relative: write unix:///PATH, with three slashes")
		case u.Path == "":
			return errors.New("a unix Redis URL has no path: write unix:///PATH")
		}
		return nil
	}
	password, _ := u.User.Password()
	switch {
	case u.Hostname() == "":
		return errors.New("a Redis URL has no host: write redis://HOST:PORT")
	case !validPort(u.Port()):
		return fmt.Errorf("the port in the Redis URL of %s is not between 1 and 65535", where(u))
	case store.IsLoopback(u.Hostname()):
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

// validPort takes none for the default.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}
