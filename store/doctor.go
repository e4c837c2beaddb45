package store

import (
	"context"
	"iter"
)

// Link is one link of a person's account chain, read twice.
type Link struct {
	Name string // identity, profile, membership, organization, workspace, subdomain
	OK   bool   // the service finds what it needs
	// Service is what the service reads, OwnClaims what the person's own
	// claims show. They differ where a policy hides a row.
	Service, OwnClaims string
	Detail             string // what the readings mean; empty when all is well
	Mend               string // what to do; empty when all is well
}

// Check is one thing about the database that holds for everybody.
type Check struct {
	Name   string
	OK     bool
	Detail string // what was found
	Mend   string // what to do; empty when all is well
}

// BrokenPerson is somebody whose chain does not hold.
type BrokenPerson struct {
	UserID string
	Email  string
	Link   Link // the first that is broken
}

// Examiner is what doctor asks. It changes nothing.
type Examiner interface {
	// Chain reads all six links of a person, in order. A person whom nobody
	// knows has broken links, and is no error; the empty id is such a person.
	Chain(ctx context.Context, userID string) ([]Link, error)
	// Database checks what is the same for everybody: version, role, policies, functions.
	// A database that does not answer is a failed check, no error.
	Database(ctx context.Context) ([]Check, error)
	// Broken lists everybody whose chain is broken. It ends with the first error.
	Broken(ctx context.Context) iter.Seq2[BrokenPerson, error]
}
