package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"orglogin/cmd/internal/clustertest"
	"orglogin/cmd/internal/config"
	"orglogin/cmd/internal/serve"
	"orglogin/handlers/seal"
	"orglogin/redirect"
	"orglogin/store"
)

// site is where the service is, as its browsers see it. A proxy ended their TLS.
func site() redirect.Site {
	return redirect.Site{
		Public:     redirect.Origin{Scheme: "https", Host: loginHost},
		App:        redirect.Origin{Scheme: "https", Host: "app." + baseDomain},
		BaseDomain: baseDomain, DashboardPath: "/dashboard", FallbackPath: "/clients",
	}
}

// serveOurs is the service as `orglogin serve` builds it, logging to standard
// error.
func serveOurs(ctx context.Context, s settings, ready func()) error {
	text, err := os.ReadFile(filepath.Join(s.Keys, "secret-keys"))
	if err != nil {
		return err
	}
	secret, err := seal.ParseKeys(string(text))
	if err != nil {
		return err
	}
	cfg := config.Config{
		Site:         config.Site(site()),
		Database:     config.Database{URL: s.Database},
		Provider:     config.Provider{ID: store.DefaultConnection, EmailVerified: store.EmailVerifiedClaim, Issuer: s.Issuer, ClientID: clustertest.ClientID, ClientSecret: clustertest.ClientSecret},
		SignupPolicy: config.SignupPolicy{Signup: store.SignupOrganization},
		Sessions:     config.Sessions{Lifetime: 12 * time.Hour, Idle: 2 * time.Hour},
		Keys:         config.Keys{Secret: secret, SigningFile: filepath.Join(s.Keys, "signing-keys.json")},

		Redis: []string{s.Redis}, CacheTTL: s.CacheTTL,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		ListenAddr:     s.Addr, AdminListener: config.AdminListener{AdminAddr: "127.0.0.1:0"},
		Token: config.Token{Audience: "authenticated", Role: "authenticated"},
		Log:   config.Log{Format: "json", Level: slog.LevelInfo, Requests: "errors"}, // one line a login
	}
	serve.LimitGarbage()
	logger, flush := serve.NewLogger(os.Stderr, cfg.Log)
	defer flush()
	service, err := serve.Open(ctx, cfg, serve.Options{Logger: logger})
	if err != nil {
		return err
	}
	err = service.Serve(ctx, func(net.Addr, net.Addr) {
		ready()
		time.AfterFunc(500*time.Millisecond, serve.FreeStartMemory) // as serve does
	})
	return errors.Join(err, service.Close())
}
