package session_test

import (
	"net/http"
	"testing"

	"orglogin/handlers/session"
)

// SignedIn goes by the cookies alone, and Ended by what the store says of them.
func TestSignedInAndEnded(t *testing.T) {
	s := newService(t)
	in := s.login(t, "00000000-0000-4000-8000-000000000001")
	value, browser := s.SessionName()+"="+in.cookie(s.SessionName()), s.BrowserName()+"="+in.cookie(s.BrowserName())
	asking := func(cookies string) *http.Request { return request("https://login.example.com/", cookies) }
	check := func(what, cookies string, signedIn, ended bool) {
		t.Helper()
		if got := s.SignedIn(asking(cookies)); got != signedIn {
			t.Errorf("%s: signed in is %v, want %v", what, got, signedIn)
		}
		if got := s.mustRead(t, asking(cookies), session.LoginHost).Ended; got != ended {
			t.Errorf("%s: ended is %v, want %v", what, got, ended)
		}
	}
	check("no cookies", "", false, false)
	check("a live session", value+"; "+browser, true, false)
	check("a live session beside nonsense", s.SessionName()+"=x; "+value+"; "+browser, true, false)
	check("without the browser's own cookie", value, false, false)
	check("nonsense", s.SessionName()+"=x; "+browser, false, false)
	if err := s.End(t.Context(), &in.row); err != nil {
		t.Fatal(err)
	}
	check("an ended session", value+"; "+browser, true, true)
	check("an ended session of another browser", value, false, false)
	s.clock.Add(lifetime)
	check("an expired session", value+"; "+browser, false, true)
}
