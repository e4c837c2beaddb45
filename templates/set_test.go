package templates

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"
)

func TestAPageThatFailsWritesNothing(t *testing.T) {
	var b strings.Builder
	if err := newSet(t).execute(&b, "login", struct{ Title string }{"half a page"}); err == nil {
		t.Fatal("no error")
	}
	if b.Len() != 0 {
		t.Errorf("wrote %q", b.String())
	}
}

func TestRenderTellsThatTheWriterFailed(t *testing.T) {
	if err := newSet(t).Render(closed{}, english(), Locales{}, Login{}); !errors.Is(err, errClosed) {
		t.Errorf("got %v", err)
	}
}

var errClosed = errors.New("closed")

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }

func TestEverythingThatAPageLoadsIsServed(t *testing.T) {
	s := newSet(t)
	for _, sample := range Samples() {
		doc := parse(t, render(t, s, sample.Page))
		var loads []string
		for _, n := range all(doc, atom.Link) {
			loads = append(loads, attr(n, "href"))
		}
		for _, n := range all(doc, atom.Img) {
			loads = append(loads, attr(n, "src"))
		}
		for _, p := range loads {
			if f, ok := SampleAsset(p, s); !ok || len(f.Content) == 0 || f.ContentType == "" {
				t.Errorf("%s loads %s, which is not served", sample.Name, p)
			}
		}
	}
	css, _ := s.Asset(s.assets.paths["orglogin.css"])
	if css.ContentType != "text/css; charset=utf-8" || len(css.Gzip) == 0 {
		t.Errorf("the stylesheet is %s, with %d bytes compressed", css.ContentType, len(css.Gzip))
	}
	for _, m := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(string(css.Content), -1) {
		if f, ok := s.Asset(m[1]); !ok || f.ContentType != "image/svg+xml" {
			t.Errorf("the stylesheet loads %s, which is not served", m[1])
		}
	}
}

func TestAnAssetIsFoundByItsWholePathAlone(t *testing.T) {
	s := newSet(t)
	good := s.assets.paths["orglogin.css"]
	if !regexp.MustCompile(`^/auth/static/orglogin\.[0-9a-f]{16}\.css$`).MatchString(good) {
		t.Errorf("the stylesheet is at %s", good)
	}
	for _, p := range []string{
		"", StaticPath, StaticPath + "orglogin.css", strings.TrimPrefix(good, "/"), path.Base(good),
		good + "/", "/auth/static/../static/" + path.Base(good), strings.Replace(good, "orglogin.", "orglogin.0", 1),
	} {
		if _, ok := s.Asset(p); ok {
			t.Errorf("%q is found", p)
		}
	}
}

func TestThePathOfAnAssetFollowsItsContent(t *testing.T) {
	a := newAssets()
	a.add("x.css", []byte("a{}"))
	one := a.paths["x.css"]
	a.add("x.css", []byte("b{}"))
	if two := a.paths["x.css"]; one == two {
		t.Errorf("both are at %s", one)
	}
}

func TestAStylesheetThatNamesNoFileIsRefused(t *testing.T) {
	a := newAssets()
	if _, err := a.resolve([]byte("a { mask: url(none.svg) }")); err == nil {
		t.Error("no error")
	}
}

func TestThePicturesHoldPicturesAlone(t *testing.T) {
	files, err := os.ReadDir("static")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".svg") {
			continue
		}
		content, err := os.ReadFile("static/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(?i)<(script|style|foreignObject|image|use)|href|\son\w+=|style=`).Find(content); m != nil {
			t.Errorf("%s holds %s", f.Name(), m)
		}
	}
}

func TestTheCatalogueShowsEverySample(t *testing.T) {
	s := newSet(t)
	catalogue := s.Catalogue("/pages/")
	get := func(url string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		catalogue.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		return w
	}
	index := parse(t, get("/pages/").Body.String())
	for _, fault := range append(faults(index), linkFaults(index)...) {
		t.Error(fault)
	}
	links := all(index, atom.A)
	languages := len(Tags()) + 1 // the one from right to left
	if len(links) != languages+len(Samples()) {
		t.Fatalf("the index has %d links, want one for each language and each of %d pages", len(links), len(Samples()))
	}
	links = links[languages:]
	for i, sample := range Samples() {
		w := get(attr(links[i], "href"))
		if w.Code != http.StatusOK || w.Body.String() != render(t, s, sample.Page) {
			t.Errorf("%s: status %d, or another page", sample.Name, w.Code)
		}
		if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
			t.Errorf("%s: %s", sample.Name, got)
		}
	}
	for _, url := range []string{"/pages/none", "/pages", "/elsewhere", "/pages/login/"} {
		if got := get(url).Code; got != http.StatusNotFound {
			t.Errorf("%s: status %d", url, got)
		}
	}
}

func BenchmarkRenderLogin(b *testing.B) {
	s := newSet(b)
	page := Samples()[0].Page
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Render(io.Discard, s.english, Locales{}, page); err != nil {
			b.Fatal(err)
		}
	}
}
