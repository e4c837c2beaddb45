package templates

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path"
	"strings"

	"orglogin/store"
)

// darkCard and darkText are --card and --on-accent of the dark scheme in the stylesheet.
var (
	darkCard = store.Color{R: 0x19, G: 0x22, B: 0x25}
	darkText = store.Color{R: 0x0a, G: 0x26, B: 0x28}
)

// darkContrast is what a colour has on the dark card. It is above what WCAG asks for, so that text on the colour has
// enough too.
const darkContrast = 7

// onDark is a lighter tint of a colour, for links on a dark card and for buttons with dark text.
func onDark(c store.Color) store.Color {
	tint := c
	for percent := 1; tint.Contrast(darkCard) < darkContrast; percent++ {
		tint = c.Mix(store.White, float64(percent)/100)
	}
	return tint
}

// colorCSS puts a colour in the place of the accent: itself in light, with white text; a lighter tint in dark.
func colorCSS(c store.Color) string {
	tint := onDark(c)
	return fmt.Sprintf(":root{--accent:%s;--accent-hover:%s;--on-accent:%s;--link:%s}\n"+
		"@media (prefers-color-scheme:dark){:root{--accent:%s;--accent-hover:%s;--on-accent:%s;--link:%s}}\n",
		c, c.Mix(store.Color{}, 0.2), store.White, c,
		tint, tint.Mix(store.White, 0.3), darkText, tint)
}

// StylePath is where the stylesheets in the colours of organizations are.
const StylePath = "/auth/brand/"

// styles makes the stylesheet in the colour of an organization: the whole one with a few lines more, so that a page
// loads one. Inline styles are what the pages' Content-Security-Policy forbids.
type styles struct {
	css     []byte
	flushed []byte // css compressed, without an end
	suffix  string // of the path, behind the colour
}

func newStyles(css []byte, basePath string) styles {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestCompression) // a level that there is
	_, _ = w.Write(css)                                // to memory
	_ = w.Flush()
	_, suffix, _ := strings.Cut(path.Base(basePath), ".") // the hash of the content, and .css
	return styles{css: css, flushed: b.Bytes(), suffix: "." + suffix}
}

// path is where the stylesheet in a colour is.
func (s *styles) path(color string) string {
	return StylePath + strings.TrimPrefix(color, "#") + s.suffix
}

// find makes the stylesheet of a path, for any colour that an organization may have.
func (s *styles) find(path string) (Asset, bool) {
	name, ok := strings.CutPrefix(path, StylePath)
	digits, ours := strings.CutSuffix(name, s.suffix)
	c, err := store.ParseBrandColor("#" + digits)
	if !ok || !ours || err != nil || s.path(c.String()) != path {
		return Asset{}, false
	}
	end := colorCSS(c)
	return Asset{Content: append(bytes.Clone(s.css), end...), Gzip: s.gzip(end), ContentType: contentTypes[".css"]}, true
}

// gzip is the stylesheet with a few bytes more (RFC 1952), which are a block that is not compressed (RFC 1951, 3.2.4):
// no request makes the server compress anything.
func (s *styles) gzip(end string) []byte {
	z := make([]byte, 0, len(s.flushed)+len(end)+32)
	z = append(z, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 0xff) // deflated, no name, no time, at the best level
	z = append(z, s.flushed...)
	z = append(z, 1) // the last block, stored
	z = binary.LittleEndian.AppendUint16(z, uint16(len(end)))
	z = binary.LittleEndian.AppendUint16(z, ^uint16(len(end)))
	z = append(z, end...)
	sum := crc32.Update(crc32.ChecksumIEEE(s.css), crc32.IEEETable, []byte(end))
	z = binary.LittleEndian.AppendUint32(z, sum)
	return binary.LittleEndian.AppendUint32(z, uint32(len(s.css)+len(end)))
}
