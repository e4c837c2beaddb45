package store

import (
	"errors"
	"net/url"
	"strings"
)

// ParseAddress parses the URL of a database, a Redis or another server that may hold a password. It is
// stricter than [url.Parse]: in postgres://app:12/34@host/db the password ends at the slash for one parser
// and at the @ for another, and the wrong one would look up a part of the password in DNS. So the reserved
// characters of a user and a password must be percent-encoded. No error holds a part of text.
func ParseAddress(text string) (*url.URL, error) {
	_, rest, ok := strings.Cut(text, "://")
	if !ok {
		return nil, errors.New("is not a URL, which begins with SCHEME://")
	}
	u, err := url.Parse(text)
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	if err != nil || strings.Count(text, "@") != strings.Count(authority, "@") || strings.Count(authority, "@") > 1 || strings.Contains(text, "#") {
		return nil, errors.New("is not a valid URL; in the user and the password percent-encode every character but letters, digits, - . _ and ~ (/ is %2F, @ is %40, # is %23)")
	}
	return u, nil
}
