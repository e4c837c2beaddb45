package store

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"unicode"
)

// NewInvitationToken returns about 192 random bits as 32 characters of
// [A-Za-z0-9_-]. The last one is a letter or digit: mail programs leave other
// characters at the end of a link out of it.
func NewInvitationToken() string {
	for {
		var b [24]byte
		rand.Read(b[:]) // never fails since Go 1.24
		if token := base64.RawURLEncoding.EncodeToString(b[:]); !strings.HasSuffix(token, "-") && !strings.HasSuffix(token, "_") {
			return token
		}
	}
}

// TrimInvitationToken removes what mail programs and people add behind a link:
// punctuation, quotes, blanks and invisible characters. What consists of these
// alone is left as it is: it is an unknown token, not an absent one.
func TrimInvitationToken(token string) string {
	trimmed := strings.TrimRightFunc(token, func(r rune) bool {
		return strings.ContainsRune(".,;:!?'\"`*()[]{}<>’‘”“»«›‹…。、，；：！？）」』】》", r) ||
			unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
	})
	if trimmed == "" {
		return token
	}
	return trimmed
}
