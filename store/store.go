package store

import (
	"context"
	"errors"
	"time"
)

// Errors that callers test with [errors.Is]. Any other error of a store means
// that it did not answer.
var (
	// ErrNotFound: the store answered, and there is nothing.
	ErrNotFound = errors.New("not found")
	// ErrConflict: the change collides with what is there, and nothing was changed.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the value itself is refused (a reserved slug, a malformed
	// address), and nothing was changed. The text says which and how to fix it.
	ErrInvalid = errors.New("invalid")
	// ErrBehind: the schema is older than this program; run migrate.
	ErrBehind = errors.New("the database schema is behind this version")
)

// Login is one verified arrival of a person.
type Login struct {
	// Identity may have an address that is not verified, or none: then it logs in only
	// where it is bound already, and its profile keeps its address.
	Identity   Identity
	Signup     Signup
	Invitation []byte // [HashToken] of the token, nil without one
	// Session is stored with the rest when the login holds. UserID is set by
	// the store.
	Session Session
	// Replaces is the id of the session that this browser had, ended in the
	// same transaction; empty without one.
	Replaces string
	// Slugs as in [AccessQuery.Slugs], so that the answer holds all that the
	// decision needs.
	Slugs []string
	// Known is the id of the person whose snapshot the caller has, or empty: see [Completed.Unread].
	Known string
	Now   time.Time
}

// Completed is what a login came to.
type Completed struct {
	// Refused is empty, [DisabledUser], [SignupIsClosed], [UnknownConnection] (an organization
	// connection that is not active), [NotInvited], [Ambiguous] (two members of the organization
	// have the address), or [EmailNotVerified]: the identity is not bound yet and its address
	// is not verified. When it is set, nothing was stored.
	Refused Reason
	// Invitation is [NotGiven], [OK] (accepted now, or before by this person
	// who is still a member), or why it does not hold: [Unknown], [Expired],
	// [Revoked], [Used], [EmailMismatch], [EmailNotVerified].
	Invitation Reason
	// UserID is the person's.
	UserID string
	// Snapshot is the person's, read in the same transaction.
	Snapshot AccessSnapshot
	// Unread: the person is [Login.Known] and the login stored nothing but the session, so
	// the store left the snapshot out. A store may read it all the same.
	Unread bool
	// Connections are those of the new session, as [Session.Connections].
	Connections []SessionConnection
	// FirstLogin says that this login made the profile.
	FirstLogin bool
	// Joined is the id of the organization that this login joined by its verified domain, or empty.
	Joined string
}

// Accounts is the account chain: made whole or not at all.
type Accounts interface {
	// CompleteLogin makes or finds identity → profile → organization →
	// membership → workspace, accepts the invitation and starts the session, in
	// one transaction. It is idempotent in everything but the session; two
	// first logins of one identity at once make one chain.
	CompleteLogin(ctx context.Context, login Login) (Completed, error)
	// AcceptInvitation accepts for a person already signed in, in one
	// transaction with the membership. The reason is as [Completed.Invitation].
	AcceptInvitation(ctx context.Context, userID string, tokenHash []byte, now time.Time) (Reason, error)
	// AccessSnapshot answers q from one snapshot. ErrNotFound: no such profile.
	AccessSnapshot(ctx context.Context, q AccessQuery) (AccessSnapshot, error)
	// MarkUsed remembers the organization last landed in. It may be late and
	// may be lost by a crash. A place the person is not an active member of
	// changes nothing.
	MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error
}

// Organizations is what the host of a request needs.
type Organizations interface {
	// OrganizationBySlug finds by current slug, then by old ones, which answer
	// with the organization under its current slug. ErrNotFound otherwise.
	OrganizationBySlug(ctx context.Context, slug string) (Organization, error)
}

