package handlers_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"orglogin/handlers/signin/fakeidp"
)

// answered begins a login and returns the provider's answer, not yet brought back.
func (d *service) answered(c *http.Client, subject, intent string) *url.URL {
	d.t.Helper()
	d.pick(subject)
	res, _ := get(d.t, c, public+"/auth/start"+intent, fromOurPage)
	res, _ = follow(d.t, c, res)
	to, err := res.Location()
	must(d.t, err)
	return to
}

// redeemed counts the codes that reach the provider.
func (d *service) redeemed() *atomic.Int32 {
	var n atomic.Int32
	d.answerAs(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			n.Add(1)
		}
		return false
	})
	return &n
}

func signedIn(res *http.Response) bool {
	for _, c := range res.Cookies() {
		if strings.HasPrefix(c.Name, "__Secure-session") && c.MaxAge > 0 {
			return true
		}
	}
	return false
}

// The authorization response: every answer that is not exactly the one of this
// browser's own login is refused, redeems nothing, begins no session, and leaves
// the login in progress as it was (B1, B2, B5 to B9, B11).
func TestOnlyTheAnswerToThisBrowsersLoginIsRedeemed(t *testing.T) {
	raw := func(f func(query string) string) func(*service, *url.URL) {
		return func(_ *service, u *url.URL) { u.RawQuery = f(u.RawQuery) }
	}
	query := func(f func(q url.Values)) func(*service, *url.URL) {
		return func(_ *service, u *url.URL) {
			q := u.Query()
			f(q)
			u.RawQuery = q.Encode()
		}
	}
	set := func(name, value string) func(*service, *url.URL) {
		return query(func(q url.Values) { q.Set(name, value) })
	}
	state := func(f func(string) string) func(*service, *url.URL) {
		return query(func(q url.Values) { q.Set("state", f(q.Get("state"))) })
	}
	d := newRealService(t)
	for _, c := range []struct {
		id, sentence string
		change       func(*service, *url.URL)
	}{
		{"B1", "a missing state", query(func(q url.Values) { q.Del("state") })},
		{"B1", "an empty state", set("state", "")},
		{"B1", "a state cut short", state(func(s string) string { return s[:len(s)-1] })},
		{"B1", "half a state", state(func(s string) string { return s[:len(s)/2] })},
		{"B1", "a state made longer", state(func(s string) string { return s + "A" })},
		{"B1", "a state with padding", state(func(s string) string { return s + "=" })},
		{"B1", "a state in other case", state(strings.ToUpper)},
		{"B1", "a state with one bit changed", state(func(s string) string { return flip(s, len(s)/2) })},
		{"B1", "a state whose last bits differ", state(func(s string) string { return flip(s, len(s)-1) })},
		{"B1", "a state with a blank", state(func(s string) string { return " " + s })},
		{"B1", "a state with a line end", state(func(s string) string { return s + "\n" })},
		{"B1", "a state with NUL", state(func(s string) string { return s + "\x00" })},
		{"B1", "the state of another login of this browser's", func(d *service, u *url.URL) {
			q := u.Query()
			q.Set("state", d.answered(d.browser(), "ann-1", "").Query().Get("state"))
			u.RawQuery = q.Encode()
		}},
		{"B2", "the state twice", raw(func(q string) string { return q + "&state=x" })},
		{"B2", "the state twice, ours last", raw(func(q string) string { return "state=x&" + q })},
		{"B2", "the state twice, alike", query(func(q url.Values) { q.Add("state", q.Get("state")) })},
		{"B2", "the code twice", raw(func(q string) string { return q + "&code=x" })},
		{"B2", "the code twice, ours last", raw(func(q string) string { return "code=x&" + q })},
		{"B2", "iss twice", raw(func(q string) string { return q + "&iss=x" })},
		{"B2", "iss twice, ours last", raw(func(q string) string { return "iss=x&" + q })},
		{"B2", "error twice", raw(func(q string) string { return q + "&error=a&error=b" })},
		{"B8", "a semicolon between", raw(func(q string) string { return strings.ReplaceAll(q, "&", ";") })},
		{"B8", "a semicolon at the end", raw(func(q string) string { return q + ";x=y" })},
		{"B8", "a bad escape", raw(func(q string) string { return q + "&x=%zz" })},
		{"B8", "a cut escape", raw(func(q string) string { return q + "%" })},
		{"B8", "thousands of parameters", raw(func(q string) string { return q + strings.Repeat("&x=y", 2000) })},
		{"B8", "a very long query", raw(func(q string) string { return q + "&x=" + strings.Repeat("y", 1<<14) })},
		{"B8", "everything behind a fragment", func(_ *service, u *url.URL) { u.Fragment, u.RawQuery = u.RawQuery, "" }},
	} {
		t.Run(c.id+" "+c.sentence, func(t *testing.T) {
			codes, ann := d.redeemed(), d.browser()
			good := d.answered(ann, "ann-1", "")
			bad := *good
			c.change(d, &bad)
			res, body := get(t, ann, bad.String())
			if res.StatusCode < 400 || res.StatusCode > 499 || signedIn(res) || codes.Load() != 0 {
				t.Errorf("%d, redeemed %d, signed in %v", res.StatusCode, codes.Load(), signedIn(res))
			}
			checkOwnWords(t, body)
			if res, _ := get(t, ann, good.String()); res.StatusCode != http.StatusFound || !signedIn(res) { // B11
				t.Errorf("the good answer afterwards: %d", res.StatusCode)
			}
		})
	}
}

