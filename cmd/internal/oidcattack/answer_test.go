package oidcattack_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store"
)

// TestAnAnswerThatIsNotThisLoginsIsRefused is section B of the list: the code
// never leaves for the provider.
func TestAnAnswerThatIsNotThisLoginsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	state := func(f func(string) string) attack {
		return attack{answer: func(q url.Values) { q.Set("state", f(q.Get("state"))) }}
	}
	without := func(name string) attack { return attack{answer: func(q url.Values) { q.Del(name) }} }
	iss := func(f func(string) string) attack {
		return attack{answer: func(q url.Values) { q.Set("iss", f(q.Get("iss"))) }}
	}
	fixed := func(s string) func(string) string { return func(string) string { return s } }
	text := func(f func(string) string) attack { return attack{query: f} }
	rejected := func(name string, a attack) row {
		return row{name, a, http.StatusBadRequest, store.ProviderAnswer, 0}
	}
	denied := func(name string, a attack) row { return row{name, a, http.StatusBadRequest, store.Denied, 0} }

	rows := []row{
		foreign("B1 no state", without("state")),
		foreign("B1 an empty state", state(fixed(""))),
		foreign("B1 a state of our form that we did not write", state(fixed(strings.Repeat("A", 120)))),
		foreign("B1 the state with another first character", state(flip)),
		foreign("B1 the state with another last character", state(func(s string) string { return s[:len(s)-2] + flip(s[len(s)-2:]) })),
		foreign("B1 the state without its end", state(func(s string) string { return s[:len(s)-1] })),
		foreign("B1 the state and more", state(func(s string) string { return s + "A" })),
		foreign("B1 the state in capitals", state(strings.ToUpper)),
		foreign("B1 a blank behind the state", state(func(s string) string { return s + " " })),
		foreign("B1 a state of nine thousand characters", state(fixed(strings.Repeat("A", 9000)))),
		foreign("B6 neither code nor error", without("code")),
		foreign("B6 an empty code", attack{answer: func(q url.Values) { q.Set("code", "") }}),
		foreign("B8 a semicolon between the parameters", text(func(raw string) string { return strings.Replace(raw, "&", ";", 1) })),
		foreign("B8 a bad escape", text(func(raw string) string { return raw + "&x=%zz" })),
		foreign("B8 half an escape at the end", text(func(raw string) string { return raw + "%2" })),
		foreign("B8 a code that is not ASCII", attack{answer: func(q url.Values) { q.Set("code", "cöde") }}),
		foreign("B8 a code with a line break", attack{answer: func(q url.Values) { q.Set("code", "a\r\nSet-Cookie: x=y") }}),
		foreign("B8 a hundred parameters", text(func(raw string) string { return raw + strings.Repeat("&a=b", 100) })),
		foreign("B8 a code of five thousand characters", attack{answer: func(q url.Values) { q.Set("code", strings.Repeat("c", 5000)) }}),

		foreign("B5 the answer of another issuer", iss(fixed("https://evil.test"))),
		foreign("B5 the answer of another issuer, which mixes two of ours up", iss(fixed("https://accounts.google.com"))),
		foreign("B5 the issuer with a slash behind it", iss(func(s string) string { return s + "/" })),
		foreign("B5 the issuer in capitals", iss(strings.ToUpper)),
		foreign("B5 an empty issuer", iss(fixed(""))),
		foreign("B5 no issuer, of a provider that always sends it", without("iss")),

		denied("B6 the person says no", attack{answer: only("error", "access_denied")}),
		rejected("B6 an empty error", attack{answer: only("error", "")}),
		denied("B6 an error beside a good code", attack{answer: func(q url.Values) { q.Set("error", "access_denied") }}),
		rejected("B6 an empty error beside a good code", attack{answer: func(q url.Values) { q.Set("error", "") }}),
		rejected("B6 an error without a value beside a good code", text(func(raw string) string { return raw + "&error" })),
		denied("B10 the provider wants us back at once", attack{answer: only("error", "login_required")}),
		denied("B10 the provider asks for interaction", attack{answer: only("error", "interaction_required")}),
		rejected("B7 an error in markup", attack{answer: only("error", `<script>alert(1)</script>`)}),
		denied("B7 an error that tells a story", attack{answer: func(q url.Values) {
			only("error", "access_denied")(q)
			q.Set("error_description", `<a href="https://evil.test">call us</a>`)
			q.Set("error_uri", "https://evil.test/help")
		}}),
		{"B6 the provider says that it is broken", attack{answer: only("error", "server_error")}, http.StatusBadGateway, store.ProviderAnswer, 0},
		{"B6 the provider says that it is away", attack{answer: only("error", "temporarily_unavailable")}, http.StatusBadGateway, store.ProviderAway, 0},
	}
	for _, name := range []string{"code", "state", "iss"} {
		rows = append(rows,
			foreign("B2 another "+name+" before the good one", text(func(raw string) string { return name + "=another&" + raw })),
			foreign("B2 another "+name+" behind the good one", text(func(raw string) string { return raw + "&" + name + "=another" })),
			foreign("B2 the same "+name+" twice", text(func(raw string) string {
				q, _ := url.ParseQuery(raw)
				return raw + "&" + url.Values{name: q[name]}.Encode()
			})))
	}
	rows = append(rows, foreign("B2 two errors", text(func(raw string) string { return raw + "&error=access_denied&error=access_denied" })))
	w.try(t, rows)
	for _, word := range []string{"evil.test", "<script>alert"} {
		if strings.Contains(w.log.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}

// only is an answer with this in place of a code.
func only(name, value string) func(url.Values) {
	return func(q url.Values) {
		q.Del("code")
		q.Set(name, value)
	}
}

// TestAnAnswerInForeignHandsIsRefused walks logins of which an attacker has a part.
func TestAnAnswerInForeignHandsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.login(t)

	// swapped is the callback of one browser with the code of another's login.
	swapped := func(t *testing.T, a *attack) (victim *http.Client, target string) {
		t.Helper()
		theirs, err := url.Parse(w.bringBack(t, w.browser(t), a))
		must(t, err)
		victim = w.browser(t)
		mine, err := url.Parse(w.bringBack(t, victim, a))
		must(t, err)
		q := mine.Query()
		q.Set("code", theirs.Query().Get("code"))
		mine.RawQuery = q.Encode()
		return victim, mine.String()
	}
	check := func(t *testing.T, c *http.Client, target string, reason store.Reason, redeemed int) {
		t.Helper()
		before, asked := w.rows(t), w.provider.asked("/token")
		w.refused(t, c, get(t, c, target), http.StatusBadRequest, reason)
		if n := w.provider.asked("/token") - asked; n != redeemed {
			t.Errorf("the code was redeemed %d times, want %d", n, redeemed)
		}
		w.unchanged(t, before)
		w.login(t)
	}

	t.Run("B12 a code injected from another browser is refused by PKCE", func(t *testing.T) {
		c, target := swapped(t, nil)
		check(t, c, target, store.BadState, 1)
	})
	t.Run("B12 a code injected from another browser is refused by its nonce where the provider forgets PKCE", func(t *testing.T) {
		c, target := swapped(t, &attack{person: ann(), lax: true})
		check(t, c, target, store.BadState, 1)
	})
	t.Run("A4 B1 an answer sent to another browser begins no session there", func(t *testing.T) {
		target := w.bringBack(t, w.browser(t), nil)
		check(t, w.browser(t), target, store.NoCookie, 0)
	})
	t.Run("A4 B1 an answer sent to a browser with a login of its own in progress", func(t *testing.T) {
		target := w.bringBack(t, w.browser(t), nil)
		c := w.browser(t)
		own := w.bringBack(t, c, nil)
		check(t, c, target, store.NoCookie, 0)
		// B11: what that browser had begun is good still.
		w.landed(t, c, get(t, c, own), "https://acme.example.test/reports")
	})
	t.Run("B3 the same answer a second time is not redeemed", func(t *testing.T) {
		c := w.browser(t)
		target := w.bringBack(t, c, &attack{claims: set("iss", "https://evil.test").claims})
		w.refused(t, c, get(t, c, target), http.StatusBadGateway, store.ProviderAnswer)
		check(t, c, target, store.FlowUsed, 0)
	})
	t.Run("B3 the same answer a second time, with the cookie kept, is not redeemed", func(t *testing.T) {
		c := w.browser(t)
		target := w.bringBack(t, c, nil)
		u, err := url.Parse(public)
		must(t, err)
		kept := c.Jar.Cookies(u)
		w.landed(t, c, get(t, c, target), "https://acme.example.test/reports")
		thief := w.browser(t)
		for _, cookie := range kept {
			thief.Jar.SetCookies(u, []*http.Cookie{{Name: cookie.Name, Value: cookie.Value, Secure: true, Path: "/"}})
		}
		check(t, thief, target, store.FlowUsed, 0)
	})
	t.Run("B3 the same answer a second time lands a live session and redeems nothing", func(t *testing.T) {
		c := w.browser(t)
		target := w.bringBack(t, c, nil)
		w.landed(t, c, get(t, c, target), "https://acme.example.test/reports")
		before, asked := w.count(t, `SELECT count(*) FROM sessions`), w.provider.asked("/token")
		w.landed(t, c, get(t, c, target), "https://acme.example.test/reports")
		if after := w.count(t, `SELECT count(*) FROM sessions`); after != before || w.provider.asked("/token") != asked {
			t.Errorf("sessions %s, then %s; %d more codes redeemed", before, after, w.provider.asked("/token")-asked)
		}
	})
	t.Run("B1 an answer after a quarter of an hour", func(t *testing.T) {
		c := w.browser(t)
		target := w.bringBack(t, c, nil)
		w.clock.Move(15*time.Minute + time.Second)
		check(t, c, target, store.FlowExpired, 0)
	})
	t.Run("B8 an answer by POST", func(t *testing.T) {
		c := w.browser(t)
		target := w.bringBack(t, c, nil)
		before := w.rows(t)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
		must(t, err)
		if res := send(t, c, r); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("answered %d", res.StatusCode)
		} else {
			w.noSession(t, c, res)
		}
		w.unchanged(t, before)
		w.landed(t, c, get(t, c, target), "https://acme.example.test/reports")
	})
	t.Run("B4 twenty of the same answer at once make one session and no failure", func(t *testing.T) {
		c := w.browser(t)
		target := w.bringBack(t, c, nil)
		u, err := url.Parse(public)
		must(t, err)
		cookies := c.Jar.Cookies(u)
		before, asked := w.count(t, `SELECT count(*) FROM sessions`), w.provider.asked("/token")
		var all sync.WaitGroup
		landed := make(chan int, 20)
		for range 20 {
			all.Go(func() {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
				if err != nil {
					t.Error(err)
					return
				}
				for _, cookie := range cookies {
					r.AddCookie(cookie)
				}
				res, err := w.RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				landed <- res.StatusCode
			})
		}
		all.Wait()
		close(landed)
		got := map[int]int{}
		for status := range landed {
			got[status]++
		}
		after := w.count(t, `SELECT count(*) - `+before+` FROM sessions`)
		if got[http.StatusFound] != 1 || got[http.StatusBadRequest] != 19 || after != "1" || w.provider.asked("/token")-asked != 1 {
			t.Errorf("answers %v, %s sessions, %d codes redeemed", got, after, w.provider.asked("/token")-asked)
		}
	})
}
