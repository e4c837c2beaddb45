package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"orglogin/templates"
)

//go:embed testdata/faults.js
var findFaults string

// fromTheRight is the language of the catalogue that is written from right to left.
const fromTheRight = "ar-XB"

// view is one way to see the pages of the catalogue.
type view struct {
	width    int64
	scheme   string // prefers-color-scheme
	forced   bool   // forced-colors: active
	language string
	plain    bool // orglogin's own look in the place of a brand
	axe      bool // ask axe-core too, which takes most of the time
}

func (v view) String() string {
	name := fmt.Sprintf("%d %s %s", v.width, v.scheme, v.language)
	if v.forced {
		name += " with forced colours"
	}
	if v.plain {
		name += " without a brand"
	}
	return name
}

// address is that of a page of the catalogue.
func (v view) address(sample string) string {
	prefix := catalogue
	if v.plain {
		prefix = plainCatalogue
	}
	return prefix + sample + "?ui_locales=" + v.language
}

// Every page is whole in a narrow window in every language, which is also a window of 1280 pixels enlarged to 400 %
// (WCAG 2.2, 1.4.10), and has no violation that axe-core finds in a wide one. TestAllViewsOfEveryPage does the rest.
func TestEveryPageIsWhole(t *testing.T) {
	t.Parallel()
	views := []view{{width: 1280, scheme: "dark", language: "en", axe: true}}
	for _, language := range templates.Tags() {
		views = append(views, view{width: 320, scheme: "light", language: language})
		if language != "en" {
			views = append(views, view{width: 1280, scheme: "dark", language: language})
		}
	}
	seePages(t, running(t), append(views, view{width: 320, scheme: "light", language: fromTheRight}))
}

// seePages sees every page of the catalogue in every view. Each view has one tab, which opens the first page and then
// shows the others in place of it: to open each of them would take most of the time of the test.
func seePages(t *testing.T, d *demo, views []view) {
	browser := chromium(t)
	axe := ""
	if slices.ContainsFunc(views, func(v view) bool { return v.axe }) {
		axe = axeCore(t)
	}
	for _, v := range views {
		t.Run(v.String(), func(t *testing.T) {
			b := profile(t, browser)
			b.look(t, v)
			step(t, 200)(b.open(d.hosts.start() + v.address(templates.Samples()[0].Name)))
			if v.axe {
				evaluated[bool](t, b, axe+"; true")
			}
			for _, sample := range templates.Samples() {
				evaluated[bool](t, b, fmt.Sprintf(showPage, v.address(sample.Name)))
				for _, fault := range evaluated[[]string](t, b, findFaults) {
					t.Errorf("%s: %s", sample.Name, fault)
				}
				if v.axe {
					for _, violation := range evaluated[[]string](t, b, askAxe) {
						t.Errorf("%s: axe: %s", sample.Name, violation)
					}
				}
			}
		})
	}
}

// showPage shows another page of the catalogue in place of this one: its body, its title and its stylesheets, which those of
// an organization with a colour differ by.
const showPage = `fetch(%q).then((r) => r.text()).then((text) => {
	const page = new DOMParser().parseFromString(text, "text/html");
	document.documentElement.lang = page.documentElement.lang;
	document.documentElement.dir = page.documentElement.dir;
	document.title = page.title;
	document.body.replaceWith(document.adoptNode(page.body));
	const sheets = (of) => [...of.querySelectorAll("link[rel=stylesheet]")];
	const path = (sheet) => sheet.getAttribute("href");
	const wanted = sheets(page).map(path), shown = sheets(document);
	const loads = wanted.filter((href) => !shown.some((sheet) => path(sheet) === href)).map((href) => new Promise((loaded, failed) => {
		const sheet = Object.assign(document.createElement("link"), {rel: "stylesheet", href, onload: loaded, onerror: () => failed(href)});
		document.head.append(sheet);
	}));
	return Promise.all(loads).then(() => {
		shown.filter((sheet) => !wanted.includes(path(sheet))).forEach((sheet) => sheet.remove());
		return true;
	});
})`

