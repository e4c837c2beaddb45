package templates

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

var placeholder = regexp.MustCompile(`\{[a-z]*\}`)

func TestEveryLanguageHasEveryText(t *testing.T) {
	collect := func(l *Language) map[string][]string {
		found := map[string][]string{}
		eachMessage(reflect.ValueOf(&l.texts).Elem(), "", func(path string, m reflect.Value) {
			found[path] = append(found[path], m.String())
		})
		return found
	}
	want := collect(english())
	if len(want) < 200 {
		t.Fatalf("%d texts: the table is not read whole", len(want))
	}
	for _, l := range append(allLanguages(), pseudo()) {
		t.Run(l.Tag, func(t *testing.T) {
			for path, texts := range collect(l) {
				for i, text := range texts {
					for _, fault := range textFaults(l.Tag, text, want[path][i]) {
						t.Errorf("%s: %q %s", path, text, fault)
					}
				}
			}
		})
	}
}

// textFaults lists what is wrong with a text beside the English one.
func textFaults(tag, text, english string) []string {
	var found []string
	names, wanted := placeholder.FindAllString(text, -1), placeholder.FindAllString(english, -1)
	slices.Sort(names)
	slices.Sort(wanted)
	switch {
	case strings.TrimSpace(text) == "":
		found = append(found, "is missing")
	case !slices.Equal(names, wanted):
		found = append(found, "has other placeholders than "+english)
	case strings.Count(text, "{") != len(names) || strings.Count(text, "}") != len(names):
		found = append(found, "has a brace without a name")
	case text != strings.TrimSpace(text) || strings.Contains(text, "  "):
		found = append(found, "has a blank too many")
	case strings.ContainsAny(text, "<>&\"") || strings.Contains(text, "'"):
		found = append(found, "has markup, or typewriter quotes")
	case tag != "en" && text == english && strings.Count(placeholder.ReplaceAllString(text, ""), " ") > 2:
		found = append(found, "is the English one")
	}
	return found
}

func TestTheCheckOfTextsSeesWhatItIsFor(t *testing.T) {
	for _, text := range []string{"", " ", "Join", "Join {name}", "Join {organization} {organization}", "Join {organization", "Join {organization}  now", "<b>{organization}</b>", "it's {organization}"} {
		if len(textFaults("de", text, "Join {organization}")) == 0 {
			t.Errorf("%q: no fault", text)
		}
	}
	if got := textFaults("de", "Join us all right now", "Join us all right now"); len(got) == 0 {
		t.Error("English in another language: no fault")
	}
}

func TestEveryPageIsTheSameInEveryLanguage(t *testing.T) {
	s := newSet(t)
	for _, l := range append(allLanguages(), pseudo()) {
		t.Run(l.Tag, func(t *testing.T) {
			for _, sample := range Samples() {
				var b strings.Builder
				if err := s.Render(&b, l, Locales{}, sample.Page); err != nil {
					t.Fatal(err)
				}
				doc := parse(t, b.String())
				for _, fault := range append(faults(doc), linkFaults(doc)...) {
					t.Errorf("%s: %s", sample.Name, fault)
				}
				root := all(doc, atom.Html)[0]
				if attr(root, "lang") != l.Tag || attr(root, "dir") != l.Direction() {
					t.Errorf("%s: lang %q, dir %q", sample.Name, attr(root, "lang"), attr(root, "dir"))
				}
				if got := words(all(doc, atom.H1)[0]); got != strings.Join(strings.Fields(sample.Page.title(l)), " ") {
					t.Errorf("%s: the heading is %q, the title %q", sample.Name, got, sample.Page.title(l))
				}
				if left := placeholder.FindString(words(root)); left != "" {
					t.Errorf("%s: %s is left", sample.Name, left)
				}
				if got, want := marks(doc), marks(parse(t, render(t, s, sample.Page))); !slices.Equal(got, want) {
					t.Errorf("%s: the elements are\n%v\nand in English\n%v", sample.Name, got, want)
				}
			}
		})
	}
}

// marks is the document without its texts, sorted within: sentences put their names in different orders.
func marks(doc *html.Node) []string {
	tags := skeleton(doc)
	slices.Sort(tags)
	return tags
}

func TestTheLanguageOfAPerson(t *testing.T) {
	all := newSet(t)
	some, err := New(Options{Languages: []string{"de", "ja"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		pages             *Set
		uiLocales, accept string
		want              string
	}{
		"nothing is asked for":                  {all, "", "", "en"},
		"the browser's":                         {all, "", "fr-CH, fr;q=0.9, en;q=0.8", "fr"},
		"a region of one that is offered":       {all, "", "de-AT", "de"},
		"the best of several":                   {all, "", "nl;q=0.9, es;q=0.8, de;q=0.1", "es"},
		"a weight of 0 is a refusal":            {all, "", "de;q=0, es;q=0.5", "es"},
		"none of those offered":                 {all, "", "fi, ko", "en"},
		"the first offered is the default":      {some, "", "fr", "de"},
		"ui_locales before the browser":         {all, "ja", "de", "ja"},
		"the first of ui_locales that there is": {all, "fi es de", "de", "es"},
		"ui_locales that are none":              {all, "x_y %%% <b>", "fr", "fr"},
		"ui_locales without end":                {all, strings.Repeat("ja ", 1000), "fr", "fr"},
		"a header without end":                  {all, "", strings.Repeat("de,", 1000), "en"},
		"a header that is none":                 {all, "", "\x00;q=q=q", "en"},
		"the one for tests is not offered":      {all, pseudoTag, "es", "es"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.pages.Match(c.uiLocales, c.accept).Tag; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, err := New(Options{Languages: []string{"en", "tlh"}}); err == nil || !strings.Contains(err.Error(), `"tlh"`) || !strings.Contains(err.Error(), "ja") {
		t.Errorf("a language that there is not: %v", err)
	}
}

func FuzzTheLanguageOfAPerson(f *testing.F) {
	s := newSet(f)
	f.Add("ja de", "fr-CH, fr;q=0.9")
	f.Fuzz(func(t *testing.T, uiLocales, accept string) {
		if l := s.Match(uiLocales, accept); !slices.Contains(Tags(), l.Tag) {
			t.Errorf("%q", l.Tag)
		}
	})
}

func TestDates(t *testing.T) {
	first, later := time.Date(2030, time.March, 1, 23, 0, 0, 0, time.UTC), time.Date(2030, time.December, 12, 0, 0, 0, 0, time.FixedZone("", -3600))
	for tag, want := range map[string][2]string{
		"en": {"1\u00a0March 2030", "12\u00a0December 2030"},
		"de": {"1.\u00a0März 2030", "12.\u00a0Dezember 2030"},
		"fr": {"1er\u00a0mars 2030", "12\u00a0décembre 2030"},
		"es": {"1\u00a0de\u00a0marzo de 2030", "12\u00a0de\u00a0diciembre de 2030"},
		"ja": {"2030年3月1日", "2030年12月12日"},
	} {
		l := newSet(t).Match(tag, "")
		if got := [2]string{l.Date(first), l.Date(later)}; got != want {
			t.Errorf("%s: got %q, want %q", tag, got, want)
		}
	}
}
