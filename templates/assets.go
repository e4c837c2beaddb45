package templates

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// StaticPath is where the pages look for their static files.
const StaticPath = "/auth/static/"

//go:embed static
var staticFiles embed.FS

// Asset finds a static file by its whole path. The path holds a hash of the
// content: what is found may be cached for ever, as immutable.
func (s *Set) Asset(path string) (Asset, bool) {
	if f, ok := s.assets.byPath[path]; ok {
		return f, true
	}
	return s.styles.find(path)
}

// Icon is the file that browsers ask for at /favicon.ico, whatever a page names.
func (s *Set) Icon() Asset {
	if s.product.Icon.Given() {
		return s.assets.byPath[s.product.Tab]
	}
	return s.assets.byPath[s.assets.paths["favicon.ico"]]
}

// Asset is a static file. Gzip is its content compressed, nil where that is no smaller.
type Asset struct {
	Content     []byte
	Gzip        []byte
	ContentType string
}

type assets struct {
	byPath map[string]Asset
	paths  map[string]string // name in the source to path
	gzip   *gzip.Writer      // while files are added: each would take most of a megabyte
}

func newAssets() assets {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestCompression) // a level that there is
	return assets{byPath: map[string]Asset{}, paths: map[string]string{}, gzip: w}
}

// path is the path of the file called name in the source.
func (a assets) path(name string) (string, error) {
	p, ok := a.paths[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return p, nil
}

// cssURL is how the stylesheet names another static file.
var cssURL = regexp.MustCompile(`url\(([a-z0-9.-]+)\)`)

// loadAssets names every file by its content. Images come first: the
// stylesheet's own hash must cover the names it refers to.
func loadAssets() (assets, error) {
	a := newAssets()
	entries, err := staticFiles.ReadDir("static")
	if err != nil {
		return a, err
	}
	for _, stylesheets := range []bool{false, true} {
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".css") != stylesheets {
				continue
			}
			content, err := staticFiles.ReadFile("static/" + e.Name())
			if err != nil {
				return a, err
			}
			if stylesheets {
				if content, err = a.resolve(content); err != nil {
					return a, fmt.Errorf("%s: %w", e.Name(), err)
				}
			}
			a.add(e.Name(), content)
		}
	}
	return a, nil
}

func (a assets) resolve(css []byte) ([]byte, error) {
	var missing error
	css = cssURL.ReplaceAllFunc(css, func(m []byte) []byte {
		p, err := a.path(string(cssURL.FindSubmatch(m)[1]))
		if err != nil {
			missing = err
		}
		return []byte("url(" + p + ")")
	})
	return css, missing
}

func (a assets) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	p := StaticPath + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
	a.paths[name] = p
	a.byPath[p] = Asset{Content: content, Gzip: a.compressed(content), ContentType: contentTypes[ext]}
}

var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".ico":  "image/x-icon",
	".png":  "image/png",
	".webp": "image/webp",
}

// compressed is nil where it saves nothing, as with images that are compressed themselves.
func (a assets) compressed(content []byte) []byte {
	var b bytes.Buffer
	a.gzip.Reset(&b)
	_, _ = a.gzip.Write(content) // to memory
	_ = a.gzip.Close()
	if b.Len() >= len(content) {
		return nil
	}
	return b.Bytes()
}
