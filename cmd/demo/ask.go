package main

import (
	"bytes"
	"net/http"
)

// ask puts a question to the service on behalf of a browser, as a proxy does:
// with the browser's cookies, its languages and what it says of the kind of request, and not
// one header more, so that no visitor can pass for a proxy. X-Forwarded headers
// name the page that was asked for; to the rest of the service they say nothing new.
func ask(service http.Handler, r *http.Request, path, accept string) *answer {
	question := r.Clone(r.Context())
	question.Method = http.MethodGet
	question.Body = http.NoBody
	question.URL.Path, question.URL.RawPath, question.URL.RawQuery = path, "", ""
	question.RequestURI = path
	question.Header = http.Header{
		"Accept":             {accept},
		"X-Forwarded-Proto":  {"http"},
		"X-Forwarded-Host":   {r.Host},
		"X-Forwarded-Uri":    {r.URL.RequestURI()},
		"X-Forwarded-Method": {r.Method},
	}
	for _, name := range []string{"Accept-Language", "Cookie", "Sec-Fetch-Mode", "Sec-Fetch-Dest"} {
		if values := r.Header.Values(name); len(values) > 0 {
			question.Header[name] = values
		}
	}
	a := &answer{header: http.Header{}, status: http.StatusOK}
	service.ServeHTTP(a, question)
	return a
}

// answer is a whole answer, held.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// passOn gives the answer to the browser as it is.
func (a *answer) passOn(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // a browser that left
}
