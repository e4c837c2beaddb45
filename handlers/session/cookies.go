package session

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"iter"
	"net/http"
	"strings"
	"time"

	"orglogin/store"
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

const (
	secretSize = 16
	valueSize  = secretSize + 16 + 8
)

// cookieValue is the opened value of the session cookie: the secret, the
// profile's UUID and the absolute end in seconds since 1970, 40 bytes.
type cookieValue struct {
	secret    [secretSize]byte
	userID    string
	expiresAt time.Time
}

var errUserID = errors.New("session: the profile id is not a UUID in lower case")

func (v cookieValue) encode() ([]byte, error) {
	if !store.ValidID(v.userID) {
		return nil, errUserID
	}
	b := make([]byte, 0, valueSize)
	b = append(b, v.secret[:]...)
	for _, part := range [...][2]int{{0, 8}, {9, 13}, {14, 18}, {19, 23}, {24, 36}} {
		b, _ = hex.AppendDecode(b, []byte(v.userID[part[0]:part[1]])) // ValidID says that it is hex
	}
	return binary.BigEndian.AppendUint64(b, uint64(v.expiresAt.Unix())), nil
}

// decode is the reverse of encode; false for another length. Its input was sealed
// by us, so nothing else needs a check.
func decode(b []byte) (v cookieValue, ok bool) {
	if len(b) != valueSize {
		return cookieValue{}, false
	}
	copy(v.secret[:], b)
	id := b[secretSize:]
	var s [36]byte
	hex.Encode(s[0:], id[0:4])
	hex.Encode(s[9:], id[4:6])
	hex.Encode(s[14:], id[6:8])
	hex.Encode(s[19:], id[8:10])
	hex.Encode(s[24:], id[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	v.userID = string(s[:])
	v.expiresAt = time.Unix(int64(binary.BigEndian.Uint64(b[secretSize+16:])), 0)
	return v, true
}

func (v cookieValue) secretHash() []byte {
	sum := sha256.Sum256(v.secret[:])
	return sum[:]
}
