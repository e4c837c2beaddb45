package redirect

import "strings"

// decodeFully is s percent-decoded again and again until it no longer changes,
// in one pass: a triplet is decoded as soon as its last digit arrives, and the
// octet that comes out may itself complete the triplet before it. Triplets
// cannot overlap (% is no digit), so the order of decoding does not change the
// result.
func decodeFully(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var room [maxLength]byte
	buf := room[:0]
	for i := range len(s) {
		buf = append(buf, s[i])
		for n := len(buf) - 3; n >= 0 && buf[n] == '%' && isHex(buf[n+1]) && isHex(buf[n+2]); n = len(buf) - 3 {
			buf[n] = unhex(buf[n+1])<<4 | unhex(buf[n+2])
			buf = buf[:n+1]
		}
	}
	return string(buf)
}

// pathStays reports whether a fully decoded path means the same to everyone
// who reads it, however often they decode: it cannot turn into an authority
// (//), holds no backslash that a browser takes for a slash and no control
// octet that a browser drops, and no dot segment, with or without the
// parameters that some servers cut at the semicolon. Decoding removes nothing
// but triplets, so a path that is clean in the end was clean all along.
func pathStays(decoded string) bool {
	if strings.HasPrefix(decoded, "//") {
		return false
	}
	for i := range len(decoded) {
		if c := decoded[i]; c < 0x20 || c == 0x7F || c == '\\' {
			return false
		}
	}
	for segment := range strings.SplitSeq(decoded, "/") {
		if isDotSegment(segment) {
			return false
		}
	}
	return true
}

// HasDotSegment reports whether a path, decoded as often as it can be, has a
// segment that is . or .. before its first semicolon. A backslash separates
// segments too, because some servers read it as a slash.
func HasDotSegment(path string) bool {
	if strings.IndexByte(path, '%') < 0 && !strings.Contains(path, "/.") && strings.IndexByte(path, '\\') < 0 {
		return false
	}
	for segment := range strings.FieldsFuncSeq(decodeFully(path), func(r rune) bool { return r == '/' || r == '\\' }) {
		if isDotSegment(segment) {
			return true
		}
	}
	return false
}

func isDotSegment(segment string) bool {
	name, _, _ := strings.Cut(segment, ";")
	return name == "." || name == ".."
}

// leadsBack reports whether a fully decoded path is one of ours on a host of
// this service, so that landing there would begin the login again.
func leadsBack(decoded string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(decoded, "/"), "/")
	name, _, _ := strings.Cut(first, ";")
	return name == "login" || name == "logout" || name == "auth"
}
