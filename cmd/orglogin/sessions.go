package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
)

type sessionsCommand struct {
	Email  string `required:"" placeholder:"ADDRESS" help:"Address of the person. Every profile of it counts."`
	Revoke bool   `help:"End the live sessions."`

	Database config.Database `embed:"" group:"configuration"`
	Sessions config.Sessions `embed:"" group:"configuration"`
	Domain   config.Domain   `embed:"" group:"configuration"`
	Publish  config.Publish  `embed:"" group:"configuration"`
}

// Run lists the sessions of every profile of the address, or ends them.
func (s *sessionsCommand) Run(env *environment) error {
	env.check.Use(&s.Sessions)
	if s.Revoke {
		env.check.Use(&s.Domain)
		s.Publish.Check(env.check, s.Domain.BaseDomain)
	}
	return env.asOwner(s.Database, nil, func(operator *operate.Operator) error {
		operator.PublishChanges(s.Publish)
		if !s.Revoke {
			return s.list(env, operator)
		}
		n, err := operator.EndSessions(env.ctx, s.Email)
		if err == nil || n > 0 {
			fmt.Fprintf(env.stdout, "ended %d sessions\n", n)
		}
		return err
	})
}

func (s *sessionsCommand) list(env *environment, operator *operate.Operator) error {
	people, err := operator.Sessions(env.ctx, s.Email)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROFILE\tSESSION\tSTATE\tBEGAN\tLAST SEEN\tENDS")
	now := time.Now()
	for _, person := range people {
		for _, session := range person.Sessions {
			state := "live"
			switch {
			case !session.EndedAt.IsZero():
				state = "ended"
			case !session.Live(now, s.Sessions.Idle):
				state = "expired"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", person.Profile.ID, session.ID, state,
				stamp(session.CreatedAt), stamp(session.LastSeenAt), stamp(session.ExpiresAt))
		}
	}
	return table.Flush()
}
