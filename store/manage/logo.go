package manage

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	_ "golang.org/x/image/webp" // for image.Decode

	"orglogin/store"
)

// Bounds of a logo.
const (
	MaxLogoBytes   = 64 << 10 // as it is sent
	MaxLogoPixels  = 512      // in width and in height
	maxStoredBytes = 256 << 10
)

// logo is one that was sent, as it is stored; without a hash it is to be removed.
type logo struct {
	hash string
	png  []byte
}

// parseLogo decodes a picture and encodes it as PNG, so that what browsers get was written by this program: no
// comment, no profile, nothing after the picture. The error is the rest of a sentence that begins with the name.
func parseLogo(sent []byte) (logo, error) {
	if len(sent) == 0 {
		return logo{}, nil
	}
	if len(sent) > MaxLogoBytes {
		return logo{}, fmt.Errorf("has %d bytes, and may have %d", len(sent), MaxLogoBytes)
	}
	if store.PictureFormatOf(sent) == "" {
		return logo{}, fmt.Errorf("is neither PNG nor WebP: export the picture as one of these")
	}
	// The size is checked before anything is decoded, because a few bytes may declare a picture of gigabytes.
	size, _, err := image.DecodeConfig(bytes.NewReader(sent))
	if err != nil {
		return logo{}, fmt.Errorf("cannot be read: %.100s", err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > MaxLogoPixels || size.Height > MaxLogoPixels {
		return logo{}, fmt.Errorf("has %d × %d pixels, and may have %d × %d", size.Width, size.Height, MaxLogoPixels, MaxLogoPixels)
	}
	picture, _, err := image.Decode(bytes.NewReader(sent))
	if err != nil {
		return logo{}, fmt.Errorf("cannot be read: %.100s", err)
	}
	var stored bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&stored, plain(picture)); err != nil {
		return logo{}, fmt.Errorf("cannot be stored as PNG: %.100s", err)
	}
	if stored.Len() > maxStoredBytes {
		return logo{}, fmt.Errorf("has %d bytes as PNG, and may have %d: use fewer pixels", stored.Len(), maxStoredBytes)
	}
	return logo{hash: store.LogoHash(stored.Bytes()), png: stored.Bytes()}, nil
}

// plain is a picture with eight bits a channel: one with sixteen would be stored in twice the bytes.
func plain(picture image.Image) image.Image {
	switch picture.(type) {
	case *image.Paletted, *image.Gray, *image.NRGBA, *image.RGBA:
		return picture
	}
	bounds := picture.Bounds()
	same := image.NewNRGBA(bounds)
	draw.Draw(same, bounds, picture, bounds.Min, draw.Src)
	return same
}
