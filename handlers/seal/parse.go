package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// ParseKeys reads SECRET_KEYS: keys of [KeySize] bytes in base64, newest first,
// between commas, blanks or line breaks. Standard and URL alphabet are taken,
// with padding or without.
//
// The error joins one error for each bad key. It names it by position and shows
// its first characters at most.
func ParseKeys(text string) ([][]byte, error) {
	words := strings.FieldsFunc(text, func(r rune) bool {
		return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r'
	})
	if len(words) == 0 {
		return nil, errors.New("no key: give one of 32 random bytes in base64, as orglogin keys new writes")
	}
	var keys [][]byte
	var errs []error
	for i, word := range words {
		key, err := parseKey(word)
		if err == nil {
			// The operator meant to rotate, and put the old key twice.
			if j := indexOf(keys, key); j >= 0 {
				err = fmt.Errorf("the same as key %d", j+1)
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("key %d (%s, %d characters): %w", i+1, cut(word), len(word), err))
		}
		keys = append(keys, key) // nil for a bad one, so that positions stay
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return keys, nil
}

var (
	errAlphabet = errors.New("not base64")
	errPadding  = errors.New("base64 with wrong padding")
)

// The alphabets differ in two characters, so both are read as one.
var toStandard = strings.NewReplacer("-", "+", "_", "/")

func parseKey(word string) ([]byte, error) {
	bare := strings.TrimRight(word, "=")
	key, err := base64.RawStdEncoding.Strict().DecodeString(toStandard.Replace(bare))
	switch {
	case err != nil:
		return nil, errAlphabet
	case len(key) != KeySize:
		return nil, fmt.Errorf("%d bytes, not %d", len(key), KeySize)
	case len(word) != len(bare) && len(word)%4 != 0:
		return nil, errPadding
	}
	return key, nil
}

func indexOf(keys [][]byte, key []byte) int {
	for i, k := range keys {
		if bytes.Equal(k, key) {
			return i
		}
	}
	return -1
}

// cut returns enough of a secret to find it in a file: at most four characters, and
// less than a quarter of it.
func cut(word string) string {
	return fmt.Sprintf("%.*q…", min(4, len(word)/5), word)
}
