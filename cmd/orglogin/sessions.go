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

	config.DatabaseSettings `group:"configuration"`
	config.SessionSettings  `group:"configuration"`
	config.DomainSettings   `group:"configuration"`
	config.PublishSettings  `group:"configuration"`
}

// Run lists the sessions of every profile of the address, or ends them.
func (s *sessionsCommand) Run(env *environment) error {
	idle := s.SessionSettings.Check(env.check).Idle
	var publish config.Publish
	if s.Revoke {
		publish = s.PublishSettings.Check(env.check, s.DomainSettings.Check(env.check))
	}
	return env.asOwner(s.DatabaseSettings, nil, func(operator *operate.Operator) error {
		operator.PublishChanges(publish)
		if !s.Revoke {
			return s.list(env, operator, idle)
		}
		n, err := operator.EndSessions(env.ctx, s.Email)
		if err == nil || n > 0 {
			fmt.Fprintf(env.stdout, "ended %d sessions\n", n)
		}
		return err
	})
}

func (s *sessionsCommand) list(env *environment, operator *operate.Operator, idle time.Duration) error {
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
			case !session.Live(now, idle):
				state = "expired"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", person.Profile.ID, session.ID, state,
				stamp(session.CreatedAt), stamp(session.LastSeenAt), stamp(session.ExpiresAt))
		}
	}
	return table.Flush()
}
