package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/labstack/echo/v4"
	"golang.org/x/oauth2"

	"orglogin/cmd/internal/clustertest"
)

// plain is a relying party with the same libraries as ours, used plainly.
type plain struct {
	*relying
	config   oauth2.Config
	verifier *oidc.IDTokenVerifier
	logger   *slog.Logger
}

func servePlain(ctx context.Context, s settings, ready func()) error {
	r, err := openRelying(ctx, s)
	if err != nil {
		return err
	}
	defer r.close()
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, r.provider), s.Issuer)
	if err != nil {
		return err
	}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	p := &plain{
		relying: r,
		config: oauth2.Config{
			ClientID: clustertest.ClientID, ClientSecret: clustertest.ClientSecret, Endpoint: endpoint,
			RedirectURL: redirectURI, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
		},
		verifier: provider.Verifier(&oidc.Config{ClientID: clustertest.ClientID}),
		logger:   slog.New(slog.NewJSONHandler(os.Stderr, nil)),
	}
	e := echo.New()
	e.GET("/start", p.start)
	e.GET("/callback", p.callback)
	e.GET("/verify", p.verify)
	e.GET("/signed-in", p.signedIn)
	return serveUntil(ctx, s.Addr, e, ready)
}

func (p *plain) start(c echo.Context) error {
	flow := loginFlow{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	c.SetCookie(flow.cookie())
	return c.Redirect(http.StatusFound, p.config.AuthCodeURL(flow.state, oidc.Nonce(flow.nonce), oauth2.S256ChallengeOption(flow.verifier)))
}

func (p *plain) callback(c echo.Context) error {
	ctx := c.Request().Context()
	flow, err := readFlow(c.Request(), c.QueryParam("state"))
	if err != nil {
		return echo.ErrBadRequest
	}
	if err := p.takeFlow(ctx, flow.state); err != nil {
		return echo.ErrBadRequest
	}
	ctx = oidc.ClientContext(ctx, p.provider)
	token, err := p.config.Exchange(ctx, c.QueryParam("code"), oauth2.VerifierOption(flow.verifier))
	if err != nil {
		return echo.ErrBadGateway
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil || id.Nonce != flow.nonce {
		return echo.ErrForbidden
	}
	var claims tokenClaims
	if err := id.Claims(&claims); err != nil || !claims.Verified {
		return echo.ErrForbidden
	}
	session, err := p.logIn(ctx, id.Subject, claims)
	if err != nil {
		return echo.ErrServiceUnavailable
	}
	for _, cookie := range sessionCookies(session) {
		c.SetCookie(cookie)
	}
	return c.Redirect(http.StatusFound, landing)
}

// identity are the headers that ours answers, with values as long.
var identity = http.Header{
	"Remote-User": {uuid}, "X-Auth-Request-User": {uuid}, "Remote-Email": {email}, "X-Auth-Request-Email": {email},
	"Remote-Name": {"Person person0"}, "Remote-Groups": {"member"}, "X-Auth-Request-Groups": {"member"},
	"X-Org-Id": {uuid}, "X-Org-Slug": {"acme"}, "X-Org-Role": {"member"}, "X-Session-Id": {uuid}, "X-Auth-Connection": {"default"},
	"Authorization": {"Bearer " + strings.Repeat("x", 700)}, "X-Auth-Degraded": {""}, "Cache-Control": {"no-store"},
}

const (
	uuid  = "00000000-0000-4000-8000-000000000000"
	email = "person0@acme.test"
)

// verify is one map lookup, and the same headers as ours.
func (p *plain) verify(c echo.Context) error {
	cookie, err := c.Cookie("__Secure-session")
	if err != nil || !p.isLive(cookie.Value) {
		return c.NoContent(http.StatusUnauthorized)
	}
	h := c.Response().Header()
	for name, values := range identity {
		h[name] = values
	}
	return c.NoContent(http.StatusNoContent)
}

// signedIn is a redirect that writes one line.
func (p *plain) signedIn(c echo.Context) error {
	p.logger.Info("login", "request_id", "abcdefghijklmnop", "outcome", "landed", "step", "explicit", "reason", "ok",
		"client", c.RealIP(), "user_id", uuid, "organization_id", uuid)
	return c.Redirect(http.StatusFound, landing)
}