// look gives the tab the window and the preferences of v.
func (b *tab) look(t *testing.T, v view) {
	t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if v.forced {
		features = append(features, &emulation.MediaFeature{Name: "forced-colors", Value: "active"})
	}
	media := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	})
	// The policy of the pages forbids the scripts of the test too. That it is kept is seen where each page is opened.
	bypass := chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: true})
		return err
	})
	if err := b.do(media, bypass, chromedp.EmulateViewport(v.width, 800)); err != nil {
		t.Fatal(err)
	}
}

// evaluated is the value of a script in the page, which may be a promise of it.
func evaluated[T any](t *testing.T, b *tab, script string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// askAxe returns what axe-core finds, the rules of WCAG 2.2 AA and its advice.
const askAxe = `axe.run(document, {resultTypes: ["violations"]}).then((found) => found.violations.map((v) =>
	v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map((n) => n.html).join(" | ")))`

// axeCore is the script of axe-core, from npm's cache or the registry, in the version of testdata/axe.
func axeCore(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "axe"))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (it needs npm, which tools/install-test-deps installs, and npm's cache or a way to the registry)\n%s", err, out)
	}
	script, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// The checks see what they are for: each of these changes makes a fault of a page that has none.
func TestTheFaultsOfAPageAreFound(t *testing.T) {
	t.Parallel()
	d := running(t)
	b := profile(t, chromium(t))
	b.look(t, view{width: 320, scheme: "light", forced: true})
	for change, want := range map[string]string{
		`document.querySelector("h1").style.width = "500px"`:                                                           "scrolls sideways",
		`document.querySelector("h1").style.marginLeft = "-200px"`:                                                     "leaves the window",
		`Object.assign(document.querySelector("h1").style, {width: "20px", whiteSpace: "nowrap", overflow: "hidden"})`: "leaves its box",
		`Object.assign(document.querySelector("h1").style, {height: "5px", overflow: "hidden"})`:                       "cut off below",
		`Object.assign(document.querySelector("a").style, {minHeight: "0", height: "20px", padding: "0"})`:             "by 20 pixels",
		`document.querySelector("a").tabIndex = 3`:                                                                     "not in the order",
		`Object.assign(document.querySelector("main").style, {display: "flex", flexDirection: "column-reverse"})`:      "comes after what is below",
		`document.querySelector("a").style.outline = "none"`:                                                           "does not show that it has the focus",
		`document.querySelector("a").style.transition = "color 1s"`:                                                    "moves",
		`document.querySelector(".button, .google").style.border = "none"`:                                             "no line round it",
	} {
		step(t, 200)(b.open(d.hosts.start() + catalogue + "login"))
		if faults := evaluated[[]string](t, b, findFaults); len(faults) > 0 {
			t.Fatalf("without a change: %q", faults)
		}
		evaluated[bool](t, b, change+"; true")
		if faults := strings.Join(evaluated[[]string](t, b, findFaults), "\n"); !strings.Contains(faults, want) {
			t.Errorf("%s is found as %q, want %q", change, faults, want)
		}
	}
}

// So does axe-core, in a tab that shows one page after the other.
func TestTheViolationsOfAPageAreFound(t *testing.T) {
	t.Parallel()
	d := running(t)
	b := profile(t, chromium(t))
	v := view{width: 1280, scheme: "light", language: "en"}
	b.look(t, v)
	step(t, 200)(b.open(d.hosts.start() + v.address("chooser")))
	evaluated[bool](t, b, axeCore(t)+"; true")
	for change, want := range map[string]string{
		`document.querySelector("h1").style.color = "#999"`:             "color-contrast",
		`document.documentElement.removeAttribute("lang")`:              "html-has-lang",
		`document.querySelector("a").replaceChildren()`:                 "link-name",
		`document.querySelector("h1").outerHTML = "<p>No heading</p>"`:  "page-has-heading-one",
		`document.querySelector("main").setAttribute("role", "button")`: "landmark",
	} {
		evaluated[bool](t, b, fmt.Sprintf(showPage, v.address("login")))
		if violations := evaluated[[]string](t, b, askAxe); len(violations) > 0 {
			t.Fatalf("without a change: %q", violations)
		}
		evaluated[bool](t, b, change+"; true")
		if violations := strings.Join(evaluated[[]string](t, b, askAxe), "\n"); !strings.Contains(violations, want) {
			t.Errorf("%s is found as %q, want %q", change, violations, want)
		}
	}
}
