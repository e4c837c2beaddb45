package oidcattack_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// away is where no browser may be sent.
const away = "away.test"

var (
	// waysAway are spellings of a place that is not ours.
	waysAway = []string{
		"https://away.test/", "//away.test/", `/\away.test/`, `\\away.test/`, "https:away.test", "https:///away.test", "https://login.example.test@away.test/",
		"https://away.test%2f.example.test/", "https://away.test#.example.test", "https://away.test?.example.test", "javascript:location='https://away.test'",
		"data:text/html,<script>location='https://away.test'</script>", "/%0d%0aLocation:%20https://away.test/", "\thttps://away.test/", "/\t/away.test/",
		"https://initech.example.test.away.test/", "https://initech.example.test:443@away.test/", "/%2f/away.test", "/.//away.test", "/..//away.test/",
	}
	// names are what other services call the parameter; ours is the first.
	names = []string{
		"redirect", "redirect_uri", "redirect_url", "return", "returnTo", "return_to", "ReturnUrl", "next", "url", "rd", "goto", "continue", "post_logout_redirect_uri", "RelayState",
	}
)

// leaving: every page of ours that is given a redirect, and every page that
// its links lead to.
func (s *street) leaving(t *testing.T) {
	tab := s.signedIn(t)
	var asked []string
	for _, value := range waysAway {
		q := url.Values{}
		for _, name := range names {
			q.Set(name, value)
		}
		for _, path := range []string{
			"/login?", "/login?prompt=select_account&", "/login?organization=globex&", "/login?organization=acme&", "/login?organization=unknown&",
			"/login?invitation=" + ofEve + "&", "/login?invitation=unknown-unknown-unknown&", "/organizations?", "/logout?",
			"/auth/callback?code=a&state=b&", "/auth/callback?error=access_denied&", "/nothing-here?", "/auth/session?", "//away.test/?", "/%2e%2e//away.test?",
		} {
			asked = append(asked, public+path+q.Encode())
		}
	}
	visit(t, tab, public+"/blank")
	got := evaluate[struct {
		Pages, Links int
		Ends         []string
	}](t, tab, fmt.Sprintf(`(async asked => {
		const ends = new Set(), seen = new Set(); let pages = 0, links = 0;
		const page = async (address, deep) => {
			if (seen.has(address)) return; seen.add(address); pages++;
			const r = await fetch(address); ends.add(new URL(r.url).origin);
			const html = new DOMParser().parseFromString(await r.text(), "text/html");
			const base = html.createElement("base"); base.href = r.url; html.head.prepend(base);
			for (const e of html.querySelectorAll("[href], [src], [action], [formaction], [http-equiv]")) {
				const to = e.href || e.src || e.action || e.formAction || e.content; links++;
				if (e !== base) ends.add(new URL(to, r.url).origin);
				if (deep && e.tagName === "A" && to.startsWith(%[2]q + "/") && !to.includes("/auth/start")) await page(to, false);
			}
		};
		let next = 0;
		const work = async () => { while (next < asked.length) await page(asked[next++], true) };
		await Promise.all(Array.from({length: 8}, work));
		return {Pages: pages, Links: links, Ends: [...ends]} })(%[1]s)`, asJSON(asked), public))
	t.Logf("%d pages with %d links; they lead to %q", got.Pages, got.Links, got.Ends)
	for _, end := range got.Ends {
		if u, err := url.Parse(end); err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Host, ".example.test") {
			t.Errorf("a way leads to %s", end)
		}
	}

	t.Run("the button that signs out", func(t *testing.T) {
		for _, value := range waysAway[:3] {
			q := url.Values{}
			for _, name := range names {
				q.Set(name, value)
			}
			s.signIn(t, tab)
			visit(t, tab, public+"/logout?"+q.Encode())
			script := `const f = document.forms[0];`
			for _, name := range names { // as if the page had been made to hold them
				script += ` { const i = document.createElement("input"); i.name = ` + quoted(name) + `; i.value = ` + quoted(value) + `; f.append(i) }`
			}
			if res := led(t, tab, script+` f.querySelector("button:not([name])").click()`); res.URL != public+"/login" {
				t.Errorf("signed out with %q, the browser is at %s", value, res.URL)
			}
			s.is(t, tab, public, signedOut)
		}
	})
	t.Run("a whole login", func(t *testing.T) {
		for _, value := range waysAway[:4] {
			where := visit(t, tab, public+"/auth/start?"+url.Values{"login_hint": {s.vic}, "redirect": {value}}.Encode())
			if u, err := url.Parse(where); err != nil || !strings.HasSuffix(u.Host, ".example.test") {
				t.Errorf("a login with %q ends at %s", value, where)
			}
		}
	})
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	for origin := range s.net.arrived {
		if strings.Contains(origin, away) {
			t.Errorf("Chromium arrived at %s", origin)
		}
	}
}
