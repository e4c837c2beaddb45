package oidcattack_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

// counted is a store that writes down what it is asked: the work by which an
// answer takes its time.
type counted struct {
	store.Store
	mu    sync.Mutex
	asked []string
}

func (c *counted) note(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, what)
}

func (c *counted) CompleteLogin(ctx context.Context, l store.Login) (store.Completed, error) {
	c.note(fmt.Sprintf("CompleteLogin of %d slugs", len(l.Slugs)))
	return c.Store.CompleteLogin(ctx, l)
}

func (c *counted) AcceptInvitation(ctx context.Context, userID string, hash []byte, now time.Time) (store.Reason, error) {
	c.note("AcceptInvitation")
	return c.Store.AcceptInvitation(ctx, userID, hash, now)
}

func (c *counted) AccessSnapshot(ctx context.Context, q store.AccessQuery) (store.AccessSnapshot, error) {
	c.note(fmt.Sprintf("AccessSnapshot with %d slugs, invitation %v", len(q.Slugs), q.Invitation != nil))
	return c.Store.AccessSnapshot(ctx, q)
}

func (c *counted) MarkUsed(ctx context.Context, userID, organizationID string, at time.Time) error {
	c.note("MarkUsed")
	return c.Store.MarkUsed(ctx, userID, organizationID, at)
}

func (c *counted) OrganizationBySlug(ctx context.Context, slug string) (store.Organization, error) {
	c.note("OrganizationBySlug")
	return c.Store.OrganizationBySlug(ctx, slug)
}

func (c *counted) Invitation(ctx context.Context, hash []byte) (store.Invitation, error) {
	c.note("Invitation")
	return c.Store.Invitation(ctx, hash)
}

func (c *counted) InvitationsFor(ctx context.Context, userID string, now time.Time) ([]store.Invitation, error) {
	c.note("InvitationsFor")
	return c.Store.InvitationsFor(ctx, userID, now)
}

func (c *counted) Session(ctx context.Context, userID string, hash []byte) (store.Session, error) {
	c.note("Session")
	return c.Store.Session(ctx, userID, hash)
}

func (c *counted) SaveReceipt(ctx context.Context, r store.Receipt) error {
	c.note("SaveReceipt")
	return c.Store.SaveReceipt(ctx, r)
}

// work is what was asked of the store meanwhile.
func (c *counted) work(do func()) []string {
	c.mu.Lock()
	c.asked = nil
	c.mu.Unlock()
	do()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// pairs are questions whose answers must not tell by their time which it was:
// what there is, but not for the one who asks, and what there is not.
var pairs = []struct{ name, there, not string }{
	{"an organization of others, as a redirect", "/login?redirect=" + url.QueryEscape("https://acme.example.test/reports"), "/login?redirect=" + url.QueryEscape("https://unknown.example.test/reports")},
	{"an invitation of another person, by a live session", "/login?invitation=the-invitation-for-ann-alone", "/login?invitation=the-invitation-for-ann-alonf"},
	{"an invitation of another person, with a redirect", "/login?invitation=the-invitation-for-ann-alone&redirect=%2Freports", "/login?invitation=the-invitation-for-ann-alonf&redirect=%2Freports"},
	{"an invitation of another person, on the sign-in page", "/login?prompt=login&invitation=the-invitation-for-ann-alone", "/login?prompt=login&invitation=the-invitation-for-ann-alonf"},
}

// curious is a browser in which Vic has signed in, and the counted store under it.
func curious(t testing.TB) (world, *counted, *http.Client) {
	t.Helper()
	c := &counted{}
	w := newWorldOver(t, func(s store.Store) store.Store { c.Store = s; return c })
	vic := w.provider.plan(&attack{person: vicPerson})
	b := w.browser(t)
	res := get(t, b, get(t, b, begin(t, b, url.Values{"login_hint": {vic}, "redirect": {vicLands}}).String()).Header.Get("Location"))
	if res.StatusCode != http.StatusFound || !hasSession(b) {
		t.Fatalf("Vic's login comes to %d", res.StatusCode)
	}
	return w, c, b
}

// TestWhatThereIsNotTakesTheSameWork is the timing of unknown organizations and
// unknown invitations, by the work that takes it: a clock in a test would tell
// of the machine. The benchmark below has the clock.
func TestWhatThereIsNotTakesTheSameWork(t *testing.T) {
	t.Parallel()
	_, c, b := curious(t)
	for _, p := range pairs {
		t.Run(p.name, func(t *testing.T) {
			there := c.work(func() { get(t, b, public+p.there) })
			not := c.work(func() { get(t, b, public+p.not) })
			if len(there) == 0 || !slices.Equal(there, not) {
				t.Errorf("what there is takes\n%q, what there is not\n%q", there, not)
			}
		})
	}
	t.Run("the page of an organization, and of none", func(t *testing.T) {
		there := c.work(func() { get(t, b, "https://acme.example.test/login") })
		not := c.work(func() { get(t, b, "https://unknown.example.test/login") })
		if len(there) == 0 || !slices.Equal(there, not) {
			t.Errorf("what there is takes\n%q, what there is not\n%q", there, not)
		}
	})
	t.Run("two unknown tokens get the same answer", func(t *testing.T) {
		fresh := regexp.MustCompile(`[a-z2-7]{16}`)
		answer := func(token string) string {
			res := get(t, b, public+"/login?invitation="+token)
			res.Header.Del("Date")
			return strings.ReplaceAll(fresh.ReplaceAllString(fmt.Sprint(res.StatusCode, res.Header, res.text), "ID"), token, "TOKEN")
		}
		// One differs from a real one in its last character, the other in everything.
		near, far := answer("the-invitation-for-ann-alonf"), answer("zzzzzzzzzzzzzzzzzzzzzzzzzzzz")
		if near != far {
			t.Errorf("the one is answered\n%s\nthe other\n%s", near, far)
		}
	})
}

// BenchmarkWhatThereIsNot prints how the medians of the two compare, asked in turn.
func BenchmarkWhatThereIsNot(b *testing.B) {
	_, _, vic := curious(b)
	for _, p := range pairs {
		b.Run(p.name, func(b *testing.B) {
			var took [2][]time.Duration
			for b.Loop() {
				for i, path := range []string{p.there, p.not} {
					begun := time.Now()
					get(b, vic, public+path)
					took[i] = append(took[i], time.Since(begun))
				}
			}
			slices.Sort(took[0])
			slices.Sort(took[1])
			there, not := took[0][len(took[0])/2], took[1][len(took[1])/2]
			b.ReportMetric(float64(there)/float64(not), "there/not")
		})
	}
}
