package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// signIn is a first login.
func (f *fixture) signIn() (store.Profile, store.Session) {
	l := f.arrival(someone())
	return f.complete(l).Snapshot.Profile, l.Session
}

// storedSession is the session as the store has it.
func (f *fixture) storedSession(userID string, s store.Session) store.Session {
	f.Helper()
	got, err := f.s.Session(f.Context(), userID, s.SecretHash)
	f.must(err)
	return got
}

func sessions() []behaviour {
	return slices.Concat(usedSessions(), endedSessions(), sessionsOfConnections(), listedSessions())
}

func usedSessions() []behaviour {
	return []behaviour{
		{"are found by person and secret together", func(f *fixture) {
			ann, s := f.signIn()
			bob, _ := f.signIn()
			s.UserID = ann.ID
			if d := cmp.Diff(s, f.storedSession(ann.ID, s)); d != "" {
				f.Error(d)
			}
			_, err := f.s.Session(f.Context(), bob.ID, s.SecretHash)
			f.is(err, store.ErrNotFound)
			for _, h := range [][]byte{nil, {}, hash(), s.SecretHash[:31], s.BrowserHash} {
				_, err := f.s.Session(f.Context(), ann.ID, h)
				f.is(err, store.ErrNotFound)
			}
		}},
		{"move forward when they are used, never back", func(f *fixture) {
			ann, s := f.signIn()
			f.must(f.s.TouchSession(f.Context(), ann.ID, s.ID, f.now.Add(2*time.Minute)))
			f.must(f.s.TouchSession(f.Context(), ann.ID, s.ID, f.now.Add(time.Minute)))
			f.must(f.s.TouchSession(f.Context(), ann.ID, s.ID, f.now.Add(-time.Minute)))
			want := f.now.Add(2 * time.Minute)
			f.eventually(func() string {
				return cmp.Diff(want, f.storedSession(ann.ID, s).LastSeenAt)
			})
			f.eventually(func() string { // in the database, where the instance that touched it remembers more
				all, err := f.s.SessionsOf(f.Context(), ann.ID)
				f.must(err)
				if len(all) != 1 {
					return fmt.Sprintf("got %v", all)
				}
				return cmp.Diff(want, all[0].LastSeenAt)
			})
		}},
		{"do not move for another person, nor once ended", func(f *fixture) {
			ann, s := f.signIn()
			bob, other := f.signIn()
			f.must(f.s.TouchSession(f.Context(), bob.ID, s.ID, f.now.Add(time.Minute)))
			f.must(f.s.TouchSession(f.Context(), ann.ID, store.NewID(), f.now.Add(time.Minute)))
			f.must(f.s.EndSession(f.Context(), ann.ID, s.ID, f.now))
			f.must(f.s.TouchSession(f.Context(), ann.ID, s.ID, f.now.Add(time.Minute)))
			f.must(f.s.TouchSession(f.Context(), bob.ID, other.ID, f.now.Add(time.Minute)))
			f.eventually(func() string { return cmp.Diff(f.now.Add(time.Minute), f.storedSession(bob.ID, other).LastSeenAt) })
			if got := f.storedSession(ann.ID, s).LastSeenAt; !got.Equal(f.now) {
				f.Errorf("moved to %v", got)
			}
		}},
		{"end at once and for good", func(f *fixture) {
			ann, s := f.signIn()
			f.must(f.s.EndSession(f.Context(), ann.ID, s.ID, f.now))
			f.must(f.s.EndSession(f.Context(), ann.ID, s.ID, f.now.Add(time.Hour)))
			s.UserID, s.EndedAt = ann.ID, f.now
			if d := cmp.Diff(s, f.storedSession(ann.ID, s)); d != "" {
				f.Error(d)
			}
		}},
	}
}

func endedSessions() []behaviour {
	return []behaviour{
		{"are not ended by another person, and ending an unknown one is no error", func(f *fixture) {
			ann, s := f.signIn()
			bob, _ := f.signIn()
			f.must(f.s.EndSession(f.Context(), bob.ID, s.ID, f.now))
			f.must(f.s.EndSession(f.Context(), ann.ID, store.NewID(), f.now))
			if !f.live(ann.ID, s) {
				f.Error("another person ended the session")
			}
		}},
		{"end everywhere, and the live ones are counted", func(f *fixture) {
			id := someone()
			var all []store.Session
			var ann store.Profile
			for range 4 {
				l := f.arrival(id)
				ann = f.complete(l).Snapshot.Profile
				all = append(all, l.Session)
			}
			gone := f.arrival(id)
			gone.Session.CreatedAt, gone.Session.LastSeenAt, gone.Session.ExpiresAt = f.now.Add(-2*time.Hour), f.now.Add(-2*time.Hour), f.now
			f.complete(gone)
			f.must(f.s.EndSession(f.Context(), ann.ID, all[0].ID, f.now))
			bob, other := f.signIn()
			n, err := f.s.EndSessions(f.Context(), ann.ID, f.now)
			f.must(err)
			if n != 3 {
				f.Errorf("ended %d, want 3: one was ended before, one has expired", n)
			}
			for _, s := range all {
				if f.live(ann.ID, s) {
					f.Error("a session lives on")
				}
			}
			if over, err := f.s.Session(f.Context(), ann.ID, gone.Session.SecretHash); err != nil || over.EndedAt.IsZero() {
				f.Errorf("one that has expired lives again when the clock is set back: %v", err)
			}
			if !f.live(bob.ID, other) {
				f.Error("another person's session was ended")
			}
			n, err = f.s.EndSessions(f.Context(), ann.ID, f.now)
			f.must(err)
			if n != 0 {
				f.Errorf("ended %d the second time", n)
			}
		}},
	}
}

