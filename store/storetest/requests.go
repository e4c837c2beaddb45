package storetest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/manage"
)

// signedIn is the session of a person who signed in, as the store is asked about it.
func (f *fixture) signedIn(l store.Login) store.SessionRef {
	f.Helper()
	c := f.complete(l)
	if c.Refused != "" {
		f.Fatalf("the login was refused: %s", c.Refused)
	}
	return store.SessionRef{ID: l.Session.ID, UserID: c.Snapshot.Profile.ID}
}

// offers are the slugs of what the person may ask to join, with a + where they have asked.
func (f *fixture) offers(s store.SessionRef, after time.Duration) string {
	f.Helper()
	all, err := f.s.JoinOffers(f.Context(), s, f.now.Add(after))
	f.must(err)
	var slugs []string
	for _, o := range all {
		slugs = append(slugs, o.Organization.Slug+map[bool]string{true: "+"}[o.Waiting])
	}
	return strings.Join(slugs, " ")
}

func (f *fixture) wantOffers(s store.SessionRef, want string) {
	f.Helper()
	if got := f.offers(s, 0); got != want {
		f.Errorf("the offers are %q, want %q", got, want)
	}
}

func (f *fixture) ask(s store.SessionRef, o store.Organization) {
	f.Helper()
	f.must(f.s.RequestJoin(f.Context(), s, o.Slug, f.now))
}

func joinOffers() []behaviour {
	return slices.Concat(offeredToJoin(), notOfferedToJoin())
}

func offeredToJoin() []behaviour {
	return []behaviour{
		{"are of the address that the operator's connection verified, in a domain with the mode request", func(f *fixture) {
			o := f.organization(store.Verified)
			d := f.verified(o, store.JoinByRequest)
			id := at(d.Name)
			s := f.signedIn(f.arrival(id))
			all, err := f.s.JoinOffers(f.Context(), s, f.now)
			f.must(err)
			if d := cmp.Diff([]store.JoinOffer{{Organization: o}}, all); d != "" {
				f.Error(d)
			}
			unable := at(d.Name)
			unable.Authoritative = false
			f.wantOffers(f.signedIn(f.arrival(unable)), "")
			f.wantOffers(f.signedIn(f.arrival(at("sub."+d.Name))), "")
			for _, mode := range []store.JoinMode{store.JoinOff, store.JoinAuto} {
				f.setJoin(o, d.Name, mode)
				f.wantOffers(s, "")
			}
		}},
		{"are of a live session of the person alone, while its connection counts", func(f *fixture) {
			o := f.organization(store.Verified)
			l := f.arrival(at(f.verified(o, store.JoinByRequest).Name))
			s := f.signedIn(l)
			f.wantOffers(s, o.Slug)
			stranger := f.signedIn(f.arrival(someone()))
			f.wantOffers(store.SessionRef{ID: s.ID, UserID: stranger.UserID}, "")
			f.wantOffers(store.SessionRef{ID: stranger.ID, UserID: s.UserID}, "")
			f.wantOffers(store.SessionRef{ID: "no id", UserID: s.UserID}, "")
			if got := f.offers(s, l.Session.ExpiresAt.Sub(f.now)); got != "" {
				f.Errorf("an expired session has the offers %q", got)
			}
			f.must(f.s.EndSession(f.Context(), s.UserID, s.ID, f.now))
			f.wantOffers(s, "")
			f.is(f.s.RequestJoin(f.Context(), s, o.Slug, f.now), store.ErrNotFound)
		}},
		{"are of no organization that requires its own provider, where the session has none of it", func(f *fixture) {
			t := f.tenant(store.JoinByRequest)
			s := f.signedIn(f.arrival(at(t.domain.Name)))
			f.wantOffers(s, t.Slug)
			f.must(f.setSSO(t.Organization, store.SSORequired))
			f.wantOffers(s, "")
		}},
		{"of a session by an organization's own connection are of that organization alone", func(f *fixture) {
			t, other := f.tenant(store.JoinByRequest), f.tenant(store.JoinByRequest)
			l := f.arrival(through(t.connection, at(t.domain.Name)))
			s := f.signedIn(l)
			f.wantOffers(s, t.Slug)
			// What another provider asserts later is its own address, and not for others.
			l.Identity.Email, l.Session = at(other.domain.Name).Email, f.session()
			f.wantOffers(f.signedIn(l), "")
			l.Identity.EmailVerified, l.Identity.Email, l.Session = false, at(t.domain.Name).Email, f.session()
			f.wantOffers(f.signedIn(l), "")
		}},
	}
}

func notOfferedToJoin() []behaviour {
	return []behaviour{
		{"are none for a member, for who was declined, and for who is disabled", func(f *fixture) {
			o := f.organization(store.Verified)
			d := f.verified(o, store.JoinByRequest)
			member, declined, disabled := at(d.Name), at(d.Name), at(d.Name)
			f.member(member, "member", o)
			f.wantOffers(f.signedIn(f.arrival(member)), "")
			s := f.signedIn(f.arrival(declined))
			f.ask(s, o)
			_, err := f.decide(f.requests(o)[0].ID, false)
			f.must(err)
			f.wantOffers(s, "")
			f.is(f.s.RequestJoin(f.Context(), s, o.Slug, f.now), store.ErrNotFound)
			s = f.signedIn(f.arrival(disabled))
			f.wantOffers(s, o.Slug)
			yes := true
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: disabled.Email, Disabled: &yes}}})
			f.wantOffers(s, "")
		}},
	}
}

func joinRequests() []behaviour {
	return slices.Concat(approvedRequests(), declinedRequests(), waitingRequests(), listedRequests())
}

