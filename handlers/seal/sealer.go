package seal

import (
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ErrOpen is the one answer to a value that is not ours: another key, purpose
// or name, a changed, shortened or lengthened one, no base64url at all. Which
// of these is not said, because whoever sent it has no use for it but one.
var ErrOpen = errors.New("seal: not a value of ours")

// MaxSealed is the length of the longest sealed value, in characters. Anything
// longer is refused before it is decoded.
const MaxSealed = 8192

const (
	nonceSize = 12
	tagSize   = 16
	overhead  = 1 + nonceSize + tagSize
)

// MaxPlaintext is the most that can be sealed, in bytes.
const MaxPlaintext = MaxSealed/4*3 - overhead

// Sealer seals and opens for one purpose. It is safe for concurrent use.
type Sealer struct {
	purpose []byte       // with a zero behind, so that no name can lengthen it
	keys    []sealingKey // newest first
}

type sealingKey struct {
	id   byte
	aead cipher.AEAD
}

// Strict, so that a value has one spelling: the spare bits at its end are zero.
var encoding = base64.RawURLEncoding.Strict()

// Seal encrypts plaintext for name, of which Open must be told the same. The
// result differs every time and is safe in a cookie and in a URL. More than
// [MaxPlaintext] bytes could never be opened and panic: bounding what comes
// from outside is the caller's.
func (s *Sealer) Seal(plaintext []byte, name string) string {
	if len(plaintext) > MaxPlaintext {
		panic(fmt.Sprintf("seal: %d bytes to seal, more than %d", len(plaintext), MaxPlaintext))
	}
	k := s.keys[0]
	size := overhead + len(plaintext)
	b := make([]byte, 1, size+s.dataSize(name))
	b[0] = k.id
	data := s.appendData(b[size:size], k.id, name)
	return encoding.EncodeToString(k.aead.Seal(b, nil, plaintext, data))
}

// Open is the reverse of Seal with any of the keys, or [ErrOpen].
func (s *Sealer) Open(sealed, name string) ([]byte, error) {
	// The decoder skips line breaks, which would be a second spelling.
	if len(sealed) > MaxSealed || strings.ContainsAny(sealed, "\r\n") {
		return nil, ErrOpen
	}
	size := encoding.DecodedLen(len(sealed))
	if size < overhead {
		return nil, ErrOpen
	}
	// One allocation: the text, where the plaintext is put afterwards; what is
	// decoded from it; the associated data. The first two may not overlap: a key
	// that fails must leave the value for the next.
	buf := make([]byte, len(sealed)+size+s.dataSize(name))
	text, b, data := buf[:len(sealed):len(sealed)], buf[len(sealed):len(sealed)+size], buf[len(sealed)+size:]
	copy(text, sealed)
	if _, err := encoding.Decode(b, text); err != nil {
		return nil, ErrOpen
	}
	data = s.appendData(data[:0], b[0], name)
	for _, k := range s.keys {
		if k.id != b[0] {
			continue
		}
		if out, err := k.aead.Open(text[:0], nil, b[1:], data); err == nil {
			return out, nil
		}
	}
	return nil, ErrOpen
}

func (s *Sealer) dataSize(name string) int { return 1 + len(s.purpose) + len(name) }

func (s *Sealer) appendData(b []byte, id byte, name string) []byte {
	return append(append(append(b, id), s.purpose...), name...)
}
