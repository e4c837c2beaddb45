package session_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"orglogin/handlers/seal"
	"orglogin/handlers/session"
	"orglogin/store"
)

const (
	ann = "11111111-1111-4111-8111-111111111111"
	bob = "22222222-2222-4222-8222-222222222222"
)

// TestWhoTheBrowserIs is the specification: what arrives, where, and who that is.
func TestWhoTheBrowserIs(t *testing.T) {
	s := newService(t)
	annIn, annToo, bobIn := s.login(t, ann), s.login(t, ann), s.login(t, bob)
	endedIn, unknownIn := s.login(t, ann), s.login(t, ann)
	if err := s.End(t.Context(), &endedIn.row); err != nil {
		t.Fatal(err)
	}
	delete(s.rows.all, unknownIn.row.ID)
	pair := func(in signedIn) string { return name + "=" + in.cookie(name) }
	bound := func(in signedIn) string { return browser + "=" + in.cookie(browser) }
	join := func(parts ...string) string { return strings.Join(parts, "; ") }
	junk := name + "=junk"

	for _, c := range []struct {
		sentence string
		cookies  string
		login    string // whose session counts on the login host: an id, or ""
		elsewhere,
		stale string // "login", "elsewhere", "both", ""
	}{
		{"no cookie is no session", "", "", "", ""},
		{"other cookies are no session", "theme=dark; _ga=1", "", "", ""},
		{"session and browser cookie are the person", join(pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, ""},
		{"their order does not matter", join(bound(annIn), "a=b", pair(annIn)), annIn.row.ID, annIn.row.ID, ""},
		{"the session alone counts elsewhere and is left alone on the login host", pair(annIn), "", annIn.row.ID, ""},
		{"the browser cookie alone is no session", bound(annIn), "", "", ""},
		{"the browser cookie of another session of the same person binds nothing", join(pair(annIn), bound(annToo)), "", annIn.row.ID, ""},
		{"a session planted over the own one is no session on the login host", join(pair(bobIn), bound(annIn)), "", bobIn.row.ID, ""},
		{"a session planted before the own one changes nothing on the login host and is none elsewhere", join(pair(bobIn), pair(annIn), bound(annIn)), annIn.row.ID, "", "login"},
		{"a session planted behind the own one neither", join(pair(annIn), pair(bobIn), bound(annIn)), annIn.row.ID, "", "login"},
		{"two sessions of one person are that person", join(pair(annToo), pair(annIn), bound(annIn)), annIn.row.ID, annToo.row.ID, "login"},
		{"one value twice is one", join(pair(annIn), pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, ""},
		{"two browser cookies are none", join(pair(annIn), bound(annIn), bound(bobIn)), "", annIn.row.ID, ""},
		{"one browser cookie twice is none", join(pair(annIn), bound(annIn), bound(annIn)), "", annIn.row.ID, ""},
		{"a planted pair beside the own pair is no session on the login host", join(pair(bobIn), bound(bobIn), pair(annIn), bound(annIn)), "", "", ""},
		{"an ended session is stale", join(pair(endedIn), bound(endedIn)), "", "", "both"},
		{"a session whose row is gone is stale", join(pair(unknownIn), bound(unknownIn)), "", "", "both"},
		{"junk is stale", junk, "", "", "both"},
		{"an empty value is stale", name + "=", "", "", "both"},
		{"junk beside the own one is stale and the own one counts", join(junk, pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, "both"},
		{"an ended one beside the own one is stale and the own one counts", join(pair(endedIn), pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, "both"},
		{"a live one planted beside an ended own one is no session", join(pair(endedIn), pair(bobIn), bound(endedIn)), "", bobIn.row.ID, "both"},
		{"the eighth value is tried", join(values(7), pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, "both"},
		{"the ninth is not", join(values(8), pair(annIn), bound(annIn)), "", "", "both"},
		{"junk that repeats itself counts once", join(strings.Repeat(junk+"; ", 20)+pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, "both"},

		// H15: a name is a name only as the browser keeps it.
		{"a quoted value is another value", join(name+`="`+annIn.cookie(name)+`"`, bound(annIn)), "", "", "both"},
		{"a quoted browser cookie binds nothing", join(pair(annIn), browser+`="`+annIn.cookie(browser)+`"`), "", annIn.row.ID, ""},
		{"$Version switches no parser", join("$Version=1", pair(annIn), bound(annIn)), annIn.row.ID, annIn.row.ID, ""},
		{"$Version and quotes hide nothing", join(`$Version=1; a="`, pair(annIn), bound(annIn), `b="`), annIn.row.ID, annIn.row.ID, ""},
		{"$Path is a cookie of that name", join(pair(annIn), "$Path=/", bound(annIn), "$Domain=example.com"), annIn.row.ID, annIn.row.ID, ""},
		{"a name in lower case is another", join("__secure-session="+annIn.cookie(name), "__host-browser="+annIn.cookie(browser)), "", "", ""},
		{"two blanks before a name make another", join(" "+pair(annIn), " "+bound(annIn)) + "; x=y", "", "", ""},
		{"a tab before a name makes another", "x=y;\t" + pair(annIn) + ";\t" + bound(annIn), "", "", ""},
		{"a Unicode blank before a name makes another", join("\u2000"+pair(annIn), "\u0085"+bound(annIn), "\u00a0"+bound(annIn)), "", "", ""},
		{"a blank behind a name makes another", join(name+" ="+annIn.cookie(name), browser+" ="+annIn.cookie(browser)), "", "", ""},
		{"a blank behind a value spoils it", join(pair(annIn)+" ", bound(annIn)+" ", "x=y"), "", "", "both"},
		{"a comma is no border", pair(annIn) + "," + bound(annIn), "", "", "both"},
		{"an encoded name is another", join("__Secure%2Dsession="+annIn.cookie(name), "%5F_Host-browser="+annIn.cookie(browser)), "", "", ""},
		{"a name with more behind is another", join(name+"-staging="+annIn.cookie(name), browser+"-staging="+annIn.cookie(browser)), "", "", ""},
		{"no blank between cookies is accepted", pair(annIn) + ";" + bound(annIn), annIn.row.ID, annIn.row.ID, ""},
		{"stray semicolons are nothing", ";;" + pair(annIn) + "; ;" + bound(annIn) + ";", annIn.row.ID, annIn.row.ID, ""},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			for where, want := range map[session.Where]string{session.LoginHost: c.login, session.Elsewhere: c.elsewhere} {
				on, target := "elsewhere", acmeURL
				if where == session.LoginHost {
					on, target = "login", loginURL
				}
				f := s.mustRead(t, request(target, c.cookies), where)
				got := ""
				if f.Session != nil {
					got = f.Session.ID
				}
				if got != want {
					t.Errorf("%s: session %q, want %q", on, got, want)
				}
				if stale := c.stale == on || c.stale == "both"; f.Stale != stale {
					t.Errorf("%s: stale %v, want %v", on, f.Stale, stale)
				}
			}
		})
	}
}

// values is n different values of the session's name.
func values(n int) string {
	var all []string
	for i := range n {
		all = append(all, name+"=junk"+strings.Repeat("k", i))
	}
	return strings.Join(all, "; ")
}

func TestCookiesSplitOverFieldsAreOne(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	r := request(loginURL, "")
	r.Header["Cookie"] = []string{"a=b", name + "=" + in.cookie(name), browser + "=" + in.cookie(browser)}
	if f := s.mustRead(t, r, session.LoginHost); f.Session == nil || f.Session.ID != in.row.ID {
		t.Errorf("found %+v", f.Session)
	}
}

func TestPeopleWhoDisagreeAreAConflict(t *testing.T) {
	s := newService(t)
	a, b := s.login(t, ann), s.login(t, bob)
	both := name + "=" + a.cookie(name) + "; " + name + "=" + b.cookie(name)
	if f := s.mustRead(t, request(acmeURL, both), session.Elsewhere); !f.Conflict || f.Session != nil || f.Values != 2 {
		t.Errorf("found %+v", f)
	}
	if err := s.End(t.Context(), &b.row); err != nil {
		t.Fatal(err)
	}
	if f := s.mustRead(t, request(acmeURL, both), session.Elsewhere); f.Conflict || f.Session == nil || f.Session.UserID != ann {
		t.Errorf("after the other ended: %+v", f)
	}
}

func TestLifetimes(t *testing.T) {
	for _, c := range []struct {
		sentence string
		every    time.Duration // between two requests, each a touch
		after    time.Duration
		live     bool
	}{
		{"it lives until it was idle for too long", 0, idle - time.Nanosecond, true},
		{"it ends when it was idle for as long as it may", 0, idle, false},
		{"use keeps it alive", time.Hour, 11 * time.Hour, true},
		{"use now and then keeps it alive", idle - time.Minute, 11 * time.Hour, true},
		{"no use keeps it past the absolute end", time.Hour, lifetime, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s := newService(t)
			in := s.login(t, ann)
			r := request(loginURL, name+"="+in.cookie(name)+"; "+browser+"="+in.cookie(browser))
			begun := s.clock.Now()
			for c.every > 0 && s.clock.Now().Add(c.every).Before(begun.Add(c.after)) {
				s.clock.Add(c.every)
				f := s.mustRead(t, r, session.LoginHost)
				if f.Session == nil {
					t.Fatalf("ended after %v", s.clock.Now().Sub(begun))
				}
				if err := s.Touch(t.Context(), f.Session); err != nil {
					t.Fatal(err)
				}
			}
			s.clock.Add(begun.Add(c.after).Sub(s.clock.Now()))
			if f := s.mustRead(t, r, session.LoginHost); (f.Session != nil) != c.live || f.Stale == c.live {
				t.Errorf("session %v, stale %v", f.Session, f.Stale)
			}
		})
	}
}

func TestAStoreThatDoesNotAnswerIsAnError(t *testing.T) {
	for _, where := range []session.Where{session.LoginHost, session.Elsewhere} {
		s := newService(t)
		in := s.login(t, ann)
		s.rows.down = errDown
		cookies := values(3) + "; " + name + "=" + in.cookie(name) + "; " + browser + "=" + in.cookie(browser)
		f, err := s.Read(t.Context(), request(loginURL, cookies), where)
		if !errors.Is(err, errDown) || f.Stale || f.Session != nil {
			t.Fatalf("Read = %+v, %v", f, err)
		}
		h := http.Header{}
		s.Expire(h, f)
		if len(h) > 0 {
			t.Errorf("removed while the store was down: %v", h)
		}
		s.rows.down = nil
		if f := s.mustRead(t, request(loginURL, cookies), where); f.Session == nil {
			t.Error("the session did not outlive the outage")
		}
	}
}

// wrongRow answers every question with one row.
type wrongRow struct {
	*rows
	row store.Session
}

func (w *wrongRow) Session(context.Context, string, []byte) (store.Session, error) {
	return w.row, nil
}

func TestARowOfSomebodyElseIsAFailureOfTheStore(t *testing.T) {
	s := newService(t)
	a, b := s.login(t, ann), s.login(t, bob)
	for what, row := range map[string]store.Session{
		"another person's":                  b.row,
		"another session of the person":     s.login(t, ann).row,
		"this session under another person": {UserID: bob, SecretHash: a.row.SecretHash},
	} {
		k := newService(t, func(c *session.Config) { c.Store = &wrongRow{s.rows, row} })
		f, err := k.Read(t.Context(), request(acmeURL, name+"="+a.cookie(name)), session.Elsewhere)
		if err == nil || errors.Is(err, store.ErrNotFound) || f.Session != nil || f.Stale {
			t.Errorf("%s: Read = %+v, %v", what, f, err)
		}
	}
}

func TestWhatIsNoSessionValue(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	genuine := in.cookie(name)
	box, err := seal.NewBox([][]byte{key})
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.NewBox([][]byte{bytes.Repeat([]byte{43}, seal.KeySize)})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := box.Sealer("session").Open(genuine, name)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{
		"sealed by another key":           other.Sealer("session").Seal(plain, name),
		"sealed for a flow":               box.Sealer("flow").Seal(plain, name),
		"sealed for a state":              box.Sealer("state").Seal(plain, name),
		"sealed under the staging name":   box.Sealer("session").Seal(plain, name+"-staging"),
		"sealed under the other cookie":   box.Sealer("session").Seal(plain, browser),
		"sealed with a byte too few":      box.Sealer("session").Seal(plain[:len(plain)-1], name),
		"sealed with a byte too many":     box.Sealer("session").Seal(append(bytes.Clone(plain), 0), name),
		"sealed with another secret":      box.Sealer("session").Seal(append([]byte{plain[0] ^ 1}, plain[1:]...), name),
		"sealed with another profile":     box.Sealer("session").Seal(append(append(bytes.Clone(plain[:16]), bytes.Repeat([]byte{0x22}, 16)...), plain[32:]...), name),
		"sealed with nothing":             box.Sealer("session").Seal(nil, name),
		"cut by a character":              genuine[:len(genuine)-1],
		"longer by a character":           genuine + "A",
		"twice":                           genuine + genuine,
		"the browser cookie's value":      in.cookie(browser),
		"the session's public id":         in.row.ID,
		"a value of 32 KiB less a little": strings.Repeat("A", 32<<10-100),
	}
	for what, v := range cases {
		t.Run(what, func(t *testing.T) {
			r := request(loginURL, name+"="+v+"; "+browser+"="+in.cookie(browser))
			for _, where := range []session.Where{session.LoginHost, session.Elsewhere} {
				if f := s.mustRead(t, r, where); f.Session != nil || !f.Stale {
					t.Errorf("found %+v", f)
				}
			}
		})
	}
}

func TestTooManyCookies(t *testing.T) {
	s := newService(t)
	in := s.login(t, ann)
	own := name + "=" + in.cookie(name) + "; " + browser + "=" + in.cookie(browser)
	for _, c := range []struct {
		sentence string
		fields   []string
		refused  bool
	}{
		{"as many as browsers keep", []string{strings.Repeat("a=b; ", 180) + own}, false},
		{"a thousand", []string{strings.Repeat("a=b; ", 1000) + own}, true},
		{"a thousand without a name", []string{strings.Repeat(";", 1000) + own}, true},
		{"a thousand fields", append(strings.Fields(strings.Repeat("a=b ", 1000)), own), true},
		{"64 KiB in one", []string{"a=" + strings.Repeat("b", 64<<10) + "; " + own}, true},
		{"64 KiB in many fields", append(strings.Fields(strings.Repeat("a="+strings.Repeat("b", 1<<10)+" ", 64)), own), true},
		{"64 KiB of the session's name", []string{values(200) + strings.Repeat("x", 32<<10)}, true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			r := request(loginURL, "")
			r.Header["Cookie"] = c.fields
			f, err := s.Read(t.Context(), r, session.LoginHost)
			if c.refused != errors.Is(err, session.ErrTooManyCookies) || c.refused == (f.Session != nil) {
				t.Errorf("Read = %+v, %v", f.Session, err)
			}
		})
	}
}

// TestLookups counts the questions to the store, which are what a request costs.
func TestLookups(t *testing.T) {
	s := newService(t)
	a, b := s.login(t, ann), s.login(t, bob)
	own := name + "=" + a.cookie(name) + "; " + browser + "=" + a.cookie(browser)
	old := s.login(t, ann)
	for _, c := range []struct {
		sentence string
		cookies  string
		where    session.Where
		want     int
	}{
		{"no session cookie asks nothing", browser + "=" + a.cookie(browser), session.LoginHost, 0},
		{"junk asks nothing", values(8), session.Elsewhere, 0},
		{"one session asks once", own, session.LoginHost, 1},
		{"the bound one ends the search", own + "; " + name + "=" + b.cookie(name), session.LoginHost, 1},
		{"one value many times asks once", strings.Repeat(name+"="+a.cookie(name)+"; ", 30) + "x=y", session.Elsewhere, 1},
		{"two sessions ask twice", own + "; " + name + "=" + old.cookie(name), session.Elsewhere, 2},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			before := s.rows.lookups
			s.mustRead(t, request(loginURL, c.cookies), c.where)
			if got := s.rows.lookups - before; got != c.want {
				t.Errorf("%d lookups, want %d", got, c.want)
			}
		})
	}
	t.Run("a value past its end asks nothing", func(t *testing.T) {
		s.clock.Add(lifetime)
		before := s.rows.lookups
		s.mustRead(t, request(loginURL, own), session.LoginHost)
		if s.rows.lookups != before {
			t.Error("asked")
		}
	})
}

