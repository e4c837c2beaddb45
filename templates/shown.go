package templates

import (
	"strings"
	"unicode"
)

const (
	maxName  = 80  // characters; longer names are cut, with an ellipsis
	maxEmail = 254 // the longest address there is: never cut, people compare them
)

// shownName is a name as a page shows it.
func shownName(s string) string { return shown(s, maxName) }

// shownEmail is an address as a page shows it.
func shownEmail(s string) string { return shown(s, maxEmail) }

// shown makes data fit to be read: one line, at most limit characters, nothing
// that hides or reorders what is around it. <title> takes no <bdi>, so the
// controls of bidirectional text go here. Escaping is html/template's.
func shown(s string, limit int) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case hidden(r):
			continue
		}
		if n+1 >= limit && space || n >= limit {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
			n, space = n+1, false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// hidden reports whether r has no glyph of its own. The two joiners stay: names
// in Persian and in several Indian scripts are spelled with them.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	if r == nonJoiner || r == joiner {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// initial is the letter on the tile of a name: its first letter or digit.
func initial(names ...string) string {
	for _, s := range names {
		for _, r := range s {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return string(unicode.ToUpper(r))
			}
		}
	}
	return "·"
}

// hues is the number of tile colours in the stylesheet.
const hues = 6

// hue gives a name one of the tile colours, always the same one.
func hue(s string) int {
	sum := 0
	for _, r := range s {
		sum = (sum*31 + int(r)) % 9973
	}
	return sum % hues
}
