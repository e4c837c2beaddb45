package manage

import (
	"unicode/utf8"

	"orglogin/store"
)

// The checks of values that callers send. Each adds what is wrong to bad.

func (m *Manager) checkSlug(bad *fields, slug string) {
	if store.CheckSlug(slug, m.Reserved) != nil {
		bad.add("slug", "is %q, and must be one DNS label of a-z, 0-9 and - that this service does not reserve", shorten(slug))
	}
}

// maxNameCharacters is the longest name of an organization, in characters.
const maxNameCharacters = 200

func checkName(bad *fields, name string) {
	if !store.ValidText(name, store.MaxName) || utf8.RuneCountInString(name) > maxNameCharacters {
		bad.add("name", "is not text, or longer than %d characters", maxNameCharacters)
	} else if store.CleanName(name) == "" {
		bad.add("name", "is empty, or has no visible character")
	}
}

func checkStatus(bad *fields, status store.SubdomainStatus) {
	if !status.Valid() {
		bad.add("subdomain_status", "is %q, and must be pending, verifying, verified, failed or disabled", shorten(string(status)))
	}
}

func checkSSO(bad *fields, sso store.SSO) {
	if !sso.Valid() {
		bad.add("sso", "is %q, and must be off, optional or required", shorten(string(sso)))
	}
}

func checkRole(bad *fields, role string) {
	if !store.ValidRole(role) {
		bad.add("role", "is %q, and must be one word of at most 64 letters, digits and . _ : / -", shorten(role))
	}
}

// checkEmail returns the address as it is stored.
func checkEmail(bad *fields, text string) string {
	email, ok := store.NormalizeEmail(text)
	if !ok {
		bad.add("email", "is %q, and must be one plain address, such as ann@example.com", shorten(text))
	}
	return email
}
