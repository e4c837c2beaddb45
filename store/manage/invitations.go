package manage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"orglogin/store"
)

// Invitation is an offer of a membership.
type Invitation struct {
	ID           string                `json:"id"`
	Organization string                `json:"organization"` // its slug
	Email        string                `json:"email"`
	Role         string                `json:"role"`
	State        store.InvitationState `json:"state"`
	ExpiresAt    time.Time             `json:"expires_at"`
	CreatedAt    time.Time             `json:"created_at"`
	InvitedBy    *string               `json:"invited_by"`  // id of the profile
	AcceptedBy   *string               `json:"accepted_by"` // id of the profile
	Mail         MailState             `json:"mail"`
}

// SentInvitation is an invitation with its link, which is in no other answer.
type SentInvitation struct {
	Invitation
	Link string `json:"link"`
	// Members are the roles of those who have the address and are active members already, where the invitation
	// would not raise it: accepting changes nothing for them.
	Members []string `json:"members"`
}

// NewInvitation is an invitation to be made.
type NewInvitation struct {
	Email     string    `json:"email"`
	Role      string    `json:"role"`       // member where it is empty
	ExpiresAt time.Time `json:"expires_at"` // in [InvitationLifetime] where it is zero
	InvitedBy string    `json:"invited_by"` // id of a member, whose name the invitation shows; may be empty
	Send      bool      `json:"send"`       // by mail
}

const (
	// InvitationLifetime is how long an invitation is good where nothing else is said.
	InvitationLifetime = 7 * 24 * time.Hour
	// maxInvitationLifetime is far longer than any invitation is meant to be good.
	maxInvitationLifetime = 366 * 24 * time.Hour
	// An invitation may be made again this often, and so many times.
	resendEvery = time.Minute
	maxResent   = 10
)

// ErrLimited says that an operation was asked for too often.
var ErrLimited = errors.New("asked for too often")

const selectInvitation = `
SELECT i.id, o.slug, i.email, i.role, i.expires_at, i.created_at, coalesce(CAST(i.invited_by AS text), ''), coalesce(CAST(i.accepted_by AS text), ''), coalesce(i.accepted_at, i.created_at), i.revoked,
	coalesce((SELECT b.state FROM orglogin.outbox AS b WHERE b.invitation_id = i.id), '')
FROM orglogin.invitations AS i
`

func (o *operation) scanInvitation(scan func(...any) error) (n Invitation, err error) {
	var word store.Invitation
	var invitedBy string
	err = scan(&n.ID, &n.Organization, &n.Email, &n.Role, &n.ExpiresAt, &n.CreatedAt, &invitedBy, &word.AcceptedBy, &word.AcceptedAt, &word.Revoked, &n.Mail)
	word.ExpiresAt = n.ExpiresAt
	n.State = word.State(o.now)
	if invitedBy != "" {
		n.InvitedBy = &invitedBy
	}
	if word.AcceptedBy != "" {
		n.AcceptedBy = &word.AcceptedBy
	}
	if n.Mail == "" {
		n.Mail = MailNone
	}
	return n, err
}

// Invitations lists those of an organization, in any state, the oldest first.
func (m *Manager) Invitations(ctx context.Context, by Caller, organization string, l List) (Page[Invitation], error) {
	return read(ctx, m, by, func(o *operation) (Page[Invitation], error) {
		p, err := l.check(new(time.Time), new(rowID))
		if err != nil {
			return Page[Invitation]{}, err
		}
		organizationID, err := o.existingOrganization(organization)
		if err != nil {
			return Page[Invitation]{}, err
		}
		return list(o, p, listing[Invitation]{
			from: selectInvitation + o.JoinOrganization("i.organization_id"), where: "i.organization_id = $1", args: []any{organizationID},
			key: "i.created_at, i.id", scan: o.scanInvitation, keyOf: func(n Invitation) []any { return []any{n.CreatedAt, n.ID} },
		})
	})
}

// Invitation finds one by its id. Organization is empty for a command, which knows the id alone.
func (m *Manager) Invitation(ctx context.Context, by Caller, organization, id string) (Invitation, error) {
	return read(ctx, m, by, func(o *operation) (Invitation, error) {
		n, _, err := o.invitation(organization, id)
		return n, err
	})
}

