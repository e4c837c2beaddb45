package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"orglogin/store"
)

// crowd is how many come at once.
const crowd = 50

// together runs do crowd times at once and returns the errors.
func together(do func(i int) error) error {
	var wg sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, crowd)
	for i := range crowd {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	return errors.Join(errs...)
}

func atOnce() []behaviour {
	return slices.Concat(firstLoginsAtOnce(), acceptancesAtOnce(), changesAtOnce(), logoutsAtOnce())
}

func firstLoginsAtOnce() []behaviour {
	return []behaviour{
		{"fifty first logins of one person make one chain, and each gets a session", func(f *fixture) {
			id := someone()
			logins, done := make([]store.Login, crowd), make([]store.Completed, crowd)
			for i := range logins {
				logins[i] = f.arrival(id)
				logins[i].Signup = store.SignupOrganization
			}
			f.must(together(func(i int) (err error) {
				done[i], err = f.s.CompleteLogin(f.Context(), logins[i])
				return err
			}))
			first := 0
			for i, c := range done {
				if c.FirstLogin {
					first++
				}
				if c.Snapshot.Profile.ID != done[0].Snapshot.Profile.ID || len(c.Snapshot.Memberships) != 1 ||
					c.Snapshot.Memberships[0] != done[0].Snapshot.Memberships[0] {
					f.Errorf("login %d got another chain: %+v", i, c.Snapshot)
				}
				if !f.live(c.Snapshot.Profile.ID, logins[i].Session) {
					f.Errorf("login %d has no session", i)
				}
			}
			if first != 1 {
				f.Errorf("%d logins were the first", first)
			}
		}},
		{"fifty identities of one imported address bind once", func(f *fixture) {
			o, id := f.organization(store.Verified), vouched()
			f.load(store.ImportFile{
				Users:       []store.ImportUser{{Email: id.Email}},
				Memberships: []store.ImportMembership{{Organization: o.Slug, Email: id.Email}},
			})
			done := make([]store.Completed, crowd)
			f.must(together(func(i int) (err error) {
				l := f.arrival(id)
				l.Identity.Subject = fmt.Sprint(id.Subject, i)
				done[i], err = f.s.CompleteLogin(f.Context(), l)
				return err
			}))
			members := 0
			for _, c := range done {
				members += len(c.Snapshot.Memberships)
			}
			if members != 1 {
				f.Errorf("%d identities are members", members)
			}
		}},
	}
}

func acceptancesAtOnce() []behaviour {
	return []behaviour{
		{"fifty acceptances by fifty people of one address make one membership (K4)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			people := make([]string, crowd)
			for i := range people {
				twin := id
				twin.Subject = fmt.Sprint(id.Subject, i)
				people[i] = f.profile(twin).ID
			}
			i := f.invite(o, id.Email, "member")
			reasons := make([]store.Reason, crowd)
			f.must(together(func(n int) (err error) {
				reasons[n], err = f.s.AcceptInvitation(f.Context(), people[n], i.hash, f.now)
				return err
			}))
			inv, err := f.s.Invitation(f.Context(), i.hash)
			f.must(err)
			for n, r := range reasons {
				want, role := store.Used, ""
				if people[n] == inv.AcceptedBy {
					want, role = store.OK, "member"
				}
				f.wantReason(r, want)
				f.wantRole(people[n], o, role)
			}
		}},
		{"fifty acceptances by one person, half of them by logging in, make one (K4)", func(f *fixture) {
			o, id := f.organization(store.Verified), someone()
			ann := f.profile(id)
			i := f.invite(o, id.Email, "member")
			f.must(together(func(n int) error {
				at := f.now.Add(time.Duration(n) * time.Millisecond)
				if n%2 == 0 {
					r, err := f.s.AcceptInvitation(f.Context(), ann.ID, i.hash, at)
					return errors.Join(err, reasonError(r, store.OK))
				}
				l := f.arrival(id)
				l.Invitation, l.Now = i.hash, at
				c, err := f.s.CompleteLogin(f.Context(), l)
				return errors.Join(err, reasonError(c.Invitation, store.OK))
			}))
			f.eventually(func() string {
				if n := len(f.snapshot(ann.ID).Memberships); n != 1 {
					return fmt.Sprintf("%d memberships", n)
				}
				return ""
			})
			before, err := f.s.Invitation(f.Context(), i.hash)
			f.must(err)
			if before.AcceptedBy != ann.ID || before.AcceptedAt.Before(f.now) {
				f.Errorf("got %+v", before)
			}
		}},
	}
}

