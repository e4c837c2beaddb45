package receiptqueue_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"orglogin/store"
	"orglogin/store/receiptqueue"
	"orglogin/store/sqlite"
	"orglogin/store/sqlite/sqlitetest"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	sqlitetest.Migrate(t, path)
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: path, Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func person(t *testing.T, s store.Store, subject string) string {
	t.Helper()
	now := time.Now()
	done, err := s.CompleteLogin(t.Context(), store.Login{
		Identity: store.Identity{Issuer: "https://op.test", Subject: subject, Email: subject + "@acme.test", EmailVerified: true},
		Signup:   store.SignupProfile, Now: now,
		Session: store.Session{
			ID: store.NewID(), SecretHash: store.HashToken(subject), BrowserHash: store.HashToken(subject),
			CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(time.Hour),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return done.Snapshot.Profile.ID
}

// held is the real store, whose receipts wait until they are let go. It keeps
// what it was given at once.
type held struct {
	store.Store
	letGo chan struct{}
	given *[][]store.Receipt
}

func hold(s store.Store) held {
	return held{s, make(chan struct{}), new([][]store.Receipt)}
}

func (h held) SaveReceipts(ctx context.Context, all []store.Receipt) error {
	select {
	case <-h.letGo:
		*h.given = append(*h.given, all)
		return h.Store.SaveReceipts(ctx, all)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func receipt(userID string) store.Receipt {
	return store.Receipt{ID: store.NewReceiptID(), UserID: userID, At: time.Now(), Decision: []byte(`{"outcome":"land"}`)}
}

func TestAReceiptThatWaitsIsReadByItsPersonAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "receipts.db")
	inner := open(t, path)
	ann, bob := person(t, inner, "ann"), person(t, inner, "bob")
	h := hold(inner)
	s := receiptqueue.New(h, slog.New(slog.DiscardHandler))
	r := receipt(ann)
	if err := s.SaveReceipt(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := inner.Receipt(t.Context(), ann, r.ID); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("stored already: %v", err)
	}
	if got, err := s.Receipt(t.Context(), ann, r.ID); err != nil || got.ID != r.ID {
		t.Errorf("its person: %v, %v", got, err)
	}
	if _, err := s.Receipt(t.Context(), bob, r.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another session: %v", err)
	}
	if err := s.SaveReceipt(t.Context(), r); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same again: %v", err)
	}
	if err := s.SaveReceipt(t.Context(), store.Receipt{ID: "no receipt"}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("what no store takes: %v", err)
	}

	// An orderly end loses nothing.
	more := make([]store.Receipt, 100)
	for i := range more {
		more[i] = receipt(bob)
		if err := s.SaveReceipt(t.Context(), more[i]); err != nil {
			t.Fatal(err)
		}
	}
	close(h.letGo)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.SaveReceipt(t.Context(), receipt(ann)); err == nil {
		t.Error("taken after the end")
	}
	after := open(t, path)
	defer after.Close()
	for _, r := range append(more, r) {
		if _, err := after.Receipt(t.Context(), r.UserID, r.ID); err != nil {
			t.Errorf("%s: %v", r.ID, err)
		}
	}
}

func TestWhatWaitsIsStoredManyAtOnce(t *testing.T) {
	inner := open(t, filepath.Join(t.TempDir(), "receipts.db"))
	ann, bob := person(t, inner, "ann"), person(t, inner, "bob")
	h := hold(inner)
	s := receiptqueue.New(h, slog.New(slog.DiscardHandler))
	given := make([]store.Receipt, 150)
	for i := range given {
		given[i] = receipt([]string{ann, bob}[i%2])
		if i == 77 {
			given[i] = receipt(store.NewID()) // of an unknown person
		}
		if err := s.SaveReceipt(t.Context(), given[i]); err != nil {
			t.Fatal(err)
		}
	}
	unknown := given[77].ID
	close(h.letGo)
	eventually(t, func() bool { // stored, although it is not closed
		_, err := inner.Receipt(t.Context(), bob, given[149].ID)
		return err == nil
	})
	for i, r := range given {
		_, err := inner.Receipt(t.Context(), r.UserID, r.ID)
		if refused := r.ID == unknown; refused != errors.Is(err, store.ErrNotFound) || !refused && err != nil {
			t.Errorf("the receipt %d: %v", i, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, some := range *h.given {
		if len(some) > 64 {
			t.Errorf("%d at once", len(some))
		}
		if len(some) == 1 && some[0].ID == unknown {
			continue // again, alone
		}
		for _, r := range some {
			if !slices.Contains(order, r.ID) {
				order = append(order, r.ID)
			}
		}
	}
	if !slices.EqualFunc(given, order, func(r store.Receipt, id string) bool { return r.ID == id }) {
		t.Error("the order is not that in which they came")
	}
	// At least 64, 64 alone, 22; whether a lone one went ahead is up to the clock.
	if n := len(*h.given); n > 3+65 {
		t.Errorf("%d statements for %d receipts", n, len(given))
	}
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never")
		}
	}
}

func TestADatabaseThatHangsFillsNoMemory(t *testing.T) {
	inner := open(t, filepath.Join(t.TempDir(), "receipts.db"))
	ann := person(t, inner, "ann")
	h := hold(inner)
	s := receiptqueue.New(h, slog.New(slog.DiscardHandler))
	var err error
	taken := 0
	for err == nil && taken < 20_000 {
		if err = s.SaveReceipt(t.Context(), receipt(ann)); err == nil {
			taken++
		}
	}
	if !errors.Is(err, receiptqueue.ErrFull) {
		t.Errorf("%d taken: %v", taken, err)
	}
	// What a closed database does not take is lost, and nothing waits for it.
	if err := inner.Close(); err != nil {
		t.Fatal(err)
	}
	close(h.letGo)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestCloseDoesNotWaitForEveryReceiptOfADatabaseThatHangs(t *testing.T) {
	inner := open(t, filepath.Join(t.TempDir(), "receipts.db"))
	ann := person(t, inner, "ann")
	synctest.Test(t, func(t *testing.T) {
		s := receiptqueue.New(hold(unclosed{inner}), slog.New(slog.DiscardHandler))
		for range 1000 {
			if err := s.SaveReceipt(t.Context(), receipt(ann)); err != nil {
				t.Fatal(err)
			}
		}
		begun := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("closing took %s", took)
		}
	})
	if err := inner.Close(); err != nil {
		t.Error(err)
	}
}

// unclosed is a store that the test closes: what it waits for has a clock
// of its own.
type unclosed struct{ store.Store }

func (unclosed) Close() error { return nil }
