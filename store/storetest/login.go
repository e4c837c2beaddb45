package storetest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func firstLogin() []behaviour {
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
				f.Errorf("got last used %q before anybody landed", c.Snapshot.LastUsed)
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

func loginAgain() []behaviour {
	return []behaviour{
		{"finds the same profile and makes nothing", func(f *fixture) {
			id := someone()
			l := f.arrival(id)
			l.Signup = store.SignupOrganization
			first := f.complete(l)
			l.Session = f.session()
			again := f.complete(l)
			if again.FirstLogin {
				f.Error("the second login says it is the first")
			}
			if d := cmp.Diff(first.Snapshot.Profile, again.Snapshot.Profile); d != "" {
				f.Error(d)
			}
			if d := cmp.Diff(first.Snapshot.Memberships, again.Snapshot.Memberships); d != "" {
				f.Error(d)
			}
		}},
		{"makes no organization for a person who lost theirs", func(f *fixture) {
			o := f.organization(store.Verified)
			id := someone()
			f.member(id, "member", o)
			f.setActive(o, id.Email, false)
			l := f.arrival(id)
			l.Signup = store.SignupOrganization
			if c := f.complete(l); len(c.Snapshot.Memberships) != 0 || c.FirstLogin {
				f.Errorf("got %+v", c)
			}
		}},
		{"works under SIGNUP=closed for a person who is known", func(f *fixture) {
			id := someone()
			ann := f.profile(id)
			l := f.arrival(id)
			l.Signup = store.SignupClosed
			if c := f.complete(l); c.Refused != "" || c.Snapshot.Profile.ID != ann.ID {
				f.Errorf("got %+v", c)
			}
		}},
		{"updates address, name and picture, and keeps the places (F11)", func(f *fixture) {
			o := f.organization(store.Verified)
			id := someone()
			ann := f.member(id, "admin", o)
			id.Email, id.Name, id.Picture, id.Authoritative = word("moved")+"@people.test", "Ann Moved", "", true
			c := f.complete(f.arrival(id))
			want := store.Profile{ID: ann.ID, Email: id.Email, EmailVerified: true, Authoritative: true, Name: "Ann Moved"}
			if d := cmp.Diff(want, c.Snapshot.Profile); d != "" {
				f.Error(d)
			}
			f.wantRole(ann.ID, o, "admin")
		}},
		{"keeps the old name when the provider tells none", func(f *fixture) {
			id := someone()
			f.profile(id)
			name := id.Name
			id.Name = ""
			if got := f.profile(id).Name; got != name {
				f.Errorf("got name %q, want %q", got, name)
			}
		}},
		{"without a verified address is refused for an identity that is not bound, and nothing is stored (F3)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			for _, email := range []string{id.Email, ""} {
				unverified := id
				unverified.Email, unverified.EmailVerified = email, false
				l := f.arrival(unverified)
				f.wantReason(f.complete(l).Refused, store.EmailNotVerified)
				l = f.arrival(unverified)
				i := f.invite(o, id.Email, "member")
				l.Invitation = i.hash
				f.wantReason(f.complete(l).Refused, store.EmailNotVerified)
				if f.state(i) != store.InvitationPending {
					f.Error("the invitation was accepted")
				}
			}
			if !f.complete(f.arrival(id)).FirstLogin {
				f.Error("a login that was refused made the profile")
			}
		}},
		{"without a verified address keeps that of the profile, for an identity that is bound", func(f *fixture) {
			id := vouched()
			ann := f.profile(id)
			for _, email := range []string{"other-" + id.Email, ""} {
				unverified := id
				unverified.Email, unverified.EmailVerified = email, false
				if p := f.complete(f.arrival(unverified)).Snapshot.Profile; p.ID != ann.ID || p.Email != ann.Email || p.EmailVerified || p.Authoritative {
					f.Errorf("with %q got %+v", email, p)
				}
			}
			if p := f.profile(id); p != ann {
				f.Errorf("after a verified login got %+v, want %+v", p, ann)
			}
		}},
		{"remembers that the address is no longer verified nor vouched for", func(f *fixture) {
			id := vouched()
			f.profile(id)
			id.EmailVerified, id.Authoritative = false, false
			if p := f.profile(id); p.EmailVerified || p.Authoritative {
				f.Errorf("got %+v", p)
			}
		}},
		{"stores addresses in ASCII lower case", func(f *fixture) {
			id := someone()
			lower := id.Email
			id.Email = strings.ToUpper(id.Email)
			if got := f.profile(id).Email; got != lower {
				f.Errorf("got %q, want %q", got, lower)
			}
		}},
		{"ends the session it replaces, whoever had it", func(f *fixture) {
			before := f.arrival(someone())
			bob := f.complete(before).Snapshot.Profile
			l := f.arrival(someone())
			l.Replaces = before.Session.ID
			ann := f.complete(l).Snapshot.Profile
			if f.live(bob.ID, before.Session) {
				f.Error("the browser's old session lives on")
			}
			if !f.live(ann.ID, l.Session) {
				f.Error("the new session does not live")
			}
		}},
		{"leaves the person's other sessions alone", func(f *fixture) {
			laptop := f.arrival(someone())
			ann := f.complete(laptop).Snapshot.Profile
			phone := f.arrival(laptop.Identity)
			f.complete(phone)
			if !f.live(ann.ID, laptop.Session) {
				f.Error("a login elsewhere ended a session")
			}
		}},
		{"answers the slugs and places that the decision needs", func(f *fixture) {
			mine, other := f.organization(store.Verified), f.organization(store.Pending)
			id := someone()
			f.member(id, "member", mine)
			l := f.arrival(id)
			unknown := word("nobody")
			l.Slugs = []string{other.Slug, unknown}
			c := f.complete(l)
			if d := cmp.Diff(map[string]store.Organization{other.Slug: other}, c.Snapshot.Organizations); d != "" {
				f.Error(d)
			}
			if d := cmp.Diff([]store.Membership{{Organization: mine, Role: "member"}}, c.Snapshot.Memberships); d != "" {
				f.Error(d)
			}
			if c.Snapshot.Source != store.FromDatabase || c.Snapshot.Age != 0 {
				f.Errorf("read in a transaction, got source %q, age %v", c.Snapshot.Source, c.Snapshot.Age)
			}
		}},
		{"of a disabled person is refused and stores nothing, however often they try (F7)", func(f *fixture) {
			o := f.organization(store.Verified)
			id := vouched()
			ann := f.member(id, "member", o)
			f.disable(id, true)
			i := f.invite(f.organization(store.Verified), id.Email, "member")
			id.Name = "Renamed"
			for range 3 {
				l := f.arrival(id)
				l.Invitation = i.hash
				c := f.complete(l)
				f.wantReason(c.Refused, store.DisabledUser)
				if f.live(ann.ID, l.Session) {
					f.Fatal("a disabled person has a session")
				}
			}
			p := f.snapshot(ann.ID).Profile
			if !p.Disabled || p.Name == "Renamed" {
				f.Errorf("got %+v", p)
			}
			if got := f.state(i); got != store.InvitationPending {
				f.Errorf("the invitation is %s", got)
			}
			f.disable(id, false)
			if c := f.complete(f.arrival(id)); c.Refused != "" {
				f.Errorf("refused after being enabled again: %s", c.Refused)
			}
		}},
		{"starts from the session's own times", func(f *fixture) {
			l := f.arrival(someone())
			l.Session.ExpiresAt = f.now.Add(time.Hour)
			ann := f.complete(l).Snapshot.Profile
			got, err := f.s.Session(f.Context(), ann.ID, l.Session.SecretHash)
			f.must(err)
			want := l.Session
			want.UserID = ann.ID
			if d := cmp.Diff(want, got); d != "" {
				f.Error(d)
			}
		}},
		{"with a session's secret that is already taken is a conflict and changes nothing", func(f *fixture) {
			taken := f.arrival(someone())
			f.complete(taken)
			l := f.arrival(someone())
			l.Session.SecretHash = taken.Session.SecretHash
			_, err := f.s.CompleteLogin(f.Context(), l)
			f.is(err, store.ErrConflict)
			profiles, err := f.s.Profiles(f.Context(), l.Identity.Email)
			f.must(err)
			if len(profiles) != 0 {
				f.Errorf("the failed login left %+v", profiles)
			}
		}},
	}
}

