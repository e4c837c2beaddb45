package fakeidp

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	codeLifetime = time.Minute
	maxGrants    = 10_000 // codes not yet redeemed
)

// grant is what one code stands for.
type grant struct {
	person      Person
	redirectURL string
	challenge   string
	nonce       string
	expires     time.Time
}

var challengePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// authorize is the authorization endpoint (OpenID Connect Core section 3.1.2).
// Without a person in the query, and where Auto chooses none, it shows the
// page; each choice on it is this same request with a person.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	redirect := q.Get("redirect_uri")
	switch {
	case err != nil || twice(q):
		http.Error(w, "invalid_request: malformed query, or a parameter twice", http.StatusBadRequest)
		return
	case q.Get("client_id") != p.config.ClientID:
		http.Error(w, "unauthorized_client: unknown client_id", http.StatusBadRequest)
		return
	case !p.allows(redirect):
		http.Error(w, "invalid_request: redirect_uri is not registered", http.StatusBadRequest)
		return
	}
	if code := wrong(q); code != "" {
		p.answer(w, r, q, "error", code)
		return
	}
	person, chosen := p.choose(r, q)
	switch {
	case q.Has("cancel"), chosen && person.Deny:
		p.answer(w, r, q, "error", "access_denied")
	case chosen:
		code := p.grant(grant{person, redirect, q.Get("code_challenge"), q.Get("nonce"), p.config.Now().Add(codeLifetime)})
		if code == "" {
			p.answer(w, r, q, "error", "temporarily_unavailable")
			return
		}
		p.answer(w, r, q, "code", code)
	case q.Get("prompt") == "none":
		p.answer(w, r, q, "error", "login_required")
	default:
		p.page(w, r, q)
	}
}

func twice(q url.Values) bool {
	for _, values := range q {
		if len(values) > 1 {
			return true
		}
	}
	return false
}

func (p *Provider) allows(redirect string) bool {
	if len(p.config.RedirectURLs) > 0 {
		return slices.Contains(p.config.RedirectURLs, redirect)
	}
	u, err := url.Parse(redirect)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.Fragment == ""
}

// wrong names the error of a request that is otherwise from our client.
func wrong(q url.Values) string {
	prompt := q.Get("prompt")
	switch {
	case q.Get("response_type") != "code":
		return "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return "invalid_scope"
	case q.Get("code_challenge_method") != "S256", !challengePattern.MatchString(q.Get("code_challenge")):
		return "invalid_request"
	case prompt != "" && prompt != "none" && prompt != "login" && prompt != "select_account" && prompt != "consent":
		return "invalid_request"
	case q.Has("request"):
		return "request_not_supported"
	case q.Has("request_uri"):
		return "request_uri_not_supported"
	}
	return ""
}

func (p *Provider) choose(r *http.Request, q url.Values) (Person, bool) {
	if p.config.Auto != nil {
		if person := p.config.Auto(r); person.Subject != "" {
			return person, true
		}
	}
	subject := q.Get("person")
	for _, person := range p.config.People {
		if subject != "" && person.Subject == subject {
			return person, true
		}
	}
	return Person{}, false
}

// grant returns a code, or none when too many wait.
func (p *Provider) grant(g grant) string {
	code := random()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.grants) >= maxGrants {
		now := p.config.Now()
		for c, old := range p.grants {
			if !now.Before(old.expires) {
				delete(p.grants, c)
			}
		}
		if len(p.grants) >= maxGrants {
			return ""
		}
	}
	p.grants[code] = g
	return code
}

// answer sends the browser back with one parameter, state and iss.
func (p *Provider) answer(w http.ResponseWriter, r *http.Request, q url.Values, name, value string) {
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	a := back.Query()
	a.Set(name, value)
	a.Set("iss", p.config.Issuer)
	if q.Has("state") {
		a.Set("state", q.Get("state"))
	}
	back.RawQuery = a.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}
