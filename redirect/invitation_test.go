package redirect_test

import (
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

func TestInvitation(t *testing.T) {
	ann := memberOf("acme")
	globex := landed(redirect.Invitation, "https://globex.example.test/dashboard")
	run(t, []row{
		{name: "a pending one lands on the dashboard of the inviting organization", who: ann, invitation: "pending", want: globex},
		{name: "for a person without any organization too", invitation: "pending", want: globex},
		{
			name: "before the organization last used", who: person{memberOf: []string{"acme"}, lastUsed: "acme"}, invitation: "pending",
			want: globex,
		},
		{name: "and before the host that the login began on", who: ann, invitation: "pending", host: "acme", want: globex},
		{name: "the host of the inviting organization itself is open to its invited", who: ann, invitation: "pending", host: "globex", want: globex},
		{name: "the address is compared without regard to case", who: ann, invitation: "shouted", want: globex},
		{name: "and so is the person's", who: person{email: "ANN@acme.TEST"}, invitation: "pending", want: globex},
		{name: "it holds to its last second", who: ann, invitation: "ending", want: globex},
		{name: "the member who opens an old link simply lands", who: memberOf("acme", "globex"), invitation: "accepted-by-ann", want: globex},
		{
			name: "the member who opens an old link lands whatever the address is now", who: person{memberOf: []string{"globex"}, email: "new@acme.test"}, invitation: "accepted-by-ann",
			want: globex,
		},
		{
			name: "with a redirect beside it step 1 decides the place", who: ann, invitation: "pending", redirect: "https://acme.example.test/x",
			want: landed(redirect.Explicit, "https://acme.example.test/x"),
		},
		{
			name: "an inviting organization that is not verified leaves the word to step 3", who: person{memberOf: []string{"acme"}, lastUsed: "acme"}, invitation: "unverified",
			want: landed(redirect.Organization, "https://acme.example.test/dashboard"),
		},
		{
			name: "where it counts as one of the person's own, accepted or about to be", who: ann, invitation: "unverified",
			want: chooser("https://login.example.test/organizations"),
		},
		{
			name: "an inviting organization that is not verified is no place for its first member", invitation: "unverified",
			want: fellBack(store.SubdomainNotVerified),
		},
		{
			name: "accepting leaves the organization last used alone", who: person{memberOf: []string{"acme", "hooli"}, lastUsed: "hooli"}, invitation: "unverified",
			want: landed(redirect.Organization, "https://hooli.example.test/dashboard"),
		},

		{name: "an expired one ends in the page", who: ann, invitation: "expired", want: page(410, redirect.Invitation, store.Expired)},
		{name: "a revoked one ends in the page", who: ann, invitation: "revoked", want: page(410, redirect.Invitation, store.Revoked)},
		{name: "one accepted by someone else ends in the page", who: ann, invitation: "accepted-by-bob", want: page(410, redirect.Invitation, store.Used)},
		{
			name: "being a member otherwise does not make it theirs", who: memberOf("globex"), invitation: "accepted-by-bob",
			want: page(410, redirect.Invitation, store.Used),
		},
		{name: "one accepted by a person who is no longer a member is used", who: ann, invitation: "accepted-by-ann", want: page(410, redirect.Invitation, store.Used)},
		{name: "an unknown one ends in the page", who: ann, invitation: "nosuch", want: page(404, redirect.Invitation, store.Unknown)},
		{name: "a token longer than any of ours is unknown", who: ann, invitation: strings.Repeat("a", 257), want: page(404, redirect.Invitation, store.Unknown)},
		{name: "one for another address ends in the page", who: ann, invitation: "for-bob", want: page(403, redirect.Invitation, store.EmailMismatch)},
		{
			name: "one for an address that the provider did not verify ends in the page", who: person{unverified: true}, invitation: "pending",
			want: page(403, redirect.Invitation, store.EmailNotVerified),
		},
		{
			name: "that the address differs is said before that it is not verified", who: person{unverified: true}, invitation: "for-bob",
			want: page(403, redirect.Invitation, store.EmailMismatch),
		},
		{
			name: "membership does not make an invitation for another address valid", who: memberOf("globex"), invitation: "for-bob",
			want: page(403, redirect.Invitation, store.EmailMismatch),
		},
		{
			name: "a good redirect beside a bad invitation is not followed", who: ann, invitation: "expired", redirect: "https://acme.example.test/x",
			want: page(410, redirect.Invitation, store.Expired),
		},
		{
			name: "nor is a path", who: ann, invitation: "nosuch", redirect: "/x", host: "acme",
			want: page(404, redirect.Invitation, store.Unknown),
		},
		{
			name: "a bad redirect beside a bad invitation is named too", who: ann, invitation: "expired", redirect: "https://evil.test/",
			want: page(410, redirect.Invitation, store.Expired).refusing(store.Host),
		},
		{
			name: "a bad invitation goes before the host that the login began on", who: ann, invitation: "revoked", host: "globex",
			want: page(410, redirect.Invitation, store.Revoked),
		},
		{
			name: "a bad invitation opens no organization", who: ann, invitation: "for-bob", redirect: "https://globex.example.test/",
			want: page(403, redirect.Invitation, store.EmailMismatch),
		},
	})
}

func TestAcceptPending(t *testing.T) {
	for _, r := range []struct {
		name string
		row
		pending bool
		already bool
	}{
		{"a pending invitation of the person", row{invitation: "pending"}, true, false},
		{"even where the redirect decides the place", row{invitation: "pending", redirect: "https://app.example.test/"}, true, false},
		{"even where the organization is not verified", row{invitation: "unverified"}, true, false},
		{"even for a member already, for whom it changes nothing", row{who: memberOf("globex"), invitation: "pending"}, true, true},
		{"and for a member whose role it raises", row{who: memberOf("globex"), invitation: "as-owner"}, true, false},
		{"not one accepted before", row{who: memberOf("globex"), invitation: "accepted-by-ann"}, false, false},
		{"not one for another address", row{invitation: "for-bob"}, false, false},
		{"not one for another address of a member", row{who: memberOf("globex"), invitation: "for-bob"}, false, false},
		{"not an expired one", row{invitation: "expired"}, false, false},
		{"not for a disabled person", row{who: person{disabled: true}, invitation: "pending"}, false, false},
		{"not without an invitation", row{}, false, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			d := resolve(t, r.row)
			if d.AcceptPending != r.pending || d.AlreadyMember != r.already {
				t.Errorf("AcceptPending is %t, AlreadyMember %t, want %t, %t", d.AcceptPending, d.AlreadyMember, r.pending, r.already)
			}
			if d.AcceptPending && (d.Invitation == nil || d.Trace[1].Verdict == redirect.NotReached) {
				t.Errorf("the invitation to accept is missing: %+v, trace %+v", d.Invitation, d.Trace[1])
			}
		})
	}
}
