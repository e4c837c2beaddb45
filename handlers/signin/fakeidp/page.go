package fakeidp

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff }
h1 { font-size: 1.4rem }
ul { list-style: none; padding: 0 }
li { margin: .5rem 0 }
li a { display: block; padding: .75rem 1rem; border: 1px solid #6b6b76; border-radius: .5rem; color: inherit; text-decoration: none }
li a:hover, li a:focus-visible { border-color: #0b57d0; outline: 2px solid #0b57d0 }
small { display: block; color: #4a4a55 }
a { color: #0b57d0 }
@media (prefers-color-scheme: dark) {
	body { color: #ececf1; background: #17171b }
	small { color: #b9b9c4 }
	a { color: #a8c7fa }
}
`

const people = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Choose who you are</title>
<style>{{.Style}}</style>
</head>
<body>
<main>
<h1>Choose who you are</h1>
<p>This provider exists on this machine only, for trying things out. No person here is real.</p>
<ul>
{{range .Choices}}<li><a href="{{.URL}}">{{.Name}}<small>{{.Email}}{{if .Note}} · {{.Note}}{{end}}</small></a></li>
{{end}}</ul>
<p><a href="{{.Cancel}}">Cancel</a></p>
</main>
</body>
</html>
`

// look is the page and the policy that lets through nothing but its style.
type look struct {
	template *template.Template
	policy   string
}

func newLook() look {
	sum := sha256.Sum256([]byte(style))
	return look{
		template.Must(template.New("people").Parse(people)),
		"default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
}

type choice struct{ URL, Name, Email, Note string }

// page offers the people, the one of login_hint first. Choices are links: a
// form would have its redirects judged by the page's form-action.
func (p *Provider) page(w http.ResponseWriter, r *http.Request, q url.Values) {
	hint := q.Get("login_hint")
	sorted := slices.Clone(p.config.People)
	slices.SortStableFunc(sorted, func(a, b Person) int {
		switch hinted := strings.EqualFold(a.Email, hint); {
		case hinted == strings.EqualFold(b.Email, hint):
			return 0
		case hinted:
			return -1
		}
		return 1
	})
	data := struct {
		Style   template.CSS
		Choices []choice
		Cancel  string
	}{Style: style, Cancel: with(r, q, "cancel", "1")}
	for _, person := range sorted {
		name := person.Name
		if name == "" {
			name = person.Subject
		}
		data.Choices = append(data.Choices, choice{with(r, q, "person", person.Subject), name, person.Email, person.Note})
	}
	var page bytes.Buffer
	if err := p.look.template.Execute(&page, data); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Security-Policy", p.look.policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}

// with is this same request with one more parameter.
func with(r *http.Request, q url.Values, name, value string) string {
	more := url.Values{name: {value}}
	for k, v := range q {
		if k != "person" && k != "cancel" {
			more[k] = v
		}
	}
	return r.URL.Path + "?" + more.Encode()
}
