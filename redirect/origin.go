package redirect

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"orglogin/store"
)

// Origin is scheme, host and port of a URL (RFC 6454 section 4).
type Origin struct {
	Scheme string // http or https
	Host   string // lower case, without port; an IPv6 address in its brackets
	Port   string // decimal without leading zero; empty for the scheme's default
}

// ParseOrigin reads an http or https origin as an operator writes it: no
// userinfo, query or fragment, and no path but "/". The host is a DNS name, an
// IPv4 address or an IPv6 address in brackets. The error says what is wrong
// without repeating s, which may hold a password.
func ParseOrigin(s string) (Origin, error) {
	rest := store.LowerASCII(s)
	scheme, rest, ok := strings.Cut(rest, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return Origin{}, errors.New("an origin begins with http:// or https://")
	}
	rest = strings.TrimSuffix(rest, "/")
	switch {
	case strings.Contains(rest, "@"):
		return Origin{}, errors.New("an origin has no user name or password")
	case strings.ContainsAny(rest, "/?#"):
		return Origin{}, errors.New("an origin has no path, query or fragment")
	}
	host, port, hasPort := cutPort(rest)
	if hasPort {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' || port[0] == '+' {
			return Origin{}, errors.New("the port of an origin is a number from 1 to 65535 without leading zeros")
		}
		if port == defaultPort(scheme) {
			port = ""
		}
	}
	host, err := canonicalHost(host)
	if err != nil {
		return Origin{}, err
	}
	return Origin{Scheme: scheme, Host: host, Port: port}, nil
}

// String is the origin as browsers write it (RFC 6454 section 6.2).
func (o Origin) String() string {
	if o.Port == "" {
		return o.Scheme + "://" + o.Host
	}
	return o.Scheme + "://" + o.Host + ":" + o.Port
}

// defaultPort is that of http or https (RFC 9110 section 4.2).
func defaultPort(scheme string) string {
	if scheme == "http" {
		return "80"
	}
	return "443"
}

// cutPort cuts what follows the host's colon; colons in brackets belong to the
// host.
func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.IndexByte(s[i:], ']') >= 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// canonicalHost takes a lower-case host name or address and returns it as
// browsers write it, so that hosts are compared byte for byte ever after.
func canonicalHost(host string) (string, error) {
	if inside, ok := strings.CutPrefix(host, "["); ok {
		inside, closed := strings.CutSuffix(inside, "]")
		addr, err := netip.ParseAddr(inside)
		// A zone names an interface of this machine, and an IPv4-mapped address
		// is written in different ways.
		if !closed || err != nil || !addr.Is6() || addr.Is4In6() || addr.Zone() != "" {
			return "", errors.New("the text in brackets is not an IPv6 address")
		}
		return "[" + addr.String() + "]", nil
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Is4() {
		return host, nil
	}
	if err := store.CheckDNSName(host); err != nil {
		return "", fmt.Errorf("%q %w", host, err)
	}
	return host, nil
}
