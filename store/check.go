package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"
)

// HashToken is how a secret token is stored and looked up: its SHA-256. The
// tokens carry 128 bits or more, so a plain hash is enough.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// NewID returns a random UUID (RFC 9562 section 5.4, version 4).
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

var receiptEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewReceiptID returns 80 random bits as 16 characters of [a-z2-7].
func NewReceiptID() string {
	var b [10]byte
	rand.Read(b[:])
	return receiptEncoding.EncodeToString(b[:])
}

// NewSlug returns the slug of an organization made at a first login: org- and
// ten random characters of [a-z2-7].
func NewSlug() string { return "org-" + NewReceiptID()[:10] }

// ValidReceiptID reports whether id has the form of a receipt.
func ValidReceiptID(id string) bool {
	if len(id) != 16 {
		return false
	}
	for i := range len(id) { // by hand: every landing comes by here
		if c := id[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// ValidID reports whether id is a UUID in its canonical lower-case form.
func ValidID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i := range len(id) { // by hand: nearly every question to a store comes by here
		switch c := id[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// reserved are labels that no organization can have.
var reserved = []string{"www", "api", "auth", "login", "app", "admin", "mail", "static", "cdn", "idp", "ns", "smtp", "assets"}

// ValidSlug reports whether s can name an organization: one DNS label (RFC
// 1035 2.3.1, lower case), no A-label, no reserved word. The labels of
// PUBLIC_URL and APP_URL are for the caller to add, who knows them.
func ValidSlug(s string) bool {
	return IsDNSLabel(s) && !strings.HasPrefix(s, "xn--") && !slices.Contains(reserved, s)
}

// LowerASCII lowers A to Z and nothing else: addresses are never folded by
// Unicode, so that no look-alike matches.
func LowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
