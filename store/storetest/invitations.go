package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// arriveInvited is a first login with the invitation.
func (f *fixture) arriveInvited(id store.Identity, i offer, signup store.Signup) store.Completed {
	l := f.arrival(id)
	l.Invitation, l.Signup = i.hash, signup
	return f.complete(l)
}

func invitationAtLogin() []behaviour {
	return slices.Concat(offeredAtLogin(), tokensAtLogin(), endedInvitationsAtLogin(), rolesAtLogin(), formerMembersAtLogin())
}

func offeredAtLogin() []behaviour {
	return []behaviour{
		{"makes profile and membership in one step, and no organization of one's own", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "admin")
			c := f.arriveInvited(id, i, store.SignupOrganization)
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
		{"lets a person sign in under SIGNUP=closed", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			c := f.arriveInvited(id, f.invite(o, id.Email, "member"), store.SignupClosed)
			if c.Refused != "" || c.Invitation != store.OK || len(c.Snapshot.Memberships) != 1 {
				f.Errorf("got %+v", c)
			}
		}},
		{"that does not hold is refused under SIGNUP=closed and stores nothing", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, "other-"+id.Email, "member")
			c := f.arriveInvited(id, i, store.SignupClosed)
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
				c := f.arriveInvited(id, f.invite(o, "other-"+id.Email, "member"), signup)
				f.wantReason(c.Invitation, store.EmailMismatch)
				if c.Refused != "" || !c.FirstLogin || len(c.Snapshot.Memberships) != 0 {
					f.Errorf("under %s got %+v", signup, c)
				}
			}
		}},
	}
}

func tokensAtLogin() []behaviour {
	return []behaviour{
		{"compares the address in ASCII lower case and nothing else (F5)", func(f *fixture) {
			o := f.organization(store.Verified)
			id := someone()
			if c := f.arriveInvited(id, f.invite(o, strings.ToUpper(id.Email), "member"), store.SignupProfile); c.Invitation != store.OK {
				f.Errorf("upper case: got %s", c.Invitation)
			}
			plus := someone()
			invited := strings.Replace(plus.Email, "@", "+tag@", 1)
			if c := f.arriveInvited(plus, f.invite(o, invited, "member"), store.SignupProfile); c.Invitation != store.EmailMismatch {
				f.Errorf("plus address: got %s", c.Invitation)
			}
			dots := someone()
			invited = strings.Replace(dots.Email, "ann-", "a.nn-", 1)
			if c := f.arriveInvited(dots, f.invite(o, invited, "member"), store.SignupProfile); c.Invitation != store.EmailMismatch {
				f.Errorf("dots: got %s", c.Invitation)
			}
		}},
		{"needs the address verified by this login (K2)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			f.profile(id)
			id.EmailVerified = false
			i := f.invite(o, id.Email, "member")
			f.wantReason(f.arriveInvited(id, i, store.SignupProfile).Invitation, store.EmailNotVerified)
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
			f.wantReason(f.arriveInvited(id, i, store.SignupProfile).Invitation, store.Expired)
			other := someone()
			i = f.inviteUntil(o, other.Email, "member", f.now.Add(time.Microsecond))
			f.wantReason(f.arriveInvited(other, i, store.SignupProfile).Invitation, store.OK)
		}},
		{"tells the holder of another address that it is expired or revoked before anything else", func(f *fixture) {
			o := f.organization(store.Verified)
			i := f.inviteUntil(o, someone().Email, "member", f.now.Add(-time.Second))
			f.wantReason(f.arriveInvited(someone(), i, store.SignupProfile).Invitation, store.Expired)
			f.revoke(i)
			f.wantReason(f.arriveInvited(someone(), i, store.SignupProfile).Invitation, store.Revoked)
		}},
	}
}

func endedInvitationsAtLogin() []behaviour {
	return []behaviour{
		{"that was revoked does not hold", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			f.revoke(i)
			c := f.arriveInvited(id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.Revoked)
			if len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c.Snapshot.Memberships)
			}
		}},
		{"is idempotent for the member who opens an old link, even after it expired", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			first := f.arriveInvited(id, i, store.SignupProfile)
			f.now = f.now.Add(48 * time.Hour)
			c := f.arriveInvited(id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.OK)
			if d := cmp.Diff(first.Snapshot.Invitation, c.Snapshot.Invitation); d != "" {
				f.Errorf("the acceptance changed: %s", d)
			}
		}},
		{"holds for its member even when the address has changed since", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			f.arriveInvited(id, i, store.SignupProfile)
			id.Email = "moved-" + id.Email
			f.wantReason(f.arriveInvited(id, i, store.SignupProfile).Invitation, store.OK)
		}},
		{"accepted by another is used, also for the same address (K1)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			f.arriveInvited(id, i, store.SignupProfile)
			id.Subject = word("thief")
			c := f.arriveInvited(id, i, store.SignupProfile)
			f.wantReason(c.Invitation, store.Used)
			if len(c.Snapshot.Memberships) != 0 {
				f.Errorf("got %+v", c.Snapshot.Memberships)
			}
		}},
		{"accepted by another is used, also for a person who is a member already", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "admin")
			f.arriveInvited(id, i, store.SignupProfile)
			other := someone()
			bob := f.member(other, "member", o)
			f.wantReason(f.arriveInvited(other, i, store.SignupProfile).Invitation, store.Used)
			f.wantRole(bob.ID, o, "member")
		}},
	}
}

func rolesAtLogin() []behaviour {
	return []behaviour{
		{"does not bring a removed member back", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			i := f.invite(o, id.Email, "member")
			f.arriveInvited(id, i, store.SignupProfile)
			f.setActive(o, id.Email, false)
			c := f.arriveInvited(id, i, store.SignupProfile)
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
				f.wantReason(f.arriveInvited(id, i, store.SignupProfile).Invitation, store.OK)
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
	}
}

func formerMembersAtLogin() []behaviour {
	return []behaviour{
		{"gives a former member the invitation's role", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.member(id, "owner", o)
			f.setActive(o, id.Email, false)
			c := f.arriveInvited(id, f.invite(o, id.Email, "guest"), store.SignupProfile)
			f.wantReason(c.Invitation, store.OK)
			f.wantRole(ann.ID, o, "guest")
		}},
	}
}
