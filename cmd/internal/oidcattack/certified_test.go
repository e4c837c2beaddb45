package oidcattack_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"orglogin/handlers/handlertest"
	"orglogin/store"
)

// certifiedVersion is the one that was tried.
const certifiedVersion = "9.13.3"

// certified is an OpenID-certified provider that others wrote, in a process of its own.
type certified struct {
	issuer string
	stdin  io.Writer
	stdout *bufio.Scanner
}

// newCertified starts npm's oidc-provider, fetched once into the user's cache.
func newCertified(t *testing.T) *certified {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	folder := filepath.Join(cache, "orglogin-tests", "oidc-provider-"+certifiedVersion)
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "oidc-provider", "package.json")); err != nil {
		install(t, folder)
	}
	script, err := filepath.Abs("testdata/provider.mjs")
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	command := append(node(t), script, folder, public+"/auth/callback", clientID, clientSecret)
	process := exec.CommandContext(ctx, command[0], command[1:]...)
	var complaints bytes.Buffer
	process.Stderr = &complaints
	stdin, err := process.StdinPipe()
	must(t, err)
	stdout, err := process.StdoutPipe()
	must(t, err)
	must(t, process.Start())
	t.Cleanup(func() {
		_ = stdin.Close() // it ends by itself
		done := time.AfterFunc(time.Minute, stop)
		_ = process.Wait()
		done.Stop()
		stop()
		if t.Failed() {
			t.Logf("the provider says: %s", &complaints)
		}
	})
	p := &certified{stdin: stdin, stdout: bufio.NewScanner(stdout)}
	p.issuer = strings.TrimPrefix(p.says(t, "listening on "), "listening on ")
	return p
}

// install puts the package into the folder whole or not at all: another run may
// be doing the same.
func install(t *testing.T, folder string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(folder), 0o700))
	fresh, err := os.MkdirTemp(filepath.Dir(folder), "new-")
	must(t, err)
	defer os.RemoveAll(fresh)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--prefix", fresh, "--no-audit", "--no-fund", "--ignore-scripts", "oidc-provider@"+certifiedVersion)
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm: %v\n%s", err, out)
	}
	if err := os.Rename(fresh, folder); err != nil {
		_, there := os.Stat(filepath.Join(folder, "node_modules"))
		must(t, there)
	}
}

// node is a command that runs a Node of version 20 or later.
func node(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	var major int
	if _, scan := fmt.Sscanf(string(out), "v%d", &major); err == nil && scan == nil && major >= 20 {
		return []string{"node"}
	}
	return []string{"npm", "exec", "--yes", "--package=node@20", "--", "node"}
}

// says waits for a line that begins so.
func (p *certified) says(t *testing.T, beginning string) string {
	t.Helper()
	for p.stdout.Scan() {
		if line := p.stdout.Text(); strings.HasPrefix(line, beginning) {
			return line
		}
	}
	t.Fatalf("the provider ended before it said %q", beginning)
	return ""
}

func (p *certified) rotate(t *testing.T) {
	t.Helper()
	_, err := io.WriteString(p.stdin, "rotate\n")
	must(t, err)
	p.says(t, "new keys")
}

var (
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	formPrompt = regexp.MustCompile(`name="prompt" value="(\w+)"`)
	abortLink  = regexp.MustCompile(`href="([^"]+/abort)"`)
)

// interact walks the provider's own pages as person and returns the callback
// that they end with. Who denies, says no where consent is asked for.
func interact(t *testing.T, from *url.URL, person string, deny bool) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	var back *url.URL
	c := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "login.example.test" {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res := get(t, c, from.String())
	for range 6 {
		if back != nil {
			return back
		}
		action, prompt := formAction.FindStringSubmatch(res.text), formPrompt.FindStringSubmatch(res.text)
		if action == nil || prompt == nil {
			t.Fatalf("%s is no page of an interaction: %d\n%s", res.Request.URL.Path, res.StatusCode, res.text)
		}
		if deny && prompt[1] == "consent" {
			link := abortLink.FindStringSubmatch(res.text)
			if link == nil {
				t.Fatalf("the page offers no way out:\n%s", res.text)
			}
			to, err := res.Request.URL.Parse(html.UnescapeString(link[1]))
			must(t, err)
			res = get(t, c, to.String())
			continue
		}
		to, err := res.Request.URL.Parse(html.UnescapeString(action[1]))
		must(t, err)
		form := url.Values{"prompt": {prompt[1]}, "login": {person}, "password": {"any"}}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode()))
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res = send(t, c, r)
	}
	t.Fatal("the interaction does not end")
	return nil
}