// What takes the flow, redeems nothing all the same: iss and error are judged
// once the flow is known (B5, B6, B10).
func TestAnErrorOrAForeignIssuerIsNeverRedeemed(t *testing.T) {
	d := newRealService(t)
	for _, c := range []struct {
		id, sentence string
		change       func(q url.Values)
		status       int
	}{
		{"B5", "another issuer", func(q url.Values) { q.Set("iss", "https://evil.test") }, 400},
		{"B5", "an issuer with a slash more", func(q url.Values) { q.Set("iss", q.Get("iss")+"/") }, 400},
		{"B5", "an issuer in other case", func(q url.Values) { q.Set("iss", strings.ToUpper(q.Get("iss"))) }, 400},
		{"B5", "no issuer though the provider always sends it", func(q url.Values) { q.Del("iss") }, 400},
		{"B6", "an error beside a good code", func(q url.Values) { q.Set("error", "access_denied") }, 400},
		{"B6", "an empty error", func(q url.Values) { q.Set("error", "") }, 400},
		{"B6", "an error that is not defined", func(q url.Values) { q.Set("error", "<script>alert(1)</script>") }, 400},
		{"B6", "login_required", func(q url.Values) { q.Del("code"); q.Set("error", "login_required") }, 400},
		{"B6", "the provider's own failure", func(q url.Values) { q.Set("error", "server_error") }, 502},
		{"B6", "the provider is busy", func(q url.Values) { q.Set("error", "temporarily_unavailable") }, 502},
		{"B6", "neither code nor error", func(q url.Values) { q.Del("code") }, 400},
		{"B6", "an empty code", func(q url.Values) { q.Set("code", "") }, 400},
		{"B7", "an error with words", func(q url.Values) {
			q.Set("error", "access_denied")
			q.Set("error_description", `<a href="https://evil.test">click</a>`)
			q.Set("error_uri", "javascript:alert(1)")
		}, 400},
	} {
		t.Run(c.id+" "+c.sentence, func(t *testing.T) {
			codes, ann := d.redeemed(), d.browser()
			u := d.answered(ann, "ann-1", "?redirect=%2Freports")
			q := u.Query()
			c.change(q)
			u.RawQuery = q.Encode()
			res, body := get(t, ann, u.String())
			if res.StatusCode != c.status || signedIn(res) || codes.Load() != 0 {
				t.Errorf("%d, redeemed %d, signed in %v", res.StatusCode, codes.Load(), signedIn(res))
			}
			if res.Header.Get("Location") != "" || res.Header.Get("Refresh") != "" { // B10
				t.Errorf("leads on by itself: %v", res.Header)
			}
			checkOwnWords(t, body)
			if !strings.Contains(body, `href="/auth/start?`) || !strings.Contains(body, "redirect=%2Freports") {
				t.Error("no link starts again with the same intent")
			}
			if log := d.log.String(); strings.Contains(log, "evil.test") || strings.Contains(log, "alert") {
				t.Error("the log repeats the provider's words")
			}
		})
	}
}

// checkOwnWords: nothing of the answer is repeated (B7).
func checkOwnWords(t *testing.T, body string) {
	t.Helper()
	for _, foreign := range []string{"evil.test", "alert", "javascript:", "access_denied", "server_error", "login_required"} {
		if strings.Contains(body, foreign) {
			t.Errorf("the page says %q", foreign)
		}
	}
}

// flip changes one character of a base64url text to its neighbour.
func flip(s string, at int) string {
	c := byte('A')
	if s[at] == 'A' {
		c = 'B'
	}
	return s[:at] + string(c) + s[at+1:]
}

// B5: a provider that does not say that it sends iss need not.
func TestIssIsNotMissedWhereTheProviderDoesNotPromiseIt(t *testing.T) {
	d := newService(t, serviceConfig{trust: true, fixture: read(t, "testdata/fixture.json"), mangle: fakeidp.Mangle{
		Discovery: func(m map[string]any) { delete(m, "authorization_response_iss_parameter_supported") },
	}})
	ann := d.browser()
	u := d.answered(ann, "ann-1", "")
	q := u.Query()
	q.Del("iss")
	u.RawQuery = q.Encode()
	if res, _ := get(t, ann, u.String()); res.StatusCode != http.StatusFound || !signedIn(res) {
		t.Error(res.StatusCode)
	}
}

