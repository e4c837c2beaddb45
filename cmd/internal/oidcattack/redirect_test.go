package oidcattack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"orglogin/redirect"
	"orglogin/store"
)

// judged is a value with what the judge made of it.
type judged struct {
	value  string
	reason store.Reason // ok, or why it is refused
	to     string       // where it leads, empty for a page
}

// through reports whether the value itself was let through, and not the place
// that stands in for a refused one.
func (j judged) through() bool { return j.reason == store.OK && j.to != "" }

// ofAcme answers for a member of Acme; Globex is another person's.
type ofAcme struct{ store.Accounts }

func (ofAcme) AccessSnapshot(_ context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	organizations := map[string]store.Organization{}
	for _, slug := range q.Slugs {
		if slug == "acme" || slug == "globex" {
			organizations[slug] = store.Organization{ID: slug, Slug: slug, Name: slug, Status: store.Verified}
		}
	}
	acme := store.Organization{ID: "acme", Slug: "acme", Name: "acme", Status: store.Verified}
	return store.AccessSnapshot{
		Profile:       store.Profile{ID: q.UserID, Email: "ann@acme.test", EmailVerified: true},
		Memberships:   []store.Membership{{Organization: acme, Role: "owner"}},
		Organizations: organizations, Source: store.FromDatabase,
	}, nil
}

func judge(t testing.TB, s redirect.Site, values []string) []judged {
	t.Helper()
	session := &store.Session{UserID: "ann", Connections: []store.SessionConnection{{ConnectionID: store.DefaultConnection}}}
	all := make([]judged, 0, len(values))
	for _, v := range values {
		d, _, err := redirect.Resolve(t.Context(), s, ofAcme{}, redirect.Request{Session: session, Redirect: []string{v}}, time.Now())
		must(t, err)
		j := judged{value: v, reason: store.OK}
		switch {
		case d.RefusedRedirect != "":
			j.reason = d.RefusedRedirect
		case d.Step != redirect.Explicit:
			j.reason = store.NotGiven
		}
		if d.Status == 302 {
			j.to = d.URL
		}
		all = append(all, j)
	}
	return all
}

// mayLand says in plain words where a redirect of Ann's may end, apart from the judge.
func mayLand(host string) bool {
	label, preview := strings.CutSuffix(host, ".preview.partner.test")
	return host == "acme.example.test" || host == "app.example.test" || host == "login.example.test" || host == "docs.partner.test" ||
		preview && label != "" && !strings.Contains(label, ".")
}

// TestNoRedirectLeavesInChromium gives Chromium everything that the judge lets
// through, and looks where it really goes (G1, G2, G3, G7).
func TestNoRedirectLeavesInChromium(t *testing.T) {
	w := newWorld(t, nil)
	n := newInternet(t, w.server)
	tab := newChromium(t, n.addr)
	s := site(t)

	seeds := lists(t)
	listed := judge(t, s, seeds)
	m := mutator{rand.New(rand.NewPCG(6, 1)), seeds}
	mutated := judge(t, s, m.distinct(mutations))

	// A whole login in the browser itself, so that what follows has its session.
	if where := visit(t, tab, public+"/auth/start?redirect=%2Freports"); where != "https://acme.example.test/reports" {
		t.Fatalf("the login ends at %s", where)
	}

	t.Run("the whole way through the service", func(t *testing.T) {
		sample := slices.Clone(listed)
		for i := 0; i < len(mutated); i += 60 {
			sample = append(sample, mutated[i])
		}
		visited := 0
		for _, j := range unique(sample) {
			visited++
			where := visit(t, tab, public+"/login?redirect="+url.QueryEscape(j.value))
			if !same(where, j.to) {
				t.Errorf("%q leads Chromium to %s, the judge to %s", j.value, where, j.to)
			}
			if u, err := url.Parse(where); err != nil || u.Scheme != "https" || !mayLand(u.Hostname()) {
				t.Errorf("%q leads Chromium to %s", j.value, where)
			}
		}
		t.Logf("%d values visited", visited)
	})

	t.Run("every Location of every mutation", func(t *testing.T) {
		all := unique(slices.Concat(listed, mutated))
		for _, j := range all {
			n.locations = append(n.locations, j.to)
		}
		visit(t, tab, public+"/blank")
		const batch = 500
		for i := 0; i < len(all); i += batch {
			here := all[i:min(i+batch, len(all))]
			script := fmt.Sprintf(`(async () => { const all = new Array(%[2]d); let next = 0;
				const one = async () => { while (next < %[2]d) { const i = next++;
					try { const r = await fetch("/go/" + (%[1]d + i)); all[i] = [r.url, await r.text()] } catch (e) { all[i] = ["error: " + e, ""] } } };
				await Promise.all(Array.from({length: 16}, one)); return all })()`, i, len(here))
			for k, got := range evaluate[[][2]string](t, tab, script) {
				j := here[k]
				u, err := url.Parse(got[0])
				chooser := j.to == public+"/organizations" || strings.HasPrefix(j.to, public+"/organizations?")
				if err != nil || !same(got[0], j.to) || !mayLand(u.Hostname()) || !chooser && got[1] != "https://"+u.Host {
					t.Errorf("%q leads Chromium to %s at %.60q, the judge to %s", j.value, got[0], got[1], j.to)
				}
			}
		}
		t.Logf("%d places fetched", len(all))
	})

	t.Run("Chromium reads every value as the judge does", func(t *testing.T) {
		all := slices.Concat(listed, mutated)
		reasons := map[store.Reason]int{}
		for i := 0; i < len(all); i += 1000 {
			here := slices.DeleteFunc(slices.Clone(all[i:min(i+1000, len(all))]), func(j judged) bool { return !utf8.ValidString(j.value) })
			for k, got := range readings(t, tab, here) {
				reasons[here[k].reason]++
				if why := got.disagrees(here[k]); why != "" {
					t.Errorf("%q: the judge says %s %s, Chromium reads %+v: %s", here[k].value, here[k].reason, here[k].to, got, why)
				}
			}
		}
		t.Logf("values read, by the judge's reason: %v", reasons)
		if reasons[store.OK] < mutations/20 {
			t.Errorf("only %d values came through: the mutations are too wild to tell anything", reasons[store.OK])
		}
	})

	n.mu.Lock()
	defer n.mu.Unlock()
	for origin := range n.arrived {
		if ownBusiness.MatchString(origin) {
			continue
		}
		if host, ok := strings.CutPrefix(origin, "https://"); !ok || !mayLand(host) {
			t.Errorf("Chromium arrived at %s", origin)
		}
	}
	t.Logf("%d hosts arrived at", len(n.arrived))
}

