package signin

import (
	"context"
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

// result reads the person from the claims of a verified ID token, and from
// UserInfo where the connection asks it. Roles and organizations are never read
// from a provider.
func (p *Provider) result(ctx context.Context, m metadata, claims object, access string) (Result, error) {
	subject, _, err := claims.text("sub")
	if err != nil {
		return Result{}, badProvider("ID token: %w", err)
	}
	a, info, err := p.address(ctx, m, claims, subject, access)
	if err != nil {
		return Result{}, err
	}
	hosted, err := p.checkHostedDomain(claims, a.email)
	if err != nil {
		return Result{}, err
	}
	issuer, err := p.issuerFor(claims) // of the ID token; Google may leave its scheme out
	if err != nil {
		return Result{}, badIDToken(err)
	}
	return Result{
		IDToken: claims, UserInfo: info,
		Identity: store.Identity{
			Connection:    p.config.ID,
			Issuer:        issuer,
			Subject:       subject,
			Email:         a.email,
			EmailVerified: a.verified,
			EmailProblem:  a.problem,
			Authoritative: a.verified && p.authoritative(domainOf(a.email), hosted),
			Name:          cutName(store.CleanName(shown(claims, info, "name"))),
			Picture:       cleanPicture(shown(claims, info, "picture")),
		},
	}, nil
}

// address reads the address and its verification from one document: the ID token,
// or UserInfo where that lacks either. The document of UserInfo is nil where it
// was not asked.
func (p *Provider) address(ctx context.Context, m metadata, claims object, subject, access string) (address, object, error) {
	const idToken = "the ID token"
	missing := p.lacking(claims)
	if missing == "" || m.endpoints.userInfo == "" {
		a := p.readAddress(claims, idToken)
		if missing != "" {
			why := "UserInfo is off"
			if p.config.UserInfo {
				why = "the provider has no UserInfo endpoint"
			}
			a.problem = fmt.Sprintf("%s has no %s claim, and %s", idToken, missing, why)
		}
		return a, nil, nil
	}
	info, err := p.userInfo(ctx, m, subject, access)
	if err != nil {
		return address{}, nil, err
	}
	a := p.readAddress(info, fmt.Sprintf("UserInfo, asked because %s has no %s claim", idToken, missing))
	if err := sameAddress(claims, a); err != nil {
		a.verified, a.problem = false, err.Error()
	}
	return a, info, nil
}

// checkHostedDomain refuses an account of no accepted hosted domain, at every
// login. It returns the hosted domain, empty without one.
func (p *Provider) checkHostedDomain(claims object, email string) (string, error) {
	hosted, _, _ := claims.text("hd") // a claim of another type counts as absent
	hosted, _ = store.NormalizeDomain(hosted)
	if len(p.config.HostedDomains) > 0 && (!slices.Contains(p.config.HostedDomains, hosted) || email != "" && hosted != domainOf(email)) {
		return "", refused(store.HostedDomain, email, fmt.Sprintf("hd is %.100q, not one of %q, or not the domain of the address", hosted, p.config.HostedDomains))
	}
	return hosted, nil
}

func domainOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return domain
}

// shown is a claim that is only shown, from the ID token or else from UserInfo.
func shown(idToken, userInfo object, name string) string {
	if text, ok, _ := idToken.text(name); ok {
		return text
	}
	text, _, _ := userInfo.text(name)
	return text
}

// authoritative reports whether the provider owns the verified addresses of
// domain. Google documents these two kinds; for any other issuer the operator
// decides.
func (p *Provider) authoritative(domain, hosted string) bool {
	if p.config.guard != nil { // an organization's own provider speaks for its verified domains alone, which the store knows
		return false
	}
	if p.config.Issuer == store.GoogleIssuer {
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
