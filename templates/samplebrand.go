package templates

import (
	_ "embed"
	"slices"

	"orglogin/store"
)

//go:embed brand/acme.png
var sampleOrganizationLogo []byte

//go:embed brand/logo.svg
var sampleLogo []byte

//go:embed brand/logo-dark.svg
var sampleLogoDark []byte

//go:embed brand/icon.svg
var sampleIcon []byte

// SampleBrand is the brand of a product that does not exist, for the demo, the catalogue and tests.
func SampleBrand() Brand {
	picture := func(content []byte) Picture {
		p, _ := ParsePicture(content) // ours, and tested
		return p
	}
	return Brand{
		Name: "Harbour", Logo: picture(sampleLogo), LogoDark: picture(sampleLogoDark), Icon: picture(sampleIcon), Color: "#8a2b5b",
		SupportURL: "mailto:help@harbour.example?subject=Sign-in", TermsURL: "https://harbour.example/terms",
		PrivacyURL: "https://harbour.example/privacy", StatusURL: "https://status.harbour.example/", HomeURL: "https://harbour.example/",
	}
}

// SampleLogo is the logo of an organization that does not exist, as the database holds it.
func SampleLogo() []byte { return slices.Clone(sampleOrganizationLogo) }

// SampleLook is the look of that organization.
func SampleLook() store.OrganizationBrand {
	return store.OrganizationBrand{Color: "#1b4fa0", Logo: store.LogoHash(sampleOrganizationLogo)}
}

// SampleAsset finds what the samples load: a file of one of the sets, or the logo of [SampleLook].
func SampleAsset(path string, sets ...*Set) (Asset, bool) {
	if path == store.LogoURL(SampleLook().Logo) {
		return Asset{Content: sampleOrganizationLogo, ContentType: contentTypes[".png"]}, true
	}
	for _, s := range sets {
		if file, ok := s.Asset(path); ok {
			return file, true
		}
	}
	return Asset{}, false
}
