package templates

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/png" // for image.DecodeConfig
	"io"
	"strconv"
	"strings"

	_ "golang.org/x/image/webp" // for image.DecodeConfig

	"orglogin/store"
)

// Bounds of a picture of the operator's.
const (
	MaxPictureBytes  = 256 << 10
	maxPicturePixels = 4096 // in width and in height
)

// PicturePolicy is the Content-Security-Policy of a picture: an SVG that is opened by its own address is a document,
// and runs and loads nothing.
const PicturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

// Picture is a picture of the operator's. The zero value is none.
type Picture struct {
	content       []byte
	extension     string // .png, .webp or .svg, by its content
	width, height int    // zero where an SVG does not say
}

// Given reports whether there is a picture.
func (p Picture) Given() bool { return p.content != nil }

// widthAt is the width of the picture at a height, zero where its proportions are not known.
func (p Picture) widthAt(height int) int {
	if p.height == 0 {
		return 0
	}
	return max(1, p.width*height/p.height)
}

// ParsePicture reads a PNG, a WebP or an SVG. What it is, its content says. The error is the rest of a sentence that
// begins with the name of the picture.
func ParsePicture(content []byte) (Picture, error) {
	if len(content) > MaxPictureBytes {
		return Picture{}, fmt.Errorf("has %d bytes, and may have %d: export it with fewer pixels or colours", len(content), MaxPictureBytes)
	}
	p := Picture{content: bytes.Clone(content)}
	format := store.PictureFormatOf(content)
	if format == "" {
		var err error
		p.extension = ".svg"
		p.width, p.height, err = parseSVG(content)
		return p, err
	}
	p.extension = "." + string(format)
	size, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil {
		return Picture{}, fmt.Errorf("cannot be read (%.100w): export it again", err)
	}
	if size.Width > maxPicturePixels || size.Height > maxPicturePixels {
		return Picture{}, fmt.Errorf("has %d × %d pixels, and may have %d × %d", size.Width, size.Height, maxPicturePixels, maxPicturePixels)
	}
	p.width, p.height = size.Width, size.Height
	return p, nil
}

const svgSpace = "http://www.w3.org/2000/svg"

var errNoPicture = errors.New("is no PNG, WebP or SVG: export the picture as one of these")

// parseSVG reads the whole document: one that is not well-formed is shown by no browser, and what a browser would run
// or load in another place than <img> has no use here.
func parseSVG(content []byte) (width, height int, err error) {
	d := xml.NewDecoder(bytes.NewReader(content))
	found := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && found {
			return width, height, nil
		}
		if err != nil && !found {
			return 0, 0, errNoPicture
		}
		if err != nil {
			return 0, 0, fmt.Errorf("is an SVG that is not well-formed (%.100w): export it again", err)
		}
		switch t := token.(type) {
		case xml.Directive:
			if bytes.Contains(t, []byte("ENTITY")) {
				return 0, 0, errors.New("is an SVG that defines entities: export it as plain SVG")
			}
		case xml.StartElement:
			if !found && (t.Name.Local != "svg" || t.Name.Space != svgSpace) {
				return 0, 0, fmt.Errorf(`has the root element <%.20s>, and an SVG has <svg xmlns="%s">`, t.Name.Local, svgSpace)
			}
			if !found {
				width, height = svgSize(t)
			}
			found = true
			if what := active(t); what != "" {
				return 0, 0, fmt.Errorf("is an SVG with %s, and a logo runs and loads nothing: export it as plain SVG", what)
			}
		}
	}
}

// active names what an element would run or load.
func active(e xml.StartElement) string {
	switch strings.ToLower(e.Name.Local) {
	case "script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "listener":
		return "<" + e.Name.Local + ">"
	}
	for _, a := range e.Attr {
		value := strings.TrimSpace(a.Value)
		switch {
		case a.Name.Space == "" && strings.HasPrefix(strings.ToLower(a.Name.Local), "on"):
			return "the attribute " + a.Name.Local
		case a.Name.Local == "href" && value != "" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(strings.ToLower(value), "data:image/"):
			return "a link to another file"
		}
	}
	return ""
}

// svgSize is the size that the root element declares, for its proportions alone; zero where it does not.
func svgSize(root xml.StartElement) (width, height int) {
	attribute := func(name string) string {
		for _, a := range root.Attr {
			if a.Name.Space == "" && a.Name.Local == name {
				return a.Value
			}
		}
		return ""
	}
	number := func(text string) int {
		f, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(text), "px"), 64)
		if err != nil || f < 1 || f > 1e5 {
			return 0
		}
		return int(f + 0.5)
	}
	if box := strings.Fields(strings.ReplaceAll(attribute("viewBox"), ",", " ")); len(box) == 4 {
		width, height = number(box[2]), number(box[3])
	} else {
		width, height = number(attribute("width")), number(attribute("height"))
	}
	if width == 0 || height == 0 {
		return 0, 0
	}
	return width, height
}
