package templates

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"orglogin/store"
)

// branded is a set with everything that an operator can give.
func branded(t testing.TB) *Set {
	t.Helper()
	s, err := New(Options{Brand: SampleBrand()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestABrandIsOnEveryPage(t *testing.T) {
	s := branded(t)
	for _, sample := range Samples() {
		doc := parse(t, render(t, s, sample.Page))
		for _, fault := range append(faults(doc), linkFaults(doc)...) {
			t.Errorf("%s: %s", sample.Name, fault)
		}
		if title := words(all(doc, atom.Title)[0]); !strings.Contains(title, "Harbour") {
			t.Errorf("%s has the title %q", sample.Name, title)
		}
		var loads []string
		for _, n := range all(doc, atom.Link) {
			loads = append(loads, attr(n, "href"))
		}
		for _, n := range slices.Concat(all(doc, atom.Img), all(doc, atom.Source)) {
			loads = append(loads, attr(n, "src")+attr(n, "srcset"))
		}
		for _, path := range loads {
			if _, ok := SampleAsset(path, s); !ok {
				t.Errorf("%s loads %s, which is not there", sample.Name, path)
			}
			if strings.Contains(path, "/mark.") || strings.Contains(path, "/touch.") {
				t.Errorf("%s loads %s, which is orglogin's", sample.Name, path)
			}
		}
		footer := all(doc, atom.Footer)
		if len(footer) != 1 || words(footer[0]) == "" || len(all(footer[0], atom.A)) != 4 {
			t.Errorf("%s has no footer with four links", sample.Name)
		}
	}
	if icon := s.Icon(); icon.ContentType != "image/svg+xml" {
		t.Errorf("/favicon.ico is %s", icon.ContentType)
	}
}

func TestTheLoginPageNamesTheProduct(t *testing.T) {
	s := branded(t)
	for _, c := range []struct {
		page            Page
		heading, window string
	}{
		{Login{SignIn: sampleGoogle}, "Sign in to Harbour", "Sign in to Harbour"},
		{Login{SignIn: sampleGoogle, Organization: "Acme"}, "Sign in to Acme", "Sign in to Acme · Harbour"},
		{Login{SignIn: sampleGoogle, Invitation: sampleOffer}, "Join Acme", "Join Acme · Harbour"},
		{Login{SignIn: sampleGoogle, Invalid: &InvitationGone{Reason: store.Expired}}, "This invitation has expired", "This invitation has expired · Harbour"},
	} {
		doc := parse(t, render(t, s, c.page))
		if got := words(all(doc, atom.H1)[0]); got != c.heading {
			t.Errorf("the heading is %q, want %q", got, c.heading)
		}
		if got := words(all(doc, atom.Title)[0]); got != c.window {
			t.Errorf("the title is %q, want %q", got, c.window)
		}
		graph := map[string]string{}
		for _, n := range all(doc, atom.Meta) {
			if p := attr(n, "property"); p != "" {
				graph[p] = attr(n, "content")
			}
		}
		if want := map[string]string{"og:type": "website", "og:site_name": "Harbour", "og:title": c.heading}; !maps.Equal(graph, want) {
			t.Errorf("the Open Graph tags are %v, want %v", graph, want)
		}
	}
}

func TestHomeIsWhereTheOperatorSays(t *testing.T) {
	page := Failure{Status: 404, RetryURL: "/login"}
	if got := render(t, newSet(t), page); strings.Contains(got, "home page") {
		t.Error("without HOME_URL there is a link to it")
	}
	if got := render(t, branded(t), page); !strings.Contains(got, `href="https://harbour.example/">Go to the home page</a>`) {
		t.Error("there is no link to HOME_URL")
	}
}

func TestTheReferenceIsInTheSubjectOfAMail(t *testing.T) {
	for link, want := range map[string]string{
		"mailto:help@x.test":                             "mailto:help@x.test?subject=7f9c",
		"mailto:help@x.test?cc=a@x.test&subject=Sign-in": "mailto:help@x.test?cc=a@x.test&subject=Sign-in%207f9c",
		"https://x.test/help":                            "https://x.test/help",
		"":                                               "",
	} {
		if got := withReference(link, "7f9c"); got != want {
			t.Errorf("%s: %s, want %s", link, got, want)
		}
	}
	if got := withReference("mailto:help@x.test", ""); got != "mailto:help@x.test" {
		t.Errorf("without a reference: %s", got)
	}
}

func TestLinksAreThoseThatABrowserFollows(t *testing.T) {
	for _, good := range []string{"https://example.com/help?a=b", "mailto:help@example.com", "mailto:help@example.com?subject=Sign-in%20help"} {
		if !ValidLink(good, "https", "mailto") {
			t.Errorf("%s is refused", good)
		}
	}
	for _, bad := range []string{
		"", "example.com", "http://example.com", "javascript:alert(1)", "https://", "https:example.com", "https://user@example.com/", "mailto:", "mailto:x", "mailto:a@b@c",
		"https://example.com/a b", "https://exämple.com", "https://example.com/" + strings.Repeat("a", 2048),
	} {
		if ValidLink(bad, "https", "mailto") {
			t.Errorf("%.60s is a link", bad)
		}
	}
}

func TestABrandThatNoPageCanShowIsRefused(t *testing.T) {
	for _, name := range []string{"", "a\nb", strings.Repeat("a", 61), "\u202etxt", " a"} {
		if ValidBrandName(name) {
			t.Errorf("%q is a name", name)
		}
	}
	if !ValidBrandName("Häfen & Söhne") {
		t.Error("a name is refused")
	}
	for want, b := range map[string]Brand{"4.5:1": {Color: "#ffcc00"}, "dark logo": {LogoDark: SampleBrand().Logo}} {
		if _, err := New(Options{Brand: b}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// Every colour that a brand may have can be read in light and dark: as a button and as a link.
func TestEveryColourOfABrandHasEnoughContrast(t *testing.T) {
	light, dark := schemes(t)["light"], schemes(t)["dark"]
	if dark["card"] != darkCard.String() || dark["on-accent"] != darkText.String() || light["card"] != store.White.String() {
		t.Fatalf("the stylesheet has %s, %s and %s", dark["card"], dark["on-accent"], light["card"])
	}
	value := regexp.MustCompile(`--([a-z-]+):(#[0-9a-f]{6})`)
	checked := 0
	for n := 0; n < 1<<24; n += 4099 {
		c := store.Color{R: uint8(n >> 16), G: uint8(n >> 8), B: uint8(n)}
		if _, err := store.ParseBrandColor(c.String()); err != nil {
			continue
		}
		checked++
		forLight, forDark, _ := strings.Cut(colorCSS(c), "@media")
		for css, card := range map[string]string{forLight: light["card"], forDark: dark["card"]} {
			got := map[string]store.Color{}
			for _, m := range value.FindAllStringSubmatch(css, -1) {
				got[m[1]], _ = store.ParseColor(m[2])
			}
			ground, _ := store.ParseColor(card)
			for name, contrast := range map[string]float64{
				"text on the button":   got["on-accent"].Contrast(got["accent"]),
				"text while it hovers": got["on-accent"].Contrast(got["accent-hover"]),
				"a link":               got["link"].Contrast(ground),
			} {
				if contrast < store.TextContrast {
					t.Errorf("%s, on %s: %s has %.2f", c, card, name, contrast)
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d colours were checked", checked)
	}
}

func TestAStylesheetInAColourIsTheWholeOne(t *testing.T) {
	s := branded(t)
	path := s.styles.path("#0b3d91")
	got, ok := s.Asset(path)
	base := s.assets.byPath[s.assets.paths["orglogin.css"]]
	if !ok || !bytes.HasPrefix(got.Content, base.Content) || !bytes.HasSuffix(got.Content, []byte(colorCSS(store.Color{R: 0x0b, G: 0x3d, B: 0x91}))) {
		t.Fatalf("%s is found: %v", path, ok)
	}
	z, err := gzip.NewReader(bytes.NewReader(got.Gzip))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || !bytes.Equal(plain, got.Content) {
		t.Errorf("compressed it is another one, %v", err)
	}
	if len(got.Gzip) > len(base.Gzip)+400 {
		t.Errorf("%d bytes compressed, and %d without the colour", len(got.Gzip), len(base.Gzip))
	}
	for _, other := range []string{
		strings.ToUpper(path), strings.Replace(path, "0b3d91", "0B3D91", 1), strings.Replace(path, "0b3d91", "ffcc00", 1),
		strings.Replace(path, "0b3d91.", "0b3d91.0", 1), path + "x", StylePath, StylePath + "0b3d91.css",
	} {
		if _, ok := s.Asset(other); ok {
			t.Errorf("%s is found", other)
		}
	}
}

func TestAnOrganizationIsShownWithItsLogoAndColour(t *testing.T) {
	look := store.OrganizationBrand{Color: "#0b3d91", Logo: strings.Repeat("0a", 16)}
	for _, s := range []*Set{newSet(t), branded(t)} {
		for _, page := range []Page{
			Login{Organization: "Acme", Brand: look, SignIn: sampleGoogle},
			Login{Invitation: sampleOffer, Brand: look, SignIn: sampleGoogle},
			AcceptInvitation{Organization: "Acme", Brand: look},
			NotAMember{Organization: "Acme", Brand: look},
			WrongAccount{Organization: "Acme", Brand: look},
			InvitationGone{Organization: "Acme", Brand: look, Reason: store.Expired},
			SSORequired{Organization: "Acme", Brand: look, SignIn: sampleOwn},
		} {
			got := render(t, s, page)
			if strings.Count(got, `src="/auth/logo/`+look.Logo+`.png"`) != 1 || strings.Count(got, `href="`+s.styles.path(look.Color)+`"`) != 1 || !strings.Contains(got, `content="#0b3d91"`) {
				t.Errorf("%T has not the look of its organization:\n%s", page, got)
			}
		}
		list := render(t, s, Chooser{
			Organizations: []Choice{{Name: "Acme", Slug: "acme", Brand: look, URL: "/login"}}, Invitations: []PendingInvitation{{Organization: "Globex", Brand: look}},
		})
		if strings.Count(list, "/auth/logo/") != 2 || strings.Contains(list, StylePath) {
			t.Errorf("a list has the logos and no colour of one of them:\n%s", list)
		}
	}
}
