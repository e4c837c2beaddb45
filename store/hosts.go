package store

import (
	"errors"
	"net/netip"
	"strings"
)

// IsDNSLabel reports whether s is one lower-case label of a host name (RFC 1123
// section 2.1): [a-z0-9]([a-z0-9-]{0,61}[a-z0-9])? by hand, because every
// request of a proxy asks it.
func IsDNSLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// CheckDNSName says what keeps name from being a DNS name in lower case, without
// a final dot. A name whose last label begins with a digit is none: browsers read
// it as an IPv4 address (URL Standard, "ends in a number").
func CheckDNSName(name string) error {
	if len(name) > 253 {
		return errors.New("is longer than 253 bytes")
	}
	last := ""
	for label := range strings.SplitSeq(name, ".") {
		if !IsDNSLabel(label) {
			return errors.New("is no DNS name (a name outside ASCII is written xn--…)")
		}
		last = label
	}
	if last[0] >= '0' && last[0] <= '9' {
		return errors.New("is no DNS name (its last label is a number)")
	}
	return nil
}

// IsLoopback reports whether a host, without port, is this machine by its form:
// no name is looked up (RFC 6761 section 6.3 for localhost).
func IsLoopback(host string) bool {
	host = LowerASCII(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
