package manage

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// ETag names a version of a thing: it differs whenever its JSON does (RFC 9110 section 8.8.3).
func ETag(thing any) string {
	text, _ := json.Marshal(thing) // types of this package alone: it cannot fail
	sum := sha256.Sum256(text)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}
