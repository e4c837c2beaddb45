package late_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"orglogin/store"
	"orglogin/store/late"
	"orglogin/store/sqlite"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	if err := sqlite.Migrate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
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
	return done.Standing.Profile.ID
}

// held is the real store, whose receipts wait until they are let go.
type held struct {
	store.Store
	letGo chan struct{}
}

func (h held) SaveReceipt(ctx context.Context, r store.Receipt) error {
	select {
	case <-h.letGo:
		return h.Store.SaveReceipt(ctx, r)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func receipt(userID string) store.Receipt {
	return store.Receipt{ID: store.NewReceiptID(), UserID: userID, At: time.Now(), Decision: []byte(`{"outcome":"land"}`)}
}

func TestAReceiptThatWaitsIsReadByItsPersonAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "late.db")
	inner := open(t, path)
	ann, bob := person(t, inner, "ann"), person(t, inner, "bob")
	h := held{inner, make(chan struct{})}
	s := late.New(h, slog.New(slog.DiscardHandler))
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
		t.Errorf("somebody else: %v", err)
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

func TestADatabaseThatHangsFillsNoMemory(t *testing.T) {
	inner := open(t, filepath.Join(t.TempDir(), "late.db"))
	ann := person(t, inner, "ann")
	h := held{inner, make(chan struct{})}
	s := late.New(h, slog.New(slog.DiscardHandler))
	var err error
	taken := 0
	for err == nil && taken < 20_000 {
		if err = s.SaveReceipt(t.Context(), receipt(ann)); err == nil {
			taken++
		}
	}
	if !errors.Is(err, late.ErrFull) {
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
