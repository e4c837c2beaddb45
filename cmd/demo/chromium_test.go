package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait of this package's tests for one event. A machine with thirty times the work that it
// can do takes a minute for what takes a second otherwise.
const patience = 5 * time.Minute

// chromium starts a browser of the test's own.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("Chromium is not installed: make test installs it, or run tools/install-test-deps")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.DisableGPU, chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		// Nothing of a test leaves this machine, whatever the browser wants.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE *.localhost, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses root otherwise
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, quit := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		quit()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s did not start: %v", path, err)
	}
	return ctx
}

// tab is one tab. Its methods return errors, so that several can be used at once.
type tab struct {
	ctx context.Context

	mu     sync.Mutex
	asked  []string // every address asked for, redirects included
	broken []string // what the browser refused by policy
}

// profile opens a tab with cookies of its own; its siblings share them.
func profile(t *testing.T, browser context.Context) *tab {
	t.Helper()
	return newTab(t, browser, chromedp.WithNewBrowserContext())
}

// sibling opens one more tab in the same profile.
func (b *tab) sibling(t *testing.T) *tab {
	t.Helper()
	return newTab(t, b.ctx)
}

func newTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{}
	ctx, closeTab := chromedp.NewContext(parent, options...)
	b.ctx = ctx
	t.Cleanup(func() {
		closeTab()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, line := range b.broken {
			t.Errorf("the browser says: %s", line)
		}
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			b.broken = append(b.broken, e.Entry.Text)
		}
	}
}

// askedFor returns what was asked for since the last call.
func (b *tab) askedFor() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	asked := b.asked
	b.asked = nil
	return asked
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// load does what leads to another page, and returns that page's status.
func (b *tab) load(what string, actions ...chromedp.Action[chromedp.Void]) (int, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, actions...)
	if err != nil {
		at, _ := chromedp.Run(b.ctx, chromedp.Location())
		return 0, fmt.Errorf("%s, at %s: %w", what, at, err)
	}
	return int(res.Status), nil
}

func (b *tab) open(address string) (int, error) {
	return b.load("opening "+address, chromedp.Navigate(address))
}

// press clicks the first element that selector finds, and waits for the page it leads to.
func (b *tab) press(selector string) (int, error) {
	return b.load("pressing "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// follow clicks the first link whose address holds part.
func (b *tab) follow(part string) (int, error) { return b.press(fmt.Sprintf("a[href*=%q]", part)) }

// at is where the tab is and what it shows.
func (b *tab) at() (address, text string, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if address, err = chromedp.Run(ctx, chromedp.Location()); err != nil {
		return "", "", err
	}
	text, err = chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	return address, text, err
}

// signIn opens address, which leads to the login page, and signs in.
func (b *tab) signIn(address, subject string) (int, error) {
	if _, err := b.open(address); err != nil {
		return 0, err
	}
	if _, err := b.follow("/auth/start"); err != nil {
		return 0, err
	}
	return b.follow("person=" + subject)
}
