package templates

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"time"

	"golang.org/x/text/language"

	"orglogin/store"
)

//go:embed pages/*.html
var pageFiles embed.FS

// ContentSecurityPolicy is what the pages need and no more. form-action is the
// caller's to add, because default-src does not cover it: 'none', or for a page
// with a form (see [Page.HasForm]) where its answer may lead.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// Options say what the pages are made for. The zero value is every language that there is.
type Options struct {
	// Languages are BCP 47 tags of [Tags]; the first is for people who ask for none of them.
	Languages []string
	// Brand is the operator's own look.
	Brand Brand
}

// Set is all pages, parsed once, with what they load. Safe for concurrent use.
type Set struct {
	pages     map[string]*template.Template
	assets    assets
	languages []*Language // those offered, the default first
	matcher   language.Matcher
	english   *Language
	product   product
	styles    styles
}

// New parses the pages. It fails for a language that there is not, and if the build is broken.
func New(o Options) (*Set, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	s := &Set{pages: map[string]*template.Template{}, assets: a, english: english()}
	if err := errors.Join(s.offer(o.Languages), s.addBrand(o.Brand)); err != nil {
		return nil, err
	}
	s.assets.gzip = nil
	funcs := template.FuncMap{
		"asset":    a.path,
		"name":     shownName,
		"email":    shownEmail,
		"sentence": shownSentence,
		"initial":  initial,
		"logo":     logoPath,
		"tile":     func(name string, brand store.OrganizationBrand) tile { return tile{name, brand} },
		"hue":      hue,
		"machine":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html")
	if err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	for _, name := range []string{
		"accept", "catalogue", "chooser", "connectiontest", "invitationgone", "login",
		"notamember", "plain", "refused", "signout", "ssorequired", "wrongaccount",
	} {
		t, err := layout.Clone()
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		if s.pages[name], err = t.ParseFS(pageFiles, "pages/"+name+".html"); err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
	}
	return s, nil
}

// view is what the template of a page sees.
type view struct {
	L         voice
	Page      Page
	Title     string // and the heading
	Window    string // the title with the name of the product
	Product   *product
	About     tile   // the organization that the page is about; without a name it is about none
	Style     string // path of the stylesheet
	Footer    []link
	Words     sentences // of a refusal
	Actions   []action
	RequestID string
}

// Render writes p to w in a language of [Set.Match], whole or, when it returns an error of the template,
// not at all. Its links and forms keep what was asked for.
func (s *Set) Render(w io.Writer, l *Language, asked Locales, p Page) error {
	v := s.view(l, p.title(l), p.requestID())
	v.L.Locales = asked
	v.Page = p
	actions := p.actions(l)
	if r, ok := p.(Refusal); ok {
		v.Words = r.Words(l)
	}
	if p.template() == "login" || v.Words.Title != "" {
		actions = append(actions, action{Label: l.Common.Home, URL: s.product.HomeURL})
	}
	if o, ok := p.(interface{ about() tile }); ok {
		v.About = o.about()
	}
	if v.About.Brand.Color != "" {
		v.Style = s.styles.path(v.About.Brand.Color)
	}
	if login, ok := p.(Login); ok && login.isForProduct() && s.product.Name != "" {
		v.Title = l.plain(l.Login.SignInTo, "name", s.product.Name)
		v.Window = v.Title
	}
	for _, a := range actions {
		if a.URL != "" {
			v.Actions = append(v.Actions, a)
		}
	}
	return s.execute(w, p.template(), v)
}

// view is what every page has.
func (s *Set) view(l *Language, title, reference string) view {
	v := view{
		L: voice{Language: l}, Title: title, Window: title, RequestID: shownName(reference),
		Product: &s.product, Style: s.assets.paths["orglogin.css"], Footer: s.product.footer(l, shownName(reference)),
	}
	if s.product.Name != "" {
		v.Window += " · " + s.product.Name
	}
	return v
}

// Problem is the title and the detail of a refusal for a program, in English.
func (s *Set) Problem(r Refusal) (title, detail string) {
	words := r.Words(s.english)
	return string(words.Title), string(words.Detail) + " " + string(words.Next)
}

func (s *Set) execute(w io.Writer, name string, data any) error {
	var b bytes.Buffer
	if err := s.pages[name].Execute(&b, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}