// B3: a second time it is refused as a login, even though this provider would
// redeem the code again.
func TestTheSameAnswerIsRedeemedOnce(t *testing.T) {
	d := newRealService(t)
	codes := d.redeemed()
	ann := d.browser()
	u := d.answered(ann, "ann-1", "")
	held := ann.Jar.Cookies(u)
	if res, _ := get(t, ann, u.String()); !signedIn(res) {
		t.Fatal(res.StatusCode)
	}
	again := d.browser() // with the flow's cookie, as a copied profile has it
	again.Jar.SetCookies(u, held)
	for name, c := range map[string]*http.Client{"the same browser": ann, "another browser": again} {
		res, _ := get(t, c, u.String())
		if signedIn(res) || codes.Load() != 1 {
			t.Errorf("%s: %d, redeemed %d", name, res.StatusCode, codes.Load())
		}
	}
}

// B4: of twenty at once one signs in, the others are refused or healed.
func TestTwentyIdenticalAnswersAtOnceAreOneSession(t *testing.T) {
	d := newRealService(t)
	codes := d.redeemed()
	ann := d.browser()
	u := d.answered(ann, "ann-1", "")
	held := ann.Jar.Cookies(u)
	var all sync.WaitGroup
	var sessions atomic.Int32
	for range 20 {
		all.Go(func() {
			c := d.browser() // each with the cookies as they were when the answer came
			c.Jar.SetCookies(u, held)
			res, _ := get(t, c, u.String())
			if res.StatusCode >= 500 {
				t.Error(res.StatusCode)
			}
			if signedIn(res) {
				sessions.Add(1)
			}
		})
	}
	all.Wait()
	profiles, err := d.store.Profiles(t.Context(), "ann@acme.test")
	must(t, err)
	rows, err := d.store.SessionsOf(t.Context(), profiles[0].ID)
	must(t, err)
	if sessions.Load() != 1 || codes.Load() != 1 || len(rows) != 1 {
		t.Errorf("%d signed in, %d codes redeemed, %d sessions", sessions.Load(), codes.Load(), len(rows))
	}
}

// B8: the callback is GET with a query.
func TestTheCallbackIsGetAlone(t *testing.T) {
	d := newRealService(t)
	codes, ann := d.redeemed(), d.browser()
	u := d.answered(ann, "ann-1", "")
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "CONNECT", "PROPFIND", "get"} {
		t.Run(method, func(t *testing.T) {
			res, _ := do(t, ann, method, u.String(), u.Query())
			if res.StatusCode != http.StatusMethodNotAllowed || signedIn(res) || codes.Load() != 0 {
				t.Errorf("%d", res.StatusCode)
			}
		})
	}
	if res, _ := get(t, ann, u.String()); !signedIn(res) {
		t.Error("afterwards", res.StatusCode)
	}
}

// B12: a code of another login is refused by PKCE, and by the nonce where the
// provider does not look at PKCE.
func TestACodeOfAnotherLoginIsRefused(t *testing.T) {
	for name, pkce := range map[string]bool{"the provider checks PKCE": true, "the provider ignores PKCE": false} {
		t.Run(name, func(t *testing.T) {
			d := newRealService(t)
			if !pkce {
				d.answerAs(ignorePKCE)
			}
			attacker, victim := d.browser(), d.browser()
			stolen := d.answered(attacker, "new-1", "")
			u := d.answered(victim, "ann-1", "")
			q := u.Query()
			q.Set("code", stolen.Query().Get("code"))
			u.RawQuery = q.Encode()
			res, _ := get(t, victim, u.String())
			if res.StatusCode < 400 || signedIn(res) {
				t.Errorf("%d", res.StatusCode)
			}
		})
	}
}

// ignorePKCE makes the provider see the same challenge and verifier every time.
func ignorePKCE(_ http.ResponseWriter, r *http.Request) bool {
	const verifier = "one-verifier-for-all-of-them-is-as-good-as-none"
	switch r.URL.Path {
	case "/authorize":
		sum := sha256.Sum256([]byte(verifier))
		q := r.URL.Query()
		q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
		r.URL.RawQuery = q.Encode()
	case "/token":
		if err := r.ParseForm(); err != nil {
			return false
		}
		r.PostForm.Set("code_verifier", verifier)
		r.Form = nil
		body := r.PostForm.Encode()
		r.PostForm = nil
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
	return false
}

// B9 and B13: nothing beside code and state counts, and neither stays behind.
func TestTheCallbackLeavesNothingBehind(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	u := d.answered(ann, "ann-1", "?redirect=%2Freports")
	u.RawQuery += "&redirect=%2Fx&return_to=%2Fx&rd=%2Fx&next=%2Fx&organization=globex&invitation=x&hd=evil.test&session_state=1"
	res, _ := get(t, ann, u.String())
	if to := res.Header.Get("Location"); to != "https://acme.example.test/reports" {
		t.Error(to)
	}
	if res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" {
		t.Error(res.Header)
	}
	for _, c := range ann.Jar.Cookies(u) {
		if strings.HasPrefix(c.Name, "__Host-flow") {
			t.Error("the flow's cookie is still there")
		}
	}
	// and a page that refuses loads nothing of anybody else's
	_, body := get(t, d.browser(), u.String())
	for part := range strings.SplitSeq(body, `"`) {
		if strings.HasPrefix(part, "http") && !strings.HasPrefix(part, public) {
			t.Errorf("the page names %s", part)
		}
	}
}
