package serve

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// generator makes requests from the document: mostly such as it allows, with ids that exist, and some that it does not.
type generator struct {
	*rand.Rand
	doc   document
	known []things
}

// Random requests from the document never find a defect, and no answer outside the document.
func TestRandomRequestsGetAnswersOfTheDocument(t *testing.T) {
	onEachAPI(t, func(t *testing.T, w *apiWorld) {
		const seed, requests = 12, 1000
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), doc: w.doc, known: []things{w.fill("acme"), w.fill("globex"), unknown()}}
		statuses := map[int]int{}
		tokens := []string{w.token, w.newToken("", manageScopes()...), w.newToken("acme", boundScopes()...)}
		operations := w.doc.operations()
		for range requests {
			o := operations[g.IntN(len(operations))]
			path, body := g.path(o), g.body(o)
			a := w.askAs(tokens[g.IntN(len(tokens))], o.method, path, body, g.headers()...) // several: each has a limit
			statuses[a.status]++
			if a.status >= http.StatusInternalServerError {
				t.Errorf("%s %s %s: got %d %s", o.method, path, body, a.status, a.body)
			}
			if err := w.doc.check(o, a); err != nil {
				t.Errorf("%s %s %s: got %d, %v", o.method, path, body, a.status, err)
			}
		}
		for _, status := range []int{200, 201, 204, 404, 422} {
			if statuses[status] == 0 {
				t.Errorf("no request got %d: %v", status, statuses)
			}
		}
	})
}

func (g *generator) path(o operation) string {
	path, query := o.path, url.Values{}
	for _, p := range o.Parameters {
		var value string
		if ids := g.known[g.IntN(len(g.known))].idsOf(o, p.Name); len(ids) > 0 && g.IntN(8) > 0 {
			value = ids[g.IntN(len(ids))]
		} else {
			value = strings.Trim(string(g.json(p.Schema)), `"`)
		}
		switch {
		case p.In == "path" && value == "":
			value = "-"
			fallthrough
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case p.In == "query" && g.IntN(2) == 0:
			query.Set(p.Name, value)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

func (g *generator) body(o operation) string {
	if o.RequestBody == nil || g.IntN(30) == 0 {
		return ""
	}
	text := string(g.json(o.RequestBody.Content["application/json"].Schema))
	if g.IntN(30) == 0 {
		text = text[:g.IntN(len(text))]
	}
	return text
}

func (g *generator) headers() (all []string) {
	for _, h := range []string{`If-Match: "x"`, `If-None-Match: "x"`, "Idempotency-Key: k" + fmt.Sprint(g.IntN(20)), "Idempotency-Key: \x7f", "Accept: text/html"} {
		if g.IntN(12) == 0 && !strings.Contains(h, "\x7f") {
			all = append(all, h)
		}
	}
	return all
}

// json is a value of a schema; seldom another one.
func (g *generator) json(s schema) []byte {
	s = g.doc.resolve(s)
	var v any
	switch {
	case g.IntN(25) == 0:
		v = []any{nil, true, 1.5, "x", map[string]any{"x": 1}, []any{}, "\u0000", strings.Repeat("x", 5000)}[g.IntN(8)]
	case len(s.Enum) > 0 && g.IntN(10) > 0:
		v = s.Enum[g.IntN(len(s.Enum))]
	case s.Type == "boolean":
		v = g.IntN(2) == 0
	case s.Type == "integer":
		v = g.IntN(250) - 10
	case s.Type == "array":
		return fmt.Appendf(nil, "[%s]", g.json(*s.Items))
	case s.Type == "object":
		parts := map[string]json.RawMessage{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, name) && g.IntN(12) > 0 || g.IntN(3) == 0 {
				parts[name] = g.json(s.Properties[name])
			}
		}
		v = parts
	default:
		v = g.text()
	}
	text, _ := json.Marshal(v)
	return text
}

func (g *generator) text() string {
	words := []string{
		"", "acme", "globex", "org-" + fmt.Sprint(g.IntN(1000)), "ann@acme.test", "bob" + fmt.Sprint(g.IntN(1000)) + "@globex.test", "owner", "admin", "member",
		"acme.test", "new" + fmt.Sprint(g.IntN(1000)) + ".test", "https://idp.test", "2027-06-01T00:00:00Z", "2020-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z",
		"\u0000", "\u202e", "'; DROP TABLE x; --", "%00", "../..", "é", "W10", "WyIiLCIiXQ", "WyJcdTAwMDAiXQ", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIngiXQ",
		"WzAsIjIwMjYtMDEtMDFUMDA6MDA6MDBaIiwieCJd", "/dashboard", "login.example.localhost",
	}
	return words[g.IntN(len(words))]
}

func manageScopes() []string {
	return []string{"organizations:write", "members:write", "invitations:write", "domains:write", "connections:write"}
}