// invitation returns the id of its organization too.
func (o *operation) invitation(organization, id string) (n Invitation, organizationID string, err error) {
	if organization != "" {
		if organizationID, err = o.organizationID(organization); err != nil {
			return n, "", err
		}
	}
	if !store.ValidID(id) {
		return n, "", notFound("invitation", id)
	}
	var of string
	err = o.row(`SELECT organization_id FROM orglogin.invitations WHERE id = $1`, []any{id}, &of)
	if err == nil && (organizationID != "" && of != organizationID || o.by.Bound() && of != o.by.OrganizationID) {
		err = store.ErrNotFound
	}
	if err != nil {
		return n, "", nameMissing(err, "invitation", id)
	}
	found := false
	err = o.Query(selectInvitation+o.JoinOrganization("i.organization_id")+` WHERE i.id = $1`, []any{id}, func(scan func(...any) error) (err error) {
		found = true
		n, err = o.scanInvitation(scan)
		return err
	})
	if err == nil && !found {
		err = notFound("invitation", id)
	}
	return n, of, err
}

// CreateInvitation makes an invitation.
func (m *Manager) CreateInvitation(ctx context.Context, by Caller, organization string, n NewInvitation) (SentInvitation, error) {
	return write(ctx, m, by, func(o *operation) (made SentInvitation, err error) {
		if n.Role == "" {
			n.Role = "member"
		}
		if n.ExpiresAt.IsZero() {
			n.ExpiresAt = o.now.Add(InvitationLifetime)
		}
		n.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
		var bad fields
		email := checkEmail(&bad, n.Email)
		checkRole(&bad, n.Role)
		checkExpires(&bad, n.ExpiresAt, o.now)
		if n.Send && !m.SendMail {
			bad.add("send", "is true, and this service sends no mail: set SMTP_URL and MAIL_FROM")
		}
		if err := bad.err(); err != nil {
			return made, err
		}
		organizationID, err := o.existingOrganization(organization)
		if err != nil {
			return made, err
		}
		invitedBy, err := o.checkInviter(n.InvitedBy, organizationID)
		if err != nil {
			return made, err
		}
		id, token := store.NewID(), store.NewInvitationToken()
		err = o.exec(`
INSERT INTO orglogin.invitations (id, organization_id, email, role, token_hash, expires_at, created_at, revoked, invited_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, $8)`, id, organizationID, email, n.Role, store.HashToken(token), n.ExpiresAt, o.now, invitedBy)
		if err != nil {
			return made, err
		}
		if n.Send {
			if err := o.queueMail(id, token); err != nil {
				return made, err
			}
		}
		return o.sentInvitation("invitation.create", organizationID, id, token, nil)
	})
}

