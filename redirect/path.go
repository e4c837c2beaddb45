package redirect

import "bytes"

// decodeFully appends s to buf percent-decoded again and again until it no
// longer changes, in one pass: a triplet is decoded as soon as its last digit
// arrives, and the octet that comes out may itself complete the triplet before
// it. Triplets cannot overlap (% is no digit), so the order of decoding does
// not change the result.
func decodeFully(buf []byte, s string) []byte {
	for i := range len(s) {
		buf = append(buf, s[i])
		for n := len(buf) - 3; n >= 0 && buf[n] == '%' && isHex(buf[n+1]) && isHex(buf[n+2]); n = len(buf) - 3 {
			buf[n] = unhex(buf[n+1])<<4 | unhex(buf[n+2])
			buf = buf[:n+1]
		}
	}
	return buf
}

// pathStays reports whether a fully decoded path means the same to everyone
// who reads it, however often they decode: it cannot turn into an authority
// (//), holds no backslash that a browser takes for a slash and no control
// octet that a browser drops, and no dot segment, with or without the
// parameters that some servers cut at the semicolon. Decoding removes nothing
// but triplets, so a path that is clean in the end was clean all along.
func pathStays(decoded []byte) bool {
	if bytes.HasPrefix(decoded, []byte("//")) {
		return false
	}
	for _, c := range decoded {
		if c < 0x20 || c == 0x7F || c == '\\' {
			return false
		}
	}
	for rest, more := decoded, true; more; {
		var segment []byte
		segment, rest, more = bytes.Cut(rest, []byte("/"))
		if name := withoutParameters(segment); name == "." || name == ".." {
			return false
		}
	}
	return true
}

// leadsBack reports whether a fully decoded path is one of ours on a host of
// this service, so that landing there would begin the login again.
func leadsBack(decoded []byte) bool {
	first, _, _ := bytes.Cut(bytes.TrimPrefix(decoded, []byte("/")), []byte("/"))
	switch withoutParameters(first) {
	case "login", "logout", "auth":
		return true
	}
	return false
}

// withoutParameters cuts a segment at its first semicolon (RFC 3986 section
// 3.3), as servlet containers do.
func withoutParameters(segment []byte) string {
	name, _, _ := bytes.Cut(segment, []byte(";"))
	return string(name)
}
