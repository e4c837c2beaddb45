package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/manage"
)

// whole is a file with something of everything, under names of its own.
func whole(now time.Time) (store.ImportFile, store.Identity) {
	acme, umbra, ann, bob := word("acme"), word("umbra"), someone(), someone()
	no := false
	return store.ImportFile{
		Organizations: []store.ImportOrganization{
			{Slug: acme, Name: "Acme", SubdomainStatus: store.Verified},
			{Slug: umbra, Name: "Umbra\u200b & Söhne \u202e'"},
		},
		Users: []store.ImportUser{
			{Email: ann.Email, Name: "Ann", Issuer: ann.Issuer, Subject: ann.Subject},
			{Email: bob.Email, Name: "Bob"},
		},
		Memberships: []store.ImportMembership{
			{Organization: acme, Email: strings.ToUpper(ann.Email), Role: "owner"},
			{Organization: umbra, Email: ann.Email},
			{Organization: acme, Email: bob.Email, Role: "admin", Active: &no},
		},
		Invitations: []store.ImportInvitation{
			{Organization: umbra, Email: bob.Email, Token: word("token") + word("token"), ExpiresAt: now.Add(time.Hour)},
		},
	}, ann
}

func importing() []behaviour {
	return slices.Concat(importedOrganizations(), importedNames(), importedAgain(), importedMemberships(), importedInviters())
}

func importedOrganizations() []behaviour {
	return []behaviour{
		{"brings everything in, with the defaults of the contract", func(f *fixture) {
			file, id := whole(f.now)
			f.load(file)
			c := f.complete(f.arrival(id))
			var got []string
			for _, m := range c.Snapshot.Memberships {
				got = append(got, m.Organization.Name+" "+m.Role+" "+string(m.Organization.Status))
			}
			if d := cmp.Diff([]string{"Acme owner verified", "Umbra & Söhne ' member pending"}, got); d != "" {
				f.Error(d)
			}
			i, err := f.s.Invitation(f.Context(), store.HashToken(file.Invitations[0].Token))
			f.must(err)
			if i.Role != "member" || i.Email != file.Users[1].Email || i.State(f.now) != store.InvitationPending {
				f.Errorf("got %+v", i)
			}
		}},
		{"makes a self-chosen organization name public", func(f *fixture) {
			l := f.arrival(someone())
			l.Identity.Name, l.Signup = "Your Bank", store.SignupOrganization
			own := f.complete(l).Snapshot.Memberships[0].Organization
			token, err := f.createInvitation(own.Slug, manage.NewInvitation{Email: "bob@people.test"})
			f.must(err)
			outside := func(want string) {
				f.Helper()
				o, err := f.s.OrganizationBySlug(f.Context(), own.Slug)
				f.must(err)
				i, err := f.s.Invitation(f.Context(), token)
				f.must(err)
				other := f.arrival(someone())
				other.Slugs = []string{own.Slug}
				snapshot := f.complete(other).Snapshot
				for _, got := range []store.Organization{o, i.Organization, snapshot.Organizations[own.Slug]} {
					if got.ID != own.ID || got.Name != want {
						f.Errorf("people outside see %+v, want the name %q", got, want)
					}
				}
			}
			if own.Name != "Your Bank's organization" {
				f.Errorf("the member sees %q", own.Name)
			}
			outside("")
			f.load(store.ImportFile{Organizations: []store.ImportOrganization{{Slug: own.Slug, SubdomainStatus: store.Verified}}})
			outside("") // an import that gives no name says nothing of it
			f.load(store.ImportFile{Organizations: []store.ImportOrganization{{Slug: own.Slug, Name: own.Name}}})
			outside(own.Name)
		}},
	}
}

