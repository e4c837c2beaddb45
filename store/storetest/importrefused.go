package storetest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func importRefused() []behaviour {
	var all []behaviour
	for _, c := range badEntries() {
		all = append(all, behaviour{c.name + " is invalid, names the entry and changes nothing", func(f *fixture) {
			f.refuse(store.ErrInvalid, c.named, c.file(f))
		}})
	}
	return append(all, slices.Concat(badTokens(), badPeople(), entriesNamedTwice())...)
}

// badEntry is a file with a mistake; named is what the error names.
type badEntry struct {
	name  string
	named string
	file  func(*fixture) store.ImportFile
}

func badEntries() []badEntry {
	return []badEntry{
		{"a reserved slug", "www", badOrganization(func(o *store.ImportOrganization) { o.Slug = "www" })},
		{"a slug in upper case", "Acme", badOrganization(func(o *store.ImportOrganization) { o.Slug = "Acme" })},
		{"an A-label as slug", "xn--e1afmkfd", badOrganization(func(o *store.ImportOrganization) { o.Slug = "xn--e1afmkfd" })},
		{"an organization without a slug", "organizations[1]", badOrganization(func(o *store.ImportOrganization) { o.Slug = "" })},
		{"an unknown subdomain status", "perhaps", badOrganization(func(o *store.ImportOrganization) { o.SubdomainStatus = "perhaps" })},
		{"a name with NUL", "organizations[1]", badOrganization(func(o *store.ImportOrganization) { o.Name = "a\x00b" })},
		{"a user without an address", "users[0]", badUser(func(u *store.ImportUser) { u.Email = "" })},
		{"two addresses in one", "a@b.test,c@d.test", badUser(func(u *store.ImportUser) { u.Email = "a@b.test,c@d.test" })},
		{"an issuer without a subject", "users[0]", badUser(func(u *store.ImportUser) { u.Issuer = "https://op.test" })},
		{"a subject without an issuer", "users[0]", badUser(func(u *store.ImportUser) { u.Subject = "ann" })},
		{"a membership of an unknown organization", "unknown-slug", badMembership(func(m *store.ImportMembership) { m.Organization = "unknown-slug" })},
		{"a membership of an unknown person", "unknown@people.test", badMembership(func(m *store.ImportMembership) { m.Email = "unknown@people.test" })},
		{"a role that is not one word", "two words", badMembership(func(m *store.ImportMembership) { m.Role = "two words" })},
		{"a role with a comma", "a,b", badMembership(func(m *store.ImportMembership) { m.Role = "a,b" })},
		{"an invitation of an unknown organization", "unknown-slug", badInvitation(func(i *store.ImportInvitation) { i.Organization = "unknown-slug" })},
		{"an invitation to no address", "invitations[0]", badInvitation(func(i *store.ImportInvitation) { i.Email = "Bob <bob@people.test>" })},
		{"a token that is too short", "invitations[0]", badInvitation(func(i *store.ImportInvitation) { i.Token = strings.Repeat("t", 21) })},
		{"an invitation without an end", "invitations[0]", badInvitation(func(i *store.ImportInvitation) { i.ExpiresAt = time.Time{} })},
	}
}

func badTokens() []behaviour {
	return []behaviour{
		{"a token never appears in an error", func(f *fixture) {
			file := badInvitation(func(i *store.ImportInvitation) { i.Token = "short-secret" })(f)
			if err := f.s.Import(f.Context(), file, f.now); err == nil || strings.Contains(err.Error(), "short-secret") {
				f.Errorf("got %v", err)
			}
		}},
		{"a token that is another organization's or another address's is a conflict", func(f *fixture) {
			i := f.invite(f.organization(store.Verified), someone().Email, "member")
			entry := i.entry
			entry.Email = "other@people.test"
			f.refuse(store.ErrConflict, "invitations[0]", store.ImportFile{Invitations: []store.ImportInvitation{entry}})
			entry = i.entry
			entry.Organization = f.organization(store.Verified).Slug
			f.refuse(store.ErrConflict, "invitations[0]", store.ImportFile{Invitations: []store.ImportInvitation{entry}})
		}},
	}
}

