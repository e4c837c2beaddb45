package oidcattack_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// TestAHostilePage is what an attacker can do to a person who opens a page of
// theirs, on a sibling host or elsewhere, in Chromium.
func TestAHostilePage(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.evesSession(t) // her account is there
	s.signedIn(t)    // and Vic's
	t.Run("brings the answer to a login of its own, and Vic stays who he is", s.loginCSRF)
	t.Run("plants a session before and after a login, and begins no session on the login host", s.fixation)
	t.Run("fills the cookie jar, and Vic gets an answer and signs in again", s.flood)
	t.Run("asks every route in every way, and reads, ends and begins nothing", s.reach)
	t.Run("opens a window on ours, and sees nothing of it", s.opener)
	t.Run("reads the cookies of its own page, and the session is not among them", s.cookies)
	t.Run("frames every page of ours, and none is shown", s.frames)
	t.Run("sends Vic on through every page that takes a redirect, and no way leaves us", s.leaving)
}

// loginCSRF: Eve has the answer to a login of her own brought by Vic's browser.
func (s *street) loginCSRF(t *testing.T) {
	for _, from := range []string{sibling, stranger} {
		for how, script := range map[string]func(callback string) string{
			"a link": func(to string) string { return "location.href = " + quoted(to) },
			"a form that posts": func(to string) string {
				u, err := url.Parse(to)
				must(t, err)
				return posts(to, u.Query())
			},
		} {
			t.Run(how+" from "+from, func(t *testing.T) {
				tab, redeemed := s.person(t), s.provider.asked("/token")
				visit(t, tab, from)
				before := s.rows(t)
				res := led(t, tab, script(s.evesCallback(t)))
				if want := map[string]int64{"a link": 400, "a form that posts": 405}[how]; res.Status != want {
					t.Errorf("without a session: %d", res.Status)
				}
				s.is(t, tab, public, signedOut)
				s.unchanged(t, before)

				// In the middle of a login of his own, which holds.
				visit(t, tab, public+"/auth/start?"+url.Values{"login_hint": {s.vic}, "redirect": {vicLands}}.Encode())
				s.is(t, tab, public, vicsEmail)
				before = s.rows(t, "receipts") // that he was led somewhere is on record
				visit(t, tab, from)
				if res = led(t, tab, script(s.evesCallback(t))); strings.Contains(res.URL, "evil") {
					t.Errorf("Vic is led to %s", res.URL)
				}
				s.is(t, tab, public, vicsEmail)
				s.is(t, tab, initech, vicsEmail)
				if after := s.rows(t, "receipts"); after != before {
					t.Errorf("the database was\n%s\nand is\n%s", before, after)
				}
				if n := s.provider.asked("/token") - redeemed; n != 1 {
					t.Errorf("%d codes were redeemed, and Vic signed in once", n)
				}
			})
		}
	}
}

// fixation: Eve plants a live session of her own in Vic's browser.
func (s *street) fixation(t *testing.T) {
	eves, own := s.evesSession(t)
	for _, place := range []string{
		"/; Domain=example.test", "/auth; Domain=example.test", "/auth/session; Domain=example.test", "/login; Domain=example.test", "/",
	} {
		plant := fmt.Sprintf("__Secure-session=%s; Path=%s; Secure; HttpOnly; Max-Age=3600", eves, place)
		t.Run("at "+place, func(t *testing.T) {
			tab := s.person(t)
			plants(t, tab, plant)
			before := s.rows(t)
			s.is(t, tab, public, signedOut)
			if where := visit(t, tab, public+"/login"); where != public+"/login" {
				t.Errorf("the planted session lands at %s", where)
			}
			s.unchanged(t, before)

			s.signIn(t, tab)
			s.is(t, tab, initech, vicsEmail)
			s.is(t, tab, globex, vicsEmail)

			plants(t, tab, plant)
			if who := s.who(t, tab, public); who != vicsEmail && who != signedOut {
				t.Errorf("planted after the login, the browser is %s", who)
			}
			s.signIn(t, tab)
			s.is(t, tab, globex, vicsEmail)
		})
	}
	if !strings.Contains(get(t, own, public+"/auth/session").text, "eve@evil.test") {
		t.Error("Eve's own session was ended")
	}
}