func importedInviters() []behaviour {
	return []behaviour{
		{"names who invites, until an import names another", func(f *fixture) {
			o := f.organization(store.Verified)
			ann, bob := someone(), someone()
			ann.Name, bob.Name = "Ann", "Bob"
			f.member(ann, "owner", o)
			f.member(bob, "member", o)
			entry := f.invite(o, someone().Email, "member").entry
			inviter := func(want string) {
				f.Helper()
				f.load(store.ImportFile{Invitations: []store.ImportInvitation{entry}})
				i, err := f.s.Invitation(f.Context(), store.HashToken(entry.Token))
				f.must(err)
				if i.Inviter != want {
					f.Errorf("%q invites, want %q", i.Inviter, want)
				}
			}
			inviter("")
			entry.InvitedBy = strings.ToUpper(ann.Email)
			inviter("Ann")
			entry.InvitedBy = ""
			inviter("Ann") // an import that names nobody leaves it
			entry.InvitedBy = bob.Email
			inviter("Bob")
			entry.Token, entry.InvitedBy = word("token")+word("token"), ann.Email
			inviter("Ann")
		}},
		{"an inviter is an active member", func(f *fixture) {
			o, other := f.organization(store.Verified), f.organization(store.Verified)
			ann, former, disabled := someone(), someone(), someone()
			f.member(ann, "owner", other)
			f.member(former, "owner", o)
			f.setActive(o, former.Email, false)
			f.member(disabled, "owner", o)
			yes := true
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: disabled.Email, Issuer: disabled.Issuer, Subject: disabled.Subject, Disabled: &yes}}})
			entry := f.invite(o, someone().Email, "member").entry
			for _, entry.InvitedBy = range []string{ann.Email, former.Email, disabled.Email, someone().Email} {
				f.refuse(store.ErrInvalid, entry.InvitedBy, store.ImportFile{Invitations: []store.ImportInvitation{entry}})
			}
		}},
	}
}

func importedNames() []behaviour {
	return []behaviour{
		{"takes a name that cannot be seen for none", func(f *fixture) {
			slug, id := word("blank"), someone()
			f.load(store.ImportFile{
				Organizations: []store.ImportOrganization{{Slug: slug, Name: "\u200b\u3164"}},
				Users:         []store.ImportUser{{Email: id.Email, Name: "\u2060Ann", Issuer: id.Issuer, Subject: id.Subject}},
			})
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Name: "\u00ad", Issuer: id.Issuer, Subject: id.Subject}}})
			o, err := f.s.OrganizationBySlug(f.Context(), slug)
			f.must(err)
			profiles, err := f.s.Profiles(f.Context(), id.Email)
			f.must(err)
			if o.Name != slug || len(profiles) != 1 || profiles[0].Name != "Ann" {
				f.Errorf("got %+v, %+v", o, profiles)
			}
		}},
		{"converts a domain in another script to its A-labels", func(f *fixture) {
			local, o := word("ann"), f.organization(store.Verified)
			written, stored := strings.ToUpper(local)+"@bücher.test", local+"@xn--bcher-kva.test"
			token := word("token") + word("token")
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: written}},
				Memberships: []store.ImportMembership{{Organization: o.Slug, Email: stored}},
				Invitations: []store.ImportInvitation{{Organization: o.Slug, Email: written, Token: token, ExpiresAt: f.now.Add(time.Hour)}},
			})
			for _, email := range []string{written, stored} {
				profiles, err := f.s.Profiles(f.Context(), email)
				f.must(err)
				if len(profiles) != 1 || profiles[0].Email != stored {
					f.Errorf("%s: got %+v", email, profiles)
				}
			}
			i, err := f.s.Invitation(f.Context(), store.HashToken(token))
			f.must(err)
			if i.Email != stored {
				f.Errorf("the invitation is for %s", i.Email)
			}
		}},
		{"is idempotent", func(f *fixture) {
			file, id := whole(f.now)
			f.load(file)
			before := f.complete(f.arrival(id)).Snapshot
			f.load(file)
			f.load(file)
			if d := cmp.Diff(before, f.complete(f.arrival(id)).Snapshot); d != "" {
				f.Error(d)
			}
			for _, u := range file.Users {
				profiles, err := f.s.Profiles(f.Context(), u.Email)
				f.must(err)
				if len(profiles) != 1 {
					f.Errorf("got profiles %+v", profiles)
				}
			}
		}},
	}
}

