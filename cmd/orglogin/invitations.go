package main

import (
	"fmt"

	"orglogin/cmd/internal/config"
	"orglogin/store/manage"
)

type invitationsList struct {
	ofOrganization
	plainSettings
}

// Run prints all.
func (l *invitationsList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.Invitation]{l.Organization + " has no invitations", []string{"ID", "EMAIL", "ROLE", "STATE", "EXPIRES AT", "MAIL"}, func(n manage.Invitation) []string {
			return []string{n.ID, n.Email, n.Role, string(n.State), stamp(n.ExpiresAt), string(n.Mail)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Invitation], error) {
			return m.Invitations(env.ctx, commandCaller, l.Organization, page)
		})
	})
}

// linkSettings are what a command reads that makes the link of an invitation.
type linkSettings struct {
	Send bool `help:"Send the invitation by mail too: serve does, within seconds."`
	plainSettings
	config.Public `group:"configuration"`
	Mail          config.Mail `embed:"" group:"configuration"`
	sendKeys      `group:"configuration"`
}

// sendKeys are required to send.
type sendKeys struct {
	SecretKeys [][]byte `name:"secret-keys" variable:"SECRET_KEYS" type:"secret-keys" missing:"Make keys with orglogin keys new --dir DIR and write DIR/secret-keys in ORGLOGIN_SECRET_KEYS_FILE." placeholder:"KEYS" help:"Those of serve, with --send: the link is sealed until it is sent."`
}

func (s *linkSettings) run(env *environment, do func(m *manage.Manager) (manage.SentInvitation, error), show func(made manage.SentInvitation)) error {
	env.check.Use(&s.Public, &s.Mail)
	w := wiring{database: s.Database}
	w.manager.Site.Public, w.manager.SendMail = s.PublicURL, s.Mail.Server != nil
	if s.Send {
		env.check.Use(&s.sendKeys)
		w.manager.Keys = s.SecretKeys
	}
	return env.manage(w, func(m *manage.Manager) error {
		made, err := do(m)
		if err != nil {
			return err
		}
		for _, role := range made.Members {
			fmt.Fprintf(env.stderr, "%s is already a member of %s with the role %s: accepting this invitation changes nothing\n", made.Email, made.Organization, role)
		}
		if s.JSON {
			return printThing(env, true, made, "")
		}
		show(made)
		return nil
	})
}

// offer is an invitation to be made.
type offer struct {
	ofOrganization
	Email   string `required:"" placeholder:"ADDRESS" help:"The one address that may accept."`
	Role    string `default:"member" help:"Role of the membership: owner, admin, member, or a word of yours."`
	By      string `name:"invited-by" placeholder:"PROFILE-ID" help:"The member who invites, by the id that members list --json prints: the pages and the mail of the invitation show the name."`
	Expires string `default:"168h" help:"How long it can be accepted, such as 168h or 30d, or until when, such as 2030-01-31T12:00:00Z."`
	linkSettings
}

func (o *offer) make(env *environment, show func(made manage.SentInvitation)) error {
	expires, err := parseExpires(o.Expires)
	if err != nil {
		return err
	}
	return o.run(env, func(m *manage.Manager) (manage.SentInvitation, error) {
		return m.CreateInvitation(env.ctx, commandCaller, o.Organization, manage.NewInvitation{Email: o.Email, Role: o.Role, ExpiresAt: expires, InvitedBy: o.By, Send: o.Send})
	}, show)
}

type inviteCommand struct{ offer }

// Run prints the link, alone on its line.
func (i *inviteCommand) Run(env *environment) error {
	return i.make(env, func(made manage.SentInvitation) { fmt.Fprintln(env.stdout, made.Link) })
}

type invitationsCreate struct{ offer }

// Run says whom it invited, and prints the link on a line of its own.
func (c *invitationsCreate) Run(env *environment) error {
	return c.make(env, func(made manage.SentInvitation) { printInvited(env, "made", made) })
}

// printInvited ends with the link.
func printInvited(env *environment, done string, made manage.SentInvitation) {
	fmt.Fprintf(env.stdout, "%s invitation %s of %s to %s as %s, until %s", done, made.ID, made.Email, made.Organization, made.Role, stamp(made.ExpiresAt))
	if made.Mail == manage.MailQueued {
		fmt.Fprint(env.stdout, "; a mail will be sent")
	}
	fmt.Fprintf(env.stdout, "\n%s\n", made.Link)
}

// invitationArgument is an invitation by its id.
type invitationArgument struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the invitation, as list prints it."`
}

type invitationsResend struct {
	invitationArgument
	linkSettings
}

// Run prints the new link on a line of its own.
func (r *invitationsResend) Run(env *environment) error {
	return r.run(env, func(m *manage.Manager) (manage.SentInvitation, error) {
		return m.ResendInvitation(env.ctx, commandCaller, "", r.ID, r.Send)
	}, func(made manage.SentInvitation) { printInvited(env, "made a new link for", made) })
}

type invitationsRevoke struct {
	invitationArgument
	plainSettings
}

// Run says what it changed.
func (r *invitationsRevoke) Run(env *environment) error {
	return r.run(env, func(m *manage.Manager) error {
		done, err := m.RevokeInvitation(env.ctx, commandCaller, "", r.ID)
		if err != nil {
			return err
		}
		return printChange(env, r.JSON, fmt.Sprintf("invitation %s of %s to %s", r.ID, done.After.Email, done.After.Organization), done)
	})
}
