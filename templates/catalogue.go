package templates

import (
	"bytes"
	"net/http"
	"strings"
)

// Catalogue serves every [Sample] under prefix, which begins and ends with a
// slash: the index at prefix itself, each page at prefix and its name, always
// with status 200. It is for the demo and for those who change a page.
func (s *Set) Catalogue(prefix string) http.Handler {
	samples := Samples()
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
		var b bytes.Buffer
		var err error
		if name == "" {
			err = s.execute(&b, "catalogue", index{view{Title: "Pages"}, prefix, samples})
		} else {
			err = s.Render(&b, page)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		b.WriteTo(w)
	})
}

type index struct {
	view
	Prefix  string
	Samples []Sample
}