func badPeople() []behaviour {
	return []behaviour{
		{"a user whose identity and address are those of two people is a conflict that names both", func(f *fixture) {
			for _, imported := range []bool{true, false} {
				ann, bob := someone(), someone()
				bound := f.profile(ann)
				if imported {
					f.load(store.ImportFile{Users: []store.ImportUser{{Email: bob.Email}}})
				} else {
					f.profile(bob)
				}
				others, err := f.s.Profiles(f.Context(), bob.Email)
				f.must(err)
				file := store.ImportFile{Users: []store.ImportUser{{Email: bob.Email, Issuer: ann.Issuer, Subject: ann.Subject}}}
				f.refuse(store.ErrConflict, bound.ID, file)
				f.refuse(store.ErrConflict, others[0].ID, file)
				if got := f.snapshot(bound.ID).Profile; got != bound {
					f.Errorf("the profile of the identity was changed to %+v", got)
				}
			}
		}},
		{"an address that another account claims without proof is given to the person of the identity", func(f *fixture) {
			ann, eve := someone(), someone()
			bound := f.profile(ann)
			eve.EmailVerified = false
			f.profile(eve)
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: eve.Email, Issuer: ann.Issuer, Subject: ann.Subject}}})
			f.eventually(func() string { return cmp.Diff(eve.Email, f.snapshot(bound.ID).Profile.Email) })
		}},
		{"a membership by an address that several people have is a conflict", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			f.profile(id)
			id.Subject = word("twin")
			f.profile(id)
			f.refuse(store.ErrConflict, id.Email, store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}}})
		}},
		{"a membership by an address that was never verified is invalid", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			id.EmailVerified = false
			f.profile(id)
			f.refuse(store.ErrInvalid, id.Email, store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}}})
		}},
	}
}

func entriesNamedTwice() []behaviour {
	return []behaviour{
		{"one thing named twice is invalid", func(f *fixture) {
			file, _ := whole(f.now)
			for name, doubled := range map[string]store.ImportFile{
				"organizations[2]": {Organizations: []store.ImportOrganization{file.Organizations[0], file.Organizations[0]}},
				"users[1]":         {Users: []store.ImportUser{file.Users[0], file.Users[0]}},
				"memberships[1]":   {Memberships: []store.ImportMembership{file.Memberships[0], file.Memberships[0]}},
				"invitations[1]":   {Invitations: []store.ImportInvitation{file.Invitations[0], file.Invitations[0]}},
			} {
				f.refuse(store.ErrInvalid, name, doubled)
			}
		}},
	}
}

// refuse imports a good entry before the bad one, and wants neither there.
func (f *fixture) refuse(want error, named string, file store.ImportFile) {
	f.Helper()
	good := word("good")
	file.Organizations = append([]store.ImportOrganization{{Slug: good, Name: "Good"}}, file.Organizations...)
	err := f.s.Import(f.Context(), file, f.now)
	f.is(err, want)
	if !strings.Contains(err.Error(), named) {
		f.Errorf("the error %q does not name %q", err, named)
	}
	if _, err := f.s.OrganizationBySlug(f.Context(), good); !errors.Is(err, store.ErrNotFound) {
		f.Errorf("the entry before the refused one is there: %v", err)
	}
}

// badOrganization is a file with an organization that is good but for what change makes of it.
func badOrganization(change func(*store.ImportOrganization)) func(*fixture) store.ImportFile {
	return func(*fixture) store.ImportFile {
		o := store.ImportOrganization{Slug: word("bad"), Name: "Bad"}
		change(&o)
		return store.ImportFile{Organizations: []store.ImportOrganization{o}}
	}
}

// badUser is a file with a user that is good but for what change makes of it.
func badUser(change func(*store.ImportUser)) func(*fixture) store.ImportFile {
	return func(*fixture) store.ImportFile {
		u := store.ImportUser{Email: word("bad") + "@people.test"}
		change(&u)
		return store.ImportFile{Users: []store.ImportUser{u}}
	}
}

// badMembership is a file with a membership that is good but for what change makes of it.
func badMembership(change func(*store.ImportMembership)) func(*fixture) store.ImportFile {
	return func(f *fixture) store.ImportFile {
		id := someone()
		o := f.organization(store.Verified)
		f.member(id, "member", o)
		m := store.ImportMembership{Organization: o.Slug, Email: id.Email}
		change(&m)
		return store.ImportFile{Memberships: []store.ImportMembership{m}}
	}
}

// badInvitation is a file with an invitation that is good but for what change makes of it.
func badInvitation(change func(*store.ImportInvitation)) func(*fixture) store.ImportFile {
	return func(f *fixture) store.ImportFile {
		i := store.ImportInvitation{
			Organization: f.organization(store.Verified).Slug, Email: "bob@people.test",
			Token: word("token") + word("token"), ExpiresAt: f.now.Add(time.Hour),
		}
		change(&i)
		return store.ImportFile{Invitations: []store.ImportInvitation{i}}
	}
}
