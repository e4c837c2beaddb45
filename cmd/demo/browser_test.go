package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// step fails the test unless the browser did it and the page has that status.
func step(t *testing.T, want int) func(int, error) {
	return func(status int, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
}

// ended fails the test unless the tab is there and shows all of that.
func (b *tab) ended(t *testing.T, want string, shows ...string) {
	t.Helper()
	address, text, err := b.at()
	if err != nil {
		t.Fatal(err)
	}
	if address != want {
		t.Errorf("at %s, want %s", address, want)
	}
	for _, part := range shows {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not show %q:\n%s", address, part, text)
		}
	}
}

// The demo, as a person with Chromium walks it. Every part has a profile of its own.
func TestInTheBrowser(t *testing.T) {
	t.Parallel()
	d := running(t)
	browser := chromium(t)
	for _, part := range []struct {
		name string
		walk func(*testing.T, *demo, context.Context)
	}{
		{"a first login, later ones, and a sign-out", walkADay},
		{"a page asked for survives the login", walkExplicit},
		{"an invitation as the wrong and as the right person", walkInvitation},
		{"an invitation accepted by the form, with a live session", walkAccepting},
		{"the chooser", walkChooser},
		{"a pending organization leads outside", walkPending},
		{"Back after a login", walkBack},
		{"a replayed callback", walkReplay},
		{"ten tabs finish in any order", walkTabs},
		{"signed out everywhere", walkEverywhere},
		{"the keyboard reaches the sign-in link", walkKeyboard},
	} {
		t.Run(part.name, func(t *testing.T) { part.walk(t, d, browser) })
	}
}

func walkADay(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	acme := d.hosts.organization("acme") + "/dashboard"
	step(t, 200)(b.open(d.hosts.start() + "/"))
	step(t, 200)(b.follow("login_hint=ann"))
	step(t, 200)(b.follow("/auth/start"))
	step(t, 200)(b.follow("person=ann"))
	b.ended(t, acme, "Acme", "Ann Archer", "owner")

	b.askedFor()
	step(t, 200)(b.open(d.hosts.login()))
	b.ended(t, acme)
	if asked := b.askedFor(); slices.ContainsFunc(asked, func(a string) bool { return strings.HasPrefix(a, d.hosts.issuer()) }) {
		t.Errorf("the provider was asked again: %q", asked)
	}

	step(t, 200)(b.follow("/logout"))
	b.ended(t, d.hosts.public().String()+"/logout", "Ann Archer")
	step(t, 200)(b.press("form button:not([name])"))
	b.ended(t, d.hosts.login())
	step(t, 200)(b.open(acme))
	b.ended(t, d.hosts.login("redirect", acme), "Sign in")
}

func walkExplicit(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	page := d.hosts.organization("acme") + "/reports?a=1&b=2#totals"
	step(t, 200)(b.signIn(d.hosts.login("redirect", page), "ann"))
	b.ended(t, page, "/reports?a=1&b=2")
}

func walkInvitation(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	step(t, 403)(b.signIn(d.hosts.invitation(tokenForIvy), "una"))
	_, text, err := b.at()
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"ivy@acme.test", "una@nowhere.test"} {
		if !strings.Contains(text, part) {
			t.Errorf("the page does not show %s:\n%s", part, text)
		}
	}
	step(t, 200)(b.follow("prompt=select_account")) // the provider's chooser, on the same intent
	step(t, 200)(b.follow("person=ivy"))
	b.ended(t, d.hosts.organization("acme")+"/dashboard", "Ivy Irwin", "member")
}

// The answer to the form leads to another host, on which the policy of the
// page (form-action) has a say too.
func walkAccepting(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	step(t, 200)(b.signIn(d.hosts.login(), "ann"))
	link := d.hosts.invitation(tokenForAnn)
	step(t, 200)(b.open(link))
	b.ended(t, link, "Globex Corporation", "ann@acme.test")
	step(t, 200)(b.press("form button"))
	b.ended(t, d.hosts.organization("globex")+"/dashboard", "Globex Corporation", "Ann Archer", "member")
}

func walkChooser(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	step(t, 200)(b.signIn(d.hosts.login("redirect", "/reports?a=1"), "ben"))
	b.ended(t, d.hosts.public().String()+"/organizations?redirect=%2Freports%3Fa%3D1", "Acme", "Globex Corporation")
	step(t, 200)(b.follow("organization=globex"))
	b.ended(t, d.hosts.organization("globex")+"/reports?a=1", "Globex Corporation", "admin")
	step(t, 200)(b.open(d.hosts.login()))
	b.ended(t, d.hosts.organization("globex")+"/dashboard")
}

