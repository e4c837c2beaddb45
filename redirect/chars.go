package redirect

import (
	"unicode"
	"unicode/utf8"
)

// charset is a set of ASCII characters, one bit each.
type charset [2]uint64

func charsetOf(chars string) (s charset) {
	for i := range len(chars) {
		s[chars[i]>>6&1] |= 1 << (chars[i] & 63)
	}
	return s
}

func (s charset) has(c byte) bool {
	return c < utf8.RuneSelf && s[c>>6&1]&(1<<(c&63)) != 0
}

func (s charset) with(other charset) charset {
	return charset{s[0] | other[0], s[1] | other[1]}
}

func (s charset) hasAll(text string) bool {
	for i := range len(text) {
		if !s.has(text[i]) {
			return false
		}
	}
	return true
}

const (
	digits     = "0123456789"
	lower      = "abcdefghijklmnopqrstuvwxyz"
	upper      = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	unreserved = lower + upper + digits + "-._~"
	subDelims  = "!$&'()*+,;="
)

// The characters of each part of a URL (RFC 3986 appendix A). Path, query and
// fragment may also hold what browsers send there without encoding it.
var (
	schemeChars   = charsetOf(lower + upper + digits + "+-.")
	userinfoChars = charsetOf(unreserved + subDelims + ":")
	hostChars     = charsetOf(unreserved + subDelims)
	literalChars  = charsetOf(unreserved + subDelims + ":") // between brackets
	digitChars    = charsetOf(digits)
	unencoded     = charsetOf("[]{}|^`") // by browsers; percent-encoded in Location
	pathChars     = charsetOf(unreserved + subDelims + ":@/").with(unencoded)
	queryChars    = charsetOf(unreserved + subDelims + ":@/?").with(unencoded) // and fragment
	labelChars    = charsetOf(lower + digits + "-")
)

// wellFormed reports whether s has only chars and whole escapes.
func wellFormed(s string, chars charset) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case chars.has(c):
		case isEscape(s[i:]):
			i += 2
		default:
			return false
		}
	}
	return true
}

// encodable is [wellFormed] for a path, query or fragment, which may also hold
// what [mustEncode] finds there: characters beyond ASCII, and a % that begins no
// escape.
func encodable(s string, chars charset) bool {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case chars.has(c), c == '%':
			i++
		case c >= utf8.RuneSelf:
			// What is not UTF-8 decodes to U+FFFD, which is no ucschar.
			r, size := utf8.DecodeRuneInString(s[i:])
			if !isUCSChar(r) || unicode.In(r, unicode.Cf, unicode.Zs, unicode.Zl, unicode.Zp) {
				return false
			}
			i += size
		default:
			return false
		}
	}
	return true
}

// mustEncode reports whether the octet at i is one that path, query and fragment
// may hold as given, and a URL only percent-encoded: part of a character beyond
// ASCII (RFC 3987 section 3.1), a character that browsers do not encode, or a %
// that begins no escape.
func mustEncode(s string, i int) bool {
	return s[i] >= utf8.RuneSelf || unencoded.has(s[i]) || s[i] == '%' && !isEscape(s[i:])
}

func isEscape(s string) bool { return len(s) > 2 && s[0] == '%' && isHex(s[1]) && isHex(s[2]) }

// isUCSChar reports whether r is a ucschar (RFC 3987 section 2.2).
func isUCSChar(r rune) bool {
	switch {
	case 0xA0 <= r && r <= 0xD7FF, 0xF900 <= r && r <= 0xFDCF, 0xFDF0 <= r && r <= 0xFFEF:
		return true
	case 0x10000 <= r && r <= 0xDFFFD:
		return r&0xFFFF <= 0xFFFD // the last two of every plane are no characters
	}
	return 0xE1000 <= r && r <= 0xEFFFD
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex is the value of a hexadecimal digit.
func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}