func sessionsOfConnections() []behaviour {
	return []behaviour{
		{"end in an organization, and those by other connections stay", func(f *fixture) {
			o, other := f.tenant(store.JoinOff), f.tenant(store.JoinOff)
			own, another, id := o.connection, other.connection, vouched()
			id.Email = "person@" + o.domain.Name
			ann := f.member(id, "member", o.Organization, other.Organization)
			arrive := func(id store.Identity) store.Login {
				l := f.arrival(id)
				if p := f.complete(l).Snapshot.Profile; p.ID != ann.ID {
					f.Fatalf("%s is another person", id.ConnectionID())
				}
				return l
			}
			operator, first, second := arrive(id), arrive(through(own, id)), arrive(through(own, id))
			f.claim(other.Organization, o.domain.Name) // whose connection is then bound to the person too
			_, err := f.verifyByHand(other.Organization, o.domain.Name, true)
			f.must(err)
			elsewhere := arrive(through(another, id))
			begun := arrive(through(own, id))
			both := f.again(begun, through(another, id))
			f.complete(both)
			bob, his := f.signIn()
			for _, step := range []struct {
				organizations []string
				ends          []store.Login
			}{
				{[]string{o.ID}, []store.Login{first, second}},
				{[]string{o.ID}, nil},
				{[]string{o.ID, other.ID}, []store.Login{elsewhere, both}},
			} {
				n, err := f.s.EndOrganizationSessions(f.Context(), ann.ID, step.organizations, f.now)
				f.must(err)
				if n != len(step.ends) {
					f.Errorf("ended %d, want %d", n, len(step.ends))
				}
				for _, l := range step.ends {
					if f.live(ann.ID, l.Session) {
						f.Error("a session of the organizations is live")
					}
				}
				if len(step.organizations) == 1 && (!f.live(ann.ID, elsewhere.Session) || !f.live(ann.ID, both.Session)) {
					f.Error("a session that another organization's connection opened has ended")
				}
			}
			if !f.live(ann.ID, operator.Session) || !f.live(bob.ID, his) {
				f.Error("a session by an operator's connection, or of another person, has ended")
			}
		}},
		{"of an unknown person are none to end", func(f *fixture) {
			n, err := f.s.EndSessions(f.Context(), store.NewID(), f.now)
			f.must(err)
			if n != 0 {
				f.Errorf("ended %d", n)
			}
		}},
	}
}

func listedSessions() []behaviour {
	return []behaviour{
		{"end when the operator disables the person (F7)", func(f *fixture) {
			l := f.arrival(someone())
			ann := f.complete(l).Snapshot.Profile
			f.disable(l.Identity, true)
			f.disable(l.Identity, false)
			f.eventually(func() string {
				if f.live(ann.ID, l.Session) {
					return "the session lives on"
				}
				return ""
			})
		}},
		{"are listed for the operator, newest first, without those that ended 30 days ago", func(f *fixture) {
			id := someone()
			old := f.arrival(id)
			old.Now = f.now.Add(-40 * 24 * time.Hour)
			old.Session.CreatedAt, old.Session.LastSeenAt, old.Session.ExpiresAt = old.Now, old.Now, f.now.Add(time.Hour)
			ann := f.complete(old).Snapshot.Profile
			f.must(f.s.EndSession(f.Context(), ann.ID, old.Session.ID, f.now.Add(-31*24*time.Hour)))
			recent := f.arrival(id)
			recent.Session.CreatedAt, recent.Session.LastSeenAt = f.now.Add(-time.Hour), f.now.Add(-time.Hour)
			f.complete(recent)
			f.must(f.s.EndSession(f.Context(), ann.ID, recent.Session.ID, f.now.Add(-time.Minute)))
			newest := f.arrival(id)
			f.complete(newest)
			got, err := f.s.SessionsOf(f.Context(), ann.ID)
			f.must(err)
			want := []store.Session{newest.Session, recent.Session}
			want[0].UserID, want[1].UserID, want[1].EndedAt = ann.ID, ann.ID, f.now.Add(-time.Minute)
			if d := cmp.Diff(want, got); d != "" {
				f.Error(d)
			}
		}},
		{"of an unknown person are an empty list", func(f *fixture) {
			got, err := f.s.SessionsOf(f.Context(), store.NewID())
			f.must(err)
			if len(got) != 0 {
				f.Errorf("got %+v", got)
			}
		}},
	}
}

func flows() []behaviour {
	take := func(f *fixture, id string, expires time.Time) bool {
		f.Helper()
		ok, err := f.s.TakeFlow(f.Context(), id, expires)
		f.must(err)
		return ok
	}
	return []behaviour{
		{"are taken once", func(f *fixture) {
			id := store.NewID()
			expires := f.now.Add(15 * time.Minute)
			if !take(f, id, expires) {
				f.Fatal("the first did not get it")
			}
			for range 3 {
				if take(f, id, expires) {
					f.Fatal("it was taken twice")
				}
			}
			if !take(f, store.NewID(), expires) {
				f.Error("another flow was not to be had")
			}
		}},
		{"stay taken while expired ones are swept away", func(f *fixture) {
			id := word("Flow_")
			take(f, id, f.now.Add(15*time.Minute))
			for range 300 {
				take(f, word("old"), f.now.Add(-time.Hour))
			}
			if take(f, id, f.now.Add(15*time.Minute)) {
				f.Error("it was taken twice")
			}
		}},
		{"differ in every byte", func(f *fixture) {
			id := word("flow")
			for _, id := range []string{id, id + " ", " " + id, "F" + id[1:], id + "_"} {
				if !take(f, id, f.now.Add(time.Minute)) {
					f.Errorf("%q was taken for another", id)
				}
			}
		}},
	}
}
