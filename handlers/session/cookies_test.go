package session_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"orglogin/handlers/session"
)

func TestCookies(t *testing.T) {
	for _, c := range []struct {
		sentence string
		fields   []string
		want     []string // name=value
	}{
		{"none", nil, nil},
		{"one", []string{"a=b"}, []string{"a=b"}},
		{"several, in their order", []string{"b=1; a=2; b=3"}, []string{"b=1", "a=2", "b=3"}},
		{"several fields", []string{"a=1", "b=2; c=3"}, []string{"a=1", "b=2", "c=3"}},
		{"a value with an equals sign", []string{"a=b=c=="}, []string{"a=b=c=="}},
		{"an empty value", []string{"a="}, []string{"a="}},
		{"a value in quotes keeps them", []string{`a="b"`}, []string{`a="b"`}},
		{"quotes do not hide a semicolon", []string{`a="b; c=d"`}, []string{`a="b`, `c=d"`}},
		{"a name without a value is skipped", []string{"a; b=1"}, []string{"b=1"}},
		{"a value without a name is skipped", []string{"=__Host-a=1; b=1"}, []string{"b=1"}},
		{"one blank is the border's", []string{"a=1; b=2;c=3;  d=4"}, []string{"a=1", "b=2", "c=3", " d=4"}},
		{"a blank at the start is no border's", []string{" a=1"}, []string{" a=1"}},
		{"blanks behind belong to the value", []string{"a=1 ; b=2"}, []string{"a=1 ", "b=2"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			var got []string
			for n, v := range session.Cookies(http.Header{"Cookie": c.fields}) {
				got = append(got, n+"="+v)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("a reader may stop early", func(t *testing.T) {
		for n := range session.Cookies(http.Header{"Cookie": {"a=1; b=2", "c=3"}}) {
			if n != "a" {
				t.Errorf("went on to %q", n)
			}
			break
		}
	})
}

func FuzzCookies(f *testing.F) {
	for _, s := range []string{
		"", "a=b", "a=b; c=d", ";;;", "=", "a==b", `$Version=1; a="b; __Host-browser=x"`, "\u2000__Host-browser=x",
		" a=b", "a=b;\tc=d", "a=b ; c = d", strings.Repeat("a=b; ", 400), "a=b\x00; c=d",
	} {
		f.Add(s, "c=d")
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		h := http.Header{"Cookie": {one, two}}
		count := 0
		for n, v := range session.Cookies(h) {
			count++
			// Whatever is read stands in one field as it is, at a border.
			pair := n + "=" + v
			if n == "" || strings.ContainsAny(n, "=;") || strings.Contains(v, ";") ||
				!(standsIn(one, pair) || standsIn(two, pair)) {
				t.Errorf("%q from %q", pair, h["Cookie"])
			}
		}
		if session.CheckCookies(h) == nil && (count > session.MaxCookies || len(one)+len(two) > session.MaxCookieBytes) {
			t.Errorf("%d cookies of %d bytes pass", count, len(one)+len(two))
		}
	})
}

func standsIn(field, pair string) bool {
	for i, part := range strings.Split(field, ";") {
		if part == pair || i > 0 && part == " "+pair {
			return true
		}
	}
	return false
}

// FuzzRead mixes what a sibling may write into the cookies of a person: the
// session is that person's or none, whatever it is.
func FuzzRead(f *testing.F) {
	s := newService(f)
	own, planted := s.login(f, ann), s.login(f, bob)
	ownPair := name + "=" + own.cookie(name) + "; " + browser + "=" + own.cookie(browser)
	for _, junk := range []string{"", "x=y", name + "=junk", "$Version=1", `a="`, "__Host-browser", " " + browser + "=x", "=;="} {
		f.Add(junk, true)
		f.Add(junk, false)
	}
	f.Fuzz(func(t *testing.T, junk string, before bool) {
		attack := junk + "; " + name + "=" + planted.cookie(name)
		cookies := ownPair + "; " + attack
		if before {
			cookies = attack + "; " + ownPair
		}
		r := request(loginURL, cookies)
		found, err := s.Read(t.Context(), r, session.LoginHost)
		if err == nil && found.Session != nil && found.Session.ID != own.row.ID {
			t.Errorf("%q is %s", cookies, found.Session.UserID)
		}
		h := http.Header{}
		s.Expire(h, found)
		if v := setValue(h, name); v != "" && v != own.cookie(name) {
			t.Errorf("%q sets %q", cookies, v)
		}
	})
}