func walkPending(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	step(t, 200)(b.signIn(d.hosts.login(), "pia"))
	b.ended(t, d.hosts.app().String()+"/clients", "Pia Porter", "Initech", "pending")
}

func walkBack(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	acme := d.hosts.organization("acme") + "/dashboard"
	step(t, 200)(b.signIn(d.hosts.login(), "ann"))
	b.ended(t, acme)
	b.back(t, d.hosts.issuer())
	step(t, 200)(b.follow("person=ann")) // the same login, finished a second time
	b.ended(t, acme)
	b.back(t, d.hosts.issuer())
	b.back(t, acme) // the login page, which lands at once
}

// back goes back in the history, and waits until the tab is at an address that
// begins so. No answer is waited for: the browser may still have the page.
func (b *tab) back(t *testing.T, want string) {
	t.Helper()
	if err := b.do(previous()); err != nil {
		t.Fatal(err)
	}
	at := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var err error
		if at, _, err = b.at(); err == nil && strings.HasPrefix(at, want) {
			return
		}
	}
	t.Fatalf("going back ended at %s, not at %s", at, want)
}

// previous is the Back button. The browser is asked, not the page: a script that
// leaves its own page may be cut off before it has answered.
func previous() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		history, err := cdp.Call(ctx, target, page.GetNavigationHistory, cdp.Empty{})
		if err != nil {
			return err
		}
		if history.CurrentIndex < 1 {
			return errors.New("there is no page before this one")
		}
		_, err = cdp.Call(ctx, target, page.NavigateToHistoryEntry,
			page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
		return err
	})
}

func walkReplay(t *testing.T, d *demo, browser context.Context) {
	b := profile(t, browser)
	page := d.hosts.organization("acme") + "/reports"
	step(t, 200)(b.signIn(d.hosts.login("redirect", page), "ann"))
	asked := b.askedFor()
	i := slices.IndexFunc(asked, func(a string) bool { return strings.Contains(a, "/auth/callback?") })
	if i < 0 {
		t.Fatalf("no callback among %q", asked)
	}
	step(t, 200)(b.open(asked[i]))
	b.ended(t, page)

	stranger := profile(t, browser)
	step(t, 400)(stranger.open(asked[i]))
	if _, err := stranger.follow("/auth/start"); err != nil {
		t.Errorf("no way on: %v", err)
	}
	step(t, 200)(stranger.follow("person=ben"))
	stranger.ended(t, page, "Ben Baker")
}

func walkTabs(t *testing.T, d *demo, browser context.Context) {
	first := profile(t, browser)
	tabs := []*tab{first}
	for len(tabs) < 10 {
		tabs = append(tabs, first.sibling(t))
	}
	page := func(i int) string { return fmt.Sprintf("%s/tab?n=%d", d.hosts.organization("acme"), i) }
	// All are at the provider before the first comes back.
	for _, err := range atOnce(tabs, func(i int, b *tab) error {
		_, err1 := b.open(page(i))
		_, err2 := b.follow("/auth/start")
		return errors.Join(err1, err2)
	}) {
		t.Fatal(err)
	}
	order := rand.Perm(len(tabs))
	t.Logf("they finish as %v", order)
	for _, i := range order {
		step(t, 200)(tabs[i].follow("person=ann"))
		tabs[i].ended(t, page(i), "Ann Archer")
	}
}

// atOnce does f with every tab, side by side, and returns what failed.
func atOnce(tabs []*tab, f func(int, *tab) error) []error {
	results := make(chan error, len(tabs))
	for i, b := range tabs {
		go func() { results <- f(i, b) }()
	}
	var failed []error
	for range tabs {
		if err := <-results; err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

func walkEverywhere(t *testing.T, d *demo, browser context.Context) {
	here, there := profile(t, browser), profile(t, browser)
	globex := d.hosts.organization("globex") + "/dashboard"
	for _, b := range []*tab{here, there} {
		step(t, 200)(b.signIn(globex, "ben"))
		b.ended(t, globex)
	}
	step(t, 200)(here.open(d.hosts.public().String() + "/logout"))
	step(t, 200)(here.press("form button[name=everywhere]"))
	here.ended(t, d.hosts.login())
	step(t, 200)(there.open(globex))
	there.ended(t, d.hosts.login("redirect", globex), "Sign in")
}
