package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
	"github.com/redis/go-redis/v9"
	"golang.org/x/oauth2"

	"orglogin/cmd/internal/clustertest"
)

// bare is a relying party with the same libraries and nothing beyond them: one
// Redis command takes the flow once, one PostgreSQL statement stores person and
// session. It keeps no intent, decides no place, seals nothing and logs nothing.
type bare struct {
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
	provider *http.Client // one pool of connections, as ours has
	pool     *pgxpool.Pool
	redis    *redis.Client

	mu       sync.RWMutex
	sessions map[string]string // person by session
}

// bareSchema is what its one statement needs.
const bareSchema = `
CREATE TABLE people (subject text PRIMARY KEY, email text NOT NULL, name text NOT NULL);
CREATE TABLE sessions (id text PRIMARY KEY, subject text NOT NULL REFERENCES people, expires_at timestamptz NOT NULL);
GRANT SELECT, INSERT, UPDATE ON people, sessions TO runtime`

const bareStatement = `
WITH person AS (
	INSERT INTO people (subject, email, name) VALUES ($1, $2, $3)
	ON CONFLICT (subject) DO UPDATE SET email = excluded.email, name = excluded.name
	RETURNING subject
)
INSERT INTO sessions (id, subject, expires_at) SELECT $4, subject, $5 FROM person`

func serveBare(ctx context.Context, s settings, ready func()) error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 256
	b := &bare{provider: &http.Client{Transport: transport, Timeout: 10 * time.Second}, sessions: map[string]string{}}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, b.provider), s.Issuer)
	if err != nil {
		return err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	b.config = oauth2.Config{
		ClientID: clustertest.ClientID, ClientSecret: clustertest.ClientSecret, Endpoint: endpoint,
		RedirectURL: "https://" + loginHost + "/callback", Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
	b.verifier = provider.Verifier(&oidc.Config{ClientID: clustertest.ClientID})
	if b.pool, err = pgxpool.New(ctx, s.Database); err != nil {
		return err
	}
	defer b.pool.Close()
	options, err := redis.ParseURL(s.Redis)
	if err != nil {
		return err
	}
	b.redis = redis.NewClient(options)
	defer b.redis.Close()

	e := echo.New()
	e.GET("/start", b.start)
	e.GET("/callback", b.callback)
	e.GET("/verify", b.verify)
	e.GET("/signed-in", func(c echo.Context) error { return c.Redirect(http.StatusFound, landing) })
	server := &http.Server{Addr: s.Addr, Handler: e, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	ready()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (b *bare) start(c echo.Context) error {
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	c.SetCookie(&http.Cookie{
		Name: "__Host-flow", Value: state + "." + nonce + "." + verifier, Path: "/", MaxAge: 900,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return c.Redirect(http.StatusFound, b.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
}

func (b *bare) callback(c echo.Context) error {
	ctx := c.Request().Context()
	cookie, err := c.Cookie("__Host-flow")
	if err != nil {
		return echo.ErrBadRequest
	}
	parts := strings.Split(cookie.Value, ".")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(c.QueryParam("state"))) != 1 {
		return echo.ErrBadRequest
	}
	if first, err := b.redis.SetNX(ctx, "flow:"+parts[0], 1, 15*time.Minute).Result(); err != nil || !first {
		return echo.ErrBadRequest
	}
	ctx = oidc.ClientContext(ctx, b.provider)
	token, err := b.config.Exchange(ctx, c.QueryParam("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return echo.ErrBadGateway
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := b.verifier.Verify(ctx, raw)
	if err != nil || id.Nonce != parts[1] {
		return echo.ErrForbidden
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := id.Claims(&claims); err != nil || !claims.Verified {
		return echo.ErrForbidden
	}
	session := rand.Text()
	if _, err := b.pool.Exec(ctx, bareStatement, id.Subject, claims.Email, claims.Name, session, time.Now().Add(12*time.Hour)); err != nil {
		return echo.ErrServiceUnavailable
	}
	b.mu.Lock()
	b.sessions[session] = id.Subject
	b.mu.Unlock()
	c.SetCookie(&http.Cookie{Name: "__Host-flow", Path: "/", MaxAge: -1, Secure: true})
	c.SetCookie(&http.Cookie{
		Name: "__Secure-session", Value: session, Domain: baseDomain, Path: "/", MaxAge: 12 * 3600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	return c.Redirect(http.StatusFound, landing)
}

// verify is one map lookup.
func (b *bare) verify(c echo.Context) error {
	cookie, err := c.Cookie("__Secure-session")
	if err != nil {
		return c.NoContent(http.StatusUnauthorized)
	}
	b.mu.RLock()
	_, found := b.sessions[cookie.Value]
	b.mu.RUnlock()
	if !found {
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.NoContent(http.StatusNoContent)
}
