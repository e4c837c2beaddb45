package redirect

import (
	"net/url"
	"strings"
	"testing"
)

// decodePasses is the plain way: decode the whole path, look whether it
// changed, and again. It takes as many passes as there are layers.
func decodePasses(s string) string {
	for {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if i+2 < len(s) {
				if c, err := url.PathUnescape(s[i : i+3]); s[i] == '%' && err == nil {
					b.WriteString(c)
					i += 2
					continue
				}
			}
			b.WriteByte(s[i])
		}
		if b.String() == s {
			return s
		}
		s = b.String()
	}
}

func TestOnePassDecodesAsOftenAsMany(t *testing.T) {
	for _, path := range []string{
		"", "/", "/%", "/%2", "/%41", "/%4%31", "/%%34%31", "/%25%32%66", "/%2%35%32%66", "/%252525252e", "/%25zz", "/%2525",
		"/%" + strings.Repeat("25", 1000) + "2f", "/" + strings.Repeat("%25", 600) + "2f",
		"/" + strings.Repeat("%2", 500) + strings.Repeat("5", 500), "/%25%25%2525%%%252%355",
	} {
		if got, want := decodeFully(path), decodePasses(path); got != want {
			t.Errorf("%.60q decodes to %.60q in one pass, to %.60q in many", path, got, want)
		}
	}
}

// However deep the escapes are nested, the path is gone through once and in
// place: nothing that was decoded is copied for another pass.
func TestDecodingIsDoneInPlace(t *testing.T) {
	for _, layers := range []int{1, 10, 100, 1000} {
		path := "/%" + strings.Repeat("25", layers) + "41" + strings.Repeat("a", 2044-2*layers)
		values := []string{path}
		if n := testing.AllocsPerRun(10, func() { Site{}.Parse(values) }); n > 1 {
			t.Errorf("judging %d layers allocates %v times", layers, n)
		}
	}
	values := []string{"/" + strings.Repeat("a", 2047)}
	if n := testing.AllocsPerRun(10, func() { Site{}.Parse(values) }); n != 0 {
		t.Errorf("judging a path without escapes allocates %v times", n)
	}
}

func TestHasDotSegment(t *testing.T) {
	for path, want := range map[string]bool{
		"": false, "/": false, "/a/b": false, "/.well-known/x": false, "/a..b": false, "/.../x": false, "/a;../b": false, "/%2e%2e%2e": false, "/100%": false,
		"/.": true, "/..": true, "/a/../b": true, "/a/./": true, "/%2e": true, "/a%2f..%2fb": true, "/a%252f%252e%252e": true, "/%%32e": true,
		`/a\..\b`: true, "/a%5c..": true, "/..;a=b/c": true, "/..%3Bx": true, "/" + strings.Repeat("%25", 1) + strings.Repeat("25", 900) + "2e": true,
	} {
		if got := HasDotSegment(path); got != want {
			t.Errorf("%.60q: %v", path, got)
		}
	}
}
