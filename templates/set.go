package templates

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed pages/*.html
var pageFiles embed.FS

// ContentSecurityPolicy is what the pages need and no more. form-action is the
// caller's to add, because default-src does not cover it: 'none', or for a page
// with a form (see [Page.HasForm]) where its answer may lead.
const ContentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// Set is all pages, parsed once, with what they load. Safe for concurrent use.
type Set struct {
	pages  map[string]*template.Template
	assets assets
}

// New parses the pages. It fails only if the build is broken.
func New() (*Set, error) {
	a, err := loadAssets()
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	funcs := template.FuncMap{
		"asset":        a.path,
		"name":         shownName,
		"email":        shownEmail,
		"organization": shownOrganization,
		"sentence":     shownSentence,
		"initial":      initial,
		"hue":          hue,
		"date":         func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"machine":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}
	layout, err := template.New("layout.html").Funcs(funcs).ParseFS(pageFiles, "pages/layout.html", "pages/parts.html")
	if err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	s := &Set{pages: map[string]*template.Template{}, assets: a}
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

// view is what a template sees.
type view struct {
	Page      Page
	Title     string
	Text      text // of a refusal
	Actions   []action
	RequestID string
}

// Render writes p to w, whole or, when it returns an error of the template,
// not at all.
func (s *Set) Render(w io.Writer, p Page) error {
	v := view{Page: p, Title: p.Title(), RequestID: shownName(p.requestID())}
	if r, ok := p.(interface{ text() text }); ok {
		v.Text = r.text()
	}
	for _, a := range p.actions() {
		if a.URL != "" {
			v.Actions = append(v.Actions, a)
		}
	}
	return s.execute(w, p.template(), v)
}

func (s *Set) execute(w io.Writer, name string, data any) error {
	var b bytes.Buffer
	if err := s.pages[name].Execute(&b, data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	_, err := b.WriteTo(w)
	return err
}
