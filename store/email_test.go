package store_test

import (
	"strings"
	"testing"

	"orglogin/store"
)

func TestNormalizeEmail(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"letters become lower case in ASCII":          {"Ann.LEE+X@ACME.test", "ann.lee+x@acme.test"},
		"a domain of another script becomes A-labels": {"ann@bücher.example", "ann@xn--bcher-kva.example"},
		"so does every label of it":                   {"Ann@パソコン.例え.TEST", "ann@xn--tckta3d4g.xn--r8jz45g.test"},
		"right to left":                               {"ann@مثال.test", "ann@xn--mgbh0fb.test"},
		"sharp s is a letter of its own":              {"ann@straße.example", "ann@xn--strae-oqa.example"},
		"an A-label stays":                            {"ann@XN--bcher-kva.example", "ann@xn--bcher-kva.example"},
		"a capital letter outside ASCII is refused":   {"ann@BÜCHER.example", ""},
		"a look-alike that maps to ASCII is refused":  {"ann@ａcme.test", ""},
		"a letter that folds to ASCII is refused":     {"ann@acme.teſt", ""},
		"another full stop is refused":                {"ann@acme。test", ""},
		"an invisible character is refused":           {"ann@ac\u200bme.test", ""},
		"a joiner out of place is refused":            {"ann@ac\u200dme.test", ""},
		"a decomposed letter is refused":              {"ann@bu\u0308cher.example", ""},
		"mixed directions in a label are refused":     {"ann@aمثال.test", ""},
		"a local part outside ASCII is refused":       {"änn@acme.test", ""},
		"a label over 63 bytes as A-label is refused": {"ann@" + strings.Repeat("ü", 60) + ".test", ""},
		"a second @ is refused":                       {"ann@acme.test@bücher.example", ""},
		"no domain":                                   {"ann@", ""},
		"no @":                                        {"ann", ""},
		"nothing":                                     {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := store.NormalizeEmail(c.in)
			if ok != (c.want != "") || ok && got != c.want {
				t.Errorf("NormalizeEmail(%q) = %q, %v", c.in, got, ok)
			}
			if ok && !store.ValidEmail(got) {
				t.Errorf("%q is not a valid address", got)
			}
		})
	}
}
