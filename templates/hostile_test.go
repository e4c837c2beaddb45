package templates

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"orglogin/store"
)

// hostile is what people have put into the name of an account, and worse.
var hostile = map[string]string{
	"a script":               `</title></textarea><script>alert(1)</script>`,
	"an attribute":           `" onmouseover="alert(1)" x='y`,
	"a comment":              `<!--><img src=x onerror=alert(1)>`,
	"a template":             `{{.Page}}<svg/onload=alert(1)>`,
	"a script's address":     `javascript:alert(1)`,
	"text turned round":      "\u202egnp.exe\u2066 \u200fann\u061c",
	"ten thousand letters":   strings.Repeat("A", 10_000),
	"five thousand marks":    "e" + strings.Repeat("\u0301", 5_000),
	"controls and bad bytes": "a\x00b\x1b[31m\xff\xfe\r\n\u2028c",
	"only what is not seen":  "\u200b\u202e\u200d\ufeff",
}

func TestNoDataBecomesMarkup(t *testing.T) {
	s := newSet(t)
	for what, text := range hostile {
		t.Run(what, func(t *testing.T) {
			for _, sample := range Samples() {
				doc := parse(t, render(t, s, filled(sample.Page, text)))
				for _, fault := range append(faults(doc), hostileFaults(doc)...) {
					t.Errorf("%s: %s", sample.Name, fault)
				}
				// Text that is seen somewhere keeps the page as it is with plain text.
				if shownName(text) != "" {
					plain := parse(t, render(t, s, filled(sample.Page, "plain")))
					if got, want := skeleton(doc), skeleton(plain); !slices.Equal(got, want) {
						t.Errorf("%s: the elements are\n%v\nand with plain text\n%v", sample.Name, got, want)
					}
				}
			}
		})
	}
}

func TestTheFormCarriesItsValuesUnchanged(t *testing.T) {
	redirect := "https://acme.example.com/a?q=\"<b>'&amp;x=1#\u202ef"
	page := parse(t, render(t, newSet(t), AcceptInvitation{Organization: "Acme", Token: "t-1", Redirect: redirect}))
	got := map[string]string{}
	for _, field := range all(page, atom.Input) {
		got[attr(field, "name")] = attr(field, "value")
	}
	if got["invitation"] != "t-1" || got["redirect"] != redirect {
		t.Errorf("the form sends %q", got)
	}
}

func FuzzNoDataBecomesMarkup(f *testing.F) {
	s := newSet(f)
	for _, text := range hostile {
		f.Add(text, "Ann", "ann@acme.test")
		f.Add("Acme", text, text)
	}
	f.Fuzz(func(t *testing.T, organization, name, email string) {
		doc := parse(t, render(t, s, NotAMember{
			Account:       Account{Name: name, Email: email},
			Organization:  organization,
			Organizations: []Choice{{Name: name, Slug: "acme", Role: email, URL: "/login?organization=acme"}},
			SwitchURL:     "/login?prompt=select_account",
			ChooserURL:    "/organizations",
			RequestID:     name,
		}))
		for _, fault := range slices.Concat(faults(doc), linkFaults(doc), hostileFaults(doc)) {
			t.Error(fault)
		}
	})
}

// hostileFaults lists what data has done to the page although it is escaped.
func hostileFaults(doc *html.Node) []string {
	var found []string
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			found = append(found, "a comment")
		}
		if n.Type == html.TextNode {
			if len([]rune(n.Data)) > maxSentence+100 {
				found = append(found, "a text that fills the page")
			}
			if i := strings.IndexFunc(n.Data, func(r rune) bool { return hidden(r) && r != '\n' }); i >= 0 {
				found = append(found, "a hidden character in "+n.Data)
			}
		}
		for _, a := range n.Attr {
			if a.Key == "href" || a.Key == "action" {
				if scheme, _, ok := strings.Cut(a.Val, ":"); ok && strings.EqualFold(strings.TrimSpace(scheme), "javascript") {
					found = append(found, "a link that runs a script")
				}
			}
		}
	}
	return found
}

// skeleton is the document without its texts and values.
func skeleton(doc *html.Node) []string {
	var tags []string
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			tag := n.Data
			for _, a := range n.Attr {
				tag += " " + a.Key
			}
			tags = append(tags, tag)
		}
	}
	return tags
}

// filled is a copy of the page with text in every string that it holds, reasons aside: those are
// our own words and choose the text.
func filled(p Page, text string) Page {
	v := reflect.New(reflect.TypeOf(p)).Elem()
	v.Set(reflect.ValueOf(p))
	return fill(v, text).Interface().(Page)
}

func fill(v reflect.Value, text string) reflect.Value {
	filled := reflect.New(v.Type()).Elem()
	filled.Set(v)
	switch {
	case v.Type() == reflect.TypeFor[time.Time](), v.Type() == reflect.TypeFor[store.Reason]():
	case v.Kind() == reflect.String:
		filled.SetString(text)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			filled.Field(i).Set(fill(v.Field(i), text))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		filled.Set(reflect.New(v.Type().Elem()))
		filled.Elem().Set(fill(v.Elem(), text))
	case v.Kind() == reflect.Slice:
		n := min(v.Len(), 3) // a few rows say as much as all
		filled.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			filled.Index(i).Set(fill(v.Index(i), text))
		}
	}
	return filled
}
