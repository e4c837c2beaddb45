package managetest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// bound tries everything that names another organization as a caller of one.
func bound(t *testing.T, db database) {
	own := db.organization(t, "acme")
	other := db.organization(t, "globex")
	them := db.member(t, "globex", "bob@globex.test", "owner")
	ctx := t.Context()
	invitation, err := db.CreateInvitation(ctx, command, "globex", manage.NewInvitation{Email: "eve@globex.test"})
	if err != nil {
		t.Fatal(err)
	}
	connection, err := db.AddConnection(ctx, command, "globex", manage.NewConnection{Name: "Okta", Issuer: "https://op.test", ClientID: "1", ClientSecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.AddDomain(ctx, command, "globex", "globex.test"); err != nil {
		t.Fatal(err)
	}
	by := manage.Caller{Name: "token of acme", OrganizationID: own.ID}
	name, slug, active := "Mine", "mine", true
	status, sso, state, join := store.Verified, store.SSOOff, store.ConnectionDisabled, store.JoinOff
	before := db.rows(t)

	// Unknown, in the same words as an organization that does not exist.
	for _, ref := range []string{"globex", other.ID, "unknown", store.NewID()} {
		for what, err := range map[string]error{
			"show":               second(db.Organization(ctx, by, ref)),
			"update":             second(db.UpdateOrganization(ctx, by, ref, manage.OrganizationChange{Name: &name, SSO: &sso})),
			"members":            second(db.Members(ctx, by, ref, "", manage.List{})),
			"member":             second(db.Member(ctx, by, ref, them.ProfileID)),
			"update member":      second(db.UpdateMember(ctx, by, ref, them.ProfileID, manage.MemberChange{Active: &active})),
			"remove member":      second(db.RemoveMember(ctx, by, ref, them.ProfileID)),
			"invitations":        second(db.Invitations(ctx, by, ref, manage.List{})),
			"invite":             second(db.CreateInvitation(ctx, by, ref, manage.NewInvitation{Email: "ann@acme.test"})),
			"invitation":         second(db.Invitation(ctx, by, ref, invitation.ID)),
			"domains":            second(db.Domains(ctx, by, ref, manage.List{})),
			"add domain":         second(db.AddDomain(ctx, by, ref, "mine.test")),
			"verify domain":      second(db.VerifyDomain(ctx, by, ref, "globex.test")),
			"update domain":      second(db.UpdateDomain(ctx, by, ref, "globex.test", manage.DomainChange{Join: &join})),
			"remove domain":      second(db.RemoveDomain(ctx, by, ref, "globex.test")),
			"connections":        second(db.Connections(ctx, by, ref, manage.List{})),
			"add connection":     second(db.AddConnection(ctx, by, ref, manage.NewConnection{Name: "Okta", Issuer: "https://op.test", ClientID: "1", ClientSecret: "s"})),
			"update connection":  second(db.UpdateConnection(ctx, by, ref, connection.ID, manage.ConnectionChange{Status: &state})),
			"rename":             second(db.UpdateOrganization(ctx, by, ref, manage.OrganizationChange{Slug: &slug})),
			"status":             second(db.UpdateOrganization(ctx, by, ref, manage.OrganizationChange{Status: &status})),
			"delete":             second(db.DeleteOrganization(ctx, by, ref)),
			"verify by hand":     second(db.VerifyDomainByHand(ctx, by, ref, "globex.test", manage.ByHand{})),
			"private connection": second(db.AddConnection(ctx, by, ref, manage.NewConnection{Private: true})),
			"requests":           second(db.JoinRequests(ctx, by, ref, manage.List{})),
			"audit":              second(db.Audit(ctx, by, ref, manage.List{})),
		} {
			var refused *manage.Error
			if !errors.As(err, &refused) || refused.Reason != "not_found" || refused.Detail != `there is no organization "`+ref+`"` {
				t.Errorf("%s of %s: %v", what, ref, err)
			}
		}
	}
	// Its own organization, and the ids of things of the other.
	for what, err := range map[string]error{
		"member":            second(db.Member(ctx, by, "acme", them.ProfileID)),
		"remove member":     second(db.RemoveMember(ctx, by, "acme", them.ProfileID)),
		"invitation":        second(db.Invitation(ctx, by, "acme", invitation.ID)),
		"revoke invitation": second(db.RevokeInvitation(ctx, by, "", invitation.ID)),
		"resend invitation": second(db.ResendInvitation(ctx, by, "acme", invitation.ID, false)),
		"connection":        second(db.Connection(ctx, by, "", connection.ID)),
		"test connection":   second(db.TestConnection(ctx, by, "acme", connection.ID)),
		"remove connection": second(db.RemoveConnection(ctx, by, "acme", connection.ID)),
		"domain":            second(db.Domain(ctx, by, "acme", "globex.test")),
		"request":           second(db.JoinRequest(ctx, by, store.NewID())),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// What a bound caller may not do at all.
	for what, err := range map[string]error{
		"create":             second(db.CreateOrganization(ctx, by, manage.NewOrganization{Slug: slug, Name: name})),
		"rename":             second(db.UpdateOrganization(ctx, by, "acme", manage.OrganizationChange{Slug: &slug})),
		"status":             second(db.UpdateOrganization(ctx, by, "acme", manage.OrganizationChange{Status: &status})),
		"delete":             second(db.DeleteOrganization(ctx, by, "acme")),
		"verify by hand":     second(db.VerifyDomainByHand(ctx, by, "acme", "acme.test", manage.ByHand{})),
		"private connection": second(db.AddConnection(ctx, by, "acme", manage.NewConnection{Private: true})),
		"people":             second(db.People(ctx, by, "", manage.List{})),
		"person":             second(db.Person(ctx, by, them.ProfileID)),
		"disable":            second(db.SetDisabled(ctx, by, them.ProfileID, true)),
		"delete person":      second(db.DeletePerson(ctx, by, them.ProfileID, true)),
		"sessions":           second(db.Sessions(ctx, by, them.ProfileID, manage.List{})),
		"end sessions":       second(db.EndSessions(ctx, by, them.ProfileID)),
		"tokens":             second(db.Tokens(ctx, by, manage.List{})),
		"create token":       second(db.CreateToken(ctx, by, manage.NewToken{Name: "mine", Scopes: []string{"people:write"}})),
		"revoke token":       second(db.RevokeToken(ctx, by, store.NewID())),
	} {
		if !errors.Is(err, manage.ErrForbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if all, err := db.Organizations(ctx, by, manage.List{}); err != nil || len(all.Items) != 1 || all.Items[0].ID != own.ID {
		t.Errorf("it lists %+v, %v", all, err)
	}
	if all, err := db.Domains(ctx, by, "", manage.List{}); err != nil || len(all.Items) != 0 {
		t.Errorf("without an organization it lists the domains %+v, %v", all, err)
	}
	if all, err := db.Audit(ctx, by, "", manage.List{}); err != nil || len(all.Items) != 1 {
		t.Errorf("the audit log shows %+v, %v", all, err)
	}
	if after := db.rows(t); !maps.EqualFunc(before, after, slices.Equal) {
		t.Error("something was changed")
	}
}
