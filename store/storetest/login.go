package storetest

import (
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func firstLogin() []behaviour {
	return slices.Concat(madeByFirstLogin(), refusedFirstLogin())
}

func madeByFirstLogin() []behaviour {
	return []behaviour{
		{"makes profile, pending organization and owner membership under SIGNUP=organization", func(f *fixture) {
			id := someone()
			l := f.arrival(id)
			l.Signup = store.SignupOrganization
			c := f.complete(l)
			want := store.Profile{ID: c.Snapshot.Profile.ID, Email: id.Email, EmailVerified: true, Name: id.Name, Picture: id.Picture}
			if d := cmp.Diff(want, c.Snapshot.Profile); d != "" {
				f.Error(d)
			}
			if !store.ValidID(c.Snapshot.Profile.ID) || !c.FirstLogin || c.Refused != "" || c.Invitation != store.NotGiven {
				f.Errorf("got %+v", c)
			}
			if len(c.Snapshot.Memberships) != 1 {
				f.Fatalf("got memberships %+v, want one", c.Snapshot.Memberships)
			}
			m := c.Snapshot.Memberships[0]
			if m.Role != "owner" || m.Organization.Status != store.Pending || m.Organization.Name != id.Name+"'s organization" ||
				!store.ValidSlug(m.Organization.Slug) || !strings.HasPrefix(m.Organization.Slug, "org-") || !store.ValidID(m.Organization.ID) {
				f.Errorf("got membership %+v", m)
			}
			if c.Snapshot.LastUsed != "" {
				f.Errorf("got last used %q before the first landing", c.Snapshot.LastUsed)
			}
			if !f.live(c.Snapshot.Profile.ID, l.Session) {
				f.Error("the session was not stored")
			}
		}},
		{"names the organization after the address when there is no name", func(f *fixture) {
			id := someone()
			id.Name = ""
			l := f.arrival(id)
			l.Signup = store.SignupOrganization
			c := f.complete(l)
			local, _, _ := strings.Cut(id.Email, "@")
			if len(c.Snapshot.Memberships) != 1 || c.Snapshot.Memberships[0].Organization.Name != local+"'s organization" {
				f.Errorf("got memberships %+v", c.Snapshot.Memberships)
			}
		}},
		{"makes the profile alone under SIGNUP=profile", func(f *fixture) {
			c := f.complete(f.arrival(someone()))
			if !c.FirstLogin || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c)
			}
		}},
	}
}

func refusedFirstLogin() []behaviour {
	return []behaviour{
		{"is refused under SIGNUP=closed and stores nothing", func(f *fixture) {
			l := f.arrival(someone())
			l.Signup = store.SignupClosed
			c := f.complete(l)
			f.wantReason(c.Refused, store.SignupIsClosed)
			if d := cmp.Diff(store.AccessSnapshot{}, c.Snapshot); d != "" {
				f.Errorf("a refused login has a snapshot: %s", d)
			}
			profiles, err := f.s.Profiles(f.Context(), l.Identity.Email)
			f.must(err)
			if len(profiles) != 0 {
				f.Errorf("got profiles %+v", profiles)
			}
		}},
		{"ends the browser's session when it is refused no more than it starts one", func(f *fixture) {
			before := f.arrival(someone())
			ann := f.complete(before).Snapshot.Profile
			l := f.arrival(someone())
			l.Signup, l.Replaces = store.SignupClosed, before.Session.ID
			f.wantReason(f.complete(l).Refused, store.SignupIsClosed)
			if !f.live(ann.ID, before.Session) {
				f.Error("a refused login ended a session")
			}
		}},
		{"with a known address and a new subject makes a separate profile without places (F2)", func(f *fixture) {
			o := f.organization(store.Verified)
			id := vouched()
			ann := f.member(id, "owner", o)
			id.Subject = word("new")
			l := f.arrival(id)
			l.Signup = store.SignupOrganization
			c := f.complete(l)
			if c.Snapshot.Profile.ID == ann.ID || !c.FirstLogin || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("the new subject got %+v", c)
			}
			f.wantRole(ann.ID, o, "owner")
		}},
		{"with the same subject of another issuer makes a separate profile (F1)", func(f *fixture) {
			id := someone()
			ann := f.profile(id)
			id.Issuer = "https://other.test"
			if other := f.profile(id); other.ID == ann.ID {
				f.Error("two issuers share a profile")
			}
		}},
		{"compares subjects byte for byte", func(f *fixture) {
			id := someone()
			ann := f.profile(id)
			id.Subject = strings.ToUpper(id.Subject)
			if other := f.profile(id); other.ID == ann.ID {
				f.Error("subjects that differ in case share a profile")
			}
		}},
	}
}
