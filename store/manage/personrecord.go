package manage

import (
	"context"
	"encoding/json"
	"time"
)

// PersonRecord is everything that is stored about a person.
type PersonRecord struct {
	Person
	Identities  []PersonIdentity   `json:"identities"`
	Memberships []PersonMembership `json:"memberships"`
	Invitations []Invitation       `json:"invitations"` // to the address, or accepted by the person
	Requests    []JoinRequest      `json:"requests"`
	Sessions    []Session          `json:"sessions"`
	Receipts    []PersonReceipt    `json:"receipts"`
}

// PersonIdentity is an account at a provider that the profile is bound to.
type PersonIdentity struct {
	Connection    string    `json:"connection"`
	Issuer        string    `json:"issuer"`
	Subject       string    `json:"subject"`
	Email         string    `json:"email"` // what an organization's own provider said last
	EmailVerified bool      `json:"email_verified"`
	Name          string    `json:"name"`
	Picture       string    `json:"picture"`
	CreatedAt     time.Time `json:"created_at"`
}

// PersonMembership is one place of a person.
type PersonMembership struct {
	OrganizationID string    `json:"organization_id"`
	Organization   string    `json:"organization"` // its slug
	Role           string    `json:"role"`
	Active         bool      `json:"active"`
	CreatedAt      time.Time `json:"created_at"`
}

// PersonReceipt is one stored decision.
type PersonReceipt struct {
	ID       string          `json:"id"`
	At       time.Time       `json:"at"`
	Decision json.RawMessage `json:"decision"`
}

// Person reads everything that is stored about a person.
func (m *Manager) Person(ctx context.Context, by Caller, id string) (PersonRecord, error) {
	return read(ctx, m, by, func(o *operation) (r PersonRecord, err error) {
		if r.Person, err = o.person(id); err != nil {
			return r, err
		}
		r.Identities, r.Memberships, r.Invitations = []PersonIdentity{}, []PersonMembership{}, []Invitation{}
		r.Requests, r.Sessions, r.Receipts = []JoinRequest{}, []Session{}, []PersonReceipt{}
		for _, part := range o.personParts(&r) {
			if err := o.Query(part.query, part.args, part.each); err != nil {
				return r, err
			}
		}
		return r, o.addConnections(id, r.Sessions)
	})
}

// personPart is a statement and what reads its rows into a record.
type personPart struct {
	query string
	args  []any
	each  func(scan func(...any) error) error
}

func (o *operation) personParts(r *PersonRecord) []personPart {
	id := r.ID
	return []personPart{
		{`
SELECT connection, issuer, subject, email, email_verified, name, picture, created_at
FROM orglogin.identities
WHERE profile_id = $1
ORDER BY created_at, connection`, []any{id}, func(scan func(...any) error) error {
			var n PersonIdentity
			err := scan(&n.Connection, &n.Issuer, &n.Subject, &n.Email, &n.EmailVerified, &n.Name, &n.Picture, &n.CreatedAt)
			r.Identities = append(r.Identities, n)
			return err
		}},
		{`
SELECT m.organization_id, o.slug, m.role, m.active, m.created_at
FROM orglogin.memberships AS m ` + o.JoinOrganization("m.organization_id") + `
WHERE m.profile_id = $1
ORDER BY m.created_at, m.organization_id`, []any{id}, func(scan func(...any) error) error {
			var n PersonMembership
			err := scan(&n.OrganizationID, &n.Organization, &n.Role, &n.Active, &n.CreatedAt)
			r.Memberships = append(r.Memberships, n)
			return err
		}},
		{selectInvitation + o.JoinOrganization("i.organization_id") + `
WHERE i.email = $2 OR i.accepted_by = $1
ORDER BY i.created_at, i.id`, []any{id, r.Email}, func(scan func(...any) error) error {
			n, err := o.scanInvitation(scan)
			r.Invitations = append(r.Invitations, n)
			return err
		}},
		{o.selectRequests() + `WHERE r.profile_id = $1 ORDER BY r.created_at, r.id`, []any{id}, func(scan func(...any) error) error {
			n, err := scanRequest(scan)
			r.Requests = append(r.Requests, n)
			return err
		}},
		{selectSession + ` WHERE s.profile_id = $1 ORDER BY s.created_at DESC, s.id DESC`, []any{id}, func(scan func(...any) error) error {
			n, err := scanSession(scan)
			r.Sessions = append(r.Sessions, n)
			return err
		}},
		{`SELECT id, at, CAST(decision AS text) FROM orglogin.receipts WHERE profile_id = $1 ORDER BY at, id`, []any{id}, func(scan func(...any) error) error {
			var n PersonReceipt
			var decision string
			err := scan(&n.ID, &n.At, &decision)
			n.Decision = json.RawMessage(decision)
			r.Receipts = append(r.Receipts, n)
			return err
		}},
	}
}