// Who signs out ends a session that the clock calls over: the clock may be set
// back, and a copy of the cookie would live again.
func TestWhoLeavesFindsWhatIsOver(t *testing.T) {
	for _, c := range []struct {
		sentence    string
		after       time.Duration
		ended       bool
		found, over bool
	}{
		{"a live one, as ever", 0, false, true, false},
		{"one that was idle for too long", idle, false, true, true},
		{"one past its absolute end", 10 * lifetime, false, true, true},
		{"none that was ended", 0, true, false, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			s := newService(t)
			in := s.login(t, ann)
			if c.ended {
				if err := s.End(t.Context(), &in.row); err != nil {
					t.Fatal(err)
				}
			}
			s.clock.Add(c.after)
			r := request(loginURL, name+"="+in.cookie(name)+"; "+browser+"="+in.cookie(browser))
			if f := s.mustRead(t, r, session.Leaving); (f.Session != nil) != c.found || f.Over != c.over {
				t.Errorf("session %v, over %v", f.Session, f.Over)
			}
			r = request(loginURL, name+"="+in.cookie(name))
			if f := s.mustRead(t, r, session.Leaving); f.Session != nil || f.Stale != (c.ended || c.over) {
				t.Errorf("in another browser: session %v, stale %v", f.Session, f.Stale)
			}
		})
	}
}

