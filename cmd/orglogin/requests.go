package main

import (
	"fmt"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/operate"
	"orglogin/store"
)

type requestsCommand struct {
	List    requestsListCommand    `cmd:"" help:"List the people who asked to join an organization, those who wait first."`
	Approve requestsApproveCommand `cmd:"" help:"Make the person a member."`
	Decline requestsDeclineCommand `cmd:"" help:"Decline. The person cannot ask again; the request can still be approved."`
}

type requestsListCommand struct {
	Organization string `placeholder:"SLUG" help:"Slug of the organization. Without it, those of all."`
	JSON         bool   `name:"json" help:"Print a JSON array."`

	config.DatabaseSettings `group:"configuration"`
}

// requestJSON is a join request as --json prints it.
type requestJSON struct {
	ID           string  `json:"id"`
	Organization string  `json:"organization"`
	UserID       string  `json:"user_id"`
	Email        string  `json:"email"`
	Name         string  `json:"name"`
	State        string  `json:"state"`
	CreatedAt    string  `json:"created_at"`
	DecidedAt    *string `json:"decided_at"`
}

func requestToJSON(r store.JoinRequest) requestJSON {
	return requestJSON{
		ID: r.ID, Organization: r.Organization.Slug, UserID: r.ProfileID, Email: r.Email, Name: r.Name, State: string(r.State),
		CreatedAt: r.CreatedAt.UTC().Format(time.RFC3339), DecidedAt: timeOrNull(r.DecidedAt),
	}
}

// Run prints a table, or JSON.
func (l *requestsListCommand) Run(env *environment) error {
	return env.asOwner(l.DatabaseSettings, nil, func(operator *operate.Operator) error {
		all, err := operator.JoinRequests(env.ctx, l.Organization)
		if err != nil {
			return err
		}
		return printList(env.stdout, all, l.JSON, requestToJSON, "no join requests", "ID\tORGANIZATION\tEMAIL\tNAME\tSTATE\tASKED AT",
			func(r store.JoinRequest) string {
				return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", r.ID, r.Organization.Slug, r.Email, r.Name, r.State, r.CreatedAt.UTC().Format(time.RFC3339))
			})
	})
}

type requestsApproveCommand struct{ requestArgument }

// Run says who is a member now.
func (a *requestsApproveCommand) Run(env *environment) error { return a.decide(env, true) }

type requestsDeclineCommand struct{ requestArgument }

// Run says whom it declined.
func (d *requestsDeclineCommand) Run(env *environment) error { return d.decide(env, false) }

type requestArgument struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the request, as list prints it."`
	operatorSettings
}

func (a *requestArgument) decide(env *environment, approve bool) error {
	return a.withOperator(env, func(operator *operate.Operator) error {
		r, err := operator.DecideJoinRequest(env.ctx, a.ID, approve)
		if err != nil {
			return err
		}
		if approve {
			fmt.Fprintf(env.stdout, "%s is a member of %s\n", r.Email, r.Organization.Slug)
		} else {
			fmt.Fprintf(env.stdout, "declined the request of %s to join %s\n", r.Email, r.Organization.Slug)
		}
		return nil
	})
}
