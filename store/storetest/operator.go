package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/manage"
)

func operator() []behaviour {
	return []behaviour{
		{"invites to an organization", func(f *fixture) {
			o := f.organization(store.Verified)
			email := someone().Email
			hash, err := f.createInvitation(o.Slug, manage.NewInvitation{Email: strings.ToUpper(email), Role: "admin", ExpiresAt: f.now.Add(time.Hour)})
			f.must(err)
			got, err := f.s.Invitation(f.Context(), hash)
			f.must(err)
			want := store.Invitation{ID: got.ID, Organization: o, Email: email, Role: "admin", ExpiresAt: f.now.Add(time.Hour)}
			if d := cmp.Diff(want, got); d != "" {
				f.Error(d)
			}
		}},
		{"cannot invite to an unknown organization", func(f *fixture) {
			_, err := f.createInvitation(word("unknown"), manage.NewInvitation{Email: someone().Email})
			f.is(err, store.ErrNotFound)
		}},
		{"cannot invite with a malformed address, role or end", func(f *fixture) {
			o := f.organization(store.Verified)
			for name, n := range map[string]manage.NewInvitation{
				"two addresses (K12)": {Email: "a@b.test, c@d.test"},
				"no address":          {},
				"two roles":           {Email: someone().Email, Role: "member,owner"},
				"an end that is now":  {Email: someone().Email, ExpiresAt: f.now},
			} {
				if _, err := f.createInvitation(o.Slug, n); !errors.Is(err, store.ErrInvalid) {
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
		{"sees no profile of an unknown address", func(f *fixture) {
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
