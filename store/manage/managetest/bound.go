package managetest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"orglogin/store"
	"orglogin/store/manage"
)

// boundCaller is a caller of the organization acme, with what the organization globex has.
type boundCaller struct {
	database
	by           manage.Caller
	other        manage.Organization
	them         manage.Member
	invitationID string
	connectionID string
}

// What a caller tries to write.
var (
	newName, newSlug, active           = "Mine", "mine", true
	newStatus, newSSO, newState, joins = store.Verified, store.SSOOff, store.ConnectionDisabled, store.JoinOff
)

// bound tries everything that names another organization as a caller of one.
func bound(t *testing.T, db database) {
	own := db.organization(t, "acme")
	c := boundCaller{
		database: db, by: manage.Caller{Name: "token of acme", OrganizationID: own.ID},
		other: db.organization(t, "globex"), them: db.member(t, "globex", "bob@globex.test", "owner"),
	}
	invitation, err := db.CreateInvitation(t.Context(), command, "globex", manage.NewInvitation{Email: "eve@globex.test"})
	if err != nil {
		t.Fatal(err)
	}
	connection, err := db.AddConnection(t.Context(), command, "globex", manage.NewConnection{Name: "Okta", Issuer: "https://op.test", ClientID: "1", ClientSecret: "s"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.AddDomain(t.Context(), command, "globex", "globex.test"); err != nil {
		t.Fatal(err)
	}
	c.invitationID, c.connectionID = invitation.ID, connection.ID
	before := db.rows(t)
	t.Run("another organization is unknown, as one that does not exist", c.findsNoOther)
	t.Run("the ids of another organization's are unknown in its own", c.findsNothingOfOther)
	t.Run("what only an unbound caller may do is forbidden", c.isForbidden)
	t.Run("lists hold its own organization alone", func(t *testing.T) { c.listsItsOwn(t, own.ID) })
	if after := db.rows(t); !maps.EqualFunc(before, after, slices.Equal) {
		t.Error("something was changed")
	}
}

func (c boundCaller) findsNoOther(t *testing.T) {
	ctx := t.Context()
	for _, ref := range []string{"globex", c.other.ID, "unknown", store.NewID()} {
		for what, err := range map[string]error{
			"show":               second(c.Organization(ctx, c.by, ref)),
			"update":             second(c.UpdateOrganization(ctx, c.by, ref, manage.OrganizationChange{Name: &newName, SSO: &newSSO})),
			"members":            second(c.Members(ctx, c.by, ref, "", manage.List{})),
			"member":             second(c.Member(ctx, c.by, ref, c.them.ProfileID)),
			"update member":      second(c.UpdateMember(ctx, c.by, ref, c.them.ProfileID, manage.MemberChange{Active: &active})),
			"remove member":      second(c.RemoveMember(ctx, c.by, ref, c.them.ProfileID)),
			"invitations":        second(c.Invitations(ctx, c.by, ref, manage.List{})),
			"invite":             second(c.CreateInvitation(ctx, c.by, ref, manage.NewInvitation{Email: "ann@acme.test"})),
			"invitation":         second(c.Invitation(ctx, c.by, ref, c.invitationID)),
			"domains":            second(c.Domains(ctx, c.by, ref, manage.List{})),
			"add domain":         second(c.AddDomain(ctx, c.by, ref, "mine.test")),
			"verify domain":      second(c.VerifyDomain(ctx, c.by, ref, "globex.test")),
			"update domain":      second(c.UpdateDomain(ctx, c.by, ref, "globex.test", manage.DomainChange{Join: &joins})),
			"remove domain":      second(c.RemoveDomain(ctx, c.by, ref, "globex.test")),
			"connections":        second(c.Connections(ctx, c.by, ref, manage.List{})),
			"add connection":     second(c.AddConnection(ctx, c.by, ref, manage.NewConnection{Name: "Okta", Issuer: "https://op.test", ClientID: "1", ClientSecret: "s"})),
			"update connection":  second(c.UpdateConnection(ctx, c.by, ref, c.connectionID, manage.ConnectionChange{Status: &newState})),
			"rename":             second(c.UpdateOrganization(ctx, c.by, ref, manage.OrganizationChange{Slug: &newSlug})),
			"status":             second(c.UpdateOrganization(ctx, c.by, ref, manage.OrganizationChange{Status: &newStatus})),
			"delete":             second(c.DeleteOrganization(ctx, c.by, ref)),
			"verify by hand":     second(c.VerifyDomainByHand(ctx, c.by, ref, "globex.test", manage.ByHand{})),
			"private connection": second(c.AddConnection(ctx, c.by, ref, manage.NewConnection{Private: true})),
			"requests":           second(c.JoinRequests(ctx, c.by, ref, manage.List{})),
			"audit":              second(c.Audit(ctx, c.by, ref, manage.List{})),
		} {
			var refused *manage.Error
			if !errors.As(err, &refused) || refused.Reason != "not_found" || refused.Detail != `there is no organization "`+ref+`"` {
				t.Errorf("%s of %s: %v", what, ref, err)
			}
		}
	}
}

func (c boundCaller) findsNothingOfOther(t *testing.T) {
	ctx := t.Context()
	for what, err := range map[string]error{
		"member":            second(c.Member(ctx, c.by, "acme", c.them.ProfileID)),
		"remove member":     second(c.RemoveMember(ctx, c.by, "acme", c.them.ProfileID)),
		"invitation":        second(c.Invitation(ctx, c.by, "acme", c.invitationID)),
		"revoke invitation": second(c.RevokeInvitation(ctx, c.by, "", c.invitationID)),
		"resend invitation": second(c.ResendInvitation(ctx, c.by, "acme", c.invitationID, false)),
		"connection":        second(c.Connection(ctx, c.by, "", c.connectionID)),
		"test connection":   second(c.TestConnection(ctx, c.by, "acme", c.connectionID)),
		"remove connection": second(c.RemoveConnection(ctx, c.by, "acme", c.connectionID)),
		"domain":            second(c.Domain(ctx, c.by, "acme", "globex.test")),
		"request":           second(c.JoinRequest(ctx, c.by, store.NewID())),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func (c boundCaller) isForbidden(t *testing.T) {
	ctx := t.Context()
	for what, err := range map[string]error{
		"create":             second(c.CreateOrganization(ctx, c.by, manage.NewOrganization{Slug: newSlug, Name: newName})),
		"rename":             second(c.UpdateOrganization(ctx, c.by, "acme", manage.OrganizationChange{Slug: &newSlug})),
		"status":             second(c.UpdateOrganization(ctx, c.by, "acme", manage.OrganizationChange{Status: &newStatus})),
		"delete":             second(c.DeleteOrganization(ctx, c.by, "acme")),
		"verify by hand":     second(c.VerifyDomainByHand(ctx, c.by, "acme", "acme.test", manage.ByHand{})),
		"private connection": second(c.AddConnection(ctx, c.by, "acme", manage.NewConnection{Private: true})),
		"people":             second(c.People(ctx, c.by, "", manage.List{})),
		"person":             second(c.Person(ctx, c.by, c.them.ProfileID)),
		"disable":            second(c.SetDisabled(ctx, c.by, c.them.ProfileID, true)),
		"delete person":      second(c.DeletePerson(ctx, c.by, c.them.ProfileID, true)),
		"sessions":           second(c.Sessions(ctx, c.by, c.them.ProfileID, manage.List{})),
		"end sessions":       second(c.EndSessions(ctx, c.by, c.them.ProfileID)),
		"tokens":             second(c.Tokens(ctx, c.by, manage.List{})),
		"create token":       second(c.CreateToken(ctx, c.by, manage.NewToken{Name: "mine", Scopes: []string{"people:write"}})),
		"revoke token":       second(c.RevokeToken(ctx, c.by, store.NewID())),
	} {
		if !errors.Is(err, manage.ErrForbidden) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func (c boundCaller) listsItsOwn(t *testing.T, ownID string) {
	ctx := t.Context()
	if all, err := c.Organizations(ctx, c.by, manage.List{}); err != nil || len(all.Items) != 1 || all.Items[0].ID != ownID {
		t.Errorf("it lists %+v, %v", all, err)
	}
	if all, err := c.Domains(ctx, c.by, "", manage.List{}); err != nil || len(all.Items) != 0 {
		t.Errorf("without an organization it lists the domains %+v, %v", all, err)
	}
	if all, err := c.Audit(ctx, c.by, "", manage.List{}); err != nil || len(all.Items) != 1 {
		t.Errorf("the audit log shows %+v, %v", all, err)
	}
}
