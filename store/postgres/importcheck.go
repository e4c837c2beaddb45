package postgres

import (
	"fmt"
	"regexp"

	"orglogin/store"
)

var rolePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)

// validRole reports whether role is one word: it travels in headers, between
// commas and blanks.
func validRole(role string) bool { return rolePattern.MatchString(role) }

// minToken is the shortest token, in bytes: 128 bits in base64.
const minToken = 22

// checkImport refuses what can be refused without the database, and returns
// the file. Errors are ErrInvalid and name the entry, never a token.
func (s *Store) checkImport(f store.ImportFile) (store.ImportFile, error) {
	seen := make(map[string]bool)
	once := func(key ...string) string {
		k := fmt.Sprintf("%q", key)
		if seen[k] {
			return "named twice in the file"
		}
		seen[k] = true
		return ""
	}
	invalid := func(list string, n int, name, what string) error {
		return fmt.Errorf("%w: %s[%d] %q: %s", store.ErrInvalid, list, n, name, what)
	}
	for n, o := range f.Organizations {
		if what := first(s.checkOrganization(o), once("organization", o.Slug)); what != "" {
			return f, invalid("organizations", n, o.Slug, what)
		}
	}
	for n, u := range f.Users {
		key := []string{"user", store.LowerASCII(u.Email)}
		if u.Subject != "" {
			key = []string{"identity", u.Issuer, u.Subject}
		}
		if what := first(checkUser(u), once(key...)); what != "" {
			return f, invalid("users", n, u.Email, what)
		}
	}
	for n, m := range f.Memberships {
		if what := first(checkMembership(m), once("membership", m.Organization, store.LowerASCII(m.Email))); what != "" {
			return f, invalid("memberships", n, m.Email, what)
		}
	}
	for n, i := range f.Invitations {
		if what := first(checkInvitation(i), once("invitation", i.Token)); what != "" {
			return f, invalid("invitations", n, i.Email, what)
		}
	}
	return f, nil
}

func (s *Store) checkOrganization(o store.ImportOrganization) string {
	switch {
	case !s.validSlug(o.Slug):
		return "the slug is reserved or no DNS label in lower case"
	case o.SubdomainStatus != "" && !o.SubdomainStatus.Valid():
		return fmt.Sprintf("the subdomain status %q is none of pending, verifying, verified, failed, disabled", o.SubdomainStatus)
	case !storable(o.Name):
		return "the name is no UTF-8 or holds NUL"
	}
	return ""
}

func checkUser(u store.ImportUser) string {
	switch {
	case !store.ValidEmail(u.Email):
		return "the address is not one plain address"
	case (u.Issuer == "") != (u.Subject == ""):
		return "issuer and subject come together or not at all"
	case !storable(u.Issuer) || !storable(u.Subject) || !storable(u.Name):
		return "issuer, subject or name is no UTF-8 or holds NUL"
	}
	return ""
}

func checkMembership(m store.ImportMembership) string {
	switch {
	case !store.ValidEmail(m.Email):
		return "the address is not one plain address"
	case m.Role != "" && !validRole(m.Role):
		return fmt.Sprintf("the role %q is not one word of letters, digits, . _ : -", m.Role)
	case !store.ValidSlug(m.Organization):
		return fmt.Sprintf("there is no organization %q", m.Organization)
	}
	return ""
}

func checkInvitation(i store.ImportInvitation) string {
	switch {
	case !store.ValidEmail(i.Email):
		return "the address is not one plain address"
	case i.Role != "" && !validRole(i.Role):
		return fmt.Sprintf("the role %q is not one word of letters, digits, . _ : -", i.Role)
	case !store.ValidSlug(i.Organization):
		return fmt.Sprintf("there is no organization %q", i.Organization)
	case len(i.Token) < minToken:
		return fmt.Sprintf("the token is shorter than %d characters", minToken)
	case i.ExpiresAt.IsZero():
		return "expires_at is missing"
	}
	return ""
}

// first returns the first complaint.
func first(complaints ...string) string {
	for _, c := range complaints {
		if c != "" {
			return c
		}
	}
	return ""
}
