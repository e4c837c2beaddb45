package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Whoever asks for a language by ui_locales stays in it: from some pages of each person, every link and form is
// followed, and every redirect, with a new browser each. The browser prefers another language.
func TestEveryLinkAndFormKeepsTheLanguage(t *testing.T) {
	d := newJoiningService(t, serviceConfig{discovery: true})
	var organizations, memberships []string
	for i := range 12 {
		organizations = append(organizations, fmt.Sprintf(`{"slug":"place-%d","name":"Place %d","subdomain_status":"verified"}`, i, i))
		memberships = append(memberships, fmt.Sprintf(`{"organization":"place-%d","email":"cem@both.test"}`, i))
	}
	d.importFile(fmt.Sprintf(`{
		"organizations": [%s], "users": [{"email": "cem@both.test", "name": "Cem"}], "memberships": [%s],
		"invitations": [{"organization": "auto", "email": "ann@acme.test", "token": "ann-at-auto-0123456789abcdef", "expires_at": "2099-01-01T00:00:00Z"}]
	}`, strings.Join(organizations, ","), strings.Join(memberships, ",")))

	w := &languageWalk{service: d, seen: map[string]bool{}}
	for _, who := range []string{"", "ann-1", "cem-1", "den-1", "new@ask.test"} {
		for _, to := range []string{
			"/", "/login", "/login?organization=beta", "/login?organization=nowhere", "/login?organization=beta&redirect=https%3A%2F%2Faway.test%2F",
			"/login?prompt=select_account", "/login?invitation=ann-at-auto-0123456789abcdef", "/login?invitation=unknown-0123456789abcdefgh",
			"/organizations", "/organizations?redirect=%2Freports", "/logout", "/nothing", "/auth/start", "/auth/callback?code=a&state=b",
		} {
			separator := "?"
			if strings.Contains(to, "?") {
				separator = "&"
			}
			w.visit(languageStep{who: who, method: http.MethodGet, url: public + to + separator + "ui_locales=fr", from: "the start"})
		}
		w.visit(languageStep{who: who, method: http.MethodGet, url: "https://beta.example.test/login?ui_locales=fr", from: "the start"})
	}
	for len(w.next) > 0 && !t.Failed() {
		step := w.next[0]
		w.next = w.next[1:]
		w.visit(step)
	}
	t.Logf("%d pages, %d of them by a form", w.pages, w.forms)
	if w.pages < 100 || w.forms < 15 {
		t.Error("that is less than there was")
	}
}

// languageStep is a link or a form that a person follows.
type languageStep struct {
	who, method, url string
	form             url.Values
	from             string
}

type languageWalk struct {
	service      *service
	next         []languageStep
	seen         map[string]bool
	pages, forms int
}

// visit follows the step to its end, and puts what the page there leads to behind the steps that wait.
func (w *languageWalk) visit(step languageStep) {
	key := step.who + step.method + step.url + step.form.Encode()
	if w.seen[key] {
		return
	}
	w.seen[key] = true
	d := w.service
	d.t.Helper()
	fault := func(format string, a ...any) {
		d.t.Helper()
		d.t.Errorf("%s %s of %q (from %s): %s", step.method, step.url, step.who, step.from, fmt.Sprintf(format, a...))
	}
	c := d.browser()
	switch {
	case strings.Contains(step.who, "@"):
		c, _, _ = d.arrive(step.who, "")
	case step.who == "" || step.who == "den-1": // whom the provider refuses
		d.pick(step.who)
	default:
		d.loginAs(c, step.who, "")
	}
	headers := []string{fromOurPage, "Accept: text/html", "Accept-Language: de"}
	res, body := do(d.t, c, step.method, step.url, step.form, headers...)
	for range 8 {
		to, err := res.Location()
		if err != nil {
			break
		}
		if ours := to.Host == "login.example.test"; !ours && strings.HasSuffix(to.Host, ".example.test") {
			return // the person has landed
		} else if !ours && to.Query().Get("ui_locales") != "fr" {
			fault("the provider is asked in %q", to.Query().Get("ui_locales"))
		}
		if step.who == "" && !strings.HasPrefix(to.String(), public) {
			return
		}
		res, body = get(d.t, c, to.String(), headers...)
	}
	if !strings.Contains(body, `<html lang="fr"`) {
		fault("ends at %s with %s, in another language\n%.100s", res.Request.URL, res.Status, body)
		return
	}
	w.pages++
	if step.method == http.MethodPost {
		w.forms++
	}
	w.add(step, res.Request.URL, body)
}

// add puts what the page at that URL leads to behind the steps that wait.
func (w *languageWalk) add(step languageStep, at *url.URL, body string) {
	doc, err := html.Parse(strings.NewReader(body))
	must(w.service.t, err)
	for n := range doc.Descendants() {
		next := languageStep{who: step.who, method: http.MethodGet, from: at.String()}
		switch n.DataAtom {
		case atom.A:
			next.url = attribute(n, "href")
		case atom.Form:
			next.url, next.method, next.form = attribute(n, "action"), strings.ToUpper(attribute(n, "method")), fields(n)
		default:
			continue
		}
		to, err := at.Parse(next.url)
		must(w.service.t, err)
		if to.Host != at.Host && to.Host != "login.example.test" {
			if strings.Contains(next.url, "ui_locales") {
				w.service.t.Errorf("%s leads to another site with the language: %s", at, next.url)
			}
			continue
		}
		if next.method == http.MethodGet && next.form != nil {
			to.RawQuery, next.form = next.form.Encode(), nil // as a browser does
		}
		if to.Query().Get("ui_locales") != "fr" { // it may lead to the app, which has a language of its own
			w.service.t.Errorf("%s leads to %s, which does not know the language", at, to)
		}
		next.url = to.String()
		w.next = append(w.next, next)
	}
}

// fields are the values of a form as a person sends it, with every button that has a name.
func fields(form *html.Node) url.Values {
	values := url.Values{}
	for n := range form.Descendants() {
		name, value := attribute(n, "name"), attribute(n, "value")
		switch {
		case name == "" || !slices.Contains([]atom.Atom{atom.Input, atom.Button}, n.DataAtom):
			continue
		case attribute(n, "type") == "email" && value == "":
			value = "somebody@ask.test"
		case attribute(n, "type") == "search" && value == "":
			value = "place-1"
		}
		values.Set(name, value)
	}
	return values
}

func attribute(n *html.Node, name string) string {
	i := slices.IndexFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if i < 0 {
		return ""
	}
	return n.Attr[i].Val
}
