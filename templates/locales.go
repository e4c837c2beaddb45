package templates

import (
	"net/url"
	"strings"
)

// localesName is the parameter that says in which languages a person wants the pages (OpenID Connect Core 1.0 section 3.1.2.1).
const localesName = "ui_locales"

// Locales are the languages that a person asked for by [localesName]. Every link, form and redirect within the login
// host keeps them.
type Locales struct {
	Value  string // BCP 47 tags separated by spaces; empty: the browser's are meant
	Origin string // of the login host
}

// Keep adds the parameter to a URL of the login host that has none. Any other is returned as it is.
func (k Locales) Keep(to string) string {
	if k.Value == "" {
		return to
	}
	path := strings.TrimPrefix(to, k.Origin)
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return to
	}
	separator := "?"
	if _, query, ok := strings.Cut(path, "?"); ok {
		if strings.HasPrefix(query, localesName+"=") || strings.Contains(query, "&"+localesName+"=") {
			return to
		}
		separator = "&"
	}
	return to + separator + localesName + "=" + url.QueryEscape(k.Value)
}

// voice is what a template writes with: the language of the page, and the languages that its links keep.
type voice struct {
	*Language
	Locales
}

// part is what a template that several pages share sees: its own value, and the voice of the page.
type part struct {
	L     voice
	Value any
}

// With gives a shared template its value.
func (v voice) With(value any) part { return part{v, value} }
