// Package store holds the words of orglogin and the small interfaces through
// which everything else asks a database for them.
//
// Three answers are kept apart everywhere: the thing itself, [ErrNotFound]
// (the store answered, and there is nothing), and any other error (the store
// did not answer). Taking the third for the second is how people end up on
// the fallback page because a server was down; no caller may do it.
//
// Every question for a person names the person, because a store with
// row-level security runs it under that person's claims.
package store
