package templates

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The least contrasts of WCAG 2.2: 1.4.3 for text, 1.4.11 for what tells a
// control or its focus from its surroundings.
const (
	textContrast    = 4.5
	controlContrast = 3.0
)

func TestEveryPairOfColoursHasEnoughContrast(t *testing.T) {
	pairs := []struct {
		front, back string
		least       float64
	}{
		{"ink", "card", textContrast},
		{"ink", "ground", textContrast}, // the round tile
		{"ink", "hover", textContrast},
		{"quiet", "card", textContrast},
		{"quiet", "ground", textContrast}, // the footer
		{"quiet", "hover", textContrast},
		{"link", "card", textContrast},
		{"on-accent", "accent", textContrast},
		{"on-accent", "accent-hover", textContrast},
		{"on-notice", "notice", textContrast},
		{"on-google", "google", textContrast},
		{"accent", "card", controlContrast},
		{"accent-hover", "card", controlContrast},
		{"edge", "card", controlContrast},
		{"google-line", "card", controlContrast},
		{"focus", "card", controlContrast},
		{"focus", "hover", controlContrast},
		{"on-hue", "hue-0", textContrast},
		{"on-hue", "hue-1", textContrast},
		{"on-hue", "hue-2", textContrast},
		{"on-hue", "hue-3", textContrast},
		{"on-hue", "hue-4", textContrast},
		{"on-hue", "hue-5", textContrast},
	}
	named := map[string]bool{}
	for scheme, colours := range schemes(t) {
		t.Run(scheme, func(t *testing.T) {
			for _, p := range pairs {
				named[p.front], named[p.back] = true, true
				got := contrast(luminance(t, colours[p.front]), luminance(t, colours[p.back]))
				if got < p.least {
					t.Errorf("%s on %s: %.2f, want %.1f", p.front, p.back, got, p.least)
				}
			}
			for name := range colours {
				// line and shadow decorate: no information is in them alone. The plate is behind pictures.
				if !named[name] && name != "line" && name != "shadow" && name != "plate" {
					t.Errorf("--%s is in no pair", name)
				}
			}
		})
	}
}

func TestEveryTileHasItsColour(t *testing.T) {
	css := stylesheet(t)
	for i := range hues {
		if n := strconv.Itoa(i); !strings.Contains(css, "--hue-"+n+":") || !strings.Contains(css, "background: var(--hue-"+n+")") {
			t.Errorf("the stylesheet has no colour %d", i)
		}
	}
}

func TestContrastIsTheOneOfWCAG(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(luminance(t, c.a), luminance(t, c.b)); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestTheStylesheetUsesNoColourButItsProperties(t *testing.T) {
	css := stylesheet(t)
	literal := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch)a?\(`)
	for line := range strings.SplitSeq(css, "\n") {
		if literal.MatchString(line) && !strings.HasPrefix(strings.TrimSpace(line), "--") && !strings.Contains(line, "box-shadow") {
			t.Errorf("%s", strings.TrimSpace(line))
		}
	}
	defined := schemes(t)["light"]
	for _, m := range regexp.MustCompile(`var\(--([a-z0-9-]+)\)`).FindAllStringSubmatch(css, -1) {
		if defined[m[1]] == "" {
			t.Errorf("--%s is not defined", m[1])
		}
	}
}

// schemes reads the custom properties of both colour schemes; the dark one
// inherits what it does not say.
func schemes(t *testing.T) map[string]map[string]string {
	t.Helper()
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(stylesheet(t), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d :root blocks, want one for each scheme", len(blocks))
	}
	property := regexp.MustCompile(`--([a-z0-9-]+): ([^;]+);`)
	light, dark := map[string]string{}, map[string]string{}
	for _, m := range property.FindAllStringSubmatch(blocks[0][1], -1) {
		light[m[1]], dark[m[1]] = m[2], m[2]
	}
	for _, m := range property.FindAllStringSubmatch(blocks[1][1], -1) {
		if light[m[1]] == "" {
			t.Errorf("--%s is dark only", m[1])
		}
		dark[m[1]] = m[2]
	}
	return map[string]map[string]string{"light": light, "dark": dark}
}

func stylesheet(t *testing.T) string {
	t.Helper()
	css, err := os.ReadFile("static/orglogin.css")
	if err != nil {
		t.Fatal(err)
	}
	return string(css)
}

// luminance is the relative luminance of WCAG 2.2 of #rrggbb.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 24)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is not #rrggbb", colour)
	}
	linear := func(c uint64) float64 {
		v := float64(c) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8&0xff) + 0.0722*linear(n&0xff)
}

func contrast(a, b float64) float64 {
	return (max(a, b) + 0.05) / (min(a, b) + 0.05)
}
