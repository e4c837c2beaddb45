package storetest

import (
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

func invitationAtLogin() []behaviour {
	// arrive is a first login with the invitation.
	arrive := func(f *fixture, id store.Identity, i offer, signup store.Signup) store.Completed {
		l := f.arrival(id)
		l.Invitation, l.Signup = i.hash, signup
		return f.complete(l)
	}
	return []behaviour{
		{"makes profile and membership in one step, and no organization of one's own", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "admin")
			c := arrive(f, id, i, store.SignupOrganization)
			f.wantReason(c.Invitation, store.OK)
			if d := cmp.Diff([]store.Membership{{Organization: o, Role: "admin"}}, c.Snapshot.Memberships); d != "" || !c.FirstLogin {
				f.Errorf("got %+v\n%s", c, d)
			}
			if c.Snapshot.Invitation == nil || c.Snapshot.Invitation.AcceptedBy != c.Snapshot.Profile.ID || !c.Snapshot.Invitation.AcceptedAt.Equal(f.now) {
				f.Errorf("got invitation %+v", c.Snapshot.Invitation)
			}
			if c.Snapshot.LastUsed != "" {
				f.Error("accepting changed the organization last used")
			}
		}},
		{"opens the door under SIGNUP=closed", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			c := arrive(f, id, f.invite(o, id.Email, "member"), store.SignupClosed)
			if c.Refused != "" || c.Invitation != store.OK || len(c.Snapshot.Memberships) != 1 {
				f.Errorf("got %+v", c)
			}
		}},
		{"that does not hold is refused under SIGNUP=closed and stores nothing", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, "other-"+id.Email, "member")
			c := arrive(f, id, i, store.SignupClosed)
			f.wantReason(c.Refused, store.SignupIsClosed)
			profiles, err := f.s.Profiles(f.Context(), id.Email)
			f.must(err)
			if len(profiles) != 0 || f.state(i) != store.InvitationPending {
				f.Errorf("got profiles %+v, invitation %s", profiles, f.state(i))
			}
		}},
		{"that does not hold makes a profile at most, no organization", func(f *fixture) {
			o := f.organization(store.Verified)
			for _, signup := range []store.Signup{store.SignupOrganization, store.SignupProfile} {
				id := someone()
				c := arrive(f, id, f.invite(o, "other-"+id.Email, "member"), signup)
				f.wantReason(c.Invitation, store.EmailMismatch)
				if c.Refused != "" || !c.FirstLogin || len(c.Snapshot.Memberships) != 0 {
					f.Errorf("under %s got %+v", signup, c)
				}
			}
		}},
		{"compares the address in ASCII lower case and nothing else (F5)", func(f *fixture) {
			o := f.organization(store.Verified)
			id := someone()
			if c := arrive(f, id, f.invite(o, strings.ToUpper(id.Email), "member"), store.SignupProfile); c.Invitation != store.OK {
				f.Errorf("upper case: got %s", c.Invitation)
			}
			plus := someone()
			invited := strings.Replace(plus.Email, "@", "+tag@", 1)
			if c := arrive(f, plus, f.invite(o, invited, "member"), store.SignupProfile); c.Invitation != store.EmailMismatch {
				f.Errorf("plus address: got %s", c.Invitation)
			}
			dots := someone()
			invited = strings.Replace(dots.Email, "ann-", "a.nn-", 1)
			if c := arrive(f, dots, f.invite(o, invited, "member"), store.SignupProfile); c.Invitation != store.EmailMismatch {
				f.Errorf("dots: got %s", c.Invitation)
			}
		}},
		{"needs the address verified by this login (K2)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			f.profile(id)
			id.EmailVerified = false
			i := f.invite(o, id.Email, "member")
			f.wantReason(arrive(f, id, i, store.SignupProfile).Invitation, store.EmailNotVerified)
			if f.state(i) != store.InvitationPending {
				f.Error("it was accepted")
			}
		}},
		{"of an unknown token is unknown, whatever its shape (K10)", func(f *fixture) {
			for _, h := range [][]byte{hash(), {0}, hash()[:31], append(hash(), 0)} {
				l := f.arrival(someone())
				l.Invitation = h
				c := f.complete(l)
				f.wantReason(c.Invitation, store.Unknown)
				if c.Snapshot.Invitation != nil {
					f.Errorf("got %+v", c.Snapshot.Invitation)
				}
			}
		}},
		{"expires to the microsecond (K1)", func(f *fixture) {
			o := f.organization(store.Verified)
			id := someone()
			i := f.inviteUntil(o, id.Email, "member", f.now)
			f.wantReason(arrive(f, id, i, store.SignupProfile).Invitation, store.Expired)
			other := someone()
			i = f.inviteUntil(o, other.Email, "member", f.now.Add(time.Microsecond))
			f.wantReason(arrive(f, other, i, store.SignupProfile).Invitation, store.OK)
		}},
		{"tells the holder of another address that it is expired or revoked before anything else", func(f *fixture) {
			o := f.organization(store.Verified)
			i := f.inviteUntil(o, someone().Email, "member", f.now.Add(-time.Second))
			f.wantReason(arrive(f, someone(), i, store.SignupProfile).Invitation, store.Expired)
			f.revoke(i)
			f.wantReason(arrive(f, someone(), i, store.SignupProfile).Invitation, store.Revoked)
		}},
		{"that was revoked does not hold", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			f.revoke(i)
			c := arrive(f, id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.Revoked)
			if len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c.Snapshot.Memberships)
			}
		}},
		{"is idempotent for the member who opens an old link, even after it expired", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			first := arrive(f, id, i, store.SignupProfile)
			f.now = f.now.Add(48 * time.Hour)
			c := arrive(f, id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.OK)
			if d := cmp.Diff(first.Snapshot.Invitation, c.Snapshot.Invitation); d != "" {
				f.Errorf("the acceptance changed: %s", d)
			}
		}},
		{"holds for its member even when the address has changed since", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			arrive(f, id, i, store.SignupProfile)
			id.Email = "moved-" + id.Email
			f.wantReason(arrive(f, id, i, store.SignupProfile).Invitation, store.OK)
		}},
		{"accepted by another is used, also for the same address (K1)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			arrive(f, id, i, store.SignupProfile)
			id.Subject = word("thief")
			c := arrive(f, id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.Used)
			if len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c.Snapshot.Memberships)
			}
		}},
		{"accepted by another is used, also for a person who is a member already", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "admin")
			arrive(f, id, i, store.SignupProfile)
			other := someone()
			bob := f.member(other, "member", o)
			f.wantReason(arrive(f, other, i, store.SignupProfile).Invitation, store.Used)
			f.wantRole(bob.ID, o, "member")
		}},
		{"does not bring a removed member back", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			arrive(f, id, i, store.SignupProfile)
			f.setActive(o, id.Email, false)
			c := arrive(f, id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.Used)
			if len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c.Snapshot.Memberships)
			}
		}},
		{"gives role and organization of the stored invitation (K5)", func(f *fixture) {
			o, other, id := f.organization(store.Verified), f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "auditor")
			l := f.arrival(id)
			l.Invitation, l.Slugs = i.hash, []string{other.Slug}
			c := f.complete(l)
			if d := cmp.Diff([]store.Membership{{Organization: o, Role: "auditor"}}, c.Snapshot.Memberships); d != "" {
				f.Error(d)
			}
		}},
		{"gives an active member the higher of the two roles, and is not used up where nothing changes", func(f *fixture) {
			for _, c := range []struct{ has, offered, want string }{
				{"member", "admin", "admin"},
				{"member", "owner", "owner"},
				{"admin", "owner", "owner"},
				{"owner", "member", "owner"},
				{"owner", "admin", "owner"},
				{"admin", "admin", "admin"},
				{"member", "auditor", "member"},
				{"auditor", "owner", "auditor"},
			} {
				o, id := f.organization(store.Verified), someone()
				ann := f.member(id, c.has, o)
				i := f.invite(o, id.Email, c.offered)
				state := store.InvitationPending
				if c.want != c.has {
					state = store.InvitationAccepted
				}
				f.wantReason(arrive(f, id, i, store.SignupProfile).Invitation, store.OK)
				f.wantRole(ann.ID, o, c.want)
				if got := f.state(i); got != state {
					f.Errorf("a %s invited as %s: the invitation is %s, want %s", c.has, c.offered, got, state)
				}
				reason, err := f.s.AcceptInvitation(f.Context(), ann.ID, i.hash, f.now)
				f.must(err)
				f.wantReason(reason, store.OK)
				f.wantRole(ann.ID, o, c.want)
			}
		}},
		{"gives a former member the invitation's role", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.member(id, "owner", o)
			f.setActive(o, id.Email, false)
			c := arrive(f, id, f.invite(o, id.Email, "guest"), store.SignupProfile)
			f.wantReason(c.Invitation, store.OK)
			f.wantRole(ann.ID, o, "guest")
		}},
	}
}