// ownBusiness is whom Chromium calls by itself; here it reaches no server either.
var ownBusiness = regexp.MustCompile(`^https?://([a-z0-9-]+\.)*(google|googleapis|gstatic)\.com$`)

// unique are the values let through, one for each place.
func unique(all []judged) []judged {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(all), func(j judged) bool {
		known := seen[j.to]
		seen[j.to] = true
		return known || !j.through()
	})
}

// same reports whether the browser is where the Location said: Chromium writes
// an empty path as a slash, and escapes what it need not.
func same(where, location string) bool {
	a, err := url.Parse(where)
	b, err2 := url.Parse(location)
	if err != nil || err2 != nil {
		return false
	}
	if b.Path == "" {
		b.Path = "/"
	}
	return a.Scheme == b.Scheme && a.Host == b.Host && a.Path == b.Path
}

// reading is what new URL(value, base) finds.
type reading struct {
	Failed         bool
	Protocol, User string
	Host, Port     string
	Location       string // the host of the judge's Location
	LocationFailed bool
	Rewritten      string // the judge's Location as Chromium writes it
}

// readings has Chromium read each value where the judge stands for it: a path
// on the organization's host.
func readings(t testing.TB, tab context.Context, all []judged) []reading {
	t.Helper()
	var in [][2]string
	for _, j := range all {
		in = append(in, [2]string{j.value, j.to})
	}
	text, err := json.Marshal(in)
	must(t, err)
	return evaluate[[]reading](t, tab, `(`+string(text)+`).map(([value, to]) => {
		const r = {Failed: false, Protocol: "", User: "", Host: "", Port: "", Location: "", LocationFailed: false, Rewritten: ""};
		try { const u = new URL(value, "https://acme.example.test/base/page"); r.Protocol = u.protocol; r.User = u.username + u.password; r.Host = u.hostname; r.Port = u.port }
		catch (e) { r.Failed = true }
		if (to) try { const u = new URL(to, "https://login.example.test/login"); r.Location = u.host; r.Rewritten = u.href } catch (e) { r.LocationFailed = true }
		return r })`)
}

// plainHost is a host of letters, digits, hyphens and dots, as it must be spelled;
// names that stand for others (xn--) are none of ours.
var plainHost = regexp.MustCompile(`(?i)^https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]+(:443)?([/?#]|$)`)

// disagrees says in what Chromium differs from the judge, empty for nothing.
func (r reading) disagrees(j judged) string {
	if j.to != "" {
		u, err := url.Parse(j.to)
		if err != nil || r.LocationFailed || r.Location != u.Host || !mayLand(u.Hostname()) {
			return "the host of the Location"
		}
	}
	switch j.reason {
	case store.OK:
		if j.to == "" {
			return ""
		}
		u, err := url.Parse(j.to)
		if err != nil || r.Failed || r.Protocol != "https:" || r.User != "" || r.Port != "" || r.Host != u.Hostname() {
			return "the host of the value"
		}
	case store.Scheme:
		if !r.Failed && r.Protocol == "https:" {
			return "the scheme"
		}
	case store.Host:
		// Ours by Chromium, and refused: only what is no spelling of ours.
		if r.Protocol == "https:" && mayLand(r.Host) && r.Host != "login.example.test" && plainHost.MatchString(j.value) && !strings.Contains(r.Host, "xn--") {
			return "the host, which is ours"
		}
	}
	return ""
}
