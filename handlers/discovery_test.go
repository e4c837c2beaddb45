package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/handlers"
	"orglogin/store"
	"orglogin/store/manage"
)

// calls records what the service asks its store, by method.
type calls struct {
	store.Store

	mu  sync.Mutex
	all []string
}

func (s *calls) over(inner store.Store) store.Store {
	s.Store = inner
	return s
}

func (s *calls) record(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, method)
}

// taken returns the calls since the last time.
func (s *calls) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

func (s *calls) DiscoverConnection(ctx context.Context, domain string) (string, error) {
	s.record("DiscoverConnection")
	return s.Store.DiscoverConnection(ctx, domain)
}

func (s *calls) JoinOffers(ctx context.Context, session store.SessionRef, now time.Time) ([]store.JoinOffer, error) {
	s.record("JoinOffers")
	return s.Store.JoinOffers(ctx, session, now)
}

func (s *calls) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	s.record("AccessSnapshot")
	return s.Store.AccessSnapshot(ctx, q)
}

func (s *calls) OrganizationBySlug(ctx context.Context, slug string) (store.Organization, error) {
	s.record("OrganizationBySlug")
	return s.Store.OrganizationBySlug(ctx, slug)
}

func (s *calls) Session(ctx context.Context, userID string, secretHash []byte) (store.Session, error) {
	s.record("Session")
	return s.Store.Session(ctx, userID, secretHash)
}

func (s *calls) Invitation(ctx context.Context, tokenHash []byte) (store.Invitation, error) {
	s.record("Invitation")
	return s.Store.Invitation(ctx, tokenHash)
}

func (s *calls) InvitationsFor(ctx context.Context, userID string, now time.Time) ([]store.Invitation, error) {
	s.record("InvitationsFor")
	return s.Store.InvitationsFor(ctx, userID, now)
}

func (s *calls) Connection(ctx context.Context, id string) (store.Connection, error) {
	s.record("Connection")
	return s.Store.Connection(ctx, id)
}

func (s *calls) OrganizationConnections(ctx context.Context, organizationID string) ([]store.Connection, error) {
	s.record("OrganizationConnections")
	return s.Store.OrganizationConnections(ctx, organizationID)
}

// verify makes a domain one of an organization.
func (d *service) verify(slug, domain string, join store.JoinMode, discoverable bool) {
	d.t.Helper()
	d.claim(slug, domain)
	ctx := d.t.Context()
	_, err := d.manage.VerifyDomainByHand(ctx, command, slug, domain, manage.ByHand{Certain: true})
	must(d.t, err)
	_, err = d.manage.UpdateDomain(ctx, command, slug, domain, manage.DomainChange{Join: &join, Discoverable: &discoverable})
	must(d.t, err)
}

// claim is a domain that an organization has not verified.
func (d *service) claim(slug, domain string) {
	d.t.Helper()
	_, err := d.manage.AddDomain(d.t.Context(), command, slug, domain)
	must(d.t, err)
}

// newDiscoveryService has acme.test, which is discoverable, and domains that are not.
func newDiscoveryService(t testing.TB, limit handlers.Limit) (*service, *tenant, *calls) {
	t.Helper()
	asked := &calls{}
	d := newService(t, serviceConfig{trust: true, organizations: true, discovery: true, limit: limit, fixture: organizationFixture, wrap: asked.over})
	acme := d.connect("acme", store.SSOOptional, uma)
	d.connect("beta", store.SSOOptional)
	d.verify("acme", "acme.test", store.JoinOff, true)
	d.verify("beta", "beta.test", store.JoinOff, false)
	d.claim("beta", "pend.test")
	d.verify("acme", "laps.test", store.JoinOff, true)
	d.byHand(`UPDATE organization_domains SET status = 'lapsed' WHERE domain = 'laps.test'`)
	d.importFile(`{"organizations": [{"slug": "solo", "name": "Solo", "subdomain_status": "verified"}]}`)
	d.verify("solo", "solo.test", store.JoinOff, true) // no connection
	return d, acme, asked
}

