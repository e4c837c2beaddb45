// Package seal encrypts values for one purpose and one name so that only this
// service can write them, and opens them also after the keys were rotated.
//
// A sealed value is base64url without padding (RFC 4648 section 5) of
//
//	key id (1) | nonce (12) | ciphertext | tag (16)
//
// encrypted with AES-256-GCM under a key that HKDF-SHA256 (RFC 5869) derives
// from one of the operator's keys for that purpose alone. The key id, the
// purpose and the name are associated data: the cookie of a flow does not open
// as a session, nor the cookie of one environment in another, even with one key.
//
// The key id is a byte derived from the key. It saves trying every key of a
// rotation, and proves nothing. Two keys may share an id; then both are tried.
//
// Nonces are random, so one key is good for 2^32 values of one purpose (NIST SP
// 800-38D section 8.3): a year at 136 a second. To rotate before that, put a new
// key in front of SECRET_KEYS.
//
// The caller seals a time limit with the rest: how long a value lives, and by which
// clock, differs by purpose.
package seal
