package redirect

import (
	"errors"
	"fmt"
	"strings"

	"orglogin/store"
)

// ParseAllowedHost reads one entry of REDIRECT_ALLOWED_HOSTS: an exact host, or
// *.suffix for the hosts that have one label more than suffix. It returns the
// entry in the form that [Site] compares with.
func ParseAllowedHost(entry string) (string, error) {
	host := store.LowerASCII(entry)
	suffix, wild := strings.CutPrefix(host, "*.")
	canonical, err := canonicalHost(suffix)
	switch {
	case err != nil:
		return "", fmt.Errorf("not a host or *.host: %w", err)
	case !wild:
		return canonical, nil
	case !strings.Contains(suffix, ".") || suffix[0] == '[' || isDigit(suffix[len(suffix)-1]):
		return "", errors.New("*. is not followed by a domain name of two labels or more")
	}
	return "*." + canonical, nil
}

// allows reports whether the operator allowed the host, which is lower case.
// An A-label is allowed only by its full name: browsers decode it, and a
// pattern cannot vouch for what comes out.
func (s Site) allows(host string) bool {
	for _, allowed := range s.AllowedHosts {
		if allowed == host {
			return true
		}
		if suffix, wild := strings.CutPrefix(allowed, "*."); wild {
			label, ok := cutDomain(host, suffix)
			if ok && store.IsDNSLabel(label) && !strings.HasPrefix(label, "xn--") {
				return true
			}
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
