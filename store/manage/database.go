package manage

import (
	"context"
	"time"

	"orglogin/store"
)

// Database is what a [Manager] works on: PostgreSQL as its owner or as the role of the API, or SQLite.
type Database interface {
	// Read runs do on one snapshot.
	Read(ctx context.Context, do func(tx Tx) error) error
	// Write runs do in one transaction, which is committed where do returns nil. It runs do again after
	// PostgreSQL has ended the transaction in favour of another.
	Write(ctx context.Context, do func(tx Tx) error) error
}

// Tx is one transaction of portable SQL: parameters are $1, $2 and so on, a table is orglogin.NAME, a query may
// end with FOR UPDATE, and everything else is what PostgreSQL and SQLite have in common. Arguments are strings,
// booleans, integers, bytes, lists of strings and times, of which the zero one is NULL. Results are scanned into the
// same types; NULL is the zero time, and no other column may be NULL.
//
// What an operator may keep in tables of their own is read and written by the other methods.
type Tx interface {
	// Exec runs a statement and returns how many rows it changed. The error is [store.ErrConflict] for a row that
	// exists already, and [store.ErrInvalid] for a value that the table refuses.
	Exec(query string, args ...any) (int64, error)
	// Query calls each for every row.
	Query(query string, args []any, each func(scan func(into ...any) error) error) error

	// Lock makes the transaction wait for the end of every other one that has locked the same name.
	Lock(name string) error

	// JoinOrganization is the part of FROM that joins the organization of a column as o, with o.name, o.slug and
	// o.subdomain_status.
	JoinOrganization(column string) string
	// JoinProfile is the part of FROM that joins the profile of a column as p, with p.email and p.name.
	JoinProfile(column string) string
	// OrganizationID finds an organization by its slug, also an old one. [store.ErrNotFound] otherwise.
	OrganizationID(slug string) (string, error)
	// OwnTables are the names of the operator's own tables: of profiles, memberships and organizations, each
	// empty where it is orglogin's.
	OwnTables() (OwnTables, error)
	// MemberRoles are the roles of the active members of an organization who have an address.
	MemberRoles(email, organizationID string) ([]string, error)
	// ActivateMembership makes a person an active member. An active one keeps the higher of the two roles.
	ActivateMembership(profileID, organizationID, role string, now time.Time) error
	// RecordDomainCheck is [store.Domains.RecordDomainCheck], of pending claims too.
	RecordDomainCheck(organizationID, domain string, verdict store.DomainVerdict, detail string, now time.Time) error
}

// OwnTables name the tables of an operator that replace those of orglogin.
type OwnTables struct{ Profiles, Memberships, Organizations string }

// queryRow scans the one row of a query. [store.ErrNotFound]: there is none.
func queryRow(tx Tx, query string, args []any, into ...any) error {
	found := false
	err := tx.Query(query, args, func(scan func(...any) error) error {
		found = true
		return scan(into...)
	})
	if err == nil && !found {
		return store.ErrNotFound
	}
	return err
}