// checkInviter returns the id as the value of its column. Only an active member invites: the name of another person
// would be on an invitation to an organization that is not theirs.
func (o *operation) checkInviter(id, organizationID string) (any, error) {
	if id == "" {
		return nil, nil
	}
	refused := Invalid(Field{"invited_by", "is not the id of an active member of the organization"})
	if !store.ValidID(id) {
		return nil, refused
	}
	email, _, err := o.inviter(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	roles, err := o.MemberRoles(email, organizationID)
	if err == nil && len(roles) == 0 {
		err = refused
	}
	return id, err
}

// inviter is the person with the id, who was not turned off.
func (o *operation) inviter(id string) (email, name string, err error) {
	err = o.row(`SELECT p.email, p.name FROM (SELECT 1 AS one) AS x `+o.JoinProfile("$1")+` WHERE NOT p.disabled`, []any{id}, &email, &name)
	return email, name, err
}

// ResendInvitation gives a pending or expired invitation a new link, which is good for [InvitationLifetime], or
// until the time that it had if that is later. The old link is revoked.
func (m *Manager) ResendInvitation(ctx context.Context, by Caller, organization, id string, send bool) (SentInvitation, error) {
	return write(ctx, m, by, func(o *operation) (made SentInvitation, err error) {
		was, organizationID, err := o.lockInvitation(organization, id)
		if err != nil {
			return made, err
		}
		switch was.State {
		case store.InvitationAccepted, store.InvitationRevoked:
			return made, conflict(ReasonConflict, "the invitation is %s: make a new one", was.State)
		}
		if send && !m.SendMail {
			return made, Invalid(Field{"send", "is true, and this service sends no mail: set SMTP_URL and MAIL_FROM"})
		}
		if err := o.limitResending(id); err != nil {
			return made, err
		}
		token, expires := store.NewInvitationToken(), o.now.Add(InvitationLifetime)
		if was.ExpiresAt.After(expires) {
			expires = was.ExpiresAt
		}
		if err := o.replaceLink(id, token, expires); err != nil {
			return made, err
		}
		if err := o.exec(`DELETE FROM orglogin.outbox WHERE invitation_id = $1`, id); err != nil {
			return made, err
		}
		if send {
			if err := o.queueMail(id, token); err != nil {
				return made, err
			}
		}
		return o.sentInvitation("invitation.resend", organizationID, id, token, &was)
	})
}

func (o *operation) limitResending(id string) error {
	var at time.Time
	var count int
	if err := o.row(`SELECT resent_at, resent FROM orglogin.invitations WHERE id = $1`, []any{id}, &at, &count); err != nil {
		return err
	}
	if count >= maxResent {
		return &Error{Kind: ErrLimited, Reason: string(store.RateLimited), Detail: fmt.Sprintf("the invitation was sent again %d times, which is the most: make a new one", count)}
	}
	if !at.IsZero() && o.now.Sub(at) < resendEvery {
		return &Error{Kind: ErrLimited, Reason: string(store.RateLimited), Detail: fmt.Sprintf("the invitation was sent again %s ago: wait %s", o.now.Sub(at).Round(time.Second), resendEvery)}
	}
	return nil
}

// replaceLink gives the invitation another token. The old one becomes that of a revoked invitation, so that its
// page says so.
func (o *operation) replaceLink(id, token string, expires time.Time) error {
	var old []byte
	if err := o.row(`SELECT token_hash FROM orglogin.invitations WHERE id = $1`, []any{id}, &old); err != nil {
		return err
	}
	err := o.exec(`
UPDATE orglogin.invitations
SET token_hash = $2, expires_at = $3, resent_at = $4, resent = resent + 1
WHERE id = $1`, id, store.HashToken(token), expires, o.now)
	if err != nil {
		return err
	}
	return o.exec(`
INSERT INTO orglogin.invitations (id, organization_id, email, role, token_hash, expires_at, created_at, revoked)
SELECT $2, organization_id, email, role, $3, expires_at, created_at, TRUE
FROM orglogin.invitations
WHERE id = $1`, id, store.NewID(), old)
}

// RevokeInvitation ends a pending invitation. One that is revoked already changes nothing.
func (m *Manager) RevokeInvitation(ctx context.Context, by Caller, organization, id string) (Changed[Invitation], error) {
	return write(ctx, m, by, func(o *operation) (done Changed[Invitation], err error) {
		var organizationID string
		if done.Before, organizationID, err = o.lockInvitation(organization, id); err != nil {
			return done, err
		}
		if err := o.checkIfMatch(done.Before); err != nil {
			return done, err
		}
		done.After = done.Before
		switch done.Before.State {
		case store.InvitationAccepted:
			return done, conflict(ReasonConflict, "the invitation was accepted: remove the member instead")
		case store.InvitationRevoked:
			return done, nil
		}
		if err := o.exec(`UPDATE orglogin.invitations SET revoked = TRUE WHERE id = $1`, id); err != nil {
			return done, err
		}
		if err := o.exec(`DELETE FROM orglogin.outbox WHERE invitation_id = $1`, id); err != nil {
			return done, err
		}
		if done.After, _, err = o.invitation("", id); err != nil {
			return done, err
		}
		return done, o.audit(audited{
			action: "invitation.revoke", organizationID: organizationID, target: id, email: done.Before.Email, before: done.Before, after: done.After,
		})
	})
}

// lockInvitation is invitation, for an operation that a login which accepts it must wait for.
func (o *operation) lockInvitation(organization, id string) (n Invitation, organizationID string, err error) {
	if n, _, err = o.invitation(organization, id); err != nil {
		return n, "", err
	}
	if err := o.row(`SELECT id FROM orglogin.invitations WHERE id = $1 FOR UPDATE`, []any{id}, &n.ID); err != nil {
		return n, "", nameMissing(err, "invitation", id)
	}
	return o.invitation(organization, id)
}

// sentInvitation is the answer to an operation that made a link, and writes its audit entry.
func (o *operation) sentInvitation(action, organizationID, id, token string, was *Invitation) (made SentInvitation, err error) {
	if made.Invitation, _, err = o.invitation("", id); err != nil {
		return made, err
	}
	made.Link = o.m.PublicURL + "/login?invitation=" + token
	roles, err := o.MemberRoles(made.Email, organizationID)
	if err != nil {
		return made, err
	}
	made.Members = []string{}
	for _, role := range roles {
		if !store.Outranks(made.Role, role) {
			made.Members = append(made.Members, role)
		}
	}
	entry := audited{action: action, organizationID: organizationID, target: id, email: made.Email, after: made.Invitation}
	if was != nil {
		entry.before = *was
	}
	return made, o.audit(entry)
}

func checkExpires(bad *fields, expires, now time.Time) {
	switch {
	case !expires.After(now):
		bad.add("expires_at", "is over already")
	case expires.After(now.Add(maxInvitationLifetime)):
		bad.add("expires_at", "is more than a year away")
	}
}
