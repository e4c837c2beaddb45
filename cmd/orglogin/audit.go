package main

import (
	"strings"

	"orglogin/store/manage"
)

type auditList struct {
	Organization string `placeholder:"SLUG" help:"Slug or id of the organization, by id also of a deleted one. Without it, the changes of all."`
	plainSettings
}

// Run prints the fields that were changed, each with the value before and after. The JSON also has what was made or
// deleted.
func (l *auditList) Run(env *environment) error {
	return l.run(env, func(m *manage.Manager) error {
		t := table[manage.AuditEntry]{"no changes", []string{"AT", "BY", "ACTION", "TARGET", "CHANGE"}, func(e manage.AuditEntry) []string {
			return []string{stamp(e.At), e.By, e.Action, e.Target, changeOf(e)}
		}}
		return printList(env, l.JSON, t, func(page manage.List) (manage.Page[manage.AuditEntry], error) {
			return m.Audit(env.ctx, commandCaller, l.Organization, page)
		})
	})
}

func changeOf(e manage.AuditEntry) string {
	before, after, err := bothFields(e.Before, e.After)
	if err != nil {
		return ""
	}
	return strings.Join(differences(before, after), ", ")
}
