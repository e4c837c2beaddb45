package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"orglogin/cmd/internal/clustertest"
)

// bare is a relying party on the standard library, but for the signature of the ID
// token, PostgreSQL and Redis. It does the least that a login needs.
type bare struct {
	*relying
	issuer, authorize, token string
	keys                     jose.JSONWebKeySet
}

func serveBare(ctx context.Context, s settings, ready func()) error {
	r, err := openRelying(ctx, s)
	if err != nil {
		return err
	}
	defer r.close()
	b := &bare{relying: r, issuer: s.Issuer}
	var found struct {
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
		Keys      string `json:"jwks_uri"`
	}
	if err := b.read(ctx, s.Issuer+"/.well-known/openid-configuration", &found); err != nil {
		return err
	}
	b.authorize, b.token = found.Authorize, found.Token
	if err := b.read(ctx, found.Keys, &b.keys); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /start", b.start)
	mux.HandleFunc("GET /callback", b.callback)
	return serveUntil(ctx, s.Addr, mux, ready)
}

// read gets a JSON document.
func (b *bare) read(ctx context.Context, from string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	return b.do(req, into)
}

func (b *bare) do(req *http.Request, into any) error {
	resp, err := b.provider.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", req.URL.Path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func (b *bare) start(w http.ResponseWriter, r *http.Request) {
	flow := loginFlow{state: rand.Text(), nonce: rand.Text(), verifier: rand.Text() + rand.Text()}
	http.SetCookie(w, flow.cookie())
	challenge := sha256.Sum256([]byte(flow.verifier))
	http.Redirect(w, r, b.authorize+"?"+url.Values{
		"response_type": {"code"}, "client_id": {clustertest.ClientID}, "redirect_uri": {redirectURI}, "scope": {"openid email profile"},
		"state": {flow.state}, "nonce": {flow.nonce}, "code_challenge_method": {"S256"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])},
	}.Encode(), http.StatusFound)
}

func (b *bare) callback(w http.ResponseWriter, r *http.Request) {
	session, err := b.finish(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, cookie := range sessionCookies(session) {
		http.SetCookie(w, cookie)
	}
	http.Redirect(w, r, landing, http.StatusFound)
}

func (b *bare) finish(r *http.Request) (session string, err error) {
	q := r.URL.Query()
	flow, err := readFlow(r, q.Get("state"))
	if err != nil {
		return "", err
	}
	if err := b.takeFlow(r.Context(), flow.state); err != nil {
		return "", err
	}
	raw, err := b.redeem(r.Context(), q.Get("code"), flow.verifier)
	if err != nil {
		return "", err
	}
	subject, claims, err := b.verify(raw, flow.nonce)
	if err != nil {
		return "", err
	}
	return b.logIn(r.Context(), subject, claims)
}

func (b *bare) redeem(ctx context.Context, code, verifier string) (idToken string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.token, strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {redirectURI}, "code_verifier": {verifier},
	}.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(clustertest.ClientID), url.QueryEscape(clustertest.ClientSecret))
	var answer struct {
		IDToken string `json:"id_token"`
	}
	err = b.do(req, &answer)
	return answer.IDToken, err
}

func (b *bare) verify(raw, nonce string) (subject string, claims tokenClaims, err error) {
	signed, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return "", claims, err
	}
	payload, err := signed.Verify(b.keys)
	if err != nil {
		return "", claims, err
	}
	var id struct {
		tokenClaims
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Nonce    string `json:"nonce"`
	}
	if err := json.Unmarshal(payload, &id); err != nil {
		return "", claims, err
	}
	if id.Issuer != b.issuer || id.Audience != clustertest.ClientID || id.Nonce != nonce || id.Expires < time.Now().Unix() || !id.Verified {
		return "", claims, errors.New("not a token for this login")
	}
	return id.Subject, id.tokenClaims, nil
}
