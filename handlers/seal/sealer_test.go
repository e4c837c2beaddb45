package seal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"orglogin/handlers/seal"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func newKey(t testing.TB) []byte {
	t.Helper()
	k := make([]byte, seal.KeySize)
	rand.Read(k)
	return k
}

func newBox(t testing.TB, keys ...[]byte) *seal.Box {
	t.Helper()
	b, err := seal.NewBox(keys)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWhatOpens(t *testing.T) {
	old, current, next := newKey(t), newKey(t), newKey(t)
	sealed := newBox(t, current, old).Sealer("session").Seal([]byte("ann"), "cookie")
	for _, c := range []struct {
		sentence      string
		keys          [][]byte
		purpose, name string
		opens         bool
	}{
		{"the keys that sealed it open it", [][]byte{current, old}, "session", "cookie", true},
		{"the sealing key alone opens it", [][]byte{current}, "session", "cookie", true},
		{"a newer key in front still opens it", [][]byte{next, current, old}, "session", "cookie", true},
		{"the order of keys does not matter to open", [][]byte{old, next, current}, "session", "cookie", true},
		{"sealing used the first key, so the second alone opens nothing", [][]byte{old}, "session", "cookie", false},
		{"a key that was dropped opens nothing", [][]byte{next}, "session", "cookie", false},
		{"another purpose opens nothing", [][]byte{current}, "flow", "cookie", false},
		{"a purpose that begins alike opens nothing", [][]byte{current}, "sessio", "ncookie", false},
		{"a longer purpose opens nothing", [][]byte{current}, "sessionc", "ookie", false},
		{"another name opens nothing", [][]byte{current}, "session", "cookie-staging", false},
		{"no name opens nothing", [][]byte{current}, "session", "", false},
		{"purpose and name exchanged open nothing", [][]byte{current}, "cookie", "session", false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			got, err := newBox(t, c.keys...).Sealer(c.purpose).Open(sealed, c.name)
			if c.opens && (err != nil || string(got) != "ann") {
				t.Errorf("Open = %q, %v", got, err)
			}
			if !c.opens && (got != nil || !errors.Is(err, seal.ErrOpen)) {
				t.Errorf("Open = %q, %v; want nothing and ErrOpen", got, err)
			}
		})
	}
}

// TestKeysThatShareAnID finds two keys of one id, as one pair in 256 is.
func TestKeysThatShareAnID(t *testing.T) {
	first := newKey(t)
	sealed := newBox(t, first).Sealer("p").Seal([]byte("x"), "n")
	for {
		second := newKey(t)
		other := newBox(t, second).Sealer("p").Seal(nil, "n")
		if decode(t, other)[0] != decode(t, sealed)[0] {
			continue
		}
		got, err := newBox(t, second, first).Sealer("p").Open(sealed, "n")
		if err != nil || string(got) != "x" {
			t.Errorf("Open with a newer key of the same id = %q, %v", got, err)
		}
		return
	}
}

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEveryChangeFails(t *testing.T) {
	s := newBox(t, newKey(t), newKey(t)).Sealer("session")
	for _, size := range []int{0, 1, 2, 40} { // all three lengths of a last group of base64
		sealed := s.Seal(make([]byte, size), "cookie")
		for i := range len(sealed) {
			for _, c := range []byte(alphabet) {
				if c == sealed[i] {
					continue
				}
				changed := sealed[:i] + string(c) + sealed[i+1:]
				if _, err := s.Open(changed, "cookie"); err != seal.ErrOpen {
					t.Fatalf("%d bytes, character %d as %q: %v", size, i, c, err)
				}
			}
			for what, changed := range map[string]string{
				"cut before":         sealed[:i],
				"cut after":          sealed[i+1:],
				"one inserted":       sealed[:i] + "A" + sealed[i:],
				"a line break":       sealed[:i] + "\n" + sealed[i:],
				"a carriage return":  sealed[:i] + "\r" + sealed[i:],
				"a blank":            sealed[:i] + " " + sealed[i:],
				"a zero":             sealed[:i] + "\x00" + sealed[i:],
				"padding":            sealed[:i] + "=" + sealed[i:],
				"a percent escape":   sealed[:i] + "%" + sealed[i:],
				"the other alphabet": sealed[:i] + "+" + sealed[i+1:],
			} {
				if _, err := s.Open(changed, "cookie"); err != seal.ErrOpen {
					t.Fatalf("%d bytes, %s at %d: %v", size, what, i, err)
				}
			}
		}
		for _, more := range []string{"A", "AA", "AAAA", "=", "==", "\n", "\r\n", " ", "\"", sealed} {
			if _, err := s.Open(sealed+more, "cookie"); err != seal.ErrOpen {
				t.Errorf("%d bytes with %q behind: %v", size, more, err)
			}
		}
	}
}