func discover(t testing.TB, c *http.Client, email string, more ...string) (*http.Response, string) {
	t.Helper()
	form := url.Values{"email": {email}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return do(t, c, http.MethodPost, public+"/auth/discover", form, fromOurPage)
}

// TestDiscoveryFindsADomainAndNothingElse is a table of addresses: what the login page
// gets as login_hint, and whether it gets the connection of acme.test.
func TestDiscoveryFindsADomainAndNothingElse(t *testing.T) {
	d, acme, asked := newDiscoveryService(t, handlers.Limit{})
	for _, r := range []struct {
		name, email, hint string
		found             bool
	}{
		{"a person of the domain", "ann@acme.test", "ann@acme.test", true},
		{"an unknown address", "unknown@acme.test", "unknown@acme.test", true},
		{"upper case", "Ann@ACME.Test", "ann@acme.test", true},
		{"blanks around it", " ann@acme.test\t", "ann@acme.test", true},
		{"a plus in it", "ann+x@acme.test", "ann+x@acme.test", true},
		{"a domain that begins with it", "ann@acme.test.evil.test", "ann@acme.test.evil.test", false},
		{"a subdomain", "ann@sub.acme.test", "ann@sub.acme.test", false},
		{"a domain that ends with it", "ann@notacme.test", "ann@notacme.test", false},
		{"a dot at the end", "ann@acme.test.", "", false},
		{"a dot at the beginning", "ann@.acme.test", "", false},
		{"quotes", `"ann"@acme.test`, "", false},
		{"quotes with an address in them", `"ann@acme.test"@evil.test`, "", false},
		{"quotes with the other address in them", `"ann@evil.test"@acme.test`, "", false},
		{"two at signs", "ann@evil.test@acme.test", "", false},
		{"two addresses", "ann@evil.test,ann@acme.test", "", false},
		{"a display name", "Ann <ann@acme.test>", "", false},
		{"a comment", "ann@acme.test(x)", "", false},
		{"a Cyrillic look-alike", "ann@\u0430cme.test", "ann@xn--cme-5cd.test", false},
		{"the A-label of that", "ann@xn--cme-5cd.test", "ann@xn--cme-5cd.test", false},
		{"letters of full width", "ann@\uff41\uff43\uff4d\uff45.test", "", false},
		{"an ideographic full stop", "ann@acme\u3002test", "", false},
		{"a soft hyphen", "ann@ac\u00adme.test", "", false},
		{"a local part of another script", "\u0430nn@acme.test", "", false},
		{"an address literal", "ann@[192.0.2.1]", "", false},
		{"a line end", "ann@acme.test\r\nSet-Cookie: a=b", "", false},
		{"NUL", "ann@acme.test\x00", "", false},
		{"over 254 bytes", strings.Repeat("a", 250) + "@acme.test", "", false},
		{"no local part", "@acme.test", "", false},
		{"no domain", "ann@", "", false},
		{"a domain alone", "acme.test", "", false},
		{"nothing", "", "", false},
		{"a domain that is not discoverable", "ann@beta.test", "ann@beta.test", false},
		{"a domain that is not verified", "ann@pend.test", "ann@pend.test", false},
		{"a domain that has lapsed", "ann@laps.test", "ann@laps.test", false},
		{"a domain without a connection", "ann@solo.test", "ann@solo.test", false},
	} {
		t.Run(r.name, func(t *testing.T) {
			d.secrets.add("address", r.hint)
			asked.taken()
			res, body := discover(t, d.browser(), r.email)
			q := url.Values{}
			if r.hint != "" {
				q.Set("login_hint", r.hint)
			}
			if r.found {
				q.Set("connection", acme.id)
			}
			want := strings.TrimSuffix(public+"/login?"+q.Encode(), "?")
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != want || body != "" {
				t.Errorf("%d to %s, want %s\n%s", res.StatusCode, to, want, body)
			}
			if n := len(asked.taken()); n > 1 || (n == 0) != (r.hint == "") {
				t.Errorf("%d store calls", n)
			}
		})
	}
}

// TestDiscoveryAnswersAlikeForEveryAddressOfADomain: neither the answer nor the work
// says who has an account, or which of the domains that are not discoverable is known.
func TestDiscoveryAnswersAlikeForEveryAddressOfADomain(t *testing.T) {
	d, _, asked := newDiscoveryService(t, handlers.Limit{})
	answerTo := func(email string) string {
		asked.taken()
		res, body := discover(t, d.browser(), email)
		h := res.Header.Clone()
		h.Set("Location", strings.ReplaceAll(h.Get("Location"), url.QueryEscape(email), "ADDRESS"))
		h.Set("X-Request-Id", "ID")
		var lines []string
		for name, values := range h {
			lines = append(lines, name+": "+strings.Join(values, ", "))
		}
		slices.Sort(lines)
		return strings.Join(append(lines, res.Status, body, strings.Join(asked.taken(), ", ")), "\n")
	}
	for name, emails := range map[string][]string{
		"of a discoverable domain": {"ann@acme.test", "uma@acme.test", "who@acme.test"},
		"of other domains":         {"ann@beta.test", "who@beta.test", "who@pend.test", "who@laps.test", "who@solo.test", "who@none.test"},
	} {
		t.Run(name, func(t *testing.T) {
			first := answerTo(emails[0])
			if !strings.HasSuffix(first, "\nDiscoverConnection") {
				t.Errorf("the store was asked more or less:\n%s", first)
			}
			for _, email := range emails[1:] {
				if got := answerTo(email); got != first {
					t.Errorf("%s is answered with\n%s\nand %s with\n%s", email, got, emails[0], first)
				}
			}
		})
	}
}

func TestDiscoveryLeadsToTheProvider(t *testing.T) {
	d, acme, _ := newDiscoveryService(t, handlers.Limit{})
	c := d.browser()
	_, body := get(t, c, public+"/login?redirect=%2Freports")
	for _, want := range []string{"Work email", `action="/auth/discover"`, `name="redirect" value="/reports"`} {
		if !strings.Contains(body, want) {
			t.Fatalf("the login page lacks %s:\n%s", want, body)
		}
	}
	res, _ := discover(t, c, "uma@acme.test", "redirect", "/reports", "invitation", "uma-at-acme-0123456789abcdef", "prompt", "login")
	to, err := res.Location()
	must(t, err)
	if q := to.Query(); q.Get("redirect") != "/reports" || q.Get("invitation") != "uma-at-acme-0123456789abcdef" || q.Get("prompt") != "login" || q.Has("organization") {
		t.Errorf("the login page gets %v", q)
	}
	res, _ = discover(t, c, "uma@acme.test", "redirect", "/reports")
	_, body = follow(t, c, res)
	if !strings.Contains(body, "acme ID") || strings.Contains(body, "<bdi>Example") || !strings.Contains(body, "Other ways to sign in") {
		t.Errorf("the page of the connection:\n%s", body)
	}
	res, _ = get(t, c, public+"/auth/start?redirect=%2Freports&login_hint=uma%40acme.test&connection="+acme.id, fromOurPage)
	if to := res.Header.Get("Location"); !strings.Contains(to, "acme-id.localhost") || !strings.Contains(to, "login_hint=uma%40acme.test") {
		t.Errorf("the login begins at %s", to)
	}
	res, _ = discover(t, c, "who@none.test")
	if _, body = get(t, c, res.Header.Get("Location"), fromOurPage); !strings.Contains(body, "We found no sign-in of your organization") || !strings.Contains(body, "login_hint=who%40none.test") {
		t.Errorf("the page of an address that was not found:\n%s", body)
	}
	if _, body = get(t, c, res.Header.Get("Location"), "Sec-Fetch-Site: cross-site"); strings.Contains(body, "We found no sign-in") {
		t.Errorf("a link from outside says that the form found nothing:\n%s", body)
	}
	d.secrets.add("address", "who@none.test")
}

func TestWhereThereIsNoDiscovery(t *testing.T) {
	t.Run("unless it is turned on", func(t *testing.T) {
		d := newService(t, serviceConfig{fixture: organizationFixture})
		if res, _ := discover(t, d.browser(), "ann@acme.test"); res.StatusCode != http.StatusNotFound {
			t.Error(res.StatusCode)
		}
		if _, body := get(t, d.browser(), public+"/login"); strings.Contains(body, "Work email") {
			t.Error("the login page has the field")
		}
	})
	t.Run("without connections of organizations it only passes the address on", func(t *testing.T) {
		asked := &calls{}
		d := newService(t, serviceConfig{fixture: organizationFixture, discovery: true, wrap: asked.over})
		res, _ := discover(t, d.browser(), "ann@acme.test")
		if to := res.Header.Get("Location"); to != public+"/login?login_hint=ann%40acme.test" || len(asked.taken()) != 0 {
			t.Error(to)
		}
	})
	d, _, asked := newDiscoveryService(t, handlers.Limit{Count: 3, Per: time.Minute})
	form := url.Values{"email": {"ann@acme.test"}, "redirect": {"/reports"}}
	t.Run("from a page of another origin", func(t *testing.T) {
		for _, h := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://acme.example.test", "Origin: null"} {
			if res, _ := do(t, d.browser(), http.MethodPost, public+"/auth/discover", form, h); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %d", h, res.StatusCode)
			}
		}
	})
	t.Run("on another host, or by a link", func(t *testing.T) {
		for _, host := range []string{"https://acme.example.test", app} {
			if res, _ := do(t, d.browser(), http.MethodPost, host+"/auth/discover", form, fromOurPage); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", host, res.StatusCode)
			}
		}
		if res, _ := get(t, d.browser(), public+"/auth/discover?email=ann%40acme.test"); res.StatusCode != http.StatusMethodNotAllowed {
			t.Error(res.StatusCode)
		}
	})
	t.Run("on the login page of an organization", func(t *testing.T) {
		if _, body := get(t, d.browser(), public+"/login?organization=acme"); strings.Contains(body, "Work email") {
			t.Error(body)
		}
	})
	if n := len(asked.taken()); n > 10 {
		t.Errorf("%d store calls", n)
	}
	t.Run("while the store does not answer", func(t *testing.T) {
		d.switched.cut()
		defer d.switched.restore()
		if res, body := do(t, d.browser(), http.MethodPost, public+"/auth/discover", form, fromOurPage); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body, "redirect=%2Freports") {
			t.Errorf("%d\n%s", res.StatusCode, body)
		}
	})
	t.Run("after too many tries, which leave logins alone", func(t *testing.T) {
		for range 2 {
			discover(t, d.browser(), "ann@acme.test")
		}
		if res, body := do(t, d.browser(), http.MethodPost, public+"/auth/discover", form, fromOurPage); res.StatusCode != http.StatusTooManyRequests || !strings.Contains(body, "redirect=%2Freports") {
			t.Errorf("%d\n%s", res.StatusCode, body)
		}
		if res, _ := get(t, d.browser(), public+"/auth/start?connection=default", fromOurPage); res.StatusCode != http.StatusFound {
			t.Errorf("a login: %d", res.StatusCode)
		}
	})
}

