package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"orglogin/store"
	"orglogin/templates"
)

// Pages says how the pages look and read.
type Pages struct {
	Languages []string `name:"languages" variable:"LANGUAGES" type:"languages" default:"en,de,fr,es,ja" help:"Languages of the pages; the first is for people who ask for none of them. Separated by commas."`
	Brand     Brand    `embed:""`
}

// Brand is the operator's own look, with the fields of [templates.Brand].
type Brand struct {
	Name     string            `name:"brand-name" variable:"BRAND_NAME" type:"brand-name" placeholder:"NAME" help:"Name of the product: in titles and in \"Sign in to NAME\"."`
	Logo     templates.Picture `name:"brand-logo-file" variable:"BRAND_LOGO_FILE" type:"picture" placeholder:"FILE" help:"PNG, WebP or SVG of at most 256 KiB, shown 48 pixels high. orglogin's mark by default."`
	LogoDark templates.Picture `name:"brand-logo-dark-file" variable:"BRAND_LOGO_DARK_FILE" type:"picture" placeholder:"FILE" help:"The logo on a dark ground, of the same proportions. The logo by default."`
	Icon     templates.Picture `name:"brand-icon-file" variable:"BRAND_ICON_FILE" type:"picture" placeholder:"FILE" help:"Square picture for tabs and home screens. orglogin's mark by default."`
	Color    string            `name:"brand-color" variable:"BRAND_COLOR" type:"brand-color" placeholder:"#RRGGBB" help:"Colour of buttons and links, on which white text has a contrast of 4.5:1 or more; lighter in dark mode."`

	SupportURL string `name:"support-url" variable:"SUPPORT_URL" type:"link" placeholder:"URL" help:"https: or mailto:, under every page. Of an error page, the subject of a mail has the reference."`
	TermsURL   string `name:"terms-url" variable:"TERMS_URL" type:"link" placeholder:"URL" help:"Terms of use, under every page."`
	PrivacyURL string `name:"privacy-url" variable:"PRIVACY_URL" type:"link" placeholder:"URL" help:"Privacy policy, under every page."`
	StatusURL  string `name:"status-url" variable:"STATUS_URL" type:"link" placeholder:"URL" help:"Page that says whether the product works, under every page."`
	HomeURL    string `name:"home-url" variable:"HOME_URL" type:"home" placeholder:"URL" help:"Where \"home\" leads on the login page and on error pages. No such link by default."`
}

func (b *Brand) check(c *Check) {
	if b.LogoDark.Given() && !b.Logo.Given() && !c.has("BRAND_LOGO_FILE") {
		c.missing("BRAND_LOGO_FILE", "Write the logo for a light ground here, because "+Prefix+"BRAND_LOGO_DARK_FILE is set.")
	}
}

// languages returns those that there are, each once.
func (s setting) languages(text string) []string {
	var tags []string
	for _, item := range s.list(text) {
		tag := strings.ToLower(item)
		switch {
		case !slices.Contains(templates.Tags(), tag):
			s.add(item, "is no language that the pages are written in", "Write some of "+strings.Join(templates.Tags(), ", ")+".")
		case slices.Contains(tags, tag):
			s.add(item, "is there twice", "Write each language once, the first for people who ask for none of them.")
		default:
			tags = append(tags, tag)
		}
	}
	return tags
}

func (s setting) brandName(text string) string {
	if !templates.ValidBrandName(text) {
		s.add(text, "is no name that a heading has room for", fmt.Sprintf("Write at most %d visible characters on one line.", templates.MaxBrandName))
		return ""
	}
	return text
}

func (s setting) brandColor(text string) string {
	c, err := store.ParseBrandColor(text)
	if refused, ok := errors.AsType[store.ColorError](err); ok {
		s.add(text, refused.Problem, "Write "+refused.Fix+".")
		return ""
	}
	return c.String()
}

// picture reads a file, which holds a picture that can be used.
func (s setting) picture(file string) templates.Picture {
	content, err := ReadFile(file, templates.MaxPictureBytes)
	if err == nil {
		var p templates.Picture
		if p, err = templates.ParsePicture(content); err == nil {
			return p
		}
	}
	s.add(file, err.Error(), "Write a file with a PNG, a WebP or an SVG of at most 256 KiB that loads and runs nothing.")
	return templates.Picture{}
}

func (s setting) link(text string) string { return s.webAddress(text, "https", "mailto") }

func (s setting) home(text string) string { return s.webAddress(text, "https") }

// webAddress is a URL with one of the schemes, or with http of this machine.
func (s setting) webAddress(text string, schemes ...string) string {
	if u, err := url.Parse(text); err == nil && store.IsLoopback(u.Hostname()) {
		schemes = append(schemes, "http")
	}
	if !templates.ValidLink(text, schemes...) {
		s.add(text, "is no address that a page can link to", "Write a URL that begins with "+strings.Join(schemes, ": or ")+":, such as https://example.com/help.")
		return ""
	}
	return text
}
