package store_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"orglogin/store"
)

func TestContrastIsTheOneOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#FFFFFF", 4.48}, {"#ffffff", "#ffffff", 1}, {"#17595e", "#ffffff", 7.99}} {
		a, okA := store.ParseColor(c.a)
		b, okB := store.ParseColor(c.b)
		if got := a.Contrast(b); !okA || !okB || math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestTheColourOfABrandLetsWhiteTextBeRead(t *testing.T) {
	for _, text := range []string{"#17595e", "#000000", "#B8004C", "#767676"} {
		c, err := store.ParseBrandColor(text)
		if err != nil || c.String() != strings.ToLower(text) {
			t.Errorf("%s is %s, %v", text, c, err)
		}
	}
	for text, want := range map[string]string{
		"#777777": "4.47:1", "#ffffff": "1.00:1", "#ffcc00": "such as #", "red": "no colour", "#fff": "such as #17595e", "17595e": "no colour", "": "no colour",
		"#17595e ": "no colour", "#1759zz": "no colour", "#17595eff": "no colour",
	} {
		if _, err := store.ParseBrandColor(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want an error with %s", text, err, want)
		}
	}
}

func TestTheSuggestedColourIsAccepted(t *testing.T) {
	for r := range 16 {
		for g := range 16 {
			for b := range 16 {
				_, err := store.ParseBrandColor(store.Color{R: uint8(r * 17), G: uint8(g * 17), B: uint8(b * 17)}.String())
				if err == nil {
					continue
				}
				refused, ok := errors.AsType[store.ColorError](err)
				suggested := strings.TrimPrefix(refused.Fix, "a darker one, such as ")
				if _, again := store.ParseBrandColor(suggested); !ok || again != nil {
					t.Fatalf("%v; what it suggests: %v", err, again)
				}
			}
		}
	}
}
