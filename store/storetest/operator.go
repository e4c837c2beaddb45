package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func operator() []behaviour {
	fresh := func(f *fixture, o store.Organization) store.NewInvitation {
		return store.NewInvitation{OrganizationSlug: o.Slug, Email: someone().Email, Role: "member", TokenHash: hash(), ExpiresAt: f.now.Add(time.Hour)}
	}
	return []behaviour{
		{"invites to an organization", func(f *fixture) {
			o := f.organization(store.Verified)
			n := fresh(f, o)
			lower := n.Email
			n.Email = strings.ToUpper(n.Email)
			f.must(f.s.Invite(f.Context(), n, f.now))
			got, err := f.s.Invitation(f.Context(), n.TokenHash)
			f.must(err)
			want := store.Invitation{ID: got.ID, Organization: o, Email: lower, Role: "member", ExpiresAt: n.ExpiresAt}
			if d := cmp.Diff(want, got); d != "" {
				f.Error(d)
			}
		}},
		{"cannot invite to an unknown organization", func(f *fixture) {
			n := fresh(f, store.Organization{Slug: word("nobody")})
			f.is(f.s.Invite(f.Context(), n, f.now), store.ErrNotFound)
		}},
		{"cannot use one token for two invitations", func(f *fixture) {
			n := fresh(f, f.organization(store.Verified))
			f.must(f.s.Invite(f.Context(), n, f.now))
			f.is(f.s.Invite(f.Context(), n, f.now), store.ErrConflict)
		}},
		{"cannot invite with a malformed address, role, hash or end", func(f *fixture) {
			o := f.organization(store.Verified)
			for name, change := range map[string]func(*store.NewInvitation){
				"two addresses (K12)": func(n *store.NewInvitation) { n.Email = "a@b.test, c@d.test" },
				"no address":          func(n *store.NewInvitation) { n.Email = "" },
				"no role":             func(n *store.NewInvitation) { n.Role = "" },
				"two roles":           func(n *store.NewInvitation) { n.Role = "member,owner" },
				"no hash":             func(n *store.NewInvitation) { n.TokenHash = nil },
				"the token itself":    func(n *store.NewInvitation) { n.TokenHash = []byte("a token of more than 32 characters") },
				"an end that is now":  func(n *store.NewInvitation) { n.ExpiresAt = f.now },
			} {
				n := fresh(f, o)
				change(&n)
				if err := f.s.Invite(f.Context(), n, f.now); !errors.Is(err, store.ErrInvalid) {
					f.Errorf("%s: got %v", name, err)
				}
			}
		}},
		{"sees every profile of an address, oldest first", func(f *fixture) {
			id := someone()
			first := f.profile(id)
			f.now = f.now.Add(time.Second)
			id.Subject = word("twin")
			second := f.profile(id)
			got, err := f.s.Profiles(f.Context(), strings.ToUpper(id.Email))
			f.must(err)
			if d := cmp.Diff([]store.Profile{first, second}, got); d != "" {
				f.Error(d)
			}
		}},
		{"sees no profile of an address that nobody has", func(f *fixture) {
			for _, email := range []string{someone().Email, "", "not an address"} {
				got, err := f.s.Profiles(f.Context(), email)
				f.must(err)
				if len(got) != 0 {
					f.Errorf("%q: got %+v", email, got)
				}
			}
		}},
		{"finds the database answering", func(f *fixture) { f.must(f.s.Ping(f.Context())) }},
	}
}
