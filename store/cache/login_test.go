package cache_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"orglogin/store"
	"orglogin/store/cache"
	"orglogin/store/postgres"
	"orglogin/store/postgres/pgtest"
)

// reading is PostgreSQL, and whether the last login left the person out.
type reading struct {
	*postgres.Store
	unread bool
}

func (r *reading) CompleteLogin(ctx context.Context, l store.Login) (store.Completed, error) {
	done, err := r.Store.CompleteLogin(ctx, l)
	r.unread = done.Unread
	return done, err
}

// A returning person who is remembered is not read again, while the database reports its changes.
func TestALoginReadsOnlyAPersonWhoIsNotRemembered(t *testing.T) {
	db := pgtest.New(t)
	operator, err := postgres.OpenOperator(t.Context(), postgres.Config{URL: db.Owner, QueryTimeout: time.Minute})
	must(t, err)
	t.Cleanup(func() { _ = operator.Close() })
	hand := openHand(t, "pgx", db.Owner, "orglogin.")
	inner := &reading{Store: openPostgres(t, db.Runtime)}
	ear := newEar(t, hand, listen(inner.Store))
	heard := run(t, cache.Config{Store: inner, Listen: ear.listen, TTL: time.Hour})
	id := store.Identity{Issuer: "https://op.test", Subject: "ann", Email: "ann@acme.test", EmailVerified: true, Name: "Ann"}
	change := func(file store.ImportFile) {
		t.Helper()
		must(t, operator.Import(t.Context(), file, time.Now()))
		ear.heard()
	}
	login := func(s *cache.Store, unread bool, memberships int) store.Completed {
		t.Helper()
		now := time.Now()
		done, err := s.CompleteLogin(t.Context(), store.Login{
			Identity: id, Signup: store.SignupProfile, Slugs: []string{"acme"}, Now: now,
			Session: store.Session{
				ID: store.NewID(), SecretHash: store.HashToken(store.NewID()), BrowserHash: store.HashToken(store.NewID()),
				CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
			},
		})
		must(t, err)
		if inner.unread != unread || done.Unread || len(done.Snapshot.Memberships) != memberships || len(done.Snapshot.Organizations) != 1 {
			t.Errorf("unread %v, want %v with %d memberships; got %+v", inner.unread, unread, memberships, done)
		}
		return done
	}

	change(store.ImportFile{
		Organizations: []store.ImportOrganization{{Slug: "acme", Name: "Acme", SubdomainStatus: store.Verified}},
		Users:         []store.ImportUser{{Email: id.Email, Issuer: id.Issuer, Subject: id.Subject}},
		Memberships:   []store.ImportMembership{{Organization: "acme", Email: id.Email}},
	})
	first := login(heard, false, 1)
	ear.heard() // the first login gave the profile its name
	again := login(heard, false, 1)
	remembered := login(heard, true, 1)
	if d := cmp.Diff(again.Snapshot.Memberships, remembered.Snapshot.Memberships); d != "" || remembered.Snapshot.Profile != again.Snapshot.Profile ||
		remembered.Snapshot.Source != store.FromMemory {
		t.Errorf("got %+v, before %+v", remembered.Snapshot, again.Snapshot)
	}

	left := false
	change(store.ImportFile{Memberships: []store.ImportMembership{{Organization: "acme", Email: id.Email, Active: &left}}})
	login(heard, false, 0)
	login(heard, true, 0)

	must(t, hand.exec(t.Context(), `DELETE FROM orglogin.profiles`))
	ear.heard()
	if other := login(heard, false, 0); other.UserID == first.UserID || !other.FirstLogin {
		t.Errorf("got %+v", other)
	}

	deaf := run(t, cache.Config{Store: inner, TTL: time.Hour})
	login(deaf, false, 0)
	login(deaf, false, 0)
}
