package signin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"orglogin/store"
)

// Bounds of what is only shown, in bytes.
const (
	maxName    = 200
	maxPicture = 2048
)

// identity reads the person from the claims of a verified ID token. Roles and
// organizations are never read from a provider.
func (p *Provider) identity(c object) (store.Identity, error) {
	address, given, err := c.text("email")
	email, valid := store.NormalizeEmail(address)
	switch {
	case err != nil:
		return store.Identity{}, refused(store.EmailNotVerified, "", err.Error())
	case !given:
		return store.Identity{}, refused(store.EmailNotVerified, "", "the ID token has no email claim; the client needs the scope email at the provider")
	case !valid:
		return store.Identity{}, refused(store.EmailNotVerified, "", "email is not one plain address")
	}
	if kind := c.kind("email_verified"); kind != "true" { // not "true", not 1
		return store.Identity{}, refused(store.EmailNotVerified, email, "email_verified is "+kind+"; only the JSON value true is accepted")
	}
	// A claim of another type counts as absent.
	hosted, _, _ := c.text("hd")
	hosted, _ = store.NormalizeDomain(hosted)
	_, domain, _ := strings.Cut(email, "@")
	if len(p.config.HostedDomains) > 0 && (hosted != domain || !slices.Contains(p.config.HostedDomains, hosted)) {
		return store.Identity{}, refused(store.HostedDomain, email, fmt.Sprintf("hd is %.100q, not one of %q, or not the domain of the address", hosted, p.config.HostedDomains))
	}
	subject, _, err := c.text("sub")
	if err != nil {
		return store.Identity{}, badProvider("ID token: %w", err)
	}
	name, _, _ := c.text("name")
	picture, _, _ := c.text("picture")
	return store.Identity{
		Connection:    p.config.ID,
		Issuer:        p.config.Issuer,
		Subject:       subject,
		Email:         email,
		EmailVerified: true,
		Authoritative: p.authoritative(domain, hosted),
		Name:          cutName(store.CleanName(name)),
		Picture:       cleanPicture(picture),
	}, nil
}

// authoritative reports whether the provider owns the verified addresses of
// domain. Google documents these two kinds; for any other issuer the operator
// decides.
func (p *Provider) authoritative(domain, hosted string) bool {
	if p.config.Issuer == googleIssuer {
		return domain == "gmail.com" || hosted == domain
	}
	return p.config.TrustEmail
}

func refused(reason store.Reason, account, text string) *Error {
	return &Error{Reason: reason, Status: http.StatusForbidden, Account: account, Err: errors.New(text)}
}

// cutName cuts at maxName, between characters.
func cutName(s string) string {
	if len(s) <= maxName {
		return s
	}
	end := maxName
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimSpace(s[:end])
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
