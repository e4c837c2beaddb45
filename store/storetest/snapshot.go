package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func snapshot() []behaviour {
	return slices.Concat(snapshotOfMemberships(), snapshotOfChanges())
}

func snapshotOfMemberships() []behaviour {
	return []behaviour{
		{"of an unknown person is not found", func(f *fixture) {
			_, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: store.NewID()})
			f.is(err, store.ErrNotFound)
		}},
		{"tells the active memberships by name, then slug, in byte order", func(f *fixture) {
			suffix := word("x")
			var file store.ImportFile
			id := someone()
			file.Users = []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject}}
			for _, o := range []struct{ slug, name string }{{"d", "beta"}, {"b", "Zeta"}, {"c", "alpha"}, {"a", "alpha"}, {"e", "Älpha"}} {
				slug := o.slug + suffix
				file.Organizations = append(file.Organizations, store.ImportOrganization{Slug: slug, Name: o.name})
				file.Memberships = append(file.Memberships, store.ImportMembership{Organization: slug, Email: id.Email})
			}
			f.load(file)
			var got []string
			for _, m := range f.complete(f.arrival(id)).Snapshot.Memberships {
				got = append(got, strings.TrimSuffix(m.Organization.Slug, suffix))
			}
			if d := cmp.Diff([]string{"b", "a", "c", "d", "e"}, got); d != "" {
				f.Error(d)
			}
		}},
		{"is the same as at the login", func(f *fixture) {
			o, other, id := f.organization(store.Verified), f.organization(store.Failed), vouched()
			f.member(id, "admin", o)
			i := f.invite(other, id.Email, "member")
			l := f.arrival(id)
			l.Slugs = []string{o.Slug, other.Slug}
			c := f.complete(l)
			got, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: c.Snapshot.Profile.ID, Slugs: l.Slugs, Invitation: i.hash})
			f.must(err)
			if got.Invitation == nil || got.Invitation.Organization != other || got.Invitation.Email != id.Email {
				f.Errorf("got invitation %+v", got.Invitation)
			}
			got.Invitation, got.Source, got.Age = nil, c.Snapshot.Source, c.Snapshot.Age
			if d := cmp.Diff(c.Snapshot, got); d != "" {
				f.Error(d)
			}
		}},
		{"has no key for unknown, reserved or malformed slugs", func(f *fixture) {
			ann := f.profile(someone())
			for _, slug := range []string{word("unknown"), "www", "xn--e1afmkfd", "", "UPPER", "a.b", "-"} {
				got, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: ann.ID, Slugs: []string{slug}})
				f.must(err)
				if len(got.Organizations) != 0 {
					f.Errorf("%q: got %+v", slug, got.Organizations)
				}
			}
		}},
	}
}

func snapshotOfChanges() []behaviour {
	return []behaviour{
		{"tells an organization that the person is no member of", func(f *fixture) {
			o := f.organization(store.Disabled)
			ann := f.profile(someone())
			got, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: ann.ID, Slugs: []string{o.Slug, o.Slug}})
			f.must(err)
			if d := cmp.Diff(map[string]store.Organization{o.Slug: o}, got.Organizations); d != "" || len(got.Memberships) != 0 {
				f.Errorf("got %+v\n%s", got, d)
			}
		}},
		{"has no invitation for an unknown token", func(f *fixture) {
			ann := f.profile(someone())
			for _, h := range [][]byte{nil, {}, hash(), hash()[:8]} {
				got, err := f.s.AccessSnapshot(f.Context(), store.AccessQuery{UserID: ann.ID, Invitation: h})
				f.must(err)
				if got.Invitation != nil {
					f.Errorf("got %+v", got.Invitation)
				}
			}
		}},
		{"tells that the person is disabled", func(f *fixture) {
			id := someone()
			ann := f.profile(id)
			f.disable(id, true)
			f.eventually(func() string {
				if !f.snapshot(ann.ID).Profile.Disabled {
					return "the profile is not disabled"
				}
				return ""
			})
		}},
		{"follows a change of status and of membership", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.member(id, "member", o)
			f.wantRole(ann.ID, o, "member")
			f.load(store.ImportFile{Organizations: []store.ImportOrganization{{Slug: o.Slug, SubdomainStatus: store.Failed}}})
			f.eventually(func() string {
				m, _ := f.snapshot(ann.ID).Membership(o.ID)
				if m.Organization.Status != store.Failed {
					return "the status is " + string(m.Organization.Status)
				}
				return ""
			})
			f.setActive(o, id.Email, false)
			f.wantRole(ann.ID, o, "")
		}},
	}
}

