package oidcattack_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// flood: Eve's pages set more cookies for everybody's domain than Chromium keeps.
func (s *street) flood(t *testing.T) {
	for _, size := range []int{1, 1000} {
		t.Run(fmt.Sprintf("220 cookies of %d bytes", size), func(t *testing.T) {
			tab := s.signedIn(t)
			before := s.rows(t, "receipts")
			flood := func(age int) { visit(t, tab, fmt.Sprintf("%s/plant?flood=220&size=%d&age=%d", sibling, size, age)) }
			flood(3600)
			visit(t, tab, public+"/blank")
			status := evaluate[int](t, tab, `fetch("/login", {redirect: "manual"}).then(r => r.type === "opaqueredirect" ? 302 : r.status)`)
			if status != 302 && status != 200 && status != 431 {
				t.Errorf("the login page answers %d", status)
			}
			if status == 431 {
				visit(t, tab, public+"/login")
				if text := evaluate[string](t, tab, `document.body.innerText`); !strings.Contains(text, "cookies") {
					t.Errorf("the page does not say what is wrong:\n%s", text)
				}
				flood(0) // what the page asks the person to do: remove them
			}
			if after := s.rows(t, "receipts"); after != before {
				t.Errorf("the database was\n%s\nand is\n%s", before, after)
			}
			s.signIn(t, tab)
			s.is(t, tab, initech, vicsEmail)
			t.Logf("answered %d", status)
		})
	}
}

// routes are all of the contract on two hosts, with what makes each do most.
func routes(receipt string) (all []string) {
	callback := "/auth/callback?code=" + strings.Repeat("c", 32) + "&state=" + strings.Repeat("s", 100)
	for _, path := range []string{
		callback, "/logout", "/logout?everywhere=1", "/auth/verify", "/auth/forward", "/auth/forward/reports",
		"/auth/token", "/auth/session", "/auth/why/" + receipt,
	} {
		all = append(all, public+path, globex+path)
	}
	for _, path := range []string{"/login", "/organizations", "/auth/start", "/auth/start?redirect=%2F", "/login?invitation=" + ofEve, "/login?prompt=select_account", "/login?organization=globex", "/login?redirect=https%3A%2F%2Fglobex.example.test%2F", "/auth/start?organization=globex", "/healthz", "/readyz", "/metrics", "/nothing-here"} {
		all = append(all, public+path)
	}
	return all
}

// reach: from her own page and from another site, Eve's scripts ask every route
// in every method, and by every element and interface that sends a request.
func (s *street) reach(t *testing.T) {
	tab := s.signedIn(t)
	visit(t, tab, public+"/login?organization=initech")
	receipt := s.count(t, `SELECT id FROM receipts LIMIT 1`)
	routes := routes(receipt)
	for _, from := range []string{sibling, stranger} {
		t.Run("from "+from, func(t *testing.T) {
			visit(t, tab, from)
			before := s.rows(t, "receipts")
			s.net.forget()
			got := evaluate[storm](t, tab, fmt.Sprintf(`(%s)(%s, %s)`, stormScript, asJSON(routes), quoted(ofEve)))
			heard := s.net.heard()
			t.Logf("%+v; the service was asked %v", got.Tried, heard)
			// Otherwise this would show nothing: a sibling's requests carry the session.
			if site := map[string]string{sibling: "same-site with a session", stranger: "cross-site"}[from]; heard[site] < 100 {
				t.Errorf("the service was asked %v", heard)
			}
			if heard["cross-site with a session"] > 0 && from == stranger {
				t.Errorf("the session went along from another site: %v", heard)
			}
			for _, line := range got.Read {
				t.Errorf("read: %s", line)
			}
			if after := s.rows(t, "receipts"); after != before {
				t.Errorf("the database was\n%s\nand is\n%s", before, after)
			}
			s.is(t, tab, public, vicsEmail)
			s.is(t, tab, globex, vicsEmail)
		})
	}
	t.Run("from the page of her own organization, to its own routes", func(t *testing.T) {
		before := s.rows(t)
		visit(t, tab, sibling)
		for _, path := range []string{"/auth/session", "/auth/token", "/auth/why/" + receipt, "/organizations", "/login", "/logout", "/auth/verify", "/auth/forward"} {
			text := evaluate[string](t, tab, `fetch(`+quoted(path)+`, {headers: {Accept: "application/json"}}).then(r => r.text(), e => "unreadable: " + e)`)
			for _, secret := range []string{"vic", "Vic", "initech", "access_token", "eyJ"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s tells %q:\n%s", path, secret, text)
				}
			}
		}
		s.unchanged(t, before)
	})
}

// storm is what came of all the requests of one page.
type storm struct {
	Tried map[string]int
	Read  []string // what a page could read, and must not
}