// disable changes the person as the operator does.
func (f *fixture) disable(id store.Identity, disabled bool) {
	f.Helper()
	f.load(store.ImportFile{Users: []store.ImportUser{
		{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject, Disabled: &disabled},
	}})
}

func importedPeople() []behaviour {
	// unbound imports a person without an identity into an organization.
	unbound := func(f *fixture, email string) (store.Organization, store.Profile) {
		o := f.organization(store.Verified)
		f.load(store.ImportFile{
			Users:       []store.ImportUser{{Email: email, Name: "Imported"}},
			Memberships: []store.ImportMembership{{Organization: o.Slug, Email: email}},
		})
		profiles, err := f.s.Profiles(f.Context(), email)
		f.must(err)
		if len(profiles) != 1 {
			f.Fatalf("got profiles %+v, want one", profiles)
		}
		return o, profiles[0]
	}
	return []behaviour{
		{"are bound to the first identity whose provider is authoritative for the address", func(f *fixture) {
			id := vouched()
			o, imported := unbound(f, id.Email)
			l := f.arrival(id)
			l.Signup = store.SignupClosed
			c := f.complete(l)
			if c.Snapshot.Profile.ID != imported.ID || c.FirstLogin {
				f.Errorf("got %+v, want profile %s", c, imported.ID)
			}
			f.wantRole(imported.ID, o, "member")
		}},
		{"are not bound by a provider that is not authoritative", func(f *fixture) {
			id := someone()
			_, imported := unbound(f, id.Email)
			c := f.complete(f.arrival(id))
			if c.Snapshot.Profile.ID == imported.ID || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c)
			}
		}},
		{"are not bound by an address that is not verified", func(f *fixture) {
			id := vouched()
			id.EmailVerified = false
			_, imported := unbound(f, id.Email)
			f.wantReason(f.complete(f.arrival(id)).Refused, store.EmailNotVerified)
			id.EmailVerified = true
			if got := f.profile(id); got.ID != imported.ID {
				f.Error("the login that was refused changed something")
			}
		}},
		{"are not bound a second time", func(f *fixture) {
			id := vouched()
			_, imported := unbound(f, id.Email)
			if got := f.profile(id); got.ID != imported.ID {
				f.Fatal("the first identity was not bound")
			}
			id.Subject = word("second")
			c := f.complete(f.arrival(id))
			if c.Snapshot.Profile.ID == imported.ID || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c)
			}
		}},
		{"with issuer and subject are never bound to another subject", func(f *fixture) {
			id := vouched()
			o := f.organization(store.Verified)
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject}},
				Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}},
			})
			stranger := id
			stranger.Subject = word("stranger")
			if c := f.complete(f.arrival(stranger)); len(c.Snapshot.Memberships) != 0 {
				f.Errorf("the stranger got %+v", c.Snapshot.Memberships)
			}
			if c := f.complete(f.arrival(id)); len(c.Snapshot.Memberships) != 1 || c.FirstLogin {
				f.Errorf("the person got %+v", c)
			}
		}},
		{"who are disabled are refused and stay unbound", func(f *fixture) {
			id := vouched()
			o, imported := unbound(f, id.Email)
			yes, no := true, false
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Disabled: &yes}}})
			f.wantReason(f.complete(f.arrival(id)).Refused, store.DisabledUser)
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Disabled: &no}}})
			other := id
			other.Subject = word("other")
			if got := f.profile(other); got.ID != imported.ID {
				f.Error("the refused login bound its identity")
			}
			f.wantRole(imported.ID, o, "member")
		}},
		{"make no organization at their first login", func(f *fixture) {
			id := vouched()
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email}}})
			l := f.arrival(id)
			l.Signup = store.SignupOrganization
			if c := f.complete(l); c.FirstLogin || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c)
			}
		}},
	}
}