func TestLengths(t *testing.T) {
	s := newBox(t, newKey(t)).Sealer("state")
	t.Run("the most that can be sealed opens", func(t *testing.T) {
		want := bytes.Repeat([]byte{7}, seal.MaxPlaintext)
		sealed := s.Seal(want, "n")
		if got, err := s.Open(sealed, "n"); err != nil || !bytes.Equal(got, want) || len(sealed) > seal.MaxSealed {
			t.Errorf("%d characters, %v", len(sealed), err)
		}
	})
	t.Run("one byte more is the caller's mistake, at once", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("sealed what could never be opened")
			}
		}()
		s.Seal(make([]byte, seal.MaxPlaintext+1), "n")
	})
	t.Run("a value past the bound is not decoded", func(t *testing.T) {
		huge := strings.Repeat("A", 64<<20)
		if n := testing.AllocsPerRun(10, func() {
			if _, err := s.Open(huge, "n"); err != seal.ErrOpen {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
	t.Run("nothing at all opens nothing", func(t *testing.T) {
		if _, err := s.Open("", "n"); err != seal.ErrOpen {
			t.Error(err)
		}
	})
}

func TestSealsDiffer(t *testing.T) {
	s := newBox(t, newKey(t)).Sealer("state")
	seen := map[string]bool{}
	for range 1000 {
		v := s.Seal([]byte("the same"), "n")
		if seen[v] {
			t.Fatal("one nonce twice in a thousand")
		}
		seen[v] = true
		if strings.Trim(v, alphabet) != "" {
			t.Fatalf("not safe in a cookie: %q", v)
		}
	}
}

func TestPurposesHaveKeysOfTheirOwn(t *testing.T) {
	// The names are chosen so that purpose and name together read the same.
	box := newBox(t, newKey(t))
	a, b := box.Sealer("a"), box.Sealer("a\x00b")
	if _, err := b.Open(a.Seal(nil, "b\x00"), ""); err != seal.ErrOpen {
		t.Errorf("a value of one purpose opened for another: %v", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := newBox(t, newKey(t), newKey(t)).Sealer("session")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			want := []byte{byte(i)}
			for range 200 {
				if got, err := s.Open(s.Seal(want, "n"), "n"); err != nil || !bytes.Equal(got, want) {
					t.Errorf("Open = %v, %v; want %v", got, err, want)
				}
			}
		})
	}
	all.Wait()
}

func TestNewBoxRefusesKeysOfAnotherLength(t *testing.T) {
	for _, c := range []struct {
		sentence string
		keys     [][]byte
		want     string
	}{
		{"no keys", nil, "no key"},
		{"a short second key", [][]byte{make([]byte, 32), make([]byte, 31)}, "key 2 has 31 bytes, not 32"},
		{"a long first key", [][]byte{make([]byte, 33)}, "key 1 has 33 bytes, not 32"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			if _, err := seal.NewBox(c.keys); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %q in it", err, c.want)
			}
		})
	}
}

func TestABoxKeepsKeysOfItsOwn(t *testing.T) {
	key := newKey(t)
	box := newBox(t, key)
	sealed := box.Sealer("p").Seal([]byte("x"), "n")
	clear(key)
	if _, err := box.Sealer("p").Open(sealed, "n"); err != nil {
		t.Error("the caller's slice is still in use:", err)
	}
}

func FuzzOpen(f *testing.F) {
	keys := [][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)}
	s := newBox(f, keys...).Sealer("session")
	plaintexts := []string{"", "a", "0123456789012345678901234567890123456789"}
	for _, p := range plaintexts {
		v := s.Seal([]byte(p), "n")
		f.Add(v)
		f.Add(v + "\n")
		f.Add(v[:len(v)-1])
	}
	f.Add(strings.Repeat("A", seal.MaxSealed+1))
	f.Fuzz(func(t *testing.T, sealed string) {
		// Whatever opens is one of the values above, in its only spelling.
		got, err := s.Open(sealed, "n")
		if err == nil && (!slices.Contains(plaintexts, string(got)) || base64.RawURLEncoding.EncodeToString(decode(t, sealed)) != sealed) {
			t.Errorf("Open(%q) = %q", sealed, got)
		}
		if err != nil && (err != seal.ErrOpen || got != nil) {
			t.Errorf("Open(%q) = %q, %v", sealed, got, err)
		}
		want := sealed[:min(len(sealed), seal.MaxPlaintext)]
		if got, err := s.Open(s.Seal([]byte(want), sealed), sealed); err != nil || string(got) != want {
			t.Errorf("what was sealed does not open: %q, %v", got, err)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	s := newBox(b, newKey(b)).Sealer("session")
	value := make([]byte, 40)
	b.ReportAllocs()
	for b.Loop() {
		s.Seal(value, "__Secure-session")
	}
}

func BenchmarkOpen(b *testing.B) {
	oldest := newKey(b)
	sealed := newBox(b, oldest).Sealer("session").Seal(make([]byte, 40), "__Secure-session")
	s := newBox(b, newKey(b), newKey(b), oldest).Sealer("session")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(sealed, "__Secure-session"); err != nil {
			b.Fatal(err)
		}
	}
}
