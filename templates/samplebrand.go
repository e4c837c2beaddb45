package templates

import _ "embed"

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
