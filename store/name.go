package store

import (
	"strings"
	"unicode"
)

// CleanName returns the name of a person or an organization without control,
// format, unassigned and invisible characters, which could forge a line or make
// two names look the same, and without blanks at its ends. An empty result is no
// name. Every name passes through here when it enters and before it is written
// into a header.
func CleanName(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if Invisible(r) {
			return -1
		}
		return r
	}, s))
}

// isPlain reports whether CleanName would change nothing, for the usual name.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

// Invisible reports whether r has no glyph: a character of the categories Cc,
// Cf, Cn, Co, Cs, Zl and Zp, one that Unicode lets every font ignore (Hangul
// fillers, variation selectors), or one of the few that are drawn as nothing.
func Invisible(r rune) bool {
	switch r {
	case '\u2800', '\U00016fe4', '\U0001d159': // blank Braille pattern, Khitan filler, null notehead
		return true
	}
	return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// FirstOrganizationName is the name of the organization that a first login
// makes: "<name>'s organization", after the address where there is no name.
func (i Identity) FirstOrganizationName() string {
	name := CleanName(i.Name)
	if name == "" {
		name, _, _ = strings.Cut(i.Email, "@")
	}
	return name + "'s organization"
}
