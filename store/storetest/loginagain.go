package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func loginAgain() []behaviour {
	return slices.Concat(updatedByLogin(), knownAtLogin(), addressAtLogin(), sessionsAtLogin(), refusedLoginAgain())
}

func updatedByLogin() []behaviour {
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
	}
}

func knownAtLogin() []behaviour {
	// again logs in an identity whose person is known, as whom, and after change.
	again := func(f *fixture, change func(first store.Completed, l *store.Login)) (first, second store.Completed) {
		o := f.organization(store.Verified)
		id := someone()
		f.member(id, "member", o)
		first = f.complete(f.arrival(id))
		l := f.arrival(id)
		l.Known = first.UserID
		change(first, &l)
		second = f.complete(l)
		if !store.ValidID(first.UserID) || first.UserID != first.Snapshot.Profile.ID || second.UserID != first.UserID || !f.live(second.UserID, l.Session) {
			f.Errorf("got %+v, then %+v", first, second)
		}
		return first, second
	}
	changes := func(name string, change func(f *fixture, first store.Completed, l *store.Login)) behaviour {
		return behaviour{"reads a person who is known where " + name, func(f *fixture) {
			_, second := again(f, func(first store.Completed, l *store.Login) { change(f, first, l) })
			if second.Unread || second.Snapshot.Profile.ID != second.UserID || len(second.Snapshot.Memberships) == 0 {
				f.Errorf("got %+v", second)
			}
		}}
	}
	return []behaviour{
		{"need not read a person who is known", func(f *fixture) {
			first, second := again(f, func(store.Completed, *store.Login) {})
			want := first.Snapshot
			if second.Unread {
				want = store.AccessSnapshot{}
			}
			got := second.Snapshot
			got.Source, got.Age, want.Source, want.Age = "", 0, "", 0
			if d := cmp.Diff(want, got); d != "" {
				f.Error(d)
			}
			if len(second.Connections) != 1 || second.Connections[0].ConnectionID != store.DefaultConnection {
				f.Errorf("got the connections %+v", second.Connections)
			}
		}},
		changes("another person was", func(_ *fixture, _ store.Completed, l *store.Login) { l.Known = store.NewID() }),
		changes("the login changes the profile", func(_ *fixture, _ store.Completed, l *store.Login) { l.Identity.Name = "Ann Moved" }),
		changes("the login ends a session", func(f *fixture, first store.Completed, l *store.Login) {
			old := f.arrival(l.Identity)
			f.complete(old)
			l.Replaces = old.Session.ID
		}),
		changes("an invitation is given", func(_ *fixture, _ store.Completed, l *store.Login) { l.Invitation = store.HashToken("unknown") }),
	}
}

func addressAtLogin() []behaviour {
	return []behaviour{
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
	}
}

func sessionsAtLogin() []behaviour {
	return []behaviour{
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
			id := vouched()
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email}},
				Memberships: []store.ImportMembership{{Organization: mine.Slug, Email: id.Email, Role: "member"}},
			})
			answer := func(l store.Login) store.AccessSnapshot {
				f.Helper()
				l.Slugs = []string{other.Slug, word("unknown")}
				c := f.complete(l)
				if d := cmp.Diff(map[string]store.Organization{other.Slug: other}, c.Snapshot.Organizations); d != "" {
					f.Error(d)
				}
				if d := cmp.Diff([]store.Membership{{Organization: mine, Role: "member"}}, c.Snapshot.Memberships); d != "" {
					f.Error(d)
				}
				return c.Snapshot
			}
			first := answer(f.arrival(id))
			answer(f.arrival(id)) // a cache may know the person now
			if first.Source != store.FromDatabase || first.Age != 0 {
				f.Errorf("read in a transaction, got source %q, age %v", first.Source, first.Age)
			}
		}},
	}
}

func refusedLoginAgain() []behaviour {
	return []behaviour{
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
