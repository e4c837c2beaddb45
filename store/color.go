package store

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// Color is a colour of sRGB.
type Color struct{ R, G, B uint8 }

// White is the colour of the text on buttons in a brand's colour.
var White = Color{255, 255, 255}

// TextContrast is the least contrast of text that WCAG 2.2 asks for at level AA (1.4.3).
const TextContrast = 4.5

// ParseColor reads #rrggbb, in either case.
func ParseColor(text string) (Color, bool) {
	digits, ok := strings.CutPrefix(text, "#")
	b, err := hex.DecodeString(digits)
	if !ok || err != nil || len(b) != 3 {
		return Color{}, false
	}
	return Color{b[0], b[1], b[2]}, true
}

// ColorError is why a colour cannot be that of a brand.
type ColorError struct {
	Problem string // the rest of a sentence that begins with the value
	Fix     string // what to write instead
}

func (e ColorError) Error() string { return e.Problem + ": write " + e.Fix }

// ParseBrandColor reads the colour of a brand: of its buttons, on which the text is white, and of its links, which
// are on white. The error is a [ColorError].
func ParseBrandColor(text string) (Color, error) {
	c, ok := ParseColor(text)
	if !ok {
		return c, ColorError{"is no colour", "#rrggbb, such as #17595e"}
	}
	if got := c.Contrast(White); got < TextContrast {
		return c, ColorError{
			fmt.Sprintf("gives white text a contrast of %.2f:1, and WCAG AA asks for %.1f:1", math.Floor(got*100)/100, TextContrast),
			fmt.Sprintf("a darker one, such as %s", c.darkened()),
		}
	}
	return c, nil
}

// darkened is the first darker shade on which white text can be read.
func (c Color) darkened() Color {
	shade := c
	for percent := 1; shade.Contrast(White) < TextContrast; percent++ {
		shade = c.Mix(Color{}, float64(percent)/100)
	}
	return shade
}

// String is #rrggbb.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Mix is c with a part of another colour, from 0 to 1.
func (c Color) Mix(with Color, part float64) Color {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*part)) }
	return Color{mix(c.R, with.R), mix(c.G, with.G), mix(c.B, with.B)}
}

// Contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func (c Color) Contrast(with Color) float64 {
	a, b := c.luminance(), with.luminance()
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}

func (c Color) luminance() float64 {
	linear := func(n uint8) float64 {
		v := float64(n) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
