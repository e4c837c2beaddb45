package templates

import (
	"encoding/base64"
	"os"
	"strings"
	"testing"
)

const plainSVG = `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 24"><style>path{fill:#123}</style><path d="M0 0h1"/></svg>`

func TestAPictureIsWhatItsContentSays(t *testing.T) {
	webp, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	touch, err := os.ReadFile("static/touch.png")
	if err != nil {
		t.Fatal(err)
	}
	mark, err := os.ReadFile("static/mark.svg")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content   string
		extension string
		width     int // at a height of 48
	}{
		"PNG":                    {string(touch), ".png", 48},
		"WebP":                   {string(webp), ".webp", 48},
		"our SVG":                {string(mark), ".svg", 48},
		"an SVG with a viewBox":  {plainSVG, ".svg", 240},
		"an SVG with a size":     {`<svg xmlns="http://www.w3.org/2000/svg" width="96px" height="48"/>`, ".svg", 96},
		"an SVG without a size":  {`<svg xmlns="http://www.w3.org/2000/svg" width="100%"/>`, ".svg", 0},
		"an SVG with a gradient": {`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><use xlink:href="#a"/></svg>`, ".svg", 0},
	} {
		p, err := ParsePicture([]byte(c.content))
		if err != nil || p.extension != c.extension || p.widthAt(48) != c.width {
			t.Errorf("%s: %s, %d wide, %v", name, p.extension, p.widthAt(48), err)
		}
	}
}

func TestAPictureThatRunsOrLoadsIsRefused(t *testing.T) {
	svg := func(inside string) string { return `<svg xmlns="http://www.w3.org/2000/svg">` + inside + `</svg>` }
	for name, c := range map[string]struct{ content, want string }{
		"nothing":             {"", "no PNG, WebP or SVG"},
		"text":                {"hello", "no PNG, WebP or SVG"},
		"JPEG":                {"\xff\xd8\xff\xe0", "no PNG, WebP or SVG"},
		"HTML":                {"<!doctype html><html></html>", "<html>"},
		"too large":           {svg(strings.Repeat(" ", MaxPictureBytes)), "and may have 262144"},
		"a cut PNG":           {"\x89PNG\r\n\x1a\n", "export it again"},
		"a cut WebP":          {"RIFF\xff\xff\xff\xffWEBP", "export it again"},
		"a cut SVG":           {`<svg xmlns="http://www.w3.org/2000/svg"><g>`, "not well-formed"},
		"another namespace":   {`<svg xmlns="urn:x"/>`, "xmlns"},
		"a script":            {svg(`<script>1</script>`), "<script>"},
		"HTML inside":         {svg(`<foreignObject/>`), "<foreignObject>"},
		"a handler":           {svg(`<path onload="1"/>`), "attribute onload"},
		"a link":              {svg(`<a href="javascript:1"/>`), "another file"},
		"a picture elsewhere": {svg(`<image href="https://evil.example/x.png"/>`), "another file"},
		"entities":            {`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + svg("&b;"), "entities"},
	} {
		if _, err := ParsePicture([]byte(c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

// Whatever a file holds, reading it ends with a picture or an error.
func FuzzPicture(f *testing.F) {
	for _, seed := range []string{plainSVG, "\x89PNG\r\n\x1a\n", "RIFF\xff\xff\xff\xffWEBPVP8 ", `<svg xmlns="http://www.w3.org/2000/svg"><script/>`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		p, err := ParsePicture(content)
		if err == nil && (!p.Given() || contentTypes[p.extension] == "" || p.widthAt(48) < 0) {
			t.Errorf("got %+v", p)
		}
	})
}
