package templates

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
)

// Catalogue serves every [Sample] under prefix, which begins and ends with a
// slash: the index at prefix itself, each page at prefix and its name, always
// with status 200, in the language of ui_locales or of the browser. It is for the demo and for those who
// change a page.
func (s *Set) Catalogue(prefix string) http.Handler {
	samples := Samples()
	mirrored := pseudo()
	pages := make(map[string]Page, len(samples))
	for _, sample := range samples {
		pages[sample.Name] = sample.Page
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, prefix)
		page := pages[name]
		if !ok || name != "" && page == nil {
			http.NotFound(w, r)
			return
		}
		locales := r.URL.Query().Get(localesName)
		l := s.Match(locales, r.Header.Get("Accept-Language"))
		if locales == pseudoTag {
			l = mirrored
		}
		var b bytes.Buffer
		var err error
		if name == "" {
			err = s.execute(&b, "catalogue", s.index(l, prefix, locales, samples))
		} else {
			err = s.Render(&b, l, Locales{}, page)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		b.WriteTo(w)
	})
}

// index is what the template of the catalogue sees.
type index struct {
	view
	Prefix, Query string
	Languages     []string
	Shown         *Language // that of the titles
	Rows          []indexRow
}

type indexRow struct {
	Name, Title string
	Status      int
}

// index lists the samples, in English with the titles in l.
func (s *Set) index(l *Language, prefix, locales string, samples []Sample) index {
	i := index{view: s.view(s.english, "Pages", ""), Prefix: prefix, Shown: l}
	i.Footer = nil // the links of a product that does not exist lead nowhere
	if locales != "" {
		i.Query = "?" + url.Values{localesName: {locales}}.Encode()
	}
	for _, l := range s.languages {
		i.Languages = append(i.Languages, l.Tag)
	}
	i.Languages = append(i.Languages, pseudoTag)
	for _, sample := range samples {
		i.Rows = append(i.Rows, indexRow{sample.Name, sample.Page.title(l), sample.Page.StatusCode()})
	}
	return i
}
