package manage

import (
	"context"
	"encoding/json"
	"time"

	"orglogin/store"
)

// AuditEntry is one change that an operation has made.
type AuditEntry struct {
	ID             string          `json:"id"`
	At             time.Time       `json:"at"`
	By             string          `json:"by"`     // [Command], or "token" and its id
	Action         string          `json:"action"` // such as organization.update
	OrganizationID *string         `json:"organization_id"`
	Target         string          `json:"target"` // id of what was changed
	Before         json.RawMessage `json:"before"` // null where it was made
	After          json.RawMessage `json:"after"`  // null where it was deleted
}

// audited is what an entry says. Email and ProfileID are whom it is about, so that it can be emptied when
// the person is deleted.
type audited struct {
	action         string
	organizationID string
	target         string
	profileID      string
	email          string
	before, after  any // nil where there was or is nothing; never with a secret
}

// audit writes an entry, in the transaction of the operation.
func (o *operation) audit(a audited) error {
	text := func(thing any) string {
		if thing == nil {
			return "null"
		}
		b, _ := json.Marshal(thing) // types of this package alone: it cannot fail
		return string(b)
	}
	return o.exec(`
INSERT INTO orglogin.audit (id, at, by_whom, action, organization_id, target, profile_id, email, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		store.NewID(), o.now, o.by.Name, a.action, a.organizationID, a.target, a.profileID, a.email, text(a.before), text(a.after))
}

// forgetPerson empties what the audit log says of a person: it keeps the ids alone.
func (o *operation) forgetPerson(profileID, email string, shared bool) error {
	err := o.exec(`UPDATE orglogin.audit SET before = 'null', after = 'null', email = '' WHERE profile_id = $1`, profileID)
	if err != nil || shared {
		return err
	}
	return o.exec(`UPDATE orglogin.audit SET before = 'null', after = 'null', email = '' WHERE email = $1 AND profile_id = ''`, email)
}

const selectAudit = `SELECT id, at, by_whom, action, organization_id, target, before, after FROM orglogin.audit`

func scanAudit(scan func(...any) error) (e AuditEntry, err error) {
	var organizationID, was, is string
	err = scan(&e.ID, &e.At, &e.By, &e.Action, &organizationID, &e.Target, &was, &is)
	e.Before, e.After = json.RawMessage(was), json.RawMessage(is)
	if organizationID != "" {
		e.OrganizationID = &organizationID
	}
	return e, err
}

// Audit lists what was changed in an organization, by its id or slug, or in all where it is empty: the newest first.
func (m *Manager) Audit(ctx context.Context, by Caller, organization string, l List) (Page[AuditEntry], error) {
	return read(ctx, m, by, func(o *operation) (Page[AuditEntry], error) {
		p, err := l.check(new(time.Time), new(rowID))
		if err != nil {
			return Page[AuditEntry]{}, err
		}
		q := listing[AuditEntry]{
			from: selectAudit, key: "at, id", newestFirst: true,
			scan: scanAudit, keyOf: func(e AuditEntry) []any { return []any{e.At, e.ID} },
		}
		if organization != "" || by.Bound() {
			organizationID, err := o.auditedOrganization(organization)
			if err != nil {
				return Page[AuditEntry]{}, err
			}
			q.where, q.args = "organization_id = $1", []any{organizationID}
		}
		return list(o, p, q)
	})
}

// auditedOrganization is the id of an organization, which may be deleted by now.
func (o *operation) auditedOrganization(ref string) (string, error) {
	switch {
	case ref == "":
		return o.by.OrganizationID, nil
	case store.ValidID(ref) && (!o.by.Bound() || ref == o.by.OrganizationID):
		return ref, nil
	}
	return o.organizationID(ref)
}