func importedAgain() []behaviour {
	return []behaviour{
		{"is idempotent after an imported person has been bound", func(f *fixture) {
			o, id := f.organization(store.Verified), vouched()
			file := store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email}},
				Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}},
			}
			f.load(file)
			ann := f.profile(id)
			twin := id
			twin.Subject, twin.Authoritative = word("twin"), false
			other := f.profile(twin)
			f.load(file)
			f.wantRole(ann.ID, o, "member")
			f.wantRole(other.ID, o, "")
			profiles, err := f.s.Profiles(f.Context(), id.Email)
			f.must(err)
			if len(profiles) != 2 {
				f.Errorf("got profiles %+v", profiles)
			}
		}},
		{"leaves alone what the file does not name", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.member(id, "owner", o)
			yes := true
			f.load(store.ImportFile{
				Organizations: []store.ImportOrganization{{Slug: o.Slug}},
				Users:         []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject}},
				Memberships:   []store.ImportMembership{{Organization: o.Slug, Email: id.Email, Active: &yes}},
			})
			if d := cmp.Diff([]store.Membership{{Organization: o, Role: "owner"}}, f.snapshot(ann.ID).Memberships); d != "" {
				f.Error(d)
			}
			if got := f.snapshot(ann.ID).Profile; got.Name != id.Name || !got.EmailVerified {
				f.Errorf("got %+v", got)
			}
			f.setActive(o, id.Email, false)
			f.load(store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email, Role: "admin"}}})
			f.wantRole(ann.ID, o, "")
			f.setActive(o, id.Email, true)
			f.wantRole(ann.ID, o, "admin")
		}},
		{"changes what the file names", func(f *fixture) {
			o, id := f.organization(store.Pending), someone()
			ann := f.member(id, "owner", o)
			f.load(store.ImportFile{
				Organizations: []store.ImportOrganization{{Slug: o.Slug, Name: "New", SubdomainStatus: store.Verified}},
				Users:         []store.ImportUser{{Email: id.Email, Name: "Ann New", Issuer: id.Issuer, Subject: id.Subject}},
				Memberships:   []store.ImportMembership{{Organization: o.Slug, Email: id.Email, Role: "member"}},
			})
			o.Name, o.Status = "New", store.Verified
			f.eventually(func() string {
				got := f.snapshot(ann.ID)
				return cmp.Diff([]store.Membership{{Organization: o, Role: "member"}}, got.Memberships) + cmp.Diff("Ann New", got.Profile.Name)
			})
		}},
	}
}

func importedMemberships() []behaviour {
	return []behaviour{
		{"names an organization without a name after its slug", func(f *fixture) {
			slug := word("plain")
			f.load(store.ImportFile{Organizations: []store.ImportOrganization{{Slug: slug}}})
			o, err := f.s.OrganizationBySlug(f.Context(), slug)
			f.must(err)
			if o.Name != slug || o.Status != store.Pending {
				f.Errorf("got %+v", o)
			}
		}},
		{"gives a membership to the person of that address who is already there", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			f.load(store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}}})
			f.wantRole(ann.ID, o, "member")
		}},
		{"binds a person imported by address to the identity that a later file names", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email}},
				Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}},
			})
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject}}})
			f.wantRole(f.profile(id).ID, o, "member")
		}},
		{"that changes a person's address takes back that it was verified", func(f *fixture) {
			id := vouched()
			ann := f.profile(id)
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: "new-" + id.Email, Issuer: id.Issuer, Subject: id.Subject}}})
			f.eventually(func() string {
				if p := f.snapshot(ann.ID).Profile; p.Email != "new-"+id.Email || p.EmailVerified || p.Authoritative {
					return "the address was not changed, or counts as verified"
				}
				return ""
			})
		}},
		{"of an empty file changes nothing", func(f *fixture) { f.load(store.ImportFile{}) }},
	}
}