func approvedRequests() []behaviour {
	return []behaviour{
		{"wait once, whoever asks how often, and are approved once", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinByRequest).Name)
			s := f.signedIn(f.arrival(id))
			f.is(f.s.RequestJoin(f.Context(), s, f.organization(store.Verified).Slug, f.now), store.ErrNotFound)
			f.is(f.s.RequestJoin(f.Context(), s, "No slug", f.now), store.ErrNotFound)
			f.ask(s, o)
			f.ask(s, o)
			f.wantOffers(s, o.Slug+"+")
			all := f.requests(o)
			if len(all) != 1 {
				f.Fatalf("got %+v", all)
			}
			want := manage.JoinRequest{
				ID: all[0].ID, Organization: o.Slug, ProfileID: s.UserID, Email: id.Email, Name: id.Name, State: store.RequestWaiting, CreatedAt: f.now,
			}
			if d := cmp.Diff(want, all[0]); d != "" {
				f.Error(d)
			}
			f.now = f.now.Add(time.Hour)
			want.State, want.DecidedAt = store.RequestApproved, &f.now
			for range 2 {
				got, err := f.decide(want.ID, true)
				f.must(err)
				if d := cmp.Diff(want, got); d != "" {
					f.Error(d)
				}
			}
			f.wantRole(s.UserID, o, "member")
			f.wantOffers(s, "")
			if d := cmp.Diff([]manage.JoinRequest{want}, f.requests(o)); d != "" {
				f.Error(d)
			}
			_, err := f.decide(want.ID, false)
			f.is(err, store.ErrConflict)
			f.setActive(o, id.Email, false)
			f.wantOffers(s, o.Slug) // a removed member may ask
		}},
	}
}

func declinedRequests() []behaviour {
	return []behaviour{
		{"that were declined may be approved later, which also activates a membership", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinByRequest).Name)
			f.member(id, "owner", o)
			f.setActive(o, id.Email, false)
			s := f.signedIn(f.arrival(id))
			f.ask(s, o)
			request := f.requests(o)[0].ID
			for range 2 {
				got, err := f.decide(request, false)
				f.must(err)
				if got.State != store.RequestDeclined || !got.DecidedAt.Equal(f.now) {
					f.Errorf("got %+v", got)
				}
			}
			f.wantRole(s.UserID, o, "")
			_, err := f.decide(request, true)
			f.must(err)
			f.wantRole(s.UserID, o, "member")
		}},
		{"that are approved leave the role of a member who is active already", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinByRequest).Name)
			s := f.signedIn(f.arrival(id))
			f.ask(s, o)
			reason, err := f.s.AcceptInvitation(f.Context(), s.UserID, f.invite(o, id.Email, "admin").hash, f.now)
			f.must(err)
			f.wantReason(reason, store.OK)
			_, err = f.decide(f.requests(o)[0].ID, true)
			f.must(err)
			f.wantRole(s.UserID, o, "admin")
		}},
	}
}

func waitingRequests() []behaviour {
	return []behaviour{
		{"of one person wait five at most, decided ones and those of a member not counted", func(f *fixture) {
			name := newDomain()
			s := f.signedIn(f.arrival(at(name)))
			// One domain is verified for one organization at a time.
			ask := func() (store.Organization, error) {
				o := f.organization(store.Verified)
				f.claim(o, name)
				_, err := f.verifyByHand(o, name, true)
				f.must(err)
				f.setJoin(o, name, store.JoinByRequest)
				return o, f.s.RequestJoin(f.Context(), s, o.Slug, f.now)
			}
			var last store.Organization
			for range store.MaxWaitingRequests {
				o, err := ask()
				f.must(err)
				last = o
			}
			_, err := ask()
			f.is(err, store.ErrConflict)
			_, err = f.decide(f.requests(last)[0].ID, false)
			f.must(err)
			last, err = ask()
			f.must(err)
			_, err = ask()
			f.is(err, store.ErrConflict)
			profile := f.snapshot(s.UserID).Profile
			reason, err := f.s.AcceptInvitation(f.Context(), s.UserID, f.invite(last, profile.Email, "member").hash, f.now)
			f.must(err)
			f.wantReason(reason, store.OK)
			_, err = ask()
			f.must(err)
		}},
	}
}

func listedRequests() []behaviour {
	return []behaviour{
		{"are listed waiting ones first, oldest first, of one organization or of all", func(f *fixture) {
			o := f.organization(store.Verified)
			d := f.verified(o, store.JoinByRequest)
			var people []string
			for i := range 3 {
				s := f.signedIn(f.arrival(at(d.Name)))
				f.must(f.s.RequestJoin(f.Context(), s, o.Slug, f.now.Add(time.Duration(i)*time.Second)))
				people = append(people, s.UserID)
			}
			_, err := f.decide(f.requests(o)[0].ID, false)
			f.must(err)
			var got []string
			for _, r := range f.requests(o) {
				got = append(got, r.ProfileID)
			}
			if d := cmp.Diff([]string{people[1], people[2], people[0]}, got); d != "" {
				f.Error(d)
			}
			all, err := f.manager().JoinRequests(f.Context(), command, "", manage.List{})
			f.must(err)
			if len(all.Items) < 3 {
				f.Errorf("all are %+v", all)
			}
			_, err = f.manager().JoinRequests(f.Context(), command, word("ghost"), manage.List{})
			f.is(err, store.ErrNotFound)
			for _, id := range []string{store.NewID(), "no id", ""} {
				if _, err := f.decide(id, true); !errors.Is(err, store.ErrNotFound) {
					f.Errorf("%q: got %v", id, err)
				}
			}
		}},
	}
}
