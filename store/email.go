package store

import (
	"strings"

	"golang.org/x/net/idna"
)

// MaxEmail is the longest address, in bytes (RFC 5321 4.5.3.1.3, less the brackets).
const MaxEmail = 254

// registered is the strictest profile of IDNA2008: nothing is mapped, so that
// no look-alike character becomes another domain.
var registered = idna.New(idna.ValidateForRegistration())

// NormalizeEmail returns an address as it is stored and compared: ASCII letters
// in lower case, a domain of other scripts as its A-labels (RFC 5891). It is
// false for anything but one plain address, see [ValidEmail].
func NormalizeEmail(s string) (string, bool) {
	local, domain, _ := strings.Cut(s, "@")
	domain, ok := NormalizeDomain(domain)
	if !ok {
		return "", false
	}
	s = LowerASCII(local) + "@" + domain
	return s, ValidEmail(s)
}

// NormalizeDomain returns a domain name in lower case, with A-labels.
func NormalizeDomain(s string) (string, bool) {
	s = LowerASCII(s)
	for i := range len(s) {
		if s[i] >= 0x80 {
			converted, err := registered.ToASCII(s)
			return converted, err == nil && validDomain(converted)
		}
	}
	return s, validDomain(s)
}

// ValidEmail reports whether s is one plain ASCII address: a dot-atom, one @,
// a domain name. No quotes, comments, lists, display names or literals.
func ValidEmail(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > MaxEmail || local == "" || len(local) > 64 || strings.HasPrefix(local, ".") ||
		strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for i := range len(local) {
		c := local[i]
		if !isAlphanumeric(c) && !strings.ContainsRune(".!#$%&'*+-/=?^_`{|}~", rune(c)) {
			return false
		}
	}
	return validDomain(domain)
}

func validDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(LowerASCII(s), ".") {
		if !IsDNSLabel(label) {
			return false
		}
	}
	return true
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
