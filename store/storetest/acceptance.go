package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// accept accepts an invitation as a person who is signed in.
func (f *fixture) accept(userID string, i offer) store.Reason {
	f.Helper()
	r, err := f.s.AcceptInvitation(f.Context(), userID, i.hash, f.now)
	f.must(err)
	return r
}

func acceptBySession() []behaviour {
	return slices.Concat(acceptedBySession(), refusedBySession())
}

func acceptedBySession() []behaviour {
	return []behaviour{
		{"makes the membership and keeps the organization last used", func(f *fixture) {
			mine, o, id := f.organization(store.Verified), f.organization(store.Verified), someone()
			ann := f.member(id, "member", mine)
			f.must(f.s.MarkUsed(f.Context(), ann.ID, mine.ID, f.now))
			i := f.invite(o, id.Email, "admin")
			f.wantReason(f.accept(ann.ID, i), store.OK)
			f.wantRole(ann.ID, o, "admin")
			f.eventually(func() string {
				if got := f.snapshot(ann.ID).LastUsed; got != mine.ID {
					return "last used is " + quoted(got)
				}
				return ""
			})
			f.wantReason(f.accept(ann.ID, i), store.OK)
		}},
		{"of another address is a mismatch, and the invitation stays pending (K2)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, someone().Email, "member")
			f.wantReason(f.accept(ann.ID, i), store.EmailMismatch)
			if f.state(i) != store.InvitationPending {
				f.Error("it was accepted")
			}
			f.wantRole(ann.ID, o, "")
		}},
		{"needs the address verified by the last login", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			id.EmailVerified = false
			ann := f.profile(id)
			f.wantReason(f.accept(ann.ID, f.invite(o, id.Email, "member")), store.EmailNotVerified)
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
			f.wantReason(f.accept(ann.ID, i), store.Expired)
			f.revoke(i)
			f.wantReason(f.accept(ann.ID, i), store.Revoked)
			f.wantRole(ann.ID, o, "")
		}},
	}
}

func refusedBySession() []behaviour {
	return []behaviour{
		{"of one that another person accepted is used", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, id.Email, "member")
			f.wantReason(f.accept(ann.ID, i), store.OK)
			id.Subject = word("twin")
			f.wantReason(f.accept(f.profile(id).ID, i), store.Used)
		}},
		{"by a disabled person changes nothing", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, id.Email, "member")
			f.disable(id, true)
			f.wantReason(f.accept(ann.ID, i), store.DisabledUser)
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
	return slices.Concat(listedInvitations(), revokedInvitations())
}

func listedInvitations() []behaviour {
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
	}
}

func revokedInvitations() []behaviour {
	return []behaviour{
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
