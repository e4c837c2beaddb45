package deploy_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"orglogin/handlers/token"
)

// verifierOfKeys holds the key set as verifiers do: it is fetched again when a token names a key that is not in it.
type verifierOfKeys struct {
	fetch func() jose.JSONWebKeySet
	mu    sync.Mutex
	set   jose.JSONWebKeySet
}

// check returns the key that signed a token.
func (v *verifierOfKeys) check(raw string) (kid string, err error) {
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return "", err
	}
	kid = parsed.Headers[0].KeyID
	v.mu.Lock()
	if len(v.set.Key(kid)) == 0 {
		v.set = v.fetch()
	}
	set := v.set
	v.mu.Unlock()
	return kid, parsed.Claims(set, new(jwt.Claims))
}

// rotates: keys are replaced while pages and tokens are requested, without an error.
func (w *endToEnd) rotates(t *testing.T) {
	b := w.signedIn(t, "ann")
	keySet := func() (set jose.JSONWebKeySet) {
		resp, text := b.fetch("GET", b.url("login", "/.well-known/jwks.json"), nil)
		if err := json.Unmarshal([]byte(text), &set); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("the key set: %s %v", resp.Status, err)
		}
		return set
	}
	published := func(kids ...string) func() bool {
		return func() bool {
			set := keySet()
			for _, kid := range kids {
				if len(set.Key(kid)) == 0 {
					return false
				}
			}
			return len(set.Keys) == len(kids)
		}
	}
	verifier := &verifierOfKeys{fetch: keySet}
	ask := func() (raw, kid string) {
		resp, text := b.fetch("GET", b.url("acme", "/auth/token"), nil)
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("a token: %s %v", resp.Status, err)
			return "", ""
		}
		kid, err := verifier.check(answer.Token)
		if err != nil {
			t.Errorf("a token of %s does not verify: %v", kid, err)
		}
		return answer.Token, kid
	}

	old, next := privateKeys(t, w.service.keys), freshKey(t)
	oldID, nextID := old[0].KeyID, next.KeyID
	first, kid := ask()
	if kid != oldID {
		t.Fatalf("signed by %s, not by %s", kid, oldID)
	}

	// The load: until the end, pages that carry a token to the app and tokens for a page.
	var stop atomic.Bool
	var asked atomic.Int64
	var load sync.WaitGroup
	defer load.Wait()
	defer stop.Store(true)
	for range 3 {
		load.Go(func() {
			for !stop.Load() {
				resp, text := b.fetch("GET", b.url("acme", "/reports"), nil)
				var got seen
				if err := json.Unmarshal([]byte(text), &got); err != nil || resp.StatusCode != http.StatusOK {
					t.Errorf("a page: %s %v", resp.Status, err)
					return
				}
				if _, err := verifier.check(strings.TrimPrefix(got.Header.Get("Authorization"), "Bearer ")); err != nil {
					t.Errorf("the token that came with a page: %v", err)
				}
				ask()
				asked.Add(2)
			}
		})
	}

	writeKeys(t, w.service.keys, old[0], next)
	eventually(t, "the next key is published", published(oldID, nextID))
	if _, kid := ask(); kid != oldID {
		t.Errorf("a key signs that verifiers do not know yet")
	}
	writeKeys(t, w.service.keys, next, old[0])
	if err := w.service.process.Process.Signal(syscall.SIGHUP); err != nil { // need not wait for the look at the file
		t.Fatal(err)
	}
	eventually(t, "the next key signs", func() bool { _, kid := ask(); return kid == nextID })
	if _, err := verifier.check(first); err != nil {
		t.Errorf("what the old key signed is good no longer: %v", err)
	}
	writeKeys(t, w.service.keys, next)
	eventually(t, "the old key is gone", published(nextID))
	fresh := &verifierOfKeys{fetch: keySet}
	if _, err := fresh.check(first); err == nil {
		t.Error("a key that was taken out still counts")
	}
	stop.Store(true)
	load.Wait()
	if asked.Load() == 0 {
		t.Error("nothing was asked meanwhile")
	}

	// The drill: it leaked. One command, and whoever reads the key set again refuses what it signed.
	leaked, _ := ask()
	w.service.run(t, "keys", "rotate", "--leaked", "--dir", filepath.Dir(w.service.keys))
	eventually(t, "another key signs", func() bool { _, kid := ask(); return kid != nextID })
	if _, err := (&verifierOfKeys{fetch: keySet}).check(leaked); err == nil {
		t.Error("a key that leaked still counts")
	}
}

// privateKeys reads a file of signing keys.
func privateKeys(t *testing.T, file string) []jose.JSONWebKey {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return set.Keys
}

func freshKey(t *testing.T) jose.JSONWebKey {
	t.Helper()
	text, err := token.NewKeySet()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "next.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return privateKeys(t, file)[0]
}

// writeKeys replaces the file whole, as an editor or an orchestrator does.
func writeKeys(t *testing.T, file string, keys ...jose.JSONWebKey) {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".next", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".next", file); err != nil {
		t.Fatal(err)
	}
}
