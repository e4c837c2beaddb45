package main

import (
	"strings"

	"orglogin/store/manage"
)

type tokensList struct{ plainSettings }

// Run prints all.
func (l *tokensList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.Token]{"no tokens", []string{"ID", "NAME", "SCOPES", "ORGANIZATION", "EXPIRES AT", "LAST USED", "REVOKED AT"}, func(n manage.Token) []string {
			organization := "-"
			if n.Organization != nil {
				organization = *n.Organization
			}
			return []string{n.ID, n.Name, strings.Join(n.Scopes, ","), organization, stampOrDash(n.ExpiresAt), stampOrDash(n.LastUsedAt), stampOrDash(n.RevokedAt)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Token], error) {
			return m.Tokens(env.ctx, commandCaller, page)
		})
	})
}

type tokensCreate struct {
	Name         string   `required:"" placeholder:"NAME" help:"What uses it."`
	Scope        []string `required:"" placeholder:"RESOURCE:read|write" help:"What it may do, such as members:write, which includes members:read. Several, or separated by commas."`
	Organization string   `placeholder:"SLUG" help:"The one organization that it sees. All by default."`
	Expires      string   `placeholder:"TIME" help:"How long it is good, such as 90d, or until when, such as 2030-01-31T12:00:00Z. Without end by default."`
	plainSettings
}

// Run prints the secret on a line of its own.
func (c *tokensCreate) Run(env *environment) error {
	expires, err := parseExpires(c.Expires)
	if err != nil {
		return err
	}
	return c.run(env, func(m *manage.Manager) error {
		made, err := m.CreateToken(env.ctx, commandCaller, manage.NewToken{Name: c.Name, Scopes: c.Scope, Organization: c.Organization, ExpiresAt: expires})
		if err != nil {
			return err
		}
		return printThing(env, c.JSON, made, "made token %s (%s) with the scopes %s; it is shown this once\n%s", made.ID, cell(made.Name), strings.Join(made.Scopes, ","), made.Secret)
	})
}

type tokensRevoke struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the token, as list prints it."`
	plainSettings
}

// Run says what it changed.
func (r *tokensRevoke) Run(env *environment) error {
	return r.run(env, func(m *manage.Manager) error {
		done, err := m.RevokeToken(env.ctx, commandCaller, r.ID)
		if err != nil {
			return err
		}
		return printChange(env, r.JSON, "token "+r.ID, done)
	})
}
