package managetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/manage"
)

func invitationLife(t *testing.T, db database) {
	db.organization(t, "acme")
	first, err := db.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "ann@acme.test", Role: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := db.ResendInvitation(t.Context(), command, "acme", first.ID, false)
	if err != nil || again.ID != first.ID || again.Link == first.Link {
		t.Fatalf("got %+v, %v", again, err)
	}
	state := func(link string) store.InvitationState { return db.invitation(t, link).State(time.Now()) }
	if state(first.Link) != store.InvitationRevoked || state(again.Link) != store.InvitationPending {
		t.Errorf("the old link is %s, the new one %s", state(first.Link), state(again.Link))
	}
	if _, err := db.ResendInvitation(t.Context(), command, "acme", first.ID, false); !errors.Is(err, manage.ErrLimited) {
		t.Errorf("at once again: %v", err)
	}
	done, err := db.RevokeInvitation(t.Context(), command, "", first.ID)
	if err != nil || done.After.State != store.InvitationRevoked || state(again.Link) != store.InvitationRevoked {
		t.Errorf("got %+v, %v", done, err)
	}
}

// The name of who invites is read when it is shown, while that person is there.
func invitedBy(t *testing.T, db database) {
	db.organization(t, "acme")
	db.organization(t, "globex")
	ann, eve := db.member(t, "acme", "ann@acme.test", "admin"), db.member(t, "globex", "eve@globex.test", "owner")
	for _, id := range []string{eve.ProfileID, store.NewID(), "ann", "'"} {
		_, err := db.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "bob@acme.test", InvitedBy: id})
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("an invitation by %s, who is not a member: %v", id, err)
		}
	}
	made, err := db.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{Email: "bob@acme.test", InvitedBy: ann.ProfileID})
	if err != nil || made.InvitedBy == nil || *made.InvitedBy != ann.ProfileID {
		t.Fatalf("got %+v, %v", made, err)
	}
	inviter := func() string { return db.invitation(t, made.Link).Inviter }
	if got := inviter(); got == "" || got != ann.Name {
		t.Errorf("invited by %q, want %q", got, ann.Name)
	}
	if _, err := db.SetDisabled(t.Context(), command, ann.ProfileID, true); err != nil {
		t.Fatal(err)
	}
	if got := inviter(); got != "" {
		t.Errorf("invited by %q, who was turned off", got)
	}
	if _, err := db.DeletePerson(t.Context(), command, ann.ProfileID, false); err != nil {
		t.Fatal(err)
	}
	after, err := db.Invitation(t.Context(), command, "acme", made.ID)
	if err != nil || after.InvitedBy != nil || inviter() != "" {
		t.Errorf("got %+v, %v, by a person who was deleted", after, err)
	}
}

// invitation is the one of a link, as a login finds it.
func (d database) invitation(t *testing.T, link string) store.Invitation {
	t.Helper()
	found, err := d.owner.Invitation(t.Context(), store.HashToken(tokenOf(link)))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// tokenOf is the token in the link of an invitation.
func tokenOf(link string) string {
	_, token, _ := strings.Cut(link, "invitation=")
	return token
}
