package storetest

import (
	"slices"

	"orglogin/store"
)

// disable changes the person as the operator does.
func (f *fixture) disable(id store.Identity, disabled bool) {
	f.Helper()
	f.load(store.ImportFile{Users: []store.ImportUser{
		{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject, Disabled: &disabled},
	}})
}

// unbound imports a person without an identity into an organization.
func (f *fixture) unbound(email string) (store.Organization, store.Profile) {
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

func importedPeople() []behaviour {
	return slices.Concat(boundPeople(), unboundPeople())
}

func boundPeople() []behaviour {
	return []behaviour{
		{"are bound to the first identity whose provider is authoritative for the address", func(f *fixture) {
			id := vouched()
			o, imported := f.unbound(id.Email)
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
			_, imported := f.unbound(id.Email)
			c := f.complete(f.arrival(id))
			if c.Snapshot.Profile.ID == imported.ID || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c)
			}
		}},
		{"are not bound by an address that is not verified", func(f *fixture) {
			id := vouched()
			id.EmailVerified = false
			_, imported := f.unbound(id.Email)
			f.wantReason(f.complete(f.arrival(id)).Refused, store.EmailNotVerified)
			id.EmailVerified = true
			if got := f.profile(id); got.ID != imported.ID {
				f.Error("the login that was refused changed something")
			}
		}},
		{"are not bound a second time", func(f *fixture) {
			id := vouched()
			_, imported := f.unbound(id.Email)
			if got := f.profile(id); got.ID != imported.ID {
				f.Fatal("the first identity was not bound")
			}
			id.Subject = word("second")
			c := f.complete(f.arrival(id))
			if c.Snapshot.Profile.ID == imported.ID || len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c)
			}
		}},
	}
}

func unboundPeople() []behaviour {
	return []behaviour{
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
			o, imported := f.unbound(id.Email)
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
