package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"orglogin/store"
)

// exchangeWait is how long a login waits for a place among the codes being
// redeemed: past it the provider is so slow that waiting makes it worse.
const exchangeWait = 2 * time.Second

// tokens is what of a token answer is used, and not kept beyond the login.
type tokens struct{ access, id string }

// exchange redeems the code (RFC 6749 section 4.1.3): one request, never
// repeated by anybody, because a code seen twice may revoke what it granted.
func (p *Provider) exchange(ctx context.Context, m metadata, f Flow, code string) (tokens, error) {
	if err := p.enter(ctx); err != nil {
		return tokens{}, err
	}
	defer func() { <-p.exchanges }()
	once := &redemption{provider: p}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: once})
	token, err := m.oauth2.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		// The text of err may quote the answer; what redemption found does not.
		if once.err != nil {
			return tokens{}, asError(once.err)
		}
		return tokens{}, badProvider("the token answer was not understood")
	}
	id, _ := token.Extra("id_token").(string)
	return tokens{access: token.AccessToken, id: id}, nil
}

// enter takes a place among the exchanges.
func (p *Provider) enter(ctx context.Context) error {
	select {
	case p.exchanges <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(p.patience)
	defer wait.Stop()
	select {
	case p.exchanges <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unreached(ctx.Err())
	case <-wait.C:
		return &Error{
			Reason: store.ProviderSlow, Status: http.StatusGatewayTimeout,
			Err: fmt.Errorf("%d codes are being redeemed already", cap(p.exchanges)),
		}
	}
}

// redemption is the transport of one token request. It sends what x/oauth2
// wrote, reads the answer strictly, and hands x/oauth2 only the members that
// it found, so that no laxer reading can find others.
type redemption struct {
	provider *Provider
	err      error
}

func (t *redemption) RoundTrip(req *http.Request) (*http.Response, error) {
	// Without GetBody the transport cannot send the body a second time on
	// another connection.
	once := req.Clone(req.Context())
	once.GetBody = nil
	var found []byte
	t.err = t.provider.call(once, "token", func(r reply) (err error) {
		found, err = readTokens(r)
		return err
	})
	if t.err != nil {
		return nil, t.err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    io.NopCloser(bytes.NewReader(found)),
		Request: req,
	}, nil
}

// tokenErrors are RFC 6749 section 5.2, and two that providers borrow from 4.1.2.1.
var tokenErrors = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
	"invalid_scope", "server_error", "temporarily_unavailable",
}

// readTokens reads a token answer (RFC 6749 section 5.1, OpenID Connect Core
// section 3.1.3.3) and returns the three members used, as JSON.
func readTokens(r reply) ([]byte, error) {
	if r.status >= 500 {
		return nil, badProvider("token: status %d", r.status)
	}
	media, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	o, err := readObject(r.body)
	if r.status != http.StatusOK || err == nil && o["error"] != nil {
		return nil, tokenError(r.status, o)
	}
	switch {
	case media != "application/json":
		return nil, badProvider("token: the answer is not application/json")
	case err != nil:
		return nil, badProvider("token: %w", err)
	}
	if err := o.only("access_token", "token_type", "id_token", "error"); err != nil {
		return nil, badProvider("token: %w", err)
	}
	found := make(map[string]string, 3)
	for _, name := range []string{"access_token", "token_type", "id_token"} {
		s, ok, err := o.text(name)
		if err != nil {
			return nil, badProvider("token: %w", err)
		}
		if !ok || s == "" {
			return nil, badProvider("token: %s is missing", name)
		}
		found[name] = s
	}
	if !strings.EqualFold(found["token_type"], "Bearer") || !printable(found["access_token"]) {
		return nil, badProvider("token: not a bearer token")
	}
	return json.Marshal(found)
}

// tokenError says why the provider gave no tokens. A code that it does not
// know, or not from this login, was a bad answer in the browser's hand; all
// else is between the provider and the operator.
func tokenError(status int, o object) *Error {
	code, _, err := o.text("error")
	if err != nil || !slices.Contains(tokenErrors, code) {
		code = "no known error"
	}
	if code == "invalid_grant" {
		return badAnswer("token: the provider does not take the code (status %d, invalid_grant)", status)
	}
	return badProvider("token: status %d, %s", status, code)
}