// FuzzDiscover types any text as the work email: the answer is a 303 to the login page
// with one plain address or none, and a connection only for that very domain.
func FuzzDiscover(f *testing.F) {
	d := newService(f, serviceConfig{organizations: true, discovery: true, fixture: organizationFixture})
	acme := d.connect("acme", store.SSOOptional)
	d.verify("acme", "acme.test", store.JoinOff, true)
	d.quick = true
	c := d.browser()
	for _, email := range []string{
		"ann@acme.test", "ann@acme.test.", `"a"@acme.test`, "a@b@acme.test", "ann@\u0430cme.test", "ann@xn--cme-5cd.test", "ann@acme.test\r\n", "", "@", strings.Repeat("a", 300) + "@acme.test",
	} {
		f.Add(email, "/reports")
	}
	f.Fuzz(func(t *testing.T, email, redirect string) {
		res, _ := discover(t, c, email, "redirect", redirect)
		to, err := res.Location()
		if err != nil || res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(res.Header.Get("Location"), public+"/login") || to.Path != "/login" {
			t.Fatalf("%d to %q, %v", res.StatusCode, res.Header.Get("Location"), err)
		}
		q := to.Query()
		hint := q.Get("login_hint")
		if hint != "" && (!store.ValidEmail(hint) || !strings.EqualFold(hint[strings.LastIndex(hint, "@"):], strings.TrimSpace(email)[max(0, strings.LastIndex(strings.TrimSpace(email), "@")):]) && !strings.Contains(hint, "@xn--") && !strings.Contains(hint, ".xn--")) {
			t.Errorf("%q becomes %q", email, hint)
		}
		if q.Get("connection") != "" && (q.Get("connection") != acme.id || !strings.HasSuffix(hint, "@acme.test")) || strings.HasSuffix(hint, "@acme.test") != (q.Get("connection") != "") {
			t.Errorf("%q leads to %v", email, q)
		}
		delete(q, "login_hint")
		delete(q, "connection")
		delete(q, "redirect")
		if len(q) != 0 {
			t.Errorf("%q adds %v", email, q)
		}
	})
}

