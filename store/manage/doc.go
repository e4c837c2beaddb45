// Package manage holds what operators and the backends of a SaaS do to organizations and people: every
// operation once, for the commands and for the HTTP API, over PostgreSQL and SQLite alike.
//
// Each operation is one transaction that also writes its entry of the audit log. The rules that must hold
// whoever asks (the last owner, reserved slugs, a connection that was not tested) are here and nowhere else.
package manage
