package store

import (
	"testing"
	"unicode"
)

func TestCleanName(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a plain name stays":                       {"Ann Smith", "Ann Smith"},
		"other scripts stay":                       {"شركة النور 株式会社 Ñandú", "شركة النور 株式会社 Ñandú"},
		"accents stay, composed or not":            {"Zoé Zoe\u0301", "Zoé Zoe\u0301"},
		"a picture character stays":                {"Ann 🚀", "Ann 🚀"},
		"blanks at both ends are removed":          {" \u3000Ann\u00a0 ", "Ann"},
		"controls are removed (Cc)":                {"A\x00n\x1bn\u0085\r\n", "Ann"},
		"zero-width space (Cf)":                    {"A\u200bnn", "Ann"},
		"joiners (Cf)":                             {"A\u200cn\u200dn", "Ann"},
		"word joiner and invisible operators (Cf)": {"A\u2060n\u2061n\u2064", "Ann"},
		"soft hyphen (Cf)":                         {"A\u00adnn", "Ann"},
		"Mongolian vowel separator (Cf)":           {"A\u180enn", "Ann"},
		"byte order mark (Cf)":                     {"\ufeffAnn", "Ann"},
		"direction controls (Cf)":                  {"\u202eAnn\u2066\u200f\u061c", "Ann"},
		"tag characters (Cf)":                      {"A\U000e0001n\U000e0061n\U000e007f", "Ann"},
		"interlinear annotation (Cf)":              {"A\ufff9n\ufffbn", "Ann"},
		"line and paragraph separators (Zl, Zp)":   {"A\u2028n\u2029n", "Ann"},
		"private use (Co)":                         {"A\ue000n\U000f0000n", "Ann"},
		"unassigned and noncharacters (Cn)":        {"A\ufffen\U000e0fffn\u0378", "Ann"},
		"Hangul fillers":                           {"A\u115f\u1160n\u3164n\uffa0", "Ann"},
		"combining grapheme joiner":                {"A\u034fnn", "Ann"},
		"invisible Khmer vowels":                   {"A\u17b4n\u17b5n", "Ann"},
		"variation selectors":                      {"A\ufe0fn\U000e0100n\u180b", "Ann"},
		"characters that are drawn as nothing":     {"A\u2800n\U0001d159n", "Ann"},
		"only invisible characters is no name":     {"\u200b \u2060\u3164\U000e0020\u2800", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := CleanName(c.in)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if again := CleanName(got); again != got {
				t.Errorf("cleaned twice it becomes %q", again)
			}
		})
	}
}

func TestNoFormatCharacterIsVisible(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		hidden := unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
		if hidden && !Invisible(r) {
			t.Errorf("%U counts as visible", r)
		}
	}
	for _, r := range "aZ9é字ん🚀'’-·٠ ु" {
		if Invisible(r) {
			t.Errorf("%U counts as invisible", r)
		}
	}
}

func TestFirstOrganizationName(t *testing.T) {
	for name, want := range map[string]string{
		"Ann":           "Ann's organization",
		"A\u200bnn\r\n": "Ann's organization",
		"":              "ann's organization",
		"\u2060\u3164":  "ann's organization",
	} {
		if got := (Identity{Name: name, Email: "ann@acme.test"}).FirstOrganizationName(); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
