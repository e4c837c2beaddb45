package store_test

import (
	"testing"
	"time"

	"orglogin/store"
)

func TestAnInvitationForAPerson(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	pending := store.Invitation{Email: "ann@acme.test", Role: "admin", ExpiresAt: now.Add(time.Second)}
	accepted := pending
	accepted.AcceptedBy, accepted.AcceptedAt = "ann", now
	change := func(i store.Invitation, do func(*store.Invitation)) *store.Invitation {
		do(&i)
		return &i
	}
	ann := store.Invitee{ProfileID: "ann", Email: "ann@acme.test", EmailVerified: true}
	member := func(role string) store.Invitee {
		who := ann
		who.Role = role
		return who
	}
	refused := func(r store.Reason) store.Offer { return store.Offer{Reason: r} }
	joins := store.Offer{Reason: store.OK, Pending: true, Changes: true}
	nothing := store.Offer{Reason: store.OK, Pending: true}
	for name, c := range map[string]struct {
		invitation *store.Invitation
		who        store.Invitee
		want       store.Offer
	}{
		"an unknown token":                           {nil, ann, refused(store.Unknown)},
		"a person without a profile":                 {&pending, store.Invitee{Email: ann.Email, EmailVerified: true}, joins},
		"a profile without a membership":             {&pending, ann, joins},
		"another letter case":                        {&pending, store.Invitee{Email: "ANN@Acme.test", EmailVerified: true}, joins},
		"a Unicode letter that lowers to k":          {change(pending, func(i *store.Invitation) { i.Email = "k@acme.test" }), store.Invitee{Email: "\u212a@acme.test", EmailVerified: true}, refused(store.EmailMismatch)},
		"another address":                            {&pending, store.Invitee{Email: "bob@acme.test", EmailVerified: true}, refused(store.EmailMismatch)},
		"another address, not verified":              {&pending, store.Invitee{Email: "bob@acme.test"}, refused(store.EmailMismatch)},
		"an address that is not verified":            {&pending, store.Invitee{Email: ann.Email}, refused(store.EmailNotVerified)},
		"expired now":                                {change(pending, func(i *store.Invitation) { i.ExpiresAt = now }), ann, refused(store.Expired)},
		"expired, for another address":               {change(pending, func(i *store.Invitation) { i.ExpiresAt, i.Email = now, "x@acme.test" }), ann, refused(store.Expired)},
		"revoked and expired":                        {change(pending, func(i *store.Invitation) { i.Revoked, i.ExpiresAt = true, now }), ann, refused(store.Revoked)},
		"revoked, for a member":                      {change(pending, func(i *store.Invitation) { i.Revoked = true }), member("owner"), refused(store.Revoked)},
		"accepted by this member":                    {&accepted, member("member"), refused(store.OK)},
		"accepted by this member, expired since":     {change(accepted, func(i *store.Invitation) { i.ExpiresAt = now }), member("member"), refused(store.OK)},
		"accepted by this person, removed since":     {&accepted, ann, refused(store.Used)},
		"accepted by another person":                 {change(accepted, func(i *store.Invitation) { i.AcceptedBy = "bob" }), member("owner"), refused(store.Used)},
		"accepted, for a person without a profile":   {&accepted, store.Invitee{Email: ann.Email, EmailVerified: true}, refused(store.Used)},
		"a higher role":                              {&pending, member("member"), joins},
		"the same role":                              {&pending, member("admin"), nothing},
		"a lower role":                               {&pending, member("owner"), nothing},
		"admin, for a role of the operator's own":    {&pending, member("auditor"), nothing},
		"a role of the operator's own, for a member": {change(pending, func(i *store.Invitation) { i.Role = "auditor" }), member("member"), nothing},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.invitation.For(c.who, now); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