// Invitations are offers of membership.
type Invitations interface {
	// Invitation finds by [HashToken]. ErrNotFound: the token is unknown.
	Invitation(ctx context.Context, tokenHash []byte) (Invitation, error)
	// InvitationsFor lists the pending ones for the person's own address,
	// soonest expiry first; empty where the profile's provider is not
	// authoritative for the address.
	InvitationsFor(ctx context.Context, userID string, now time.Time) ([]Invitation, error)
}

// Sessions are the server's rows behind the cookies.
type Sessions interface {
	// Session finds by the hash of the cookie's secret, under the claims of
	// userID, which the cookie names too. Ended and expired rows are returned as
	// they are. ErrNotFound: no such session of that person.
	Session(ctx context.Context, userID string, secretHash []byte) (Session, error)
	// TouchSession moves LastSeenAt forward, never back. It may be late and may
	// be lost by a crash. An ended or unknown session changes nothing.
	TouchSession(ctx context.Context, userID, id string, at time.Time) error
	// EndSession ends one session of the person, now and for good. Idempotent.
	EndSession(ctx context.Context, userID, id string, at time.Time) error
	// EndSessions ends all of the person's sessions and returns how many were live.
	// One that has expired is ended too: the clock may be set back.
	EndSessions(ctx context.Context, userID string, at time.Time) (int, error)
	// EndOrganizationSessions is EndSessions for those of the person's sessions that have
	// connections of these organizations alone.
	EndOrganizationSessions(ctx context.Context, userID string, organizationIDs []string, at time.Time) (int, error)
}

// Flows makes a login flow usable once.
type Flows interface {
	// TakeFlow takes the flow: true the first time, false ever after until
	// expires. Atomic: of many at once, one gets true.
	TakeFlow(ctx context.Context, id string, expires time.Time) (bool, error)
}

// Receipts are stored decisions.
type Receipts interface {
	// SaveReceipt stores one decision; it is kept for [ReceiptLifetime]. A store that
	// does not defer it answers ErrInvalid for a malformed receipt, ErrConflict for an
	// id that exists, and ErrNotFound for a person who does not.
	SaveReceipt(ctx context.Context, r Receipt) error
	// SaveReceipts stores several decisions, of one person or many, all or none, with
	// the errors of SaveReceipt.
	// Each has passed [Receipt.Check], which reads the whole of it: once is enough.
	SaveReceipts(ctx context.Context, all []Receipt) error
	// Receipt finds one of the person's own. ErrNotFound: unknown, too old, or
	// another person's.
	Receipt(ctx context.Context, userID, id string) (Receipt, error)
}

// Store is all that the service asks while it serves.
type Store interface {
	Accounts
	Organizations
	Invitations
	Sessions
	Connections
	Domains
	Brands
	Flows
	Receipts
	// Ping answers nil when the database answers and its schema is of this version.
	// ErrBehind: run migrate.
	Ping(ctx context.Context) error
	// Close waits for deferred writes and lets go of the database.
	Close() error
}

// Operator is what the commands read as the owner of the database, past every person's claims, and their import.
// What they change otherwise is in package manage. The service itself never holds one.
type Operator interface {
	// Import brings the file in, all or nothing, idempotent. ErrInvalid and
	// ErrConflict name the entry.
	Import(ctx context.Context, f ImportFile, now time.Time) error
	// Profiles lists every profile of an address, oldest first; empty when no profile has it.
	Profiles(ctx context.Context, email string) ([]Profile, error)
	// SessionsOf lists the person's sessions, newest first, ended ones of the last 30 days included.
	SessionsOf(ctx context.Context, userID string) ([]Session, error)
	// AnyReceipt finds a receipt whoever it belongs to.
	AnyReceipt(ctx context.Context, id string) (Receipt, error)
	// LoginDomain is the verified domain that the address of a login is in, where the login counts for its
	// organization, and whether the person may join by it; the profile is empty for one not made yet. ErrNotFound:
	// there is none.
	LoginDomain(ctx context.Context, i Identity, profileID string) (d Domain, mayJoin bool, err error)
}

// OperatorStore is a [Store] opened as the owner.
type OperatorStore interface {
	Store
	Operator
}
