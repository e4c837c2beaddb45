package manage

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"orglogin/store"
)

// pictures in WebP, of one pixel: lossy, lossless, and with transparency.
var webps = []string{
	"UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
	"UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
	"UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==",
}

func encoded(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise is a picture that cannot be compressed.
func noise(side int) image.Image {
	picture := image.NewNRGBA(image.Rect(0, 0, side, side))
	source := rand.NewChaCha8([32]byte{})
	_, _ = source.Read(picture.Pix) // never fails
	return picture
}

// withSize is a PNG whose header declares another size, with the checksum that it has to have.
func withSize(sent []byte, width, height uint32) []byte {
	sent = bytes.Clone(sent)
	binary.BigEndian.PutUint32(sent[16:], width)
	binary.BigEndian.PutUint32(sent[20:], height)
	binary.BigEndian.PutUint32(sent[29:], crc32.ChecksumIEEE(sent[12:29]))
	return sent
}

func TestALogoIsStoredAsAPNGOfOurOwn(t *testing.T) {
	small := encoded(t, noise(8))
	deep := image.NewNRGBA64(image.Rect(0, 0, 2, 2))
	deep.Set(0, 0, color.NRGBA64{R: 0xffff, A: 0x8000})
	commented := append(bytes.Clone(small[:33]), "\x00\x00\x00\x09tEXta\x00<script\x00\x00\x00\x00"...)
	binary.BigEndian.PutUint32(commented[len(commented)-4:], crc32.ChecksumIEEE(commented[37:len(commented)-4]))
	commented = append(commented, small[33:]...)
	sent := [][]byte{small, commented, append(bytes.Clone(small), "<script>"...), encoded(t, deep), encoded(t, image.NewGray(image.Rect(0, 0, 512, 512)))}
	for _, text := range webps {
		picture, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, picture)
	}
	for i, s := range sent {
		got, err := parseLogo(s)
		if err != nil {
			t.Errorf("%d: %v", i, err)
			continue
		}
		if _, err := png.Decode(bytes.NewReader(got.png)); err != nil || got.hash != store.LogoHash(got.png) || bytes.Contains(got.png, []byte("<script")) {
			t.Errorf("%d: the stored logo is %q, %v", i, got.png, err)
		}
		if again, err := parseLogo(got.png); err != nil || again.hash != got.hash {
			t.Errorf("%d: sent again it is another one, %v", i, err)
		}
	}
}

func TestAPictureThatIsNoLogoIsRefused(t *testing.T) {
	small := encoded(t, noise(8))
	for name, c := range map[string]struct {
		sent []byte
		want string
	}{
		"SVG":            {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), "neither PNG nor WebP"},
		"GIF":            {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "neither PNG nor WebP"},
		"too many bytes": {encoded(t, noise(200)), "and may have 65536"},
		"too wide":       {withSize(small, 513, 1), "513 × 1 pixels"},
		"a bomb":         {withSize(small, 1<<30, 1<<30), "cannot be read"},
		"a large claim":  {withSize(small, 60000, 60000), "60000 × 60000 pixels"},
		"no width":       {withSize(small, 0, 8), "cannot be read"},
		"cut off":        {small[:len(small)/2], "cannot be read"},
		"a header alone": {small[:33], "cannot be read"},
		"RIFF alone":     {[]byte("RIFF\xff\xff\xff\xffWEBP"), "cannot be read"},
		"a WebP bomb":    {[]byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\x3f\x00\xff\x3f\x00"), "16384 × 16384 pixels"},
	} {
		if _, err := parseLogo(c.sent); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
}

// Whatever is sent, the memory that it takes is bounded, and what is stored is a PNG within the bounds.
func FuzzLogo(f *testing.F) {
	f.Add(encoded(f, noise(8)))
	f.Add(withSize(encoded(f, noise(8)), 512, 512))
	for _, text := range webps {
		picture, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(picture)
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := parseLogo(sent)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
			t.Errorf("%d bytes took %d bytes of memory", len(sent), used)
		}
		if err != nil || got.hash == "" {
			return
		}
		size, err := png.DecodeConfig(bytes.NewReader(got.png))
		if err != nil || size.Width > MaxLogoPixels || size.Height > MaxLogoPixels || len(got.png) > maxStoredBytes {
			t.Errorf("stored are %d bytes of %d × %d, %v", len(got.png), size.Width, size.Height, err)
		}
	})
}
