package main

import (
	"fmt"

	"orglogin/store/manage"
)

type requestsList struct {
	Organization string `placeholder:"SLUG" help:"Slug or id of the organization. Without it, those of all."`
	plainSettings
}

// Run prints all.
func (l *requestsList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.JoinRequest]{"no join requests", []string{"ID", "ORGANIZATION", "EMAIL", "NAME", "STATE", "ASKED AT"}, func(r manage.JoinRequest) []string {
			return []string{r.ID, r.Organization, r.Email, r.Name, string(r.State), stamp(r.CreatedAt)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.JoinRequest], error) {
			return m.JoinRequests(env.ctx, commandCaller, l.Organization, page)
		})
	})
}

type requestsApprove struct{ requestArgument }

// Run says who is a member now.
func (a *requestsApprove) Run(env *environment) error { return a.decide(env, true) }

type requestsDecline struct{ requestArgument }

// Run says whom it declined.
func (d *requestsDecline) Run(env *environment) error { return d.decide(env, false) }

type requestArgument struct {
	ID string `arg:"" placeholder:"ID" help:"Id of the request, as list prints it."`
	changeSettings
}

func (a *requestArgument) decide(env *environment, approve bool) error {
	return a.run(env, func(m *manage.Manager) error {
		done, err := m.DecideJoinRequest(env.ctx, commandCaller, a.ID, approve)
		if err != nil {
			return err
		}
		var notes []string
		if approve {
			notes = append(notes, fmt.Sprintf("%s is a member of %s", done.After.Email, done.After.Organization))
		}
		return printChange(env, a.JSON, fmt.Sprintf("the request of %s to join %s", done.After.Email, done.After.Organization), done, notes...)
	})
}
