// Package seal writes values that only we could have written, for one purpose
// and under one name, and reads them back after the keys were rotated.
//
// A sealed value is base64url without padding (RFC 4648 section 5) of
//
//	key id (1) | nonce (12) | ciphertext | tag (16)
//
// encrypted with AES-256-GCM under a key that HKDF-SHA256 (RFC 5869) derives
// from one of the operator's keys for that purpose alone. The key id, the
// purpose and the name are associated data: a flow's cookie is no session, and
// the cookie of one environment is none in the other, even under the same key.
//
// The key id is a byte that follows from the key. It saves trying every key of
// a rotation; it is no proof of anything. Two keys may share an id, and then
// both are tried.
//
// Nonces are random, so one key is good for 2^32 values of one purpose (NIST SP
// 800-38D section 8.3), which is a year at 136 a second. Rotating within that
// is one line in front of SECRET_KEYS.
//
// A time limit is the caller's to seal with the rest: how long a value may
// live, and on which clock, differs by purpose.
package seal
