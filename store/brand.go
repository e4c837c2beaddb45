package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// OrganizationBrand is how pages show an organization; the zero value is one without a logo and a colour of its own.
type OrganizationBrand struct {
	Color string // #rrggbb, or empty
	Logo  string // [LogoHash] of its logo, or empty
}

// Brands are the looks of organizations. They are no secret: the login page of an organization shows its own to everyone.
type Brands interface {
	// OrganizationBrands finds the brands of organizations by their ids. One without a brand, or unknown, is not a key.
	OrganizationBrands(ctx context.Context, ids []string) (map[string]OrganizationBrand, error)
	// Logo finds the PNG of a logo by its hash. ErrNotFound: no organization has it.
	Logo(ctx context.Context, hash string) ([]byte, error)
}

// LogoPath is where the service answers logos, on every host.
const LogoPath = "/auth/logo/"

// LogoURL is the path of a logo.
func LogoURL(hash string) string { return LogoPath + hash + ".png" }

// ParseLogoURL returns the hash in the path of a logo.
func ParseLogoURL(path string) (hash string, ok bool) {
	hash, png := strings.CutSuffix(strings.TrimPrefix(path, LogoPath), ".png")
	return hash, png && ValidLogoHash(hash)
}

// logoHashBytes is enough that no two pictures have the same hash, also where an attacker looks for such two.
const logoHashBytes = 16

// LogoHash names a logo by its content.
func LogoHash(png []byte) string {
	sum := sha256.Sum256(png)
	return hex.EncodeToString(sum[:logoHashBytes])
}

// ValidLogoHash reports whether a logo can have the hash.
func ValidLogoHash(hash string) bool {
	b, err := hex.DecodeString(hash)
	return err == nil && len(b) == logoHashBytes && hash == strings.ToLower(hash)
}
