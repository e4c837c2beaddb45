package fakeidp

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"time"
)

const tokenLifetime = 5 * time.Minute

// token is the token endpoint (OpenID Connect Core section 3.1.3).
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err := r.ParseForm(); err != nil || r.URL.RawQuery != "" || twice(r.PostForm) || media != "application/x-www-form-urlencoded" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_request"})
		return
	}
	if !p.isClient(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="token"`)
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	if r.PostForm.Get("grant_type") != "authorization_code" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"})
		return
	}
	g, ok := p.redeem(r.PostForm)
	if !ok {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	access := p.signIn(g.person)
	id, err := p.idToken(g, access)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, map[string]any{"error": "server_error"})
		return
	}
	answer := map[string]any{
		"access_token": access,
		"token_type":   "Bearer",
		"expires_in":   int(tokenLifetime.Seconds()),
		"id_token":     id,
		"scope":        "openid email profile",
	}
	if p.config.Mangle.Answer != nil {
		p.config.Mangle.Answer(answer, access, id)
	}
	writeJSON(w, http.StatusOK, answer)
}

// isClient takes client_secret_basic, form-encoded as RFC 6749 section 2.3.1
// has it, or client_secret_post; never both.
func (p *Provider) isClient(r *http.Request) bool {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		if secret != "" || id != "" && id != p.config.ClientID {
			return false
		}
		var err1, err2 error
		id, err1 = url.QueryUnescape(user)
		secret, err2 = url.QueryUnescape(password)
		if err1 != nil || err2 != nil {
			return false
		}
	}
	return equal(id, p.config.ClientID)&equal(secret, p.config.ClientSecret) == 1
}

// redeem takes the code, good or not, and checks what it was given for.
func (p *Provider) redeem(form url.Values) (grant, bool) {
	code := form.Get("code")
	p.mu.Lock()
	g, ok := p.grants[code]
	delete(p.grants, code)
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	return g, ok && p.config.Now().Before(g.expires) && form.Get("redirect_uri") == g.redirectURL &&
		equal(base64.RawURLEncoding.EncodeToString(sum[:]), g.challenge) == 1
}

func (p *Provider) idToken(g grant, access string) (string, error) {
	now := p.config.Now()
	hash := sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss":     p.config.Issuer,
		"sub":     g.person.Subject,
		"aud":     p.config.ClientID,
		"azp":     p.config.ClientID,
		"iat":     now.Unix(),
		"exp":     now.Add(tokenLifetime).Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
	}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
	}
	g.person.addClaims(claims)
	if p.config.Mangle.Claims != nil {
		p.config.Mangle.Claims(claims)
	}
	if p.config.Mangle.IDToken != nil {
		return p.config.Mangle.IDToken(claims), nil
	}
	return p.Sign(claims)
}

func equal(a, b string) int {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b))
}
