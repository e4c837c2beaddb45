package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
	"orglogin/store/manage/managetest"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

func TestManaging(t *testing.T) {
	for name, url := range map[string]func(pgtest.Database) string{
		"as the owner": func(db pgtest.Database) string { return db.Owner },
		"as the API":   func(db pgtest.Database) string { return db.API },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			managetest.Run(t, func(t *testing.T) managetest.Opened {
				db := pgtest.New(t)
				owner := openOperator(t, db.Owner)
				return managetest.Opened{
					Owner:  &underTest{Store: owner, operator: owner, db: pool(t, db.Owner)},
					Manage: openOperator(t, url(db)).Manage(),
					Kill: func(tx manage.Tx) error {
						_, err := tx.Exec(`SELECT pg_terminate_backend(pg_backend_pid())`)
						return err
					},
				}
			})
		})
	}
}

// Over tables of an operator's own, what is in them is refused with a sentence that names the table, and everything
// that orglogin keeps itself works.
func TestManagingOverOtherTables(t *testing.T) {
	db := foreign(t)
	if err := postgres.GrantAPI(t.Context(), db.Owner, db.API); err != nil {
		t.Fatal(err)
	}
	arrive(t, open(t, db.Runtime), ann)
	for name, url := range map[string]string{"as the owner": db.Owner, "as the API": db.API} {
		t.Run(name, func(t *testing.T) { manageOverOtherTables(t, openOperator(t, url)) })
	}
}

func manageOverOtherTables(t *testing.T, s *postgres.Store) {
	ctx, by := t.Context(), manage.Caller{Name: manage.Command}
	m := managetest.NewManager(s.Manage(), time.Now)
	name, active := "Other", true
	sso := store.SSOOptional
	for what, test := range map[string]struct {
		err   error
		table string
	}{
		"organizations":       {second(m.Organizations(ctx, by, manage.List{})), "public.organizations_projection"},
		"organization":        {second(m.Organization(ctx, by, "acme")), "public.organizations_projection"},
		"create organization": {second(m.CreateOrganization(ctx, by, manage.NewOrganization{Slug: "globex", Name: "Globex"})), "public.organizations_projection"},
		"rename organization": {second(m.UpdateOrganization(ctx, by, "acme", manage.OrganizationChange{Name: &name})), "public.organizations_projection"},
		"delete organization": {second(m.DeleteOrganization(ctx, by, "acme")), "public.organizations_projection"},
		"members":             {second(m.Members(ctx, by, "acme", "", manage.List{})), "public.user_organizations"},
		"set member":          {second(m.UpdateMember(ctx, by, "acme", foreignAnn, manage.MemberChange{Active: &active})), "public.user_organizations"},
		"remove member":       {second(m.RemoveMember(ctx, by, "acme", foreignAnn)), "public.user_organizations"},
		"people":              {second(m.People(ctx, by, "", manage.List{})), "public.user_profiles"},
		"disable":             {second(m.SetDisabled(ctx, by, foreignAnn, true)), "public.user_profiles"},
		"delete person":       {second(m.DeletePerson(ctx, by, foreignAnn, true)), "public.user_profiles"},
	} {
		var refused *manage.Error
		if !errors.As(test.err, &refused) || refused.Reason != "own_tables" || !strings.Contains(refused.Detail, test.table) {
			t.Errorf("%s: %v", what, test.err)
		}
	}
	if done, err := m.UpdateOrganization(ctx, by, "acme", manage.OrganizationChange{SSO: &sso}); err != nil || done.After.SSO != sso {
		t.Errorf("sso: %+v, %v", done, err)
	}
	if made, err := m.CreateInvitation(ctx, by, "acme", manage.NewInvitation{Email: "ann@people.test", Send: true}); err != nil || len(made.Members) != 1 || made.Organization != "acme" {
		t.Errorf("invitation: %+v, %v", made, err)
	}
	if mail, err := m.TakeMail(ctx); err != nil || mail.OrganizationName != "Acme" {
		t.Errorf("mail: %+v, %v", mail, err)
	}
	connection, err := m.AddConnection(ctx, by, foreignAcme, manage.NewConnection{Name: "Okta", Issuer: "https://op.test", ClientID: "1", ClientSecret: "s"})
	if err != nil {
		t.Fatalf("connection: %v", err)
	}
	if _, err := m.RemoveConnection(ctx, by, "acme", connection.ID); err != nil {
		t.Errorf("connection: %v", err)
	}
	if _, err := m.AddDomain(ctx, by, "acme", "acme.test"); err != nil {
		t.Errorf("domain: %v", err)
	}
	if d, err := m.VerifyDomainByHand(ctx, by, "acme", "acme.test", manage.ByHand{}); err != nil || d.Status != store.DomainVerified {
		t.Errorf("domain: %+v, %v", d, err)
	}
	if _, err := m.CreateToken(ctx, by, manage.NewToken{Name: "backend", Scopes: []string{"invitations:write"}, Organization: "acme"}); err != nil {
		t.Errorf("token: %v", err)
	}
	if sessions, err := m.Sessions(ctx, by, foreignAnn, manage.List{}); err != nil || len(sessions.Items) != 1 || len(sessions.Items[0].Connections) != 1 {
		t.Errorf("sessions: %+v, %v", sessions, err)
	}
	if _, err := m.EndSessions(ctx, by, foreignAnn); err != nil {
		t.Errorf("sessions: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }
