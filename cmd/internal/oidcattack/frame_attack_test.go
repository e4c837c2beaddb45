package oidcattack_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// frames: every page of ours in a frame of Eve's, judged by the browser's own
// refusal to show it.
func (s *street) frames(t *testing.T) {
	tab := s.signedIn(t)
	f := &framed{asked: map[network.RequestID]string{}, answered: map[string]bool{}, refused: map[string]string{}}
	must(t, chromedp.Listen(tab, f.hear))
	pages := map[string]string{
		"the sign-in page":      public + "/login?prompt=select_account",
		"an invitation":         public + "/login?invitation=" + ofEve,
		"the chooser":           public + "/organizations",
		"the sign-out page":     public + "/logout",
		"not a member":          public + "/login?organization=acme",
		"unknown organization":  public + "/login?organization=unknown",
		"unknown invitation":    public + "/login?invitation=unknown-unknown-unknown",
		"an answer not ours":    public + "/auth/callback?code=a&code=b",
		"nothing":               public + "/nothing-here",
		"an organization's own": globex + "/auth/callback",
	}
	allowed := globex + "/reports" // who may be framed is: without this the rest would show nothing
	for _, from := range []string{sibling, stranger} {
		visit(t, tab, from)
		f.show(t, tab, allowed)
		f.eventually(t, allowed+" is answered", func() bool { return f.answered[allowed] })
		for name, page := range pages {
			f.show(t, tab, page)
			f.eventually(t, fmt.Sprintf("Chromium refuses to show %s, %s, in a frame of %s", name, page, from), func() bool {
				return f.refused[page] == "net::ERR_BLOCKED_BY_RESPONSE"
			})
		}
		if refused := f.forget()[allowed]; refused != "" {
			t.Errorf("a page that allows frames: %s", refused)
		}
	}
}

// framed is what became of the documents that a tab asked for.
type framed struct {
	mu       sync.Mutex
	asked    map[network.RequestID]string // address
	answered map[string]bool              // by address
	refused  map[string]string            // by address: the browser's error
}

func (f *framed) hear(event any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if e.Type == network.ResourceTypeDocument && f.asked[e.RequestID] == "" { // the redirects after it have its id
			f.asked[e.RequestID] = e.Request.URL
		}
	case *network.EventResponseReceived:
		if address := f.asked[e.RequestID]; address != "" {
			f.answered[address] = true
		}
	case *network.EventLoadingFailed:
		if address := f.asked[e.RequestID]; address != "" {
			f.refused[address] = e.ErrorText
		}
	}
}

// forget returns what was refused so far, and begins anew.
func (f *framed) forget() map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	refused := f.refused
	f.refused = map[string]string{}
	return refused
}

// eventually waits for what the browser tells late.
func (f *framed) eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		f.mu.Lock()
		done := holds()
		f.mu.Unlock()
		if done {
			return
		}
	}
	t.Errorf("never: %s", what)
}

// show puts a page in a frame, and waits until the frame has it or an error.
func (f *framed) show(t *testing.T, tab context.Context, address string) {
	t.Helper()
	evaluate[bool](t, tab, `new Promise(done => {
		const f = document.createElement("iframe"); f.onload = () => done(true);
		f.src = `+quoted(address)+`; document.body.append(f) })`)
}
