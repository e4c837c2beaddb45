package templates

import (
	"hash/fnv"
	"strings"
	"unicode"

	"orglogin/store"
)

const (
	maxName     = 80  // characters; longer names are cut, with an ellipsis
	maxEmail    = 254 // the longest address there is: never cut, people compare them
	maxSentence = 300
	maxMarks    = 4  // on one letter; more only climb over the lines around them
	maxBytes    = 16 // read for each character shown
)

// shownName is a name as a page shows it.
func shownName(s string) string { return shown(s, maxName) }

// shownEmail is an address as a page shows it.
func shownEmail(s string) string { return shown(s, maxEmail) }

// shownSentence is a remark of the caller's as a page shows it.
func shownSentence(s string) string { return shown(s, maxSentence) }

// shown makes data fit to be read: one line, at most limit characters, nothing
// that hides or reorders what is around it. <title> takes no <bdi>, so the
// controls of bidirectional text go here. Escaping is html/template's.
func shown(s string, limit int) string {
	var b strings.Builder
	n, marks, space := 0, 0, false
	for i, r := range s {
		if i > maxBytes*limit {
			return b.String() + "…"
		}
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case hidden(r) || joins(r) && b.Len() == 0:
			continue
		case unicode.Is(unicode.Mn, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
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

// hidden reports whether r is left out: it cannot be seen and is not a joiner.
func hidden(r rune) bool { return !joins(r) && store.Invisible(r) }

// joins reports whether r is one of the two joiners, with which names in
// Persian and in several scripts of India are spelled.
func joins(r rune) bool { return r == '\u200c' || r == '\u200d' }

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
func hue(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32() % hues
}