// BenchmarkDiscovery asks for addresses in turn. "difference" is the largest median of an address
// over the smallest, of those that must not differ: an address that has an account and one that
// has none, and domains that are not discoverable.
func BenchmarkDiscovery(b *testing.B) {
	d, _, _ := newDiscoveryService(b, handlers.Limit{})
	d.quick = true
	for _, group := range []struct {
		name   string
		emails []string
	}{
		{"addresses of one domain", []string{"uma@acme.test", "unknown@acme.test"}},
		{"domains that are not discoverable", []string{"uma@beta.test", "uma@pend.test", "uma@laps.test", "uma@none.test"}},
	} {
		b.Run(group.name, func(b *testing.B) {
			took := make([][]time.Duration, len(group.emails))
			for n := 0; b.Loop(); n++ {
				body := url.Values{"email": {group.emails[n%len(group.emails)]}}.Encode()
				r := httptest.NewRequest(http.MethodPost, public+"/auth/discover", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Sec-Fetch-Site", "same-origin")
				r.RemoteAddr, r.URL.Scheme, r.URL.Host = "127.0.0.1:1", "", ""
				w := &answer{header: http.Header{}}
				begun := time.Now()
				d.server.ServeHTTP(w, r)
				took[n%len(took)] = append(took[n%len(took)], time.Since(begun))
				if w.status != http.StatusSeeOther {
					b.Fatal(w.status)
				}
			}
			medians := make([]time.Duration, 0, len(took))
			for _, all := range took {
				if slices.Sort(all); len(all) > 0 {
					medians = append(medians, all[len(all)/2])
				}
			}
			b.ReportMetric(float64(slices.Max(medians))/float64(slices.Min(medians)), "difference")
		})
	}
}
