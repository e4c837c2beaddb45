package sqlite

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"orglogin/store"
)

// login is a first login of a new person under SIGNUP=organization.
func login(now time.Time) store.Login {
	id := store.NewID()
	return store.Login{
		Identity: store.Identity{Issuer: "https://op.test", Subject: id, Email: id + "@people.test", EmailVerified: true, Name: "Ann"},
		Signup:   store.SignupOrganization,
		Now:      now,
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken(store.NewID()), BrowserHash: store.HashToken(id),
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		},
	}
}

func complete(t testing.TB, s *Store, l store.Login) store.Completed {
	t.Helper()
	c, err := s.CompleteLogin(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func count(t testing.TB, s *Store, query string, args ...any) (n int) {
	t.Helper()
	if err := s.reads.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAFullDiskIsAPlainErrorAndLeavesNothing(t *testing.T) {
	s := open(t)
	now := time.Now()
	complete(t, s, login(now))
	// No page more than there are: SQLITE_FULL, as on a full disk.
	if _, err := s.writes.db.Exec(`PRAGMA max_page_count = 1`); err != nil {
		t.Fatal(err)
	}
	before := count(t, s, `SELECT count(*) FROM profiles`)
	var failed error
	for range 200 {
		l := login(now)
		for i := range 8 {
			l.Identity.Picture += fmt.Sprintf("https://op.test/%0200d", i)
		}
		if _, failed = s.CompleteLogin(t.Context(), l); failed != nil {
			break
		}
		before++
	}
	if failed == nil {
		t.Fatal("the disk never was full")
	}
	for _, answer := range []error{store.ErrNotFound, store.ErrConflict, store.ErrInvalid, store.ErrBehind} {
		if errors.Is(failed, answer) {
			t.Errorf("the failure reads as an answer: %v", failed)
		}
	}
	if after := count(t, s, `SELECT count(*) FROM profiles`); after != before {
		t.Errorf("%d profiles, want %d", after, before)
	}
}

func TestAWriterThatWaitsGivesUpWithItsContext(t *testing.T) {
	s := open(t)
	s.turn <- struct{}{} // another connection writes
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.CompleteLogin(ctx, login(time.Now())); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-s.turn
	complete(t, s, login(time.Now()))
}

func TestACancelledLoginLeavesTheStoreUsable(t *testing.T) {
	s := open(t)
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := s.CompleteLogin(ctx, login(time.Now()))
			done <- err
		}()
		cancel()
		if err := <-done; err != nil && (errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict)) {
			t.Fatalf("a cancelled login reads as an answer: %v", err)
		}
	}
	complete(t, s, login(time.Now()))
	broken := count(t, s, `
		SELECT count(*)
		FROM profiles p
		WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.profile_id = p.id)
			OR NOT EXISTS (SELECT 1 FROM memberships m WHERE m.profile_id = p.id)
			OR NOT EXISTS (SELECT 1 FROM sessions x WHERE x.profile_id = p.id)`)
	if broken != 0 {
		t.Errorf("%d chains are broken", broken)
	}
}

func TestTwoStoresOnOneFileMakeOneChain(t *testing.T) {
	one := open(t)
	two, err := Open(t.Context(), Config{Path: one.config.Path})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	now := time.Now()
	l := login(now)
	errs := make(chan error)
	for i := range 20 {
		s := []*Store{one, two}[i%2]
		again := l
		again.Session = login(now).Session
		go func() {
			_, err := s.CompleteLogin(t.Context(), again)
			errs <- err
		}()
	}
	for range 20 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if n := count(t, one, `SELECT count(*) FROM organizations`); n != 1 {
		t.Errorf("%d organizations", n)
	}
}

func TestWhatIsOverIsSweptAway(t *testing.T) {
	s := open(t)
	now := time.Now()
	l := login(now)
	ann := complete(t, s, l).Snapshot.Profile
	var aged string // the id of a receipt that is too old
	for i := range 5 * batch {
		aged = store.NewReceiptID()
		_, err := s.writes.db.Exec(`INSERT INTO flows (id, expires_at) VALUES ($1, 0)`, fmt.Sprint("old-", i))
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.writes.db.Exec(`INSERT INTO receipts (id, profile_id, at, decision) VALUES ($1, $2, 0, '{}')`, aged, ann.ID)
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Receipt(t.Context(), ann.ID, aged); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an old receipt that was not swept yet: %v", err)
	}
	old := login(now.Add(-60 * 24 * time.Hour))
	old.Identity = l.Identity
	complete(t, s, old)
	before := count(t, s, `SELECT count(*) FROM flows`)
	if ok, err := s.TakeFlow(t.Context(), "first", now.Add(time.Minute)); err != nil || !ok {
		t.Fatalf("got %v, %v", ok, err)
	}
	if after := count(t, s, `SELECT count(*) FROM flows`); after != before+1-batch {
		t.Errorf("one call swept %d, want a batch of %d", before+1-after, batch)
	}
	for range 6 {
		if _, err := s.TakeFlow(t.Context(), store.NewID(), now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		r := store.Receipt{ID: store.NewReceiptID(), UserID: ann.ID, At: now, Decision: []byte(`{}`)}
		if err := s.SaveReceipt(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	for table, want := range map[string]int{"flows": 7, "receipts": 6, "sessions": 1} {
		if n := count(t, s, `SELECT count(*) FROM `+table); n != want {
			t.Errorf("%d %s are left, want %d", n, table, want)
		}
	}
}

func TestEveryStatementOfAnAnswerUsesAnIndex(t *testing.T) {
	s := open(t)
	l := login(time.Now())
	ann := complete(t, s, l).Snapshot
	q := store.AccessQuery{UserID: ann.Profile.ID, Slugs: []string{ann.Memberships[0].Organization.Slug}, Invitation: store.HashToken("none")}
	for range 2 { // the first time prepares
		if _, err := s.AccessSnapshot(t.Context(), q); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(t.Context(), ann.Profile.ID, l.Session.SecretHash); err != nil {
			t.Fatal(err)
		}
		if _, err := s.InvitationsFor(t.Context(), ann.Profile.ID, l.Now); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.reads.prepared) < 6 {
		t.Errorf("%d statements were kept prepared", len(s.reads.prepared))
	}
	for query := range s.reads.prepared {
		rows, err := s.reads.db.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+query, "x", "y")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			if len(detail) >= 4 && detail[:4] == "SCAN" {
				t.Errorf("%s in%s", detail, query)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
}

func TestARelativePathIsAFileToo(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Migrate(t.Context(), "orglogin.db"); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Path: "orglogin.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	complete(t, s, login(time.Now()))
}
