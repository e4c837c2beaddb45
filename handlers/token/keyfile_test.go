package token_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"orglogin/handlers/token"
)

func TestEveryMistakeOfTheFileIsNamed(t *testing.T) {
	good, other := jwkOf(t), jwkOf(t)
	d := good["d"].(string)
	for _, c := range []struct {
		sentence string
		keys     []map[string]any
		want     []string
	}{
		{"no key", nil, []string{`no key under "keys"`}},
		{"a public key", []map[string]any{jwkOf(t, "d", nil)}, []string{"key 1: a public key"}},
		{"a secret for HMAC", []map[string]any{{"kty": "oct", "k": d}}, []string{"key 1: kty \"oct\"", "ES256 alone"}},
		{"another curve", []map[string]any{jwkOf(t, "crv", "P-384")}, []string{"crv \"P-384\""}},
		{"another algorithm", []map[string]any{jwkOf(t, "alg", "RS256")}, []string{"alg \"RS256\", not ES256"}},
		{"a key to encrypt with", []map[string]any{jwkOf(t, "use", "enc")}, []string{"use \"enc\", not sig"}},
		{"a kid of one's own", []map[string]any{jwkOf(t, "kid", "2026-11")}, []string{"kid \"2026-11\"", "leave kid out"}},
		{"a point of another key", []map[string]any{jwkOf(t, "x", other["x"], "y", other["y"])}, []string{"x and y are not the public key of d"}},
		{"a point off the curve", []map[string]any{jwkOf(t, "x", other["x"])}, []string{"x and y are not the public key of d"}},
		{"a short d", []map[string]any{jwkOf(t, "d", d[:40])}, []string{"d is not 32 bytes"}},
		{"a long x", []map[string]any{jwkOf(t, "x", d+"AAAA")}, []string{"x is not 32 bytes"}},
		{"a y with padding", []map[string]any{jwkOf(t, "y", d+"=")}, []string{"y is not 32 bytes"}},
		{"a d of zero", []map[string]any{jwkOf(t, "d", strings.Repeat("A", 43))}, []string{"d is no number of the curve"}},
		{"a d that is a number", []map[string]any{jwkOf(t, "d", 123456789)}, []string{"\"d\" is of the wrong kind"}},
		{"a date for nbf", []map[string]any{jwkOf(t, "nbf", "2026-11-22")}, []string{"\"nbf\" is of the wrong kind"}},
		{"milliseconds for nbf", []map[string]any{jwkOf(t, "nbf", 1795000000000)}, []string{"nbf is not in seconds"}},
		{"one key twice", []map[string]any{good, good}, []string{"key 2: the same as key 1"}},
		{"none that may sign yet", []map[string]any{jwkOf(t, "nbf", begin.Unix()+1)}, []string{"no key may sign yet"}},
		{"three mistakes at once", []map[string]any{jwkOf(t, "d", nil), good, jwkOf(t, "use", "enc"), good}, []string{"key 1", "key 3", "key 4: the same as key 2"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			write(t, path, c.keys...)
			_, err := token.Open(path, config(at(begin)))
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
			for _, k := range c.keys {
				if d, ok := k["d"].(string); ok && strings.Contains(err.Error(), d[:8]) || strings.Contains(err.Error(), "123456789") {
					t.Errorf("error %q shows a key", err)
				}
			}
		})
	}
}

func TestTheFileItself(t *testing.T) {
	good, err := token.NewKeySet()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		sentence string
		text     string
		mode     os.FileMode
		want     string // "" when it is taken
	}{
		{"for its owner alone", string(good), 0o600, ""},
		{"read-only for its owner", string(good), 0o400, ""},
		{"readable by the group of the process", string(good), 0o640, ""},
		{"read-only for the group of the process", string(good), 0o440, ""},
		{"writable by the group of the process", string(good), 0o660, "mode 0660"},
		{"readable by all", string(good), 0o644, "mode 0644"},
		{"writable by others", string(good), 0o602, "mode 0602"},
		{"empty", "", 0o600, "bad JSON"},
		{"cut", string(good[:len(good)/2]), 0o600, "bad JSON"},
		{"more behind it", string(good) + "{}", 0o600, "bad JSON"},
		{"a list", "[]", 0o600, "not an object"},
		{"keys that are no list", `{"keys": {}}`, 0o600, `"keys" is of the wrong kind`},
		{"a key that is no object", `{"keys": ["` + strings.Repeat("s", 43) + `"]}`, 0o600, "key 1: not a JWK"},
		{"huge", string(good) + strings.Repeat(" ", 1<<20), 0o600, "more than"},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := token.Open(path, config(at(begin)))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "sssss") {
				t.Errorf("error %q shows what was there", err)
			}
		})
	}
	if os.Geteuid() == 0 { // only root can give a file to such a group
		t.Run("readable by a group that the process is not in", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys.json")
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Chown(path, 0, 65532), os.Chmod(path, 0o640)); err != nil {
				t.Fatal(err)
			}
			if _, err := token.Open(path, config(at(begin))); err == nil || !strings.Contains(err.Error(), "not in the group") {
				t.Errorf("error %v", err)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		_, err := token.Open(filepath.Join(t.TempDir(), "keys.json"), config(at(begin)))
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "orglogin keys new") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a directory", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := token.Open(dir, config(at(begin))); err == nil || !strings.Contains(err.Error(), "not a file") {
			t.Errorf("error %v", err)
		}
	})
}
