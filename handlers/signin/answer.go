package signin

import (
	"net/url"
	"slices"
	"strings"
)

// Bounds of an authorization response. Providers add a handful of parameters
// of their own; our sealed state is the longest that is wanted.
const (
	maxQuery      = 16 << 10
	maxParameters = 64
	maxCode       = 4 << 10
)

// Answer is the authorization response that a browser brought back (RFC 6749
// section 4.1.2, RFC 9207).
type Answer struct {
	State  string
	Code   string
	Issuer string // iss, empty when absent
	// Error is not empty exactly when the parameter error was present, in any
	// form. It is one of the codes that the specifications define, or
	// "unknown": what else it said is not kept.
	Error string
}

// errorCodes are RFC 6749 section 4.1.2.1 and OpenID Connect Core section 3.1.2.6.
var errorCodes = []string{
	"access_denied", "invalid_request", "invalid_scope", "server_error", "temporarily_unavailable",
	"unauthorized_client", "unsupported_response_type", "account_selection_required", "consent_required",
	"interaction_required", "login_required", "request_not_supported", "request_uri_not_supported",
	"registration_not_supported", "invalid_request_object", "invalid_request_uri",
}

// ParseAnswer reads the raw query of a callback. Parameters it does not know
// are ignored. Every error is an [*Error] with status 400: a parameter of ours
// that comes twice, a semicolon, a bad escape, too much of anything.
func ParseAnswer(rawQuery string) (Answer, error) {
	switch {
	case len(rawQuery) > maxQuery:
		return Answer{}, badAnswer("the query is over %d bytes", maxQuery)
	case strings.Count(rawQuery, "&") >= maxParameters:
		return Answer{}, badAnswer("the query has more than %d parameters", maxParameters)
	}
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return Answer{}, badAnswer("the query has a semicolon or a bad escape")
	}
	for _, name := range []string{"code", "state", "iss", "error"} {
		if len(q[name]) > 1 {
			return Answer{}, badAnswer("%s comes twice", name)
		}
	}
	a := Answer{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss")}
	if q.Has("iss") && a.Issuer == "" {
		return Answer{}, badAnswer("iss is empty")
	}
	if q.Has("error") {
		a.Error = "unknown"
		if code := q.Get("error"); slices.Contains(errorCodes, code) {
			a.Error = code
		}
	}
	if len(a.Code) > maxCode || !printable(a.Code) {
		return Answer{}, badAnswer("code is not a code") // RFC 6749 appendix A.11
	}
	return a, nil
}

// printable reports whether s is printable ASCII, blanks included.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
