package store

import "bytes"

// PictureFormat is a format of pictures made of pixels, the same word as in [image.Decode].
type PictureFormat string

// The formats that logos have. SVG is none of them: it is XML, which its first bytes do not identify.
const (
	PNG  PictureFormat = "png"
	WebP PictureFormat = "webp"
)

// PictureFormatOf recognizes a picture by its first bytes; empty is any other content.
func PictureFormatOf(content []byte) PictureFormat {
	switch {
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case len(content) >= 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		return WebP
	}
	return ""
}