// stormScript asks for every route and returns what could be read of the answers.
const stormScript = `async (routes, invitation) => {
	const tried = {}, read = [];
	const count = (what, how) => { tried[what + " " + how] = (tried[what + " " + how] || 0) + 1 };
	const patience = () => AbortSignal.timeout(60000);
	const fields = {invitation, redirect: "/", everywhere: "1"};
	const bodies = [
		() => new URLSearchParams(fields),
		() => { const f = new FormData(); for (const k in fields) f.append(k, fields[k]); return f },
		() => new Blob(["invitation=" + invitation + "&everywhere=1"], {type: "text/plain"}),
	];
	const jobs = [];
	const ask = (url, init) => jobs.push(async () => {
		try {
			const r = await fetch(url, {credentials: "include", cache: "no-store", signal: patience(), ...init});
			count("fetch", r.type);
			if (r.type !== "opaque" && r.type !== "opaqueredirect") read.push(init.method + " " + url + ": " + r.type + " " + r.status);
			if (await r.text() !== "") read.push(init.method + " " + url + ": a body");
		} catch (e) { count("fetch", "refused") }
	});
	for (const url of routes) {
		for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"]) ask(url, {method, mode: "cors"});
		for (const method of ["GET", "HEAD", "POST"]) ask(url, {method, mode: "no-cors"});
		for (const redirect of ["manual", "error"]) ask(url, {method: "GET", mode: redirect === "manual" ? "cors" : "no-cors", redirect});
		for (const body of bodies) ask(url, {method: "POST", mode: "no-cors", body: body()});
		jobs.push(() => new Promise(done => {
			const x = new XMLHttpRequest(); x.open("GET", url); x.withCredentials = true; x.timeout = 60000;
			x.onloadend = () => { count("XMLHttpRequest", x.status); if (x.status || x.responseText || x.getAllResponseHeaders()) read.push("XMLHttpRequest " + url); done() };
			x.send();
		}));
		const element = (name, attribute, more) => jobs.push(() => new Promise(done => {
			const e = document.createElement(name); Object.assign(e, more || {});
			e.onload = () => { count(name, "load"); if (name !== "iframe") read.push(name + " " + url); done() };
			e.onerror = () => { count(name, "error"); done() };
			e[attribute] = url; document.body.append(e);
		}));
		element("img", "src"); element("script", "src"); element("link", "href", {rel: "stylesheet"});
		if (!/login|logout|callback|organizations/.test(url)) continue; // what follows is of use against these
		element("iframe", "src");
		jobs.push(async () => count("beacon", navigator.sendBeacon(url, bodies[0]())));
		for (const [method, type] of [["POST", "application/x-www-form-urlencoded"], ["POST", "text/plain"], ["GET", ""]])
			jobs.push(() => new Promise(done => {
				const frame = document.createElement("iframe"); frame.name = "f" + Math.random();
				const form = document.createElement("form"); Object.assign(form, {method, action: url, enctype: type, target: frame.name});
				for (const k in fields) { const i = document.createElement("input"); i.name = k; i.value = fields[k]; form.append(i) }
				document.body.append(frame, form);
				frame.onload = () => { count("form", method); done() };
				form.submit();
			}));
		jobs.push(() => new Promise(done => {
			const s = new EventSource(url, {withCredentials: true});
			s.onopen = () => { read.push("EventSource " + url); s.close(); done() }; s.onerror = () => { count("EventSource", "error"); s.close(); done() };
		}));
		if (!/login$|organizations|callback/.test(url)) continue; // Chromium holds back many that fail
		jobs.push(() => new Promise(done => {
			const w = new WebSocket(url.replace("https", "wss"));
			w.onopen = () => read.push("WebSocket " + url); w.onclose = () => { count("WebSocket", "closed"); done() };
		}));
	}
	let next = 0;
	const work = async () => { while (next < jobs.length) await jobs[next++]() };
	await Promise.all(Array.from({length: 12}, work));
	return {Tried: tried, Read: read};
}`

func (n *internet) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.asked)
}

func (n *internet) heard() map[string]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	heard := map[string]int{}
	for k, v := range n.asked {
		heard[k] = v
	}
	return heard
}

// opener: Eve opens windows on pages of ours.
func (s *street) opener(t *testing.T) {
	tab := s.signedIn(t)
	for _, from := range []string{sibling, stranger} {
		for _, path := range []string{"/login?prompt=select_account", "/organizations", "/logout", "/login?invitation=" + ofEve, "/auth/callback", "/nothing-here"} {
			visit(t, tab, from)
			got := windowed(t, tab, public+path)
			if got != "closed" {
				t.Errorf("%s from %s: the page that opened it sees %s", path, from, got)
			}
		}
	}
}

// windowed opens a window and says what its opener can see, once its page is there.
func windowed(t *testing.T, tab context.Context, target string) string {
	t.Helper()
	return evaluate[string](t, tab, `(async () => {
		const w = window.open(`+quoted(target)+`, "_blank");
		if (!w) return "no window";
		const end = Date.now() + 60000;
		while (Date.now() < end) {
			if (w.closed) return "closed"; // another browsing context group: COOP
			try { if (w.location.href !== "about:blank") return "its address" } catch (e) {
				// Away from us, and still held: give COOP its time.
			}
			await new Promise(r => setTimeout(r, 20));
		}
		return "a window that stays: length " + w.length;
	})()`)
}

// cookies: the session is HttpOnly, and a script neither reads nor writes over it.
func (s *street) cookies(t *testing.T) {
	tab := s.signedIn(t)
	visit(t, tab, sibling)
	got := evaluate[string](t, tab, `(async () => {
		document.cookie = "visible=yes; Domain=example.test; Secure";
		document.cookie = "__Secure-session=planted; Domain=example.test; Path=/; Secure";
		document.cookie = "__Secure-session=; Domain=example.test; Path=/; Secure; Max-Age=0";
		document.cookie = "__Host-browser=planted; Domain=example.test; Path=/; Secure";
		document.cookie = "=__Host-browser=planted; Domain=example.test; Path=/; Secure";
		const seen = [document.cookie];
		if (window.cookieStore) for (const c of await cookieStore.getAll()) seen.push(c.name);
		return seen.join("\n") })()`)
	if strings.Contains(got, "__Secure-session") || strings.Contains(got, "__Host-browser") || !strings.Contains(got, "visible") {
		t.Errorf("a script sees %q", got)
	}
	s.is(t, tab, public, vicsEmail)
	s.is(t, tab, initech, vicsEmail)
}
