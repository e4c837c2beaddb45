package redirect

import "strings"

// maxLength is how long a redirect may be, in bytes.
const maxLength = 2048

// reference is a value of the redirect parameter taken apart (RFC 3986 section
// 3), each part as it was written. Every part holds only its own characters.
type reference struct {
	scheme       string // empty for a path
	hasAuthority bool
	hasUserinfo  bool
	host         string
	hasPort      bool
	port         string
	path         string
	hasQuery     bool
	query        string
	hasFragment  bool
	fragment     string
	leadsBack    bool // the path is one of the login service's own
}

// parse takes s apart, or reports false when it is neither a path nor an
// absolute URL, or holds what no part may hold. It knows nothing of hosts.
func parse(s string) (reference, bool) {
	var r reference
	if len(s) > maxLength || s == "" {
		return r, false
	}
	rest := s
	if s[0] != '/' {
		var ok bool
		if r.scheme, rest, ok = cutScheme(s); !ok {
			return r, false
		}
	}
	rest, r.fragment, r.hasFragment = strings.Cut(rest, "#")
	rest, r.query, r.hasQuery = strings.Cut(rest, "?")
	if !encodable(r.fragment, queryChars) || !encodable(r.query, queryChars) {
		return r, false
	}
	if strings.HasPrefix(rest, "//") {
		if r.scheme == "" {
			return r, false // a path never begins with //
		}
		authority := rest[2:]
		rest = ""
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, rest = authority[:i], authority[i:]
		}
		if !r.parseAuthority(authority) {
			return r, false
		}
	}
	r.path = rest
	return r, r.parsePath() && (r.hasAuthority || !needsAuthority(r.scheme))
}

// cutScheme cuts the scheme from a URL (RFC 3986 section 3.1).
func cutScheme(s string) (scheme, rest string, ok bool) {
	scheme, rest, ok = strings.Cut(s, ":")
	if !ok || scheme == "" || !schemeChars.hasAll(scheme) {
		return "", "", false
	}
	letter := scheme[0] | 0x20
	return scheme, rest, 'a' <= letter && letter <= 'z'
}

// needsAuthority reports whether a URL of the scheme is one only with a host
// (RFC 9110 section 4.2); without, browsers find a host where there is none.
func needsAuthority(scheme string) bool {
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// parseAuthority takes userinfo, host and port apart (RFC 3986 section 3.2).
func (r *reference) parseAuthority(s string) bool {
	r.hasAuthority = true
	if userinfo, host, ok := strings.Cut(s, "@"); ok {
		if !wellFormed(userinfo, userinfoChars) {
			return false
		}
		r.hasUserinfo, s = true, host
	}
	r.host, r.port, r.hasPort = cutPort(s)
	if r.host == "" || !digitChars.hasAll(r.port) {
		return false
	}
	if r.host[0] == '[' {
		inside, closed := strings.CutSuffix(r.host[1:], "]")
		return closed && inside != "" && literalChars.hasAll(inside)
	}
	return wellFormed(r.host, hostChars)
}

// parsePath judges the path as written and as decoded for good.
func (r *reference) parsePath() bool {
	if !encodable(r.path, pathChars) {
		return false
	}
	decoded := decodeFully(r.path)
	r.leadsBack = leadsBack(decoded)
	return pathStays(decoded)
}
