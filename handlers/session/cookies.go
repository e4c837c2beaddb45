package session

import (
	"errors"
	"iter"
	"net/http"
	"strings"
)

// What a request may bring in cookies. Browsers keep 180 of 4 KiB for one
// domain; what we share the domain with is not ours to forbid, so the bounds
// are well above any real use and well below what would cost.
const (
	MaxCookies     = 300
	MaxCookieBytes = 32 << 10 // of all Cookie fields together
)

// ErrTooManyCookies says that a request is past [MaxCookies] or
// [MaxCookieBytes]. The answer is 431 (RFC 6585 section 5).
var ErrTooManyCookies = errors.New("session: too many cookies")

// CheckCookies answers nil or [ErrTooManyCookies].
func CheckCookies(h http.Header) error {
	size, count := 0, 0
	for _, field := range h["Cookie"] {
		size += len(field)
		if size > MaxCookieBytes {
			return ErrTooManyCookies
		}
		count += 1 + strings.Count(field, ";")
	}
	if count > MaxCookies {
		return ErrTooManyCookies
	}
	return nil
}

// Cookies yields name and value of each cookie, in the order they came, exactly
// as the browser keeps them. HTTP/2 may split them over several fields (RFC 9113
// section 8.2.3).
//
// This is what RFC 6265 section 5.4 lets a browser send, and no more: pairs
// between semicolons, one blank before each. Names are not trimmed, folded or
// decoded, values are not unquoted. Servers that do (RFC 2965's $Version and
// quotes, Unicode blanks) read names and borders that the browser did not see
// when it guarded the __Host- prefix. A cookie without a name or without "=" is
// skipped.
func Cookies(h http.Header) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, field := range h["Cookie"] {
			for more := true; more; {
				var pair string
				pair, field, more = strings.Cut(field, ";")
				field = strings.TrimPrefix(field, " ")
				name, value, ok := strings.Cut(pair, "=")
				if ok && name != "" && !yield(name, value) {
					return
				}
			}
		}
	}
}