func changesAtOnce() []behaviour {
	return []behaviour{
		{"accept and revoke at once end in one of the two (K4)", func(f *fixture) {
			o := f.organization(store.Verified)
			for range 20 {
				id := someone()
				ann := f.profile(id)
				i := f.invite(o, id.Email, "member")
				i.entry.Revoked = true
				var accepted store.Reason
				var wg sync.WaitGroup
				errs := make([]error, 2)
				wg.Go(func() { accepted, errs[0] = f.s.AcceptInvitation(f.Context(), ann.ID, i.hash, f.now) })
				wg.Go(func() {
					errs[1] = f.s.Import(f.Context(), store.ImportFile{Invitations: []store.ImportInvitation{i.entry}}, f.now)
				})
				wg.Wait()
				f.must(errors.Join(errs...))
				switch got := f.state(i); {
				case got == store.InvitationAccepted && accepted == store.OK:
					f.wantRole(ann.ID, o, "member")
				case got == store.InvitationRevoked && accepted == store.Revoked:
					f.wantRole(ann.ID, o, "")
				default:
					f.Errorf("the invitation is %s, accepting said %s", got, accepted)
				}
			}
		}},
		{"of fifty who take one flow one gets it", func(f *fixture) {
			id := store.NewID()
			got := make([]bool, crowd)
			f.must(together(func(i int) (err error) {
				got[i], err = f.s.TakeFlow(f.Context(), id, f.now.Add(time.Minute))
				return err
			}))
			n := 0
			for _, ok := range got {
				if ok {
					n++
				}
			}
			if n != 1 {
				f.Errorf("%d got it", n)
			}
		}},
		{"one file imported fifty times makes one of each", func(f *fixture) {
			file, id := whole(f.now)
			f.must(together(func(int) error { return f.s.Import(f.Context(), file, f.now) }))
			if n := len(f.complete(f.arrival(id)).Snapshot.Memberships); n != 2 {
				f.Errorf("%d memberships", n)
			}
			profiles, err := f.s.Profiles(f.Context(), file.Users[1].Email)
			f.must(err)
			if len(profiles) != 1 {
				f.Errorf("got profiles %+v", profiles)
			}
		}},
	}
}

func logoutsAtOnce() []behaviour {
	return []behaviour{
		{"logging out everywhere while logging in leaves every session known", func(f *fixture) {
			id := someone()
			ann := f.profile(id)
			logins := make([]store.Login, crowd)
			for i := range logins {
				logins[i] = f.arrival(id)
			}
			f.must(together(func(i int) error {
				if i%5 == 0 {
					_, err := f.s.EndSessions(f.Context(), ann.ID, f.now)
					return err
				}
				_, err := f.s.CompleteLogin(f.Context(), logins[i])
				return err
			}))
			_, err := f.s.EndSessions(f.Context(), ann.ID, f.now)
			f.must(err)
			for i, l := range logins {
				if i%5 != 0 && f.live(ann.ID, l.Session) {
					f.Errorf("session %d lives on", i)
				}
			}
		}},
	}
}

func reasonError(got, want store.Reason) error {
	if got != want {
		return fmt.Errorf("got reason %q, want %q", got, want)
	}
	return nil
}
