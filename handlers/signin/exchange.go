package signin

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"orglogin/store"
)

// exchangeWait is how long a login waits for a place among the codes being
// redeemed. After it the provider is so slow that waiting makes it worse, and
// the person gets a page.
const exchangeWait = 750 * time.Millisecond

// openAfter is the number of timeouts in a row after which one code at a time is
// sent, to see whether the provider answers again; other logins fail at once.
const openAfter = 5

// tokens is what of a token answer is used, and not kept beyond the login.
type tokens struct{ access, id string }

// exchange redeems the code (RFC 6749 section 4.1.3): one request that no layer
// repeats, because a code seen twice may revoke what it granted.
func (p *Provider) exchange(ctx context.Context, m metadata, f Flow, code string) (t tokens, err error) {
	err = p.call(m.redeem(ctx, code, f.Verifier), tokenEndpoint, func(r reply) (err error) {
		t, err = readTokens(r)
		return err
	})
	if err != nil {
		return tokens{}, asError(err)
	}
	return t, nil
}

// leave gives the place among the exchanges back, and counts timeouts in a row.
func (p *Provider) leave(err error) {
	<-p.exchanges
	failed, _ := errors.AsType[*Error](err)
	switch {
	case failed != nil && failed.Reason == store.ProviderSlow:
		p.slow.Add(1)
	case failed != nil && failed.Reason == store.ProviderAway: // or the browser left: that says nothing of how long an answer takes
	default:
		p.slow.Store(0)
	}
}

// tokenRequest is what every token request has in common.
type tokenRequest struct {
	// request has no body and is never sent itself. Its copies share its URL and
	// header, which a transport may not change (http.RoundTripper).
	request *http.Request
	form    string // its body, up to what differs by login
}

// newTokenRequest authenticates the client by RFC 6749 section 2.3.1: in the
// Authorization header, both parts form-encoded, or in the body.
func newTokenRequest(c oauth2.Config) (tokenRequest, error) {
	form := url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {c.RedirectURL}}
	req, err := http.NewRequest(http.MethodPost, c.Endpoint.TokenURL, nil)
	if err != nil {
		return tokenRequest{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.Endpoint.AuthStyle == oauth2.AuthStyleInHeader {
		req.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(c.ClientSecret))
	} else {
		form.Set("client_id", c.ClientID)
		form.Set("client_secret", c.ClientSecret)
	}
	setCommonHeaders(req)
	return tokenRequest{req, form.Encode()}, nil
}

// redeem is the request for one code. It has no GetBody, without which no
// transport can send the body a second time on another connection.
func (m metadata) redeem(ctx context.Context, code, verifier string) *http.Request {
	form := m.token.form + "&code=" + url.QueryEscape(code) + "&code_verifier=" + url.QueryEscape(verifier)
	req := m.token.request.WithContext(ctx)
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
	return req
}

// enter takes a place among the exchanges.
func (p *Provider) enter(ctx context.Context) error {
	if n := p.slow.Load(); n >= openAfter && len(p.exchanges) > 0 {
		return tooSlow("the last %d codes timed out at the provider, and another one is being tried", n)
	}
	select {
	case p.exchanges <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(p.exchangeWait)
	defer wait.Stop()
	select {
	case p.exchanges <- struct{}{}:
		return nil
	case <-ctx.Done():
		return unreachable(ctx.Err())
	case <-wait.C:
		return tooSlow("%d codes are being redeemed already", cap(p.exchanges))
	}
}

// tokenErrors are RFC 6749 section 5.2, and two that providers borrow from 4.1.2.1.
var tokenErrors = []string{
	"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
	"invalid_scope", "server_error", "temporarily_unavailable",
}

// readTokens reads a token answer (RFC 6749 section 5.1, OpenID Connect Core
// section 3.1.3.3).
func readTokens(r reply) (tokens, error) {
	if r.status >= 500 {
		return tokens{}, badProvider("token: %w", notJSON("status %d", r.status))
	}
	media, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	o, err := readObject(r.body)
	if r.status != http.StatusOK || err == nil && o.raw("error") != "" {
		return tokens{}, tokenError(r.status, o)
	}
	switch {
	case media != "application/json":
		return tokens{}, badProvider("token: %w", notJSON("the answer is not application/json"))
	case err != nil:
		return tokens{}, badProvider("token: %w", err)
	}
	if err := o.rejectOtherCase("access_token", "token_type", "id_token", "error"); err != nil {
		return tokens{}, badProvider("token: %w", err)
	}
	var t tokens
	var kind string
	for _, m := range [...]struct {
		name string
		to   *string
	}{{"access_token", &t.access}, {"token_type", &kind}, {"id_token", &t.id}} {
		if *m.to, _, err = o.text(m.name); err != nil {
			return tokens{}, badProvider("token: %w", err)
		}
		if *m.to == "" {
			return tokens{}, badProvider("token: %s is missing", m.name)
		}
	}
	if !strings.EqualFold(kind, "Bearer") || !printable(t.access) {
		return tokens{}, badProvider("token: not a bearer token")
	}
	return t, nil
}

// tokenError is why the provider gave no tokens. A code that it does not know,
// or not from this login, was a bad answer of the browser's; everything else is
// between the provider and the operator.
func tokenError(status int, o object) *Error {
	code, _, err := o.text("error")
	if err != nil || !slices.Contains(tokenErrors, code) {
		code = "no known error"
	}
	if code == "invalid_grant" {
		return badAnswer("token: the provider refuses the code (status %d, invalid_grant)", status)
	}
	if code == "invalid_client" || code == "unauthorized_client" {
		return badProvider("token: status %d, %s: %w", status, code, ErrClientRefused)
	}
	return badProvider("token: status %d, %s", status, code)
}
