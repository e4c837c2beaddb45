// Package token signs access tokens (RFC 9068, ES256, five minutes) for the apps
// behind the proxy, and publishes the key set that verifies them (RFC 7517).
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
//  2. No second step: the next rotation drops the key that was replaced.
//
// A key that leaked is removed (with --leaked: see [Replace]): tokens under it
// fail as soon as verifiers read the key set again. An invalid file leaves the
// keys in use as they are; the error names every mistake in it and shows no key.
//
// # Reuse
//
// For up to a minute the same session with the same claims gets the same token; a
// change of any claim, such as the role, makes a new one.
package token
