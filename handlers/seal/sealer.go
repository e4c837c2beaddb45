package seal

import (
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ErrOpen is the one error for a value that this service did not seal: another key,
// purpose or name, a changed value, not base64url. It does not say which, because
// that would help an attacker alone.
var ErrOpen = errors.New("seal: not a value that was sealed here")

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
	purpose []byte       // ends with a zero, so that no name can extend it
	keys    []sealingKey // newest first
}

type sealingKey struct {
	id   byte
	aead cipher.AEAD
}

// Strict, so that a value has one spelling: the spare bits at its end are zero.
var encoding = base64.RawURLEncoding.Strict()

// Seal encrypts plaintext for name; Open needs the same name. The result differs
// every time and is safe in a cookie and in a URL. It panics for more than
// [MaxPlaintext] bytes, which could not be opened: the caller bounds its input.
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
	// One allocation for three parts: the text, later overwritten by the plaintext;
	// its decoded bytes; the associated data. The first two must not overlap: a
	// key that fails must leave the bytes for the next key.
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
