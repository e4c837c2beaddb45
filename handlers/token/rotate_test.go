package token_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"orglogin/handlers/token"
)

// kids are those of a file, in its order.
func kids(t *testing.T, file []byte) []string {
	t.Helper()
	var set struct{ Keys []struct{ KID string } }
	if err := json.Unmarshal(file, &set); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, k := range set.Keys {
		all = append(all, k.KID)
	}
	return all
}

// A year of rotations: one command each time, and never a token that does not verify.
func TestRotate(t *testing.T) {
	now := begin
	s, path := open(t, func() time.Time { return now }, jwkOf(t))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signer := func() string { header, _ := verify(t, s, mustSign(t, s, claims)); return header.KeyID }
	for range 3 {
		before := signer()
		r, err := token.Rotate(file, now, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got := kids(t, r.File); got[0] != r.Added || got[1] != before || len(got) != 2 {
			t.Fatalf("%q after %q, added %s", got, before, r.Added)
		}
		file = r.File
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reload(); err != nil {
			t.Fatal(err)
		}
		if signer() != before {
			t.Error("the new key signs at once")
		}
		if _, err := token.Rotate(file, now, time.Hour); err == nil || !strings.Contains(err.Error(), "waits to sign until") {
			t.Errorf("again at once: %v", err)
		}
		last := mustSign(t, s, claims)
		now = r.From
		if signer() != r.Added {
			t.Error("the new key does not sign at its time")
		}
		verify(t, s, last)
		now = now.Add(24 * time.Hour)
	}
}

func TestRotateKeepsWhatMayBeMissed(t *testing.T) {
	since := func(d time.Duration) int64 { return begin.Add(-d).Unix() }
	for _, c := range []struct {
		sentence string
		nbf      any
		dropped  int
	}{
		{"a key that has signed for a day has replaced the one before", since(24 * time.Hour), 1},
		{"one that has signed for half an hour has not", since(30 * time.Minute), 0},
		{"it is not known since when a key without nbf signs", nil, 0},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			_, path := open(t, at(begin), jwkOf(t, "nbf", c.nbf), jwkOf(t))
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := token.Rotate(file, begin, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Dropped) != c.dropped || len(kids(t, r.File)) != 3-c.dropped || c.dropped == 1 && r.Dropped[0] != kids(t, file)[1] {
				t.Errorf("dropped %q", r.Dropped)
			}
		})
	}
	t.Run("a key that verifiers cannot have yet is refused", func(t *testing.T) {
		if _, err := token.Rotate(nil, begin, time.Minute); err == nil || !strings.Contains(err.Error(), "30m") {
			t.Error(err)
		}
	})
	t.Run("a file that does not hold is left alone", func(t *testing.T) {
		for _, file := range []string{"", "{", `{"keys":[]}`} {
			if r, err := token.Rotate([]byte(file), begin, time.Hour); err == nil || r.File != nil {
				t.Errorf("%q: %v", file, err)
			}
			if r, err := token.Replace([]byte(file), begin); err == nil || r.File != nil {
				t.Errorf("%q: %v", file, err)
			}
		}
	})
}

func TestReplace(t *testing.T) {
	s, path := open(t, at(begin), jwkOf(t), jwkOf(t))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := token.Replace(file, begin)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Dropped, kids(t, file)) || !slices.Equal(kids(t, r.File), []string{r.Added}) {
		t.Errorf("%q, dropped %q", kids(t, r.File), r.Dropped)
	}
	if err := os.WriteFile(path, r.File, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err != nil {
		t.Fatal(err)
	}
	if header, _ := verify(t, s, mustSign(t, s, claims)); header.KeyID != r.Added {
		t.Error("the new key does not sign")
	}
}
