// Package token signs who a person is for what stands behind: access tokens
// (RFC 9068) of five minutes, ES256, and the key set to check them with (RFC
// 7517).
//
// # The file
//
// The private keys are a JWK Set in one file, newest first, mode 0600 or
// stricter. A key may carry "nbf", seconds since 1970, from when it may sign.
// All keys of the file are published; the first one that may sign does.
//
// # Rotation
//
// Verifiers keep a key set for up to half an hour, so a key is published before
// it signs:
//
//  1. orglogin keys rotate --dir DIR puts a fresh key in front of the others
//     with "nbf" an hour from now, and drops those that an earlier rotation
//     replaced: see [Rotate]. Every instance needs the same file. All of them
//     publish the key at once, and all begin to sign with it at that time.
//  2. Nothing more: the key that was replaced is dropped by the next rotation.
//
// A key that leaked is removed (with --leaked: see [Replace]): tokens under it
// fail as soon as verifiers read the key set again. A file that does not hold
// leaves the keys in use as they are, and the error names every mistake in it,
// and no key.
//
// # Reuse
//
// A token is handed out again for up to a minute to the same session with the
// same claims, all of them: a change of role or address is a new token at once.
package token
