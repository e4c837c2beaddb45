package templates

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"orglogin/store"
)

// Brand is the operator's own look. The zero value is orglogin's.
type Brand struct {
	Name     string  // of the product
	Logo     Picture // beside the heading
	LogoDark Picture // on a dark ground; Logo where it is not given
	Icon     Picture // of the tab
	Color    string  // #rrggbb, one that [store.ParseBrandColor] takes; empty: orglogin's

	// Links, as [ValidLink] takes them; empty: none.
	SupportURL, TermsURL, PrivacyURL, StatusURL string
	HomeURL                                     string // where people go who are lost
}

// MaxBrandName is the longest name of a product, in characters, so that a heading has room for it.
const MaxBrandName = 60

// ValidBrandName reports whether a heading has room for the name of a product.
func ValidBrandName(name string) bool {
	return store.CleanName(name) == name && name != "" && utf8.RuneCountInString(name) <= MaxBrandName
}

// ValidLink reports whether pages can link to a URL with one of the schemes.
func ValidLink(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.User != nil || len(text) > 2048 || strings.ContainsFunc(text, notPrintable) {
		return false
	}
	if u.Scheme == "mailto" {
		_, ok := store.NormalizeEmail(u.Opaque)
		return ok
	}
	return u.Hostname() != "" && u.Opaque == ""
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

// product is what the layout needs of the brand, made once.
type product struct {
	Brand
	Mark, Dark, Tab string // paths of the pictures; Dark is empty where there is none
	Width           int    // of the mark where it is 48 high; zero where its proportions are not known
	Touch           string // path of the icon on a phone's home screen, empty where there is no PNG
}

// link is a link of the footer.
type link struct {
	Label message
	URL   string
}

// footer lists the links under every page. The reference of an error page is in the subject of a mail.
func (p *product) footer(l *Language, reference string) []link {
	var links []link
	for _, item := range []link{
		{l.Common.Support, withReference(p.SupportURL, reference)},
		{l.Common.Status, p.StatusURL},
		{l.Common.Terms, p.TermsURL},
		{l.Common.Privacy, p.PrivacyURL},
	} {
		if item.URL != "" {
			links = append(links, item)
		}
	}
	return links
}

// withReference appends the reference to the subject of a mail.
func withReference(link, reference string) string {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "mailto" || reference == "" {
		return link
	}
	subject := strings.TrimSpace(u.Query().Get("subject") + " " + reference)
	rest := slices.DeleteFunc(strings.Split(u.RawQuery, "&"), func(field string) bool {
		name, _, _ := strings.Cut(field, "=")
		return field == "" || strings.EqualFold(name, "subject")
	})
	u.RawQuery = strings.Join(append(rest, "subject="+strings.ReplaceAll(url.QueryEscape(subject), "+", "%20")), "&")
	return u.String()
}

// markHeight is how high the mark is shown, in pixels of CSS.
const markHeight = 48

// addBrand puts the pictures of a brand among the assets, and its colour into the stylesheet.
func (s *Set) addBrand(b Brand) error {
	p := product{Brand: b, Mark: s.assets.paths["mark.svg"], Tab: s.assets.paths["mark.svg"], Touch: s.assets.paths["touch.png"]}
	p.Width = markHeight
	if b.Logo.Given() {
		p.Width = b.Logo.widthAt(markHeight)
	}
	if b.LogoDark.Given() && !b.Logo.Given() {
		return errors.New("there is a dark logo and no other: give the logo too")
	}
	add := func(name string, picture Picture, path *string) {
		if picture.Given() {
			s.assets.add(name+picture.extension, picture.content)
			*path = s.assets.paths[name+picture.extension]
		}
	}
	add("logo", b.Logo, &p.Mark)
	add("logo-dark", b.LogoDark, &p.Dark)
	add("icon", b.Icon, &p.Tab)
	switch {
	case b.Icon.extension == ".png":
		p.Touch = p.Tab
	case b.Icon.Given():
		p.Touch = "" // phones take no other format, and orglogin's would be beside the operator's
	}
	if b.Color != "" {
		c, err := store.ParseBrandColor(b.Color)
		if err != nil {
			return fmt.Errorf("the colour %w", err)
		}
		css := s.assets.byPath[s.assets.paths["orglogin.css"]].Content
		s.assets.add("orglogin.css", append(slices.Clip(css), colorCSS(c)...))
	}
	s.product = p
	s.styles = newStyles(s.assets.byPath[s.assets.paths["orglogin.css"]].Content, s.assets.paths["orglogin.css"])
	return nil
}

// tile is what stands for an organization: its logo, or the first letter of its name.
type tile struct {
	Name  string
	Brand store.OrganizationBrand
}

// logoPath is where the logo of an organization is, empty without one.
func logoPath(b store.OrganizationBrand) string {
	if b.Logo == "" {
		return ""
	}
	return store.LogoURL(b.Logo)
}
