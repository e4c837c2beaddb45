package main

import (
	"fmt"
	"strings"

	"orglogin/cmd/internal/config"
	"orglogin/store"
	"orglogin/store/manage"
)

// ofOrganization is the organization that a command is about.
type ofOrganization struct {
	Organization string `required:"" placeholder:"SLUG" help:"Slug or id of the organization."`
}

type membersList struct {
	ofOrganization
	Email string `placeholder:"ADDRESS" help:"Those with this address alone."`
	plainSettings
}

// Run prints all.
func (l *membersList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.Member]{l.Organization + " has no such members", []string{"USER", "EMAIL", "NAME", "ROLE", "ACTIVE", "DISABLED", "SINCE"}, func(n manage.Member) []string {
			return []string{n.ProfileID, n.Email, n.Name, n.Role, yesNo(n.Active), yesNo(n.Disabled), stamp(n.CreatedAt)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.Member], error) {
			return m.Members(env.ctx, commandCaller, l.Organization, l.Email, page)
		})
	})
}

// memberArguments name one member, by address or id.
type memberArguments struct {
	ofOrganization
	Email string `placeholder:"ADDRESS" help:"Address of the member."`
	User  string `placeholder:"ID" help:"Id of the person, where several members have the address."`
}

// find returns the one member. It is a mistake where several have the address.
func (a *memberArguments) find(env *environment, m *manage.Manager) (manage.Member, error) {
	switch {
	case (a.Email == "") == (a.User == ""):
		return manage.Member{}, config.Misuse("write --email ADDRESS or --user ID, one of the two")
	case a.User != "":
		return m.Member(env.ctx, commandCaller, a.Organization, a.User)
	}
	found, err := m.Members(env.ctx, commandCaller, a.Organization, a.Email, manage.List{})
	if err != nil {
		return manage.Member{}, err
	}
	return theOne(found.Items, "member", a.Email, "--user", func(n manage.Member) string { return n.ProfileID + " (" + n.Role + ", " + cell(n.Name) + ")" })
}

// theOne of those with an address, or an error that says by which flag to name one of several.
func theOne[T any](found []T, what, email, flag string, text func(T) string) (one T, err error) {
	switch len(found) {
	case 0:
		return one, &manage.Error{Kind: store.ErrNotFound, Reason: manage.ReasonNotFound, Detail: fmt.Sprintf("there is no %s with the address %s", what, config.Show(email))}
	case 1:
		return found[0], nil
	}
	var all []string
	for _, n := range found {
		all = append(all, text(n))
	}
	return one, config.Misuse(fmt.Sprintf("%d profiles have the address %s: write %s with the id of one:\n  %s", len(found), email, flag, strings.Join(all, "\n  ")))
}

type membersSet struct {
	memberArguments
	Role   string `placeholder:"ROLE" help:"owner, admin, member, or a word of yours."`
	Active *bool  `negatable:"" help:"Whether the membership counts."`
	changeSettings
}

// Run says what it changed.
func (s *membersSet) Run(env *environment) error {
	change := manage.MemberChange{Role: given[string](s.Role), Active: s.Active}
	if change == (manage.MemberChange{}) {
		return errNothingToChange("--role ROLE, --active or --no-active")
	}
	return s.run(env, func(m *manage.Manager) error {
		n, err := s.find(env, m)
		if err != nil {
			return err
		}
		done, err := m.UpdateMember(env.ctx, commandCaller, s.Organization, n.ProfileID, change)
		if err != nil {
			return err
		}
		return printChange(env, s.JSON, n.Email+" of "+s.Organization, done)
	})
}

type membersRemove struct {
	memberArguments
	changeSettings
}

// Run says who is no member any more.
func (r *membersRemove) Run(env *environment) error {
	return r.run(env, func(m *manage.Manager) error {
		n, err := r.find(env, m)
		if err == nil {
			n, err = m.RemoveMember(env.ctx, commandCaller, r.Organization, n.ProfileID)
		}
		if err != nil {
			return err
		}
		return printThing(env, r.JSON, n, "removed %s, who was %s, from %s", n.Email, n.Role, r.Organization)
	})
}
