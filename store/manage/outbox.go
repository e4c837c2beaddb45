package manage

import (
	"context"
	"errors"
	"time"

	"orglogin/store"
)

// MailState is how far the mail of an invitation is.
type MailState string

// The states of a mail.
const (
	MailNone   MailState = "none" // none was asked for
	MailQueued MailState = "queued"
	MailSent   MailState = "sent"
	MailFailed MailState = "failed" // given up
)

// Mail is an invitation that is to be sent.
type Mail struct {
	InvitationID     string
	Email            string
	OrganizationName string // what pages for people outside show: the slug where there is none
	Role             string
	Inviter          string // name of who invited, empty where pages show none
	ExpiresAt        time.Time
	Link             string
	Attempt          int // 1 for the first
}

const (
	// MaxMailAttempts is how often a mail is tried.
	MaxMailAttempts = 5
	// mailLifetime is how long the token of a mail is kept.
	mailLifetime = 24 * time.Hour
	// mailLease is how long one instance has for one attempt.
	mailLease = 2 * time.Minute
)

// queueMail has an invitation sent. The token is sealed, and deleted when the mail is sent or given up.
func (o *operation) queueMail(invitationID, token string) error {
	sealed, err := o.m.Seal("mail "+invitationID, token)
	if err != nil {
		return err
	}
	return o.exec(`
INSERT INTO orglogin.outbox (invitation_id, sealed_token, state, attempts, next_attempt_at, created_at, detail)
VALUES ($1, $2, 'queued', 0, $3, $3, '')`, invitationID, sealed, o.now)
}

// TakeMail takes a mail that is due, for one attempt; no other instance takes it meanwhile. The zero Mail: none is
// due. A Mail without a link was given up: its invitation is not pending any more, or its token cannot be opened.
func (m *Manager) TakeMail(ctx context.Context) (Mail, error) {
	return write(ctx, m, Caller{}, func(o *operation) (mail Mail, err error) {
		if err := o.expireMail(); err != nil {
			return mail, err
		}
		var sealed string
		err = o.row(`
SELECT invitation_id, sealed_token, attempts + 1
FROM orglogin.outbox
WHERE state = 'queued' AND next_attempt_at <= $1
ORDER BY next_attempt_at, invitation_id
LIMIT 1
FOR UPDATE`, []any{o.now}, &mail.InvitationID, &sealed, &mail.Attempt)
		if errors.Is(err, store.ErrNotFound) {
			return Mail{}, nil
		}
		if err != nil {
			return mail, err
		}
		invitation, _, err := o.invitation("", mail.InvitationID)
		if err != nil {
			return mail, err
		}
		token, err := o.m.Open("mail "+mail.InvitationID, sealed)
		if err != nil || invitation.State != store.InvitationPending {
			detail := "the invitation is " + string(invitation.State)
			if err != nil {
				detail = "its token was sealed with a key that was removed from SECRET_KEYS"
			}
			mail = Mail{InvitationID: mail.InvitationID} // nothing to send
			return mail, o.endMail(mail.InvitationID, MailFailed, detail)
		}
		mail.Email, mail.Role, mail.ExpiresAt = invitation.Email, invitation.Role, invitation.ExpiresAt
		mail.Link = m.PublicURL + "/login?invitation=" + token
		if mail.OrganizationName, mail.Inviter, err = o.publicNames(invitation); err != nil {
			return mail, err
		}
		return mail, o.exec(`UPDATE orglogin.outbox SET attempts = attempts + 1, next_attempt_at = $2 WHERE invitation_id = $1`,
			mail.InvitationID, o.now.Add(mailLease))
	})
}

// expireMail gives up what was not sent in time.
func (o *operation) expireMail() error {
	return o.exec(`
UPDATE orglogin.outbox
SET state = 'failed', sealed_token = '', detail = 'not sent within 24 hours'
WHERE state = 'queued' AND created_at < $1`, o.now.Add(-mailLifetime))
}

// publicNames are the names of the organization of an invitation and of who invited, as people outside see them. Where
// the name of the organization is not shown, because its first member chose it, neither is a member's.
func (o *operation) publicNames(i Invitation) (organization, inviter string, err error) {
	err = o.row(`SELECT o.name FROM orglogin.invitations AS i `+o.JoinOrganization("i.organization_id")+` WHERE i.id = $1`, []any{i.ID}, &organization)
	if err != nil || organization == "" {
		return i.Organization, "", err
	}
	if i.InvitedBy != nil {
		if _, inviter, err = o.inviter(*i.InvitedBy); errors.Is(err, store.ErrNotFound) {
			err = nil
		}
	}
	return organization, inviter, err
}

// FinishMail records how an attempt ended. Sent: the token is deleted. Otherwise detail says why, and the mail is
// tried again after a pause that doubles, unless it was the last attempt or permanent says that no other would end differently.
func (m *Manager) FinishMail(ctx context.Context, mail Mail, sent, permanent bool, detail string) error {
	_, err := write(ctx, m, Caller{}, func(o *operation) (struct{}, error) {
		switch {
		case sent:
			return struct{}{}, o.endMail(mail.InvitationID, MailSent, "")
		case permanent || mail.Attempt >= MaxMailAttempts:
			return struct{}{}, o.endMail(mail.InvitationID, MailFailed, detail)
		}
		pause := time.Minute << (mail.Attempt - 1)
		return struct{}{}, o.exec(`UPDATE orglogin.outbox SET next_attempt_at = $2, detail = $3 WHERE invitation_id = $1 AND state = 'queued'`,
			mail.InvitationID, o.now.Add(pause), detail)
	})
	return err
}

func (o *operation) endMail(invitationID string, state MailState, detail string) error {
	return o.exec(`UPDATE orglogin.outbox SET state = $2, sealed_token = '', detail = $3 WHERE invitation_id = $1 AND state = 'queued'`,
		invitationID, string(state), detail)
}

// Sweep deletes what must not be kept longer: the tokens of mails that were not sent in time, and the answers to requests
// with an Idempotency-Key.
func (m *Manager) Sweep(ctx context.Context) error {
	_, err := write(ctx, m, Caller{}, func(o *operation) (struct{}, error) {
		if err := o.expireMail(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, o.exec(`DELETE FROM orglogin.idempotent_requests WHERE created_at < $1`, o.now.Add(-OnceLifetime))
	})
	return err
}
