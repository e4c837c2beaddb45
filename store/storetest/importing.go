package storetest

import (
	"errors"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
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
			token := store.HashToken(word("token"))
			f.must(f.s.Invite(f.Context(), store.NewInvitation{
				OrganizationSlug: own.Slug, Email: "bob@people.test", Role: "member", TokenHash: token, ExpiresAt: f.now.Add(time.Hour),
			}, f.now))
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

func importRefused() []behaviour {
	// refuse imports a good entry before the bad one, and wants neither there.
	refuse := func(f *fixture, want error, named string, file store.ImportFile) {
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
	organization := func(change func(*store.ImportOrganization)) func(*fixture) store.ImportFile {
		return func(*fixture) store.ImportFile {
			o := store.ImportOrganization{Slug: word("bad"), Name: "Bad"}
			change(&o)
			return store.ImportFile{Organizations: []store.ImportOrganization{o}}
		}
	}
	user := func(change func(*store.ImportUser)) func(*fixture) store.ImportFile {
		return func(*fixture) store.ImportFile {
			u := store.ImportUser{Email: word("bad") + "@people.test"}
			change(&u)
			return store.ImportFile{Users: []store.ImportUser{u}}
		}
	}
	membership := func(change func(*store.ImportMembership)) func(*fixture) store.ImportFile {
		return func(f *fixture) store.ImportFile {
			id := someone()
			o := f.organization(store.Verified)
			f.member(id, "member", o)
			m := store.ImportMembership{Organization: o.Slug, Email: id.Email}
			change(&m)
			return store.ImportFile{Memberships: []store.ImportMembership{m}}
		}
	}
	invitation := func(change func(*store.ImportInvitation)) func(*fixture) store.ImportFile {
		return func(f *fixture) store.ImportFile {
			i := store.ImportInvitation{
				Organization: f.organization(store.Verified).Slug, Email: "bob@people.test",
				Token: word("token") + word("token"), ExpiresAt: f.now.Add(time.Hour),
			}
			change(&i)
			return store.ImportFile{Invitations: []store.ImportInvitation{i}}
		}
	}
	cases := []struct {
		name  string
		named string
		file  func(*fixture) store.ImportFile
	}{
		{"a reserved slug", "www", organization(func(o *store.ImportOrganization) { o.Slug = "www" })},
		{"a slug in upper case", "Acme", organization(func(o *store.ImportOrganization) { o.Slug = "Acme" })},
		{"an A-label as slug", "xn--e1afmkfd", organization(func(o *store.ImportOrganization) { o.Slug = "xn--e1afmkfd" })},
		{"an organization without a slug", "organizations[1]", organization(func(o *store.ImportOrganization) { o.Slug = "" })},
		{"an unknown subdomain status", "perhaps", organization(func(o *store.ImportOrganization) { o.SubdomainStatus = "perhaps" })},
		{"a name with NUL", "organizations[1]", organization(func(o *store.ImportOrganization) { o.Name = "a\x00b" })},
		{"a user without an address", "users[0]", user(func(u *store.ImportUser) { u.Email = "" })},
		{"two addresses in one", "a@b.test,c@d.test", user(func(u *store.ImportUser) { u.Email = "a@b.test,c@d.test" })},
		{"an issuer without a subject", "users[0]", user(func(u *store.ImportUser) { u.Issuer = "https://op.test" })},
		{"a subject without an issuer", "users[0]", user(func(u *store.ImportUser) { u.Subject = "ann" })},
		{"a membership of an unknown organization", "nobody-knows", membership(func(m *store.ImportMembership) { m.Organization = "nobody-knows" })},
		{"a membership of an unknown person", "nobody@people.test", membership(func(m *store.ImportMembership) { m.Email = "nobody@people.test" })},
		{"a role that is not one word", "two words", membership(func(m *store.ImportMembership) { m.Role = "two words" })},
		{"a role with a comma", "a,b", membership(func(m *store.ImportMembership) { m.Role = "a,b" })},
		{"an invitation of an unknown organization", "nobody-knows", invitation(func(i *store.ImportInvitation) { i.Organization = "nobody-knows" })},
		{"an invitation to no address", "invitations[0]", invitation(func(i *store.ImportInvitation) { i.Email = "Bob <bob@people.test>" })},
		{"a token that is too short", "invitations[0]", invitation(func(i *store.ImportInvitation) { i.Token = strings.Repeat("t", 21) })},
		{"an invitation without an end", "invitations[0]", invitation(func(i *store.ImportInvitation) { i.ExpiresAt = time.Time{} })},
	}
	var all []behaviour
	for _, c := range cases {
		all = append(all, behaviour{c.name + " is invalid, names the entry and changes nothing", func(f *fixture) {
			refuse(f, store.ErrInvalid, c.named, c.file(f))
		}})
	}
	return append(all,
		behaviour{"a token never appears in an error", func(f *fixture) {
			file := invitation(func(i *store.ImportInvitation) { i.Token = "short-secret" })(f)
			if err := f.s.Import(f.Context(), file, f.now); err == nil || strings.Contains(err.Error(), "short-secret") {
				f.Errorf("got %v", err)
			}
		}},
		behaviour{"a token that is another organization's or another address's is a conflict", func(f *fixture) {
			i := f.invite(f.organization(store.Verified), someone().Email, "member")
			entry := i.entry
			entry.Email = "other@people.test"
			refuse(f, store.ErrConflict, "invitations[0]", store.ImportFile{Invitations: []store.ImportInvitation{entry}})
			entry = i.entry
			entry.Organization = f.organization(store.Verified).Slug
			refuse(f, store.ErrConflict, "invitations[0]", store.ImportFile{Invitations: []store.ImportInvitation{entry}})
		}},
		behaviour{"a user whose identity and address are those of two people is a conflict that names both", func(f *fixture) {
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
				refuse(f, store.ErrConflict, bound.ID, file)
				refuse(f, store.ErrConflict, others[0].ID, file)
				if got := f.snapshot(bound.ID).Profile; got != bound {
					f.Errorf("the profile of the identity was changed to %+v", got)
				}
			}
		}},
		behaviour{"an address that another account claims without proof is given to the person of the identity", func(f *fixture) {
			ann, eve := someone(), someone()
			bound := f.profile(ann)
			eve.EmailVerified = false
			f.profile(eve)
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: eve.Email, Issuer: ann.Issuer, Subject: ann.Subject}}})
			f.eventually(func() string { return cmp.Diff(eve.Email, f.snapshot(bound.ID).Profile.Email) })
		}},
		behaviour{"a membership by an address that several people have is a conflict", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			f.profile(id)
			id.Subject = word("twin")
			f.profile(id)
			refuse(f, store.ErrConflict, id.Email, store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}}})
		}},
		behaviour{"a membership by an address that was never verified is invalid", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			id.EmailVerified = false
			f.profile(id)
			refuse(f, store.ErrInvalid, id.Email, store.ImportFile{Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}}})
		}},
		behaviour{"one thing named twice is invalid", func(f *fixture) {
			file, _ := whole(f.now)
			for name, doubled := range map[string]store.ImportFile{
				"organizations[2]": {Organizations: []store.ImportOrganization{file.Organizations[0], file.Organizations[0]}},
				"users[1]":         {Users: []store.ImportUser{file.Users[0], file.Users[0]}},
				"memberships[1]":   {Memberships: []store.ImportMembership{file.Memberships[0], file.Memberships[0]}},
				"invitations[1]":   {Invitations: []store.ImportInvitation{file.Invitations[0], file.Invitations[0]}},
			} {
				refuse(f, store.ErrInvalid, name, doubled)
			}
		}},
	)
}

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
