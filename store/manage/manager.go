package manage

import (
	"context"
	"fmt"
	"time"

	"orglogin/store"
)

// Manager does the operations. A field that an operation does not need may be empty.
type Manager struct {
	Database Database
	Now      func() time.Time
	Reserved []string // labels that are no organization's, beside those of [store.ValidSlug]
	// PublicURL is the origin of the login host, with which links begin.
	PublicURL string

	// Seal and Open keep what must be read again and is secret: the name says what it is for. Seal returns an error
	// where there is no key. Open returns one for what was sealed for another name, or with a key that is gone.
	Seal func(name, value string) (string, error)
	Open func(name, sealed string) (string, error)
	// SealSecret seals the client secret of a connection for the service, which opens it at a login. The error is as
	// that of Seal.
	SealSecret func(connectionID, secret string) (string, error)
	// CheckProvider returns the values for which an organization may not have a connection.
	CheckProvider func(store.Connection) []Field
	// DomainName returns a domain as it is stored, or the rest of a sentence why it cannot be claimed, as an error.
	DomainName func(text string) (string, error)
	// CheckDomain asks for the record of a claim.
	CheckDomain func(ctx context.Context, domain, token string) (store.DomainVerdict, string)
	// MailProvider reports whether anybody can have an address in a domain.
	MailProvider func(domain string) bool
	// SendMail says that invitations can be sent.
	SendMail bool

	// Publish notifies the running instances of what a committed operation has changed. It may be nil.
	Publish func(ctx context.Context, changes []Change)
}

// Change is one thing that an operation has changed and that instances may have cached. The fields are those
// of cache.Change.
type Change struct {
	Kind   string
	ID     string
	UserID string
	Slugs  []string
}

// Caller is who asks for an operation.
type Caller struct {
	Name string // in the audit log: [Command], or "token" and the id of the token
	// TokenID is the id of the API's token; empty for a command.
	TokenID string
	// OrganizationID is the organization that the token is bound to: the caller sees no other.
	OrganizationID string
	// IfMatch is the [ETag] that the thing to be changed must have. Empty: any.
	IfMatch string
	// Once makes repetitions of one request do nothing and get the first answer. It may be nil.
	Once *Once
}

// Command is the name of a caller at a command line.
const Command = "command"

// Bound reports whether the caller sees one organization alone.
func (c Caller) Bound() bool { return c.OrganizationID != "" }

// operation is one operation in its transaction.
type operation struct {
	Tx
	m       *Manager
	by      Caller
	now     time.Time
	changes []Change
}

// write runs an operation in one transaction with its entries of the audit log, and publishes what it changed.
func write[T any](ctx context.Context, m *Manager, by Caller, do func(o *operation) (T, error)) (T, error) {
	var answer, none T
	var changes []Change
	err := m.Database.Write(ctx, func(tx Tx) error {
		o := &operation{Tx: tx, m: m, by: by, now: m.Now().UTC().Truncate(time.Microsecond)}
		var err error
		answer, err = once(o, do)
		changes = o.changes
		return err
	})
	if err != nil {
		return none, err
	}
	if m.Publish != nil && len(changes) > 0 {
		m.Publish(ctx, changes)
	}
	return answer, nil
}

// read runs what changes nothing.
func read[T any](ctx context.Context, m *Manager, by Caller, do func(o *operation) (T, error)) (T, error) {
	var answer, none T
	err := m.Database.Read(ctx, func(tx Tx) error {
		var err error
		answer, err = do(&operation{Tx: tx, m: m, by: by, now: m.Now().UTC().Truncate(time.Microsecond)})
		return err
	})
	if err != nil {
		return none, err
	}
	return answer, nil
}

// forbidBound refuses a caller of this organization alone. Another one is not found.
func (o *operation) forbidBound(ref, why string) error {
	if !o.by.Bound() {
		return nil
	}
	if _, err := o.existingOrganization(ref); err != nil {
		return err
	}
	return forbidden("%s", why)
}

// row scans the one row of a query. [store.ErrNotFound]: there is none.
func (o *operation) row(query string, args []any, into ...any) error {
	return queryRow(o.Tx, query, args, into...)
}

// exec runs a statement whose count of rows does not matter.
func (o *operation) exec(query string, args ...any) error {
	_, err := o.Exec(query, args...)
	return err
}

func (o *operation) changed(c Change) { o.changes = append(o.changes, c) }

// organizationID is that of an organization by its id or a slug. It is not found where the caller is bound to
// another one, in the same words.
func (o *operation) organizationID(ref string) (string, error) {
	id := ref
	if !store.ValidID(ref) {
		if !store.ValidSlug(ref) {
			return "", notFound("organization", ref)
		}
		var err error
		if id, err = o.OrganizationID(ref); err != nil {
			return "", nameMissing(err, "organization", ref)
		}
	}
	if o.by.Bound() && id != o.by.OrganizationID {
		return "", notFound("organization", ref)
	}
	return id, nil
}

// refuseOwnTables returns an error that names the table, where the rows are in one of the operator's own.
func (o *operation) refuseOwnTables(table func(OwnTables) string) error {
	own, err := o.OwnTables()
	if err != nil {
		return err
	}
	if name := table(own); name != "" {
		return conflict(ReasonOwnTables, "the rows are in your own table %s, which orglogin reads and never changes: change them there", name)
	}
	return nil
}

func ofOrganizations(t OwnTables) string { return t.Organizations }
func ofProfiles(t OwnTables) string      { return t.Profiles }
func ofMemberships(t OwnTables) string   { return t.Memberships }

// checkIfMatch returns [ErrPrecondition] where the caller saw another version of a thing.
func (o *operation) checkIfMatch(thing any) error {
	if o.by.IfMatch == "" || o.by.IfMatch == "*" || o.by.IfMatch == ETag(thing) {
		return nil
	}
	return &Error{Kind: ErrPrecondition, Reason: ReasonPrecondition, Detail: fmt.Sprintf("it has changed since the version %s: read it again", shorten(o.by.IfMatch))}
}