func acceptBySession() []behaviour {
	accept := func(f *fixture, userID string, i offer) store.Reason {
		f.Helper()
		r, err := f.s.AcceptInvitation(f.Context(), userID, i.hash, f.now)
		f.must(err)
		return r
	}
	return []behaviour{
		{"makes the membership and keeps the organization last used", func(f *fixture) {
			mine, o, id := f.organization(store.Verified), f.organization(store.Verified), someone()
			ann := f.member(id, "member", mine)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, mine.ID, f.now))
			i := f.invite(o, id.Email, "admin")
			f.wantReason(accept(f, ann.ID, i), store.OK)
			f.wantRole(ann.ID, o, "admin")
			f.eventually(func() string {
				if got := f.snapshot(ann.ID).LastUsed; got != mine.ID {
					return "last used is " + quoted(got)
				}
				return ""
			})
			f.wantReason(accept(f, ann.ID, i), store.OK)
		}},
		{"of another address is a mismatch, and the invitation stays pending (K2)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, someone().Email, "member")
			f.wantReason(accept(f, ann.ID, i), store.EmailMismatch)
			if f.state(i) != store.InvitationPending {
				f.Error("it was accepted")
			}
			f.wantRole(ann.ID, o, "")
		}},
		{"needs the address verified by the last login", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			id.EmailVerified = false
			ann := f.profile(id)
			f.wantReason(accept(f, ann.ID, f.invite(o, id.Email, "member")), store.EmailNotVerified)
			f.wantRole(ann.ID, o, "")
		}},
		{"of an unknown token is unknown", func(f *fixture) {
			ann := f.profile(someone())
			for _, h := range [][]byte{nil, {}, hash(), hash()[:16]} {
				r, err := f.s.AcceptInvitation(f.Context(), ann.ID, h, f.now)
				f.must(err)
				f.wantReason(r, store.Unknown)
			}
		}},
		{"of an expired or revoked one says so", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.inviteUntil(o, id.Email, "member", f.now)
			f.wantReason(accept(f, ann.ID, i), store.Expired)
			f.revoke(i)
			f.wantReason(accept(f, ann.ID, i), store.Revoked)
			f.wantRole(ann.ID, o, "")
		}},
		{"of one that another person accepted is used", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, id.Email, "member")
			f.wantReason(accept(f, ann.ID, i), store.OK)
			id.Subject = word("twin")
			f.wantReason(accept(f, f.profile(id).ID, i), store.Used)
		}},
		{"by a disabled person changes nothing", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, id.Email, "member")
			f.disable(id, true)
			f.wantReason(accept(f, ann.ID, i), store.DisabledUser)
			if f.state(i) != store.InvitationPending {
				f.Error("it was accepted")
			}
		}},
		{"by an unknown person is not found", func(f *fixture) {
			o := f.organization(store.Verified)
			i := f.invite(o, someone().Email, "member")
			_, err := f.s.AcceptInvitation(f.Context(), store.NewID(), i.hash, f.now)
			f.is(err, store.ErrNotFound)
		}},
	}
}

