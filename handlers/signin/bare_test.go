package signin

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"

	"orglogin/store"
)

// steady is a provider that signed once: every code gets the same answer, so
// that a benchmark measures who asks and not who signs.
type steady struct {
	issuer    string
	discovery string
	keys      string
	tokens    string
	flow      Flow
}

func newSteady(issuer string) *steady {
	b := make([]byte, 16)
	s := &steady{issuer: issuer, flow: Flow{
		Connection: store.DefaultConnection, Verifier: oauth2.GenerateVerifier(), Nonce: base64.RawURLEncoding.EncodeToString(b),
	}}
	s.discovery = asJSON(map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token", "jwks_uri": issuer + "/jwks",
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
	s.keys = asJSON(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: testKey().Public(), KeyID: "test", Use: "sig", Algorithm: "RS256"}}})
	access, now := base64.RawURLEncoding.EncodeToString(b), time.Now().Unix()
	s.tokens = asJSON(map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 300, "scope": "openid email profile",
		"id_token": forge(goodHeader, asJSON(map[string]any{
			"iss": issuer, "sub": "ann-1", "aud": clientID, "azp": clientID, "iat": now, "exp": now + 3600, "nonce": s.flow.Nonce,
			"at_hash": leftHalf(access, jose.RS256), "email": "ann@acme.test", "email_verified": true, "name": "Ann of Acme",
		})),
	})
	return s
}

func (s *steady) document(path string) string {
	switch path {
	case "/token":
		return s.tokens
	case "/jwks":
		return s.keys
	}
	return s.discovery
}

func (s *steady) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, s.document(r.URL.Path))
}

// RoundTrip answers without a network.
func (s *steady) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	body := s.document(r.URL.Path)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
		Body: io.NopCloser(bytes.NewReader([]byte(body))), ContentLength: int64(len(body)), Request: r,
	}, nil
}

// overBoth runs a benchmark over a kept HTTPS connection, as in production, and
// without a network, where nothing is left but the work that differs. cpu-ns/op
// is what to compare while the machine does other things; over HTTPS it includes
// the provider, which is the same for all.
func overBoth(b *testing.B, prepare func(b *testing.B, s *steady, client *http.Client) func(ctx context.Context) error) {
	run := func(b *testing.B, s *steady, client *http.Client) {
		once := prepare(b, s, client)
		if err := once(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		before := cpu(b)
		for b.Loop() {
			if err := once(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
	}
	b.Run("over HTTPS", func(b *testing.B) {
		server := httptest.NewUnstartedServer(nil)
		s := newSteady("https://" + server.Listener.Addr().String())
		server.Config.Handler = s
		server.StartTLS()
		defer server.Close()
		run(b, s, server.Client())
	})
	b.Run("without the network", func(b *testing.B) {
		s := newSteady("https://op.test")
		run(b, s, &http.Client{Transport: s})
	})
}

// cpu is what this process has used, user and system.
func cpu(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// What a callback pays here: the code exchange and the ID token, strictly.
func BenchmarkFinish(b *testing.B) {
	overBoth(b, func(b *testing.B, s *steady, client *http.Client) func(context.Context) error {
		p, err := New(Config{Issuer: s.issuer, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL, HTTP: client})
		if err != nil {
			b.Fatal(err)
		}
		answer := Answer{Code: "a-code-of-some-length"}
		return func(ctx context.Context) error { _, err := p.Finish(ctx, s.flow, answer); return err }
	})
}

// The same with x/oauth2 and go-oidc as their documentation has it, and the
// nonce compared.
func BenchmarkBareExchange(b *testing.B) {
	overBoth(b, func(b *testing.B, s *steady, client *http.Client) func(context.Context) error {
		client.Timeout = 10 * time.Second
		provider, err := oidc.NewProvider(oidc.ClientContext(b.Context(), client), s.issuer)
		if err != nil {
			b.Fatal(err)
		}
		config := oauth2.Config{ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURL, Endpoint: provider.Endpoint()}
		config.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
		verifier := provider.Verifier(&oidc.Config{ClientID: clientID})
		return func(ctx context.Context) error {
			ctx = oidc.ClientContext(ctx, client)
			token, err := config.Exchange(ctx, "a-code-of-some-length", oauth2.VerifierOption(s.flow.Verifier))
			if err != nil {
				return err
			}
			raw, _ := token.Extra("id_token").(string)
			id, err := verifier.Verify(ctx, raw)
			if err != nil {
				return err
			}
			var claims struct {
				Email    string `json:"email"`
				Verified bool   `json:"email_verified"`
				Name     string `json:"name"`
			}
			if err := id.Claims(&claims); err != nil {
				return err
			}
			if id.Nonce != s.flow.Nonce || !claims.Verified {
				return errors.New("not this login's")
			}
			return nil
		}
	})
}
