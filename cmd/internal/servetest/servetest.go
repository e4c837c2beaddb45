// Package servetest is what the tests of several packages start: a configuration whose database
// is migrated, and a private Redis.
package servetest

import (
	"net/netip"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/database"
	"orglogin/cmd/internal/operate"
	"orglogin/redirect"
	"orglogin/store"
)

// Timeout bounds every wait of these tests; nothing comes near it.
const Timeout = 30 * time.Second

// Config is a service on free ports of this machine, its database migrated.
func Config(t testing.TB) config.Config {
	t.Helper()
	dir := t.TempDir()
	files, err := operate.NewKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{
		Site: config.Site{
			Public:     redirect.Origin{Scheme: "http", Host: "login.example.localhost", Port: "8080"},
			App:        redirect.Origin{Scheme: "http", Host: "app.example.localhost", Port: "8080"},
			BaseDomain: "example.localhost", DashboardPath: "/dashboard", FallbackPath: "/clients",
		},
		Database:       config.Database{URL: "sqlite:" + filepath.Join(dir, "orglogin.db")},
		Provider:       config.Provider{ID: store.DefaultConnection, EmailVerified: store.EmailVerifiedClaim, Issuer: "http://127.0.0.1:1", ClientID: "client", ClientSecret: "secret"},
		SignupPolicy:   config.SignupPolicy{Signup: store.SignupOrganization},
		Sessions:       config.Sessions{Lifetime: 12 * time.Hour, Idle: 2 * time.Hour},
		Keys:           config.Keys{Secret: [][]byte{make([]byte, 32)}, SigningFile: files.Signing},
		CacheTTL:       5 * time.Minute,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		ListenAddr:     "127.0.0.1:0",
		AdminListener:  config.AdminListener{AdminAddr: "127.0.0.1:0"},
		Token:          config.Token{Audience: "authenticated", Role: "authenticated"},
	}
	if _, err := database.Migrate(t.Context(), cfg.Database); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// Redis starts a private one and returns its URL, and what kills it.
func Redis(t testing.TB) (url string, kill func()) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "redis.sock")
	cmd := exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", filepath.Dir(socket))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() } // twice is an error of no interest
	t.Cleanup(kill)
	return "unix://" + socket, kill
}

// Eventually waits until holds reports true, and fails the test after [Timeout].
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Timeout); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}