func TestEndings(t *testing.T) {
	s := newService(t)
	one, two, other := s.login(t, ann), s.login(t, ann), s.login(t, bob)
	live := func(in signedIn) bool {
		return s.mustRead(t, request(acmeURL, name+"="+in.cookie(name)), session.Elsewhere).Session != nil
	}
	if err := s.End(t.Context(), &one.row); err != nil || live(one) || !live(two) || !live(other) {
		t.Errorf("End: %v; live: %v %v %v", err, live(one), live(two), live(other))
	}
	three := s.login(t, ann)
	if n, err := s.EndAll(t.Context(), ann); n != 2 || err != nil || live(two) || live(three) || !live(other) {
		t.Errorf("EndAll = %d, %v; live: %v %v %v", n, err, live(two), live(three), live(other))
	}
	s.rows.down = errDown
	if err := s.End(t.Context(), &other.row); !errors.Is(err, errDown) {
		t.Error("End while the store is down:", err)
	}
	if _, err := s.EndAll(t.Context(), bob); !errors.Is(err, errDown) {
		t.Error("EndAll while the store is down:", err)
	}
}

func BenchmarkRead(b *testing.B) {
	s := newService(b)
	in := s.login(b, ann)
	for _, c := range []struct {
		name, cookies string
		where         session.Where
	}{
		{"elsewhere", "theme=dark; _ga=GA1.1.1; " + name + "=" + in.cookie(name), session.Elsewhere},
		{"login host", name + "=" + in.cookie(name) + "; " + browser + "=" + in.cookie(browser), session.LoginHost},
		{"no session", "theme=dark; _ga=GA1.1.1", session.Elsewhere},
		{"junk", name + "=" + strings.Repeat("A", 92), session.Elsewhere},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := request(acmeURL, c.cookies)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Read(b.Context(), r, c.where); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
