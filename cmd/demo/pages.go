package main

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed static/demo.css
var stylesheet []byte

// policy is that of pages without script, form, or anything from elsewhere.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// pages are the demo's own, parsed once.
type pages struct {
	templates *template.Template
	css       string // path of the stylesheet, with a hash of its content
}

func newPages() (*pages, error) {
	sum := sha256.Sum256(stylesheet)
	p := &pages{css: "/demo/" + hex.EncodeToString(sum[:8]) + ".css"}
	var err error
	p.templates, err = template.New("").Funcs(template.FuncMap{"css": func() string { return p.css }}).ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return p, nil
}

// render answers with the page called name, whole or not at all.
func (p *pages) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // a browser that left
}

// static answers for the stylesheet, and for the icon that browsers ask for
// whether there is one or not. It reports whether it did.
func (p *pages) static(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case p.css:
		h := w.Header()
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(stylesheet)
	case "/favicon.ico":
		http.NotFound(w, r)
	default:
		return false
	}
	return true
}

// onlyRead lets through what a link does.
func onlyRead(w http.ResponseWriter, r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "This page is only read.", http.StatusMethodNotAllowed)
	return false
}
