package templates

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"orglogin/store"
)

func TestEveryPageIsSoundMarkup(t *testing.T) {
	s := newSet(t)
	for _, sample := range Samples() {
		t.Run(sample.Name, func(t *testing.T) {
			doc := parse(t, render(t, s, sample.Page))
			for _, fault := range append(faults(doc), linkFaults(doc)...) {
				t.Error(fault)
			}
			if has := len(all(doc, atom.Form)) > 0; has != sample.Page.HasForm() {
				t.Errorf("HasForm says %v, and there is a form: %v", sample.Page.HasForm(), has)
			}
			if got := words(all(doc, atom.H1)[0]); got != sample.Page.title(s.english) {
				t.Errorf("the heading is %q, the title %q", got, sample.Page.title(s.english))
			}
		})
	}
}

// TestTheCheckSeesWhatItIsFor keeps the check itself from passing everything.
func TestTheCheckSeesWhatItIsFor(t *testing.T) {
	sound := render(t, newSet(t), SignOut{Account: &Account{Email: "ann@acme.test"}, Action: "/logout"})
	for name, spoil := range map[string][2]string{
		"a script":                  {"</main>", "<script>1</script></main>"},
		"a style element":           {"</main>", "<style>p{}</style></main>"},
		"an inline style":           {"<main", `<main style="color:red"`},
		"an inline handler":         {"<main", `<main onclick="x()"`},
		"a second heading":          {"</main>", "<h1>Two</h1></main>"},
		"no language":               {` lang="en"`, ""},
		"no direction":              {` dir="ltr"`, ""},
		"an empty title":            {"<title>Sign out?</title>", "<title></title>"},
		"no landmark":               {"<main", "<div"},
		"an id twice":               {"</main>", `<p id="everywhere"></p></main>`},
		"a description of nothing":  {`id="everywhere"`, `id="elsewhere"`},
		"a field without a label":   {"</form>", `<input name="x"></form>`},
		"a button without a name":   {">Sign out<", "><"},
		"an image without alt":      {` alt=""`, ""},
		"an empty link":             {"</main>", `<a href="">there</a></main>`},
		"a link without words":      {"</main>", `<a href="/x"><span aria-hidden="true">x</span></a></main>`},
		"a link that runs a script": {"</main>", `<a href="javascript:1">there</a></main>`},
		"a relative link":           {"</main>", `<a href="there">there</a></main>`},
		"a link to another host":    {"</main>", `<a href="//evil.example">there</a></main>`},
		"a picture from elsewhere":  {"</main>", `<img alt="" src="https://evil.example/x.png"></main>`},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := strings.Replace(sound, spoil[0], spoil[1], 1)
			if spoilt == sound {
				t.Fatal("the page has no such place to spoil")
			}
			doc := parse(t, spoilt)
			if len(faults(doc))+len(linkFaults(doc)) == 0 {
				t.Error("was not seen")
			}
		})
	}
}

// faults lists what no page may have, whatever its data.
func faults(doc *html.Node) []string {
	var found []string
	fault := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	ids := map[string]int{}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			ids[attr(n, "id")]++
		}
	}
	if h := all(doc, atom.Html); len(h) != 1 || attr(h[0], "lang") == "" || attr(h[0], "dir") == "" {
		fault("the document does not say its language and direction")
	}
	for _, once := range []atom.Atom{atom.Title, atom.Main, atom.H1} {
		if got := all(doc, once); len(got) != 1 || words(got[0]) == "" {
			fault("there is not exactly one <%s> with words", once)
		}
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				fault("<%s> has an inline %s", n.Data, a.Key)
			}
			if a.Key == "aria-labelledby" || a.Key == "aria-describedby" || a.Key == "for" {
				if ids[a.Val] == 0 {
					fault("%s of <%s> points at no element: %q", a.Key, n.Data, a.Val)
				}
			}
		}
		switch n.DataAtom {
		case atom.Script, atom.Style, atom.Iframe, atom.Object, atom.Embed, atom.Base:
			fault("there is a <%s>", n.Data)
		case atom.Meta:
			if attr(n, "http-equiv") != "" {
				fault("a <meta http-equiv>")
			}
		case atom.Img:
			if !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
				fault("an image without alt")
			}
		case atom.A, atom.Button:
			if words(n) == "" {
				fault("a <%s> that a screen reader has no words for", n.Data)
			}
		case atom.Input:
			if attr(n, "type") != "hidden" && !labelled(doc, n) {
				fault("the field %q has no label", attr(n, "name"))
			}
		case atom.Select, atom.Textarea:
			if !labelled(doc, n) {
				fault("the field %q has no label", attr(n, "name"))
			}
		case atom.Nav, atom.Section:
			if attr(n, "aria-label") == "" && attr(n, "aria-labelledby") == "" {
				fault("a <%s> without a name", n.Data)
			}
		}
	}
	for id, n := range ids {
		if id != "" && n > 1 {
			fault("the id %q is there %d times", id, n)
		}
	}
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" && !landmarked(n) {
			fault("%q is in no landmark", n.Data)
		}
	}
	return found
}

// linkFaults lists the addresses that lead nowhere, or where they should not.
func linkFaults(doc *html.Node) []string {
	var found []string
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			path := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//")
			switch a.Key {
			case "href", "action", "formaction":
				if !path && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
					found = append(found, fmt.Sprintf("%s of <%s> is %q", a.Key, n.Data, a.Val))
				}
			case "src":
				if !strings.HasPrefix(a.Val, StaticPath) && !strings.HasPrefix(a.Val, store.LogoPath) {
					found = append(found, fmt.Sprintf("<%s> loads %q", n.Data, a.Val))
				}
			}
		}
	}
	return found
}

func parse(tb testing.TB, page string) *html.Node {
	tb.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		tb.Fatal(err)
	}
	return doc
}

func all(doc *html.Node, what atom.Atom) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == what {
			found = append(found, n)
		}
	}
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words is what a screen reader says for n.
func words(n *html.Node) string {
	if attr(n, "aria-hidden") == "true" {
		return ""
	}
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := range n.ChildNodes() {
		b.WriteString(words(c))
		if c.Type == html.ElementNode && c.DataAtom != atom.Bdi {
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func labelled(doc, field *html.Node) bool {
	if attr(field, "aria-label") != "" || attr(field, "aria-labelledby") != "" {
		return true
	}
	for _, label := range all(doc, atom.Label) {
		if id := attr(field, "id"); id != "" && attr(label, "for") == id && words(label) != "" {
			return true
		}
	}
	return false
}

func landmarked(n *html.Node) bool {
	for p := range n.Ancestors() {
		switch p.DataAtom {
		case atom.Main, atom.Nav, atom.Header, atom.Footer, atom.Head:
			return true
		}
	}
	return false
}
