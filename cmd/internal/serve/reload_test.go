package serve

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"orglogin/cmd/internal/servetest"
	"orglogin/handlers/token"
)

// The keys of a running service follow their file, whichever way it is replaced.
func TestSigningKeysFollowTheirFile(t *testing.T) {
	cfg := servetest.Config(t)
	s := start(t, cfg, Options{})
	file := cfg.Keys.SigningFile
	published := func() string {
		status, body := get(t, s.url+"/.well-known/jwks.json", "login.example.localhost:8080")
		var set struct {
			Keys []struct{ KID string }
		}
		if err := json.Unmarshal([]byte(body), &set); err != nil || status != http.StatusOK || len(set.Keys) != 1 {
			t.Fatalf("%d %s: %v", status, body, err)
		}
		return set.Keys[0].KID
	}
	for _, c := range []struct {
		sentence string
		replace  func(fresh []byte) error
	}{
		{"written over", func(fresh []byte) error { return os.WriteFile(file, fresh, 0o600) }},
		{"renamed over", func(fresh []byte) error {
			next := filepath.Join(filepath.Dir(file), "next")
			if err := os.WriteFile(next, fresh, 0o600); err != nil {
				return err
			}
			return os.Rename(next, file)
		}},
		{"taken away, refused for its mode, and mended", func(fresh []byte) error {
			if err := os.Remove(file); err != nil {
				return err
			}
			if err := os.WriteFile(file, fresh, 0o600); err != nil {
				return err
			}
			if err := os.Chmod(file, 0o644); err != nil {
				return err
			}
			return os.Chmod(file, 0o600)
		}},
		{"broken, then whole", func(fresh []byte) error {
			if err := os.WriteFile(file, fresh[:len(fresh)/2], 0o600); err != nil {
				return err
			}
			return os.WriteFile(file, fresh, 0o600)
		}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			before := published()
			fresh, err := token.NewKeySet()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.replace(fresh); err != nil {
				t.Fatal(err)
			}
			servetest.Eventually(t, "the new key is published", func() bool { return published() != before })
		})
	}
}