// TestACertifiedProvider walks whole logins through a provider written by
// others: what we send is what the standard says, and so is what we take.
func TestACertifiedProvider(t *testing.T) {
	p := newCertified(t)
	w := world{newService(t, p.issuer, handlertest.NewClock(time.Now()), nil), &provider{t: t}}
	intent := url.Values{"redirect": {"/reports"}}
	walk := func(t *testing.T, deny bool) (*http.Client, *url.URL) {
		t.Helper()
		c := w.browser(t)
		return c, interact(t, begin(t, c, intent), "ann", deny)
	}
	login := func(t *testing.T) {
		t.Helper()
		c, back := walk(t, false)
		w.landed(t, c, get(t, c, back.String()), "https://acme.example.test/reports")
	}
	t.Run("a login with PKCE lands", login)
	t.Run("the same person again has the same account", func(t *testing.T) {
		login(t)
		if n := w.count(t, `SELECT count(*) FROM identities`); n != "1" {
			t.Errorf("%s identities", n)
		}
	})
	t.Run("B5 the answer names its issuer, and none without it is taken", func(t *testing.T) {
		c, back := walk(t, false)
		q := back.Query()
		if q.Get("iss") != p.issuer {
			t.Fatalf("iss is %q", q.Get("iss"))
		}
		q.Del("iss")
		back.RawQuery = q.Encode()
		w.refused(t, c, get(t, c, back.String()), http.StatusBadRequest, store.BadState)
	})
	t.Run("A2 the provider refuses a login without PKCE, so ours had it", func(t *testing.T) {
		c := w.browser(t)
		to := begin(t, c, intent)
		q := to.Query()
		q.Del("code_challenge")
		q.Del("code_challenge_method")
		to.RawQuery = q.Encode()
		back := interact(t, to, "ann", false)
		if back.Query().Get("error") != "invalid_request" {
			t.Fatalf("the provider answers %q", back.Query().Get("error"))
		}
		w.refused(t, c, get(t, c, back.String()), http.StatusBadRequest, store.ProviderAnswer)
	})
	t.Run("B12 a code of another login is refused by the provider", func(t *testing.T) {
		_, theirs := walk(t, false)
		c, mine := walk(t, false)
		q := mine.Query()
		q.Set("code", theirs.Query().Get("code"))
		mine.RawQuery = q.Encode()
		before := w.rows(t)
		w.refused(t, c, get(t, c, mine.String()), http.StatusBadRequest, store.BadState)
		w.unchanged(t, before)
	})
	t.Run("E4 keys that change while it runs", func(t *testing.T) {
		c, back := walk(t, false)
		p.rotate(t)
		w.landed(t, c, get(t, c, back.String()), "https://acme.example.test/reports")
		w.clock.Move(6 * time.Second)
		p.rotate(t)
		login(t)
	})
	t.Run("B6 consent denied", func(t *testing.T) {
		c, back := walk(t, true)
		before := w.rows(t)
		w.refused(t, c, get(t, c, back.String()), http.StatusBadRequest, store.Denied)
		w.unchanged(t, before)
	})
	t.Run("another account by choice", func(t *testing.T) {
		c := w.browser(t)
		to := begin(t, c, url.Values{"prompt": {"select_account"}, "redirect": {"/reports"}})
		if to.Query().Get("prompt") != "select_account" {
			t.Fatalf("asked with prompt %q", to.Query().Get("prompt"))
		}
		back := interact(t, to, "bob", false)
		w.landed(t, c, get(t, c, back.String()), "https://app.example.test/clients")
	})
}
