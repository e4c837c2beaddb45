package templates

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// contentHash is left out of the golden files: a new colour is not a new page.
var contentHash = regexp.MustCompile(`\.[0-9a-f]{16}\.`)

func TestEveryPageIsAsItsGoldenFileSays(t *testing.T) {
	s := newSet(t)
	known := map[string]bool{}
	for _, sample := range Samples() {
		if sample.Name == "chooser-many" { // the same row 200 times: the other choosers show one
			continue
		}
		t.Run(sample.Name, func(t *testing.T) {
			if known[sample.Name] {
				t.Fatal("a second sample of that name")
			}
			known[sample.Name] = true
			file := filepath.Join("testdata", sample.Name+".html")
			got := contentHash.ReplaceAllString(render(t, s, sample.Page), ".HASH.")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v (run the tests with -update, and read what it writes)", err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("the page has changed (-golden +now); if it should, run with -update:\n%s", d)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".html"); !known[name] {
			t.Errorf("%s is the golden file of no sample", file)
		}
	}
}

func newSet(tb testing.TB) *Set {
	tb.Helper()
	s, err := New(Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func render(tb testing.TB, s *Set, p Page) string {
	tb.Helper()
	var b strings.Builder
	if err := s.Render(&b, s.english, Locales{}, p); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}
