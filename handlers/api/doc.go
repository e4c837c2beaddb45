// Package api is the HTTP API: the operations of [manage.Manager] for programs with a bearer token. It knows no
// database, and it is served on a listener of its own, never on the public one.
//
// The OpenAPI document is generated from the types of this package. What it says of required members and of values
// is only said: the manager checks them, so that commands and API refuse the same in the same words, and all fields
// at once.
package api
