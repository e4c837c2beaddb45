package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"orglogin/templates"
)

var screenshots = flag.String("screenshots", "", "directory to write a screenshot of every page to, wide and narrow, light and dark")

// shown is one page to look at, in a tab that may see it.
type shown struct{ name, address string }

// everyPage lists the pages of the product, with sample data, and of the demo.
func everyPage(d *demo) []shown {
	all := []shown{
		{"demo-start", d.hosts.start() + "/"},
		{"demo-catalogue", d.hosts.start() + catalogue},
		{"demo-organization", d.hosts.organization("acme") + "/reports?a=1&b=2"},
		{"demo-outside", d.hosts.app().String() + "/clients"},
	}
	for _, sample := range templates.Samples() {
		all = append(all, shown{sample.Name, d.hosts.start() + catalogue + sample.Name})
	}
	return all
}

// No page scrolls sideways in a window of 320 pixels, which is also 1280
// enlarged to 400 % (WCAG 2.2, 1.4.10).
func TestNoPageScrollsSideways(t *testing.T) {
	t.Parallel()
	d := running(t)
	b := profile(t, chromium(t))
	step(t, 200)(b.signIn(d.hosts.login(), "ann"))
	if err := b.do(chromedp.EmulateViewport(320, 640)); err != nil {
		t.Fatal(err)
	}
	for _, page := range everyPage(d) {
		t.Run(page.name, func(t *testing.T) {
			step(t, 200)(b.open(page.address))
			ctx, cancel := context.WithTimeout(b.ctx, patience)
			defer cancel()
			width, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth`))
			if err != nil {
				t.Fatal(err)
			}
			if width > 320 {
				t.Errorf("%d pixels wide", width)
			}
		})
	}
}

// walkKeyboard presses Tab from the top of the page, and then Enter.
func walkKeyboard(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	step(t, 200)(b.open(d.hosts.organization("acme") + "/login"))
	const focused = `document.activeElement.getAttribute("href") || ""`
	for pressed := 1; ; pressed++ {
		if err := b.do(chromedp.KeyEvent(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(b.ctx, patience)
		href, err := chromedp.Run(ctx, chromedp.Evaluate[string](focused))
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(href, "/auth/start") {
			break
		}
		if pressed == 5 {
			t.Fatal("five times Tab do not reach the sign-in link")
		}
	}
	step(t, 200)(b.load("pressing Enter", chromedp.KeyEvent(kb.Enter)))
	if at, _, err := b.at(); err != nil || !strings.HasPrefix(at, d.hosts.issuer()) {
		t.Errorf("at %s, %v", at, err)
	}
}

// TestScreenshots writes the pictures that -screenshots asks for. Without the
// flag it checks that one can be taken, of the first page.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	d := running(t)
	b := profile(t, chromium(t))
	dir, pages := *screenshots, everyPage(d)
	if dir == "" {
		dir, pages = t.TempDir(), pages[:1]
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	step(t, 200)(b.open(d.hosts.login()))
	step(t, 200)(b.follow("/auth/start"))
	for _, look := range looks() {
		b.shoot(t, look, filepath.Join(dir, "demo-provider"))
	}
	step(t, 200)(b.follow("person=ann"))
	step(t, 200)(b.open(d.hosts.organization("acme") + "/login?prompt=select_account"))
	for _, page := range pages {
		step(t, 200)(b.open(page.address))
		for _, look := range looks() {
			b.shoot(t, look, filepath.Join(dir, page.name))
		}
	}
}

// look is one way to look at a page.
type look struct {
	name          string
	width, height int64
	scheme        string
}

func looks() []look {
	return []look{
		{"wide-light", 1280, 800, "light"},
		{"wide-dark", 1280, 800, "dark"},
		{"narrow-light", 320, 640, "light"},
		{"narrow-dark", 320, 640, "dark"},
	}
}

// shoot writes the whole page to path and the look's name.
func (b *tab) shoot(t *testing.T, l look, path string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	media := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: l.scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}, // else a colour is caught on its way
			},
		})
		return err
	})
	if err := chromedp.Do(ctx, media, chromedp.EmulateViewport(l.width, l.height)); err != nil {
		t.Fatal(err)
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if len(picture) < 1000 {
		t.Errorf("%s: a picture of %d bytes", path, len(picture))
	}
	if err := os.WriteFile(fmt.Sprintf("%s-%s.png", path, l.name), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
