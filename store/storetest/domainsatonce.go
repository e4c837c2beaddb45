package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"orglogin/store"
)

func domainsAtOnce() []behaviour {
	return slices.Concat(joinsAtOnce(), bindingsAtOnce(), requestsAtOnce())
}

func joinsAtOnce() []behaviour {
	return []behaviour{
		{"of fifty verifications of one domain by two organizations one organization's succeed", func(f *fixture) {
			both := []store.Organization{f.organization(store.Verified), f.organization(store.Verified)}
			name := newDomain()
			var verified [2]atomic.Int64
			for _, o := range both {
				f.claim(o, name)
			}
			f.must(together(func(i int) error {
				_, err := f.record(both[i%2], name, store.DomainProved, f.now)
				if err == nil {
					verified[i%2].Add(1)
				}
				if errors.Is(err, store.ErrConflict) {
					return nil
				}
				return err
			}))
			if a, b := verified[0].Load(), verified[1].Load(); a+b != crowd/2 || a*b != 0 {
				f.Errorf("%d and %d verifications succeeded", a, b)
			}
		}},
		{"fifty first logins with addresses in one domain make fifty members and no organization", func(f *fixture) {
			o := f.organization(store.Verified)
			d := f.verified(o, store.JoinAuto)
			f.must(together(func(int) error {
				l := f.arrival(at(d.Name))
				l.Signup = store.SignupOrganization
				c, err := f.s.CompleteLogin(f.Context(), l)
				if m := c.Snapshot.Memberships; err == nil && (c.Joined != o.ID || len(m) != 1 || m[0].Organization.ID != o.ID || m[0].Role != "member") {
					err = fmt.Errorf("got %+v", c)
				}
				return err
			}))
		}},
		{"fifty logins of one person join once", func(f *fixture) {
			o := f.organization(store.Verified)
			id := at(f.verified(o, store.JoinAuto).Name)
			joined := make([]string, crowd)
			f.must(together(func(i int) error {
				c, err := f.s.CompleteLogin(f.Context(), f.arrival(id))
				joined[i] = c.Joined
				return err
			}))
			n := 0
			for _, id := range joined {
				if id != "" {
					n++
				}
			}
			if n != 1 {
				f.Errorf("%d logins joined", n)
			}
		}},
	}
}

func bindingsAtOnce() []behaviour {
	return []behaviour{
		{"a person who accepts an invitation and joins by the domain at once has the role of the invitation", func(f *fixture) {
			o := f.organization(store.Verified)
			d := f.verified(o, store.JoinOff)
			people, offers := make([]store.Identity, crowd/2), make([]offer, crowd/2)
			ids := make([]string, crowd/2)
			for i := range people {
				people[i] = at(d.Name)
				ids[i] = f.profile(people[i]).ID
				offers[i] = f.invite(o, people[i].Email, "admin")
			}
			f.setJoin(o, d.Name, store.JoinAuto)
			f.must(together(func(i int) error {
				n := i / 2
				if i%2 == 0 {
					_, err := f.s.CompleteLogin(f.Context(), f.arrival(people[n]))
					return err
				}
				r, err := f.s.AcceptInvitation(f.Context(), ids[n], offers[n].hash, f.now)
				return errors.Join(err, reasonError(r, store.OK))
			}))
			for _, id := range ids {
				f.wantRole(id, o, "admin")
			}
		}},
		{"first logins by one connection with one address bind the member once", func(f *fixture) {
			t := f.tenant(store.JoinOff)
			id := at(t.domain.Name)
			p := f.colleague(t, id.Email)
			id = through(t.connection, id)
			profiles := make([]string, crowd)
			f.must(together(func(i int) error {
				l := f.arrival(id)
				l.Identity.Subject = fmt.Sprint(id.Subject, i)
				c, err := f.s.CompleteLogin(f.Context(), l)
				if c.Refused == store.NotInvited {
					return err
				}
				profiles[i] = c.Snapshot.Profile.ID
				return errors.Join(err, reasonError(c.Refused, ""))
			}))
			n := 0
			for _, id := range profiles {
				if id == p.ID {
					n++
				}
			}
			if n != 1 {
				f.Errorf("%d identities are the member's", n)
			}
		}},
	}
}

func requestsAtOnce() []behaviour {
	return []behaviour{
		{"fifty requests of one person make one, and no more than five wait", func(f *fixture) {
			name := newDomain()
			s := f.signedIn(f.arrival(at(name)))
			for i := range store.MaxWaitingRequests + 1 {
				o := f.organization(store.Verified)
				f.claim(o, name)
				_, err := f.verifyByHand(o, name, true)
				f.must(err)
				f.setJoin(o, name, store.JoinByRequest)
				err = together(func(int) error { return f.s.RequestJoin(f.Context(), s, o.Slug, f.now) })
				if i < store.MaxWaitingRequests {
					f.must(err)
				} else {
					f.is(err, store.ErrConflict)
				}
				if n := len(f.requests(o)); n > 1 || i < store.MaxWaitingRequests && n != 1 {
					f.Errorf("%d requests", n)
				}
			}
		}},
		{"of those who take due domains at once no two take the same one", func(f *fixture) {
			o := f.organization(store.Verified)
			mine := map[string]bool{}
			for range 5 {
				mine[f.verified(o, store.JoinOff).Name] = true
			}
			taken := make([][]store.Domain, crowd)
			f.must(together(func(i int) (err error) {
				taken[i], err = f.s.DueDomains(f.Context(), f.now.Add(26*time.Hour), 2)
				return err
			}))
			count := map[string]int{}
			for _, all := range taken {
				for _, d := range all {
					if mine[d.Name] {
						count[d.Name]++
					}
				}
			}
			for name, n := range count {
				if n != 1 {
					f.Errorf("%s was taken %d times", name, n)
				}
			}
		}},
	}
}
