package signin

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"orglogin/store"
)

// Bounds of what is only shown, in bytes.
const (
	maxName    = 200
	maxPicture = 2048
)

// identity reads who a verified ID token speaks of. Roles and organizations
// are never read from a provider.
func (p *Provider) identity(c object) (store.Identity, error) {
	email, _, err := c.text("email")
	if err != nil || !store.ValidEmail(email) {
		return store.Identity{}, refused(store.EmailNotVerified, "", "the ID token has no plain email address")
	}
	email = store.LowerASCII(email)
	if c.find("email_verified") != "true" { // not "true", not 1
		return store.Identity{}, refused(store.EmailNotVerified, email, "email_verified is not true")
	}
	// A claim of another type is as good as none.
	hosted, _, _ := c.text("hd")
	hosted = store.LowerASCII(hosted)
	_, domain, _ := strings.Cut(email, "@")
	if len(p.config.HostedDomains) > 0 && (hosted != domain || !slices.Contains(p.config.HostedDomains, hosted)) {
		return store.Identity{}, refused(store.HostedDomain, email, "hd is not an accepted domain, or not that of the address")
	}
	subject, _, err := c.text("sub")
	if err != nil {
		return store.Identity{}, badProvider("ID token: %w", err)
	}
	name, _, _ := c.text("name")
	picture, _, _ := c.text("picture")
	return store.Identity{ // which outlives the token, so nothing of it is part of that
		Issuer:        p.config.Issuer,
		Subject:       strings.Clone(subject),
		Email:         strings.Clone(email),
		EmailVerified: true,
		Authoritative: p.authoritative(domain, hosted),
		Name:          strings.Clone(cleanName(name)),
		Picture:       strings.Clone(cleanPicture(picture)),
	}, nil
}

// authoritative reports whether the provider may speak for a verified address
// of domain. Google itself says that it may for these two kinds alone; for any
// other issuer the operator says it.
func (p *Provider) authoritative(domain, hosted string) bool {
	if p.config.Issuer == googleIssuer {
		return domain == "gmail.com" || hosted == domain
	}
	return p.config.TrustEmail
}

func refused(reason store.Reason, account, text string) *Error {
	return &Error{Reason: reason, Status: http.StatusForbidden, Account: account, Err: errors.New(text)}
}

// cleanName drops what can break or forge a line (controls, line separators,
// bidirectional overrides) and cuts at maxName between characters.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if len(s) > maxName {
		end := maxName
		for !utf8.RuneStart(s[end]) {
			end--
		}
		s = strings.TrimSpace(s[:end])
	}
	return s
}

// cleanPicture keeps an https URL; it is shown by the browser, never fetched here.
func cleanPicture(s string) string {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxPicture || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		!printable(s) || strings.ContainsAny(s, " \"<>\\^`{|}") {
		return ""
	}
	return s
}