func lastUsed() []behaviour {
	want := func(f *fixture, userID string, o store.Organization) {
		f.Helper()
		f.eventually(func() string {
			if got := f.snapshot(userID).LastUsed; got != o.ID {
				return "last used is " + quoted(got) + ", want " + quoted(o.ID)
			}
			return ""
		})
	}
	return []behaviour{
		{"is remembered, the latest landing counts", func(f *fixture) {
			a, b := f.organization(store.Verified), f.organization(store.Verified)
			ann := f.member(someone(), "member", a, b)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, a.ID, f.now))
			want(f, ann.ID, a)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, b.ID, f.now.Add(time.Second)))
			want(f, ann.ID, b)
		}},
		{"never goes back to an earlier landing that is written late", func(f *fixture) {
			a, b := f.organization(store.Verified), f.organization(store.Verified)
			ann, bob := f.member(someone(), "member", a, b), f.member(someone(), "member", a)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, a.ID, f.now))
			want(f, ann.ID, a)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, b.ID, f.now.Add(-time.Second)))
			// Writes may be late but not out of order: when bob's is there, ann's was done.
			f.must(f.s.MarkUsed(f.Context(), bob.ID, a.ID, f.now))
			want(f, bob.ID, a)
			want(f, ann.ID, a)
		}},
		{"is not changed by a place that the person is not an active member of", func(f *fixture) {
			a, left, foreign := f.organization(store.Verified), f.organization(store.Verified), f.organization(store.Verified)
			id := someone()
			ann := f.member(id, "member", a, left)
			bob := f.member(someone(), "member", a)
			f.setActive(left, id.Email, false)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, a.ID, f.now))
			want(f, ann.ID, a)
			for _, place := range []string{left.ID, foreign.ID, store.NewID()} {
				f.must(f.s.MarkUsed(f.Context(), ann.ID, place, f.now.Add(time.Hour)))
			}
			// Writes may be late but not out of order: when bob's is there, ann's were done.
			f.must(f.s.MarkUsed(f.Context(), bob.ID, a.ID, f.now))
			want(f, bob.ID, a)
			want(f, ann.ID, a)
		}},
		{"of an unknown person changes nothing", func(f *fixture) {
			o := f.organization(store.Verified)
			f.must(f.s.MarkUsed(f.Context(), store.NewID(), o.ID, f.now))
		}},
	}
}

func organizations() []behaviour {
	return []behaviour{
		{"are found by slug, whatever their status", func(f *fixture) {
			for _, status := range []store.SubdomainStatus{store.Pending, store.Verifying, store.Verified, store.Failed, store.Disabled} {
				o := f.organization(status)
				want := store.Organization{ID: o.ID, Name: "Organization " + o.Slug, Slug: o.Slug, Status: status}
				if d := cmp.Diff(want, o); d != "" || !store.ValidID(o.ID) {
					f.Errorf("got %+v\n%s", o, d)
				}
			}
		}},
		{"of unknown, reserved or malformed slugs are not found", func(f *fixture) {
			o := f.organization(store.Verified)
			for _, slug := range []string{word("unknown"), "www", "", strings.ToUpper(o.Slug), o.Slug + ".", " " + o.Slug, o.Slug + "%", strings.Repeat("a", 64)} {
				_, err := f.s.OrganizationBySlug(f.Context(), slug)
				f.is(err, store.ErrNotFound)
			}
		}},
		{"appear as soon as they are imported, also when they were asked for before", func(f *fixture) {
			slug := word("later")
			_, err := f.s.OrganizationBySlug(f.Context(), slug)
			f.is(err, store.ErrNotFound)
			f.load(store.ImportFile{Organizations: []store.ImportOrganization{{Slug: slug, Name: "Later"}}})
			f.eventually(func() string {
				if _, err := f.s.OrganizationBySlug(f.Context(), slug); err != nil {
					return err.Error()
				}
				return ""
			})
		}},
	}
}
