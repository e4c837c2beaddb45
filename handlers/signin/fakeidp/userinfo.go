package fakeidp

import (
	"net/http"
	"strings"
	"time"
)

// signedIn is whose claims an access token reads.
type signedIn struct {
	person  Person
	expires time.Time
}

// signIn returns an access token for the person. While there are too many, it reads
// nothing.
func (p *Provider) signIn(person Person) string {
	access, now := random(), p.config.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.access) >= maxGrants {
		for token, old := range p.access {
			if !now.Before(old.expires) {
				delete(p.access, token)
			}
		}
	}
	if len(p.access) < maxGrants {
		p.access[access] = signedIn{person, now.Add(tokenLifetime)}
	}
	return access
}

// userInfo is the UserInfo endpoint (OpenID Connect Core section 5.3).
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	s, ok := p.access[access]
	p.mu.Unlock()
	if !ok || !p.config.Now().Before(s.expires) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		http.Error(w, "invalid_token", http.StatusUnauthorized)
		return
	}
	claims := map[string]any{"sub": s.person.Subject}
	s.person.addClaims(claims)
	if p.config.Mangle.UserInfo != nil {
		p.config.Mangle.UserInfo(claims)
	}
	writeJSON(w, http.StatusOK, claims)
}

// addClaims adds what the scopes email and profile read.
func (p Person) addClaims(claims map[string]any) {
	for name, value := range map[string]string{"email": p.Email, "name": p.Name, "picture": p.Picture, "hd": p.HostedDomain} {
		if value != "" {
			claims[name] = value
		}
	}
	if p.EmailVerified != nil {
		claims["email_verified"] = p.EmailVerified
	}
}