func invitations() []behaviour {
	return []behaviour{
		{"are found by the hash of their token, whole", func(f *fixture) {
			o := f.organization(store.Verified)
			i := f.invite(o, "Bob@Acme.Test", "member")
			got, err := f.s.Invitation(f.Context(), i.hash)
			f.must(err)
			want := store.Invitation{ID: got.ID, Organization: o, Email: "bob@acme.test", Role: "member", ExpiresAt: i.entry.ExpiresAt}
			if d := cmp.Diff(want, got); d != "" || !store.ValidID(got.ID) {
				f.Errorf("got %+v\n%s", got, d)
			}
		}},
		{"of an unknown token are not found", func(f *fixture) {
			for _, h := range [][]byte{nil, {}, hash(), []byte("' OR 1=1 --")} {
				_, err := f.s.Invitation(f.Context(), h)
				f.is(err, store.ErrNotFound)
			}
		}},
		{"are listed for the person's own address, pending ones alone, soonest expiry first", func(f *fixture) {
			o, p, q, id := f.organization(store.Verified), f.organization(store.Pending), f.organization(store.Verified), vouched()
			ann := f.profile(id)
			late := f.inviteUntil(o, id.Email, "member", f.now.Add(3*time.Hour))
			soon := f.inviteUntil(p, id.Email, "admin", f.now.Add(time.Hour))
			f.inviteUntil(q, id.Email, "member", f.now)
			f.revoke(f.invite(q, id.Email, "member"))
			f.invite(q, someone().Email, "member")
			taken := f.invite(q, id.Email, "member")
			_, err := f.s.AcceptInvitation(f.Context(), ann.ID, taken.hash, f.now)
			f.must(err)
			got, err := f.s.InvitationsFor(f.Context(), ann.ID, f.now)
			f.must(err)
			if len(got) != 2 || got[0].Organization != p || got[0].Role != "admin" || !got[0].ExpiresAt.Equal(soon.entry.ExpiresAt) ||
				got[1].Organization != o || !got[1].ExpiresAt.Equal(late.entry.ExpiresAt) {
				f.Errorf("got %+v", got)
			}
		}},
		{"are not listed where the provider is not authoritative, not verified, or the person disabled", func(f *fixture) {
			o := f.organization(store.Verified)
			plain, unverified, disabled := someone(), vouched(), vouched()
			unverified.EmailVerified = false
			for _, id := range []store.Identity{plain, unverified, disabled} {
				ann := f.profile(id)
				f.invite(o, id.Email, "member")
				if id == disabled {
					f.disable(id, true)
				}
				got, err := f.s.InvitationsFor(f.Context(), ann.ID, f.now)
				f.must(err)
				if len(got) != 0 {
					f.Errorf("got %+v for %+v", got, id)
				}
			}
		}},
		{"are not listed without an address", func(f *fixture) {
			got, err := f.s.InvitationsFor(f.Context(), store.NewID(), f.now)
			f.must(err)
			if len(got) != 0 {
				f.Errorf("got %+v", got)
			}
		}},
		{"that are revoked after they were accepted stay accepted", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, id.Email, "member")
			_, err := f.s.AcceptInvitation(f.Context(), ann.ID, i.hash, f.now)
			f.must(err)
			f.revoke(i)
			if got := f.state(i); got != store.InvitationAccepted {
				f.Errorf("got %s", got)
			}
			f.wantRole(ann.ID, o, "member")
		}},
		{"that were revoked stay revoked when the file brings them again", func(f *fixture) {
			i := f.invite(f.organization(store.Verified), someone().Email, "member")
			f.revoke(i)
			f.load(store.ImportFile{Invitations: []store.ImportInvitation{i.entry}})
			if got := f.state(i); got != store.InvitationRevoked {
				f.Errorf("got %s", got)
			}
		}},
	}
}
