package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
)

// by is a person who signs in by a connection of the operator.
func by(connection string, id store.Identity) store.Identity {
	id.Connection = connection
	return id
}

// again is a login of the person an hour later, in the browser that has the session of l.
func (f *fixture) again(l store.Login, id store.Identity) store.Login {
	next := f.arrival(id)
	next.Replaces, next.Now = l.Session.ID, f.now.Add(time.Hour)
	next.Session.CreatedAt, next.Session.LastSeenAt, next.Session.ExpiresAt = next.Now, next.Now, next.Now.Add(12*time.Hour)
	next.Session.Connections = nil
	return next
}

// wantConnections asserts the connections of the session of a login.
func (f *fixture) wantConnections(userID string, l store.Login, want ...store.SessionConnection) {
	f.Helper()
	got, err := f.s.Session(f.Context(), userID, l.Session.SecretHash)
	f.must(err)
	if d := cmp.Diff(want, got.Connections); d != "" {
		f.Errorf("the connections of the session: %s", d)
	}
}

func sessionConnections() []behaviour {
	return []behaviour{
		{"are that of the login, which is default where none is named", func(f *fixture) {
			l := f.arrival(someone())
			ann := f.complete(l).Snapshot.Profile
			f.wantConnections(ann.ID, l, store.SessionConnection{ConnectionID: store.DefaultConnection, At: f.now})
			l = f.arrival(by("okta", someone()))
			bob := f.complete(l).Snapshot.Profile
			f.wantConnections(bob.ID, l, store.SessionConnection{ConnectionID: "okta", At: f.now})
		}},
		{"do not grow by a second login of the same connection", func(f *fixture) {
			id := someone()
			first := f.arrival(id)
			ann := f.complete(first).Snapshot.Profile
			second := f.again(first, id)
			f.complete(second)
			f.wantConnections(ann.ID, second, store.SessionConnection{ConnectionID: store.DefaultConnection, At: second.Now})
		}},
		{"are not those of the session of another person", func(f *fixture) {
			first := f.arrival(by("okta", someone()))
			ann := f.complete(first).Snapshot.Profile
			second := f.again(first, someone())
			bob := f.complete(second).Snapshot.Profile
			f.wantConnections(bob.ID, second, store.SessionConnection{ConnectionID: store.DefaultConnection, At: second.Now})
			if f.live(ann.ID, first.Session) {
				f.Error("the session that was replaced is live")
			}
		}},
		{"tell apart people of the same issuer and subject", func(f *fixture) {
			id := someone()
			ann := f.profile(id)
			if other := f.profile(by("okta", id)); other.ID == ann.ID {
				f.Error("two connections share a profile")
			}
			if again := f.profile(by(store.DefaultConnection, id)); again.ID != ann.ID {
				f.Error("the default connection has another profile when it is named")
			}
		}},
		{"are bound by an import that names one", func(f *fixture) {
			id := by("okta", someone())
			f.load(store.ImportFile{Users: []store.ImportUser{{Email: id.Email, Connection: "okta", Issuer: id.Issuer, Subject: id.Subject}}})
			c := f.complete(f.arrival(id))
			if profiles, err := f.s.Profiles(f.Context(), id.Email); err != nil || len(profiles) != 1 || c.FirstLogin || profiles[0].ID != c.Snapshot.Profile.ID {
				f.Errorf("got %+v, %+v, %v", profiles, c, err)
			}
			if other := f.profile(by(store.DefaultConnection, id)); other.ID == c.Snapshot.Profile.ID {
				f.Error("the default connection found the identity of another one")
			}
		}},
	}
}
