package handlers_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"orglogin/store/manage"
)

const bobsToken = "for-bob-at-acme-0123456789ab"

// K1: good until the second it expires, not one longer.
func TestAnInvitationExpiresToTheSecond(t *testing.T) {
	for name, c := range map[string]struct {
		left time.Duration
		want int
	}{"a second before": {time.Second, 302}, "at the second": {0, 410}, "a second after": {-time.Second, 410}} {
		t.Run(name, func(t *testing.T) {
			d := newRealService(t)
			ends := d.clock.Now().Truncate(time.Second).Add(time.Hour)
			d.importFile(fmt.Sprintf(`{"invitations":[{"organization":"acme","email":"bob@acme.test","token":"to-the-second-0123456789ab","expires_at":%q}]}`, ends.Format(time.RFC3339)))
			bob := d.browser()
			d.clock.Move(ends.Sub(d.clock.Now()) - c.left)
			u := d.answered(bob, "bob-1", "?invitation=to-the-second-0123456789ab")
			if res, _ := get(t, bob, u.String()); res.StatusCode != c.want {
				t.Errorf("%d, want %d", res.StatusCode, c.want)
			}
		})
	}
}

// The page of an invitation says who invited, as what and until when, before the login
// and after it, and so does the list.
func TestAnInvitationNamesWhoInvited(t *testing.T) {
	d := newRealService(t)
	ann, new := d.browser(), d.browser()
	d.loginAs(ann, "ann-1", "")
	_, body := get(t, ann, public+"/auth/session")
	var session struct{ User struct{ ID, Name string } }
	must(t, json.Unmarshal([]byte(body), &session))
	made, err := d.manage.CreateInvitation(t.Context(), command, "acme", manage.NewInvitation{
		Email: "new@nowhere.test", Role: "admin", InvitedBy: session.User.ID,
	})
	must(t, err)
	want := regexp.MustCompile(`<bdi class="strong">` + session.User.Name + `</bdi> invited you to join as an administrator\.( The invitation is valid until <bdi>\d+ [A-Z]\w+ 20\d\d</bdi>\.)?`)
	_, before := get(t, new, made.Link)
	d.loginAs(new, "new-1", "")
	_, after := get(t, new, made.Link)
	_, list := get(t, new, public+"/organizations")
	for page, body := range map[string]string{"before the login": before, "that asks": after, "of the list": list} {
		if !want.MatchString(body) {
			t.Errorf("the page %s:\n%s", page, body)
		}
	}
}

// K3: what opens a link changes nothing.
func TestOpeningALinkChangesNothing(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	link := public + "/login?invitation=for-ann-at-beta-0123456789ab"
	for range 3 {
		get(t, ann, link)
		do(t, ann, http.MethodHead, link, nil)
		get(t, ann, link, "Sec-Purpose: prefetch")
		get(t, d.browser(), link, "User-Agent: MailScanner/1.0")
		get(t, ann, public+"/auth/start?invitation=for-ann-at-beta-0123456789ab")
		do(t, ann, http.MethodPost, link, url.Values{}, "Sec-Fetch-Site: same-origin")
		do(t, ann, http.MethodPost, public+"/login", url.Values{"invitation": {"for-ann-at-beta-0123456789ab"}}, "Sec-Fetch-Site: cross-site")
	}
	if n := d.count(`SELECT count(*) FROM invitations WHERE accepted_by IS NOT NULL`); n != 0 {
		t.Errorf("%d accepted", n)
	}
}

// A link in a mail, on another site or typed by hand shows our page first, and
// nothing else of it begins.
func TestALoginWithAnInvitationBeginsOnOurOwnPageOnly(t *testing.T) {
	d := newRealService(t)
	for _, c := range []struct {
		sentence string
		headers  []string
		begins   bool
	}{
		{"from our page", []string{"Sec-Fetch-Site: same-origin"}, true},
		{"from our page, whose address the browser keeps to itself", []string{"Sec-Fetch-Site: same-origin", "Referer: https://evil.test/"}, true},
		{"typed, or opened from a mail", []string{"Sec-Fetch-Site: none"}, false},
		{"from a sibling", []string{"Sec-Fetch-Site: same-site"}, false},
		{"from another site", []string{"Sec-Fetch-Site: cross-site"}, false},
		{"from another site that names our page", []string{"Sec-Fetch-Site: cross-site", "Referer: https://login.example.test/login"}, false},
		{"an empty header", []string{"Sec-Fetch-Site: "}, false},
		{"two headers", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"}, false},
		{"a list", []string{"Sec-Fetch-Site: same-origin, none"}, false},
		{"no header at all", nil, false},
		{"our page by its address", []string{"Referer: https://login.example.test/login?invitation=x"}, true},
		{"our origin by its address", []string{"Referer: https://login.example.test/"}, true},
		{"a sibling by its address", []string{"Referer: https://acme.example.test/login"}, false},
		{"a name that begins like ours", []string{"Referer: https://login.example.test.evil.test/"}, false},
		{"a user name like ours", []string{"Referer: https://login.example.test@evil.test/"}, false},
		{"another port", []string{"Referer: https://login.example.test:8443/login"}, false},
		{"http", []string{"Referer: http://login.example.test/login"}, false},
		{"an empty address", []string{"Referer: "}, false},
		{"two addresses", []string{"Referer: https://login.example.test/login", "Referer: https://evil.test/"}, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			q := "?invitation=" + bobsToken + "&login_hint=bob%40acme.test&prompt=login&redirect=%2Fx"
			res, _ := get(t, d.browser(), public+"/auth/start"+q, c.headers...)
			to, err := res.Location()
			must(t, err)
			if !c.begins {
				if to.String() != public+"/login"+q || len(res.Cookies()) > 0 {
					t.Errorf("sent to %s with the cookies %v", to, res.Cookies())
				}
				return
			}
			if prompt := to.Query()["prompt"]; !strings.HasPrefix(to.String(), d.issuer) || len(prompt) != 1 || prompt[0] != "select_account" {
				t.Errorf("sent to %s", to)
			}
		})
	}
}

// K4: fifty at once, by form and by login, are one membership.
func TestFiftyAcceptancesAtOnceAreOne(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	token := "for-ann-at-beta-0123456789ab"
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			c := d.browser()
			c.Jar = jarOf(ann)
			res, body := do(t, c, http.MethodPost, public+"/login", url.Values{"invitation": {token}}, "Sec-Fetch-Site: same-origin")
			if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || to != "https://beta.example.test/dashboard" {
				t.Errorf("%d: %d %s %s", i, res.StatusCode, to, body)
			}
		})
	}
	all.Wait()
	if n := d.count(`SELECT count(*) FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE o.slug = 'beta'`); n != 2 {
		t.Errorf("%d members, want cem and ann", n)
	}
	// Each of the 50 is a step in the audit; its result is the reason.
	if n := strings.Count(d.log.String(), `"msg":"invitation"`); n != 50 {
		t.Errorf("%d audit lines", n)
	}
}

// K2, K5: the invitation alone says for whom, where, and as what.
func TestTheInvitationAloneSaysWhoAndWhat(t *testing.T) {
	d := newRealService(t)
	extra := "&role=owner&email=new%40nowhere.test&organization_id=x&org=globex"
	thief := d.browser()
	if res, body := d.loginAs(thief, "new-1", "?invitation="+bobsToken+extra); res.StatusCode != http.StatusForbidden || !strings.Contains(body, "bob@acme.test") {
		t.Errorf("%d", res.StatusCode)
	}
	res, _ := do(t, thief, http.MethodPost, public+"/login",
		url.Values{"invitation": {bobsToken}, "email": {"new@nowhere.test"}, "role": {"owner"}}, "Sec-Fetch-Site: same-origin")
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("%d", res.StatusCode)
	}
	bob := d.browser()
	if res, _ := d.loginAs(bob, "bob-1", "?invitation="+bobsToken+extra); res.Header.Get("Location") != home {
		t.Errorf("%d", res.StatusCode)
	}
	if n := d.count(`SELECT count(*) FROM memberships m JOIN profiles p ON p.id = m.profile_id WHERE p.email = 'bob@acme.test' AND m.role = 'admin'`); n != 1 {
		t.Error("bob is not the admin that the invitation makes him")
	}
	if n := d.count(`SELECT count(*) FROM memberships m JOIN profiles p ON p.id = m.profile_id WHERE p.email = 'new@nowhere.test'`); n != 0 {
		t.Error("the thief is a member of something")
	}
}

// K9: the page that a link opens does not send the address anywhere.
func TestAnInvitationIsToldToNobodyElse(t *testing.T) {
	d := newRealService(t)
	res, body := get(t, d.browser(), public+"/login?invitation="+bobsToken)
	if res.Header.Get("Referrer-Policy") != "same-origin" {
		t.Error(res.Header.Get("Referrer-Policy"))
	}
	for part := range strings.SplitSeq(body, `"`) {
		if strings.Contains(part, bobsToken) && !strings.HasPrefix(part, "/auth/start?") {
			t.Errorf("the page holds %s", part)
		}
	}
	q, _, _ := d.begin(d.browser(), "?invitation="+bobsToken)
	for name, values := range q {
		if strings.Contains(strings.Join(values, " "), bobsToken) {
			t.Errorf("the provider gets it in %s", name)
		}
	}
	// nor is it kept: the receipt and the log of a login know no token (inspect, O2)
	res, _ = d.loginAs(d.browser(), "bob-1", "?invitation="+bobsToken)
	receipt, err := d.store.AnyReceipt(t.Context(), res.Header.Get("X-Login-Receipt"))
	must(t, err)
	if strings.Contains(string(receipt.Decision), bobsToken) || strings.Contains(string(receipt.Decision), "bob@acme.test") {
		t.Error(string(receipt.Decision))
	}
}

// K10: unknown tokens of every shape are answered alike.
func TestUnknownTokensOfEveryShapeAreAlike(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	var page, first string
	for i, token := range []string{
		"an-unknown-invitation-token", "a", strings.Repeat("a", 300), strings.Repeat("b", 5000), "ünï", "\x00", "' OR 1=1 --", "%", "../..",
		bobsToken + "x", bobsToken[:27], strings.ToUpper(bobsToken), " " + bobsToken, "<script>alert(1)</script>",
	} {
		res, body := get(t, d.browser(), public+"/login?invitation="+url.QueryEscape(token))
		body = without(body)
		if i == 0 {
			page = body
		}
		if res.StatusCode != http.StatusOK || body != page {
			t.Errorf("the page for %.40q: %d\n%s", token, res.StatusCode, body)
		}
		res, body = get(t, ann, public+"/login?invitation="+url.QueryEscape(token))
		body = without(body)
		if i == 0 {
			first = body
		}
		if res.StatusCode != http.StatusNotFound || body != first {
			t.Errorf("%.40q: %d\n%s\n%s", token, res.StatusCode, body, first)
		}
	}
}

// What mail programs and people add behind a link is no part of the token, on
// any way in.
func TestPunctuationBehindAnInvitationLinkIsCut(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	const anns = "for-ann-at-beta-0123456789ab"
	for _, added := range []string{".", ">", ")", ",", ";", "'", `"`, ":", "!", "?", "]", "}", "`", "*", ">.", ").", "”", "’,", "…", "。", "\u200b", "\u00a0", " ", "\r\n"} {
		added := url.QueryEscape(added)
		if _, body := get(t, d.browser(), public+"/login?invitation="+bobsToken+added); !strings.Contains(body, `href="/auth/start?invitation=`+bobsToken+`"`) {
			t.Errorf("the page of a link that ends in %s:\n%s", added, body)
		}
		if _, body := get(t, ann, public+"/login?invitation="+anns+added); !strings.Contains(body, `name="invitation" value="`+anns+`"`) {
			t.Errorf("the page that asks, of a link that ends in %s:\n%s", added, body)
		}
	}
	if res, _ := d.loginAs(d.browser(), "bob-1", "?invitation="+bobsToken+"%3E."); res.Header.Get("Location") != home {
		t.Errorf("a login begun from it: %d", res.StatusCode)
	}
	res, _ := do(t, ann, http.MethodPost, public+"/login", url.Values{"invitation": {anns + ")"}}, fromOurPage)
	if to := res.Header.Get("Location"); to != "https://beta.example.test/dashboard" {
		t.Errorf("accepted by the form: %d %s", res.StatusCode, to)
	}
}

var varies = regexp.MustCompile(`invitation=[^"&]*|class="reference">[^<]*`)

// without takes out what differs by what was asked.
func without(body string) string { return varies.ReplaceAllString(html.UnescapeString(body), "") }

// K11: what comes back from the provider is what was asked for, whatever a
// sibling host does to the cookies meanwhile.
func TestAPendingInvitationCannotBeSwapped(t *testing.T) {
	d := newRealService(t)
	d.importFile(`{"invitations":[{"organization":"globex","email":"bob@acme.test","token":"the-attackers-0123456789ab","expires_at":"2099-01-01T00:00:00Z"}]}`)
	bob, attacker := d.browser(), d.browser()
	good := d.answered(bob, "bob-1", "?invitation="+bobsToken)
	_, flow, _ := d.begin(attacker, "?invitation=the-attackers-0123456789ab")
	swapped := d.answered(attacker, "bob-1", "?invitation=the-attackers-0123456789ab")
	// A sibling cannot write __Host- cookies; even where an old browser let it, the
	// cookie is bound to the state of its own login.
	q := good.Query()
	id := strings.TrimPrefix(flow.Name, "__Host-flow-")
	for _, name := range []string{flow.Name, "__Host-flow-" + id} {
		res, _ := get(t, bob, good.String(), "Cookie: "+name+"="+flow.Value)
		if signedIn(res) && !strings.Contains(res.Header.Get("Location"), "acme") {
			t.Error("swapped by the cookie")
		}
	}
	q.Set("state", swapped.Query().Get("state"))
	good.RawQuery = q.Encode()
	if res, _ := get(t, bob, good.String()); signedIn(res) {
		t.Error("swapped by the state")
	}
	if n := d.count(`SELECT count(*) FROM invitations i JOIN organizations o ON o.id = i.organization_id WHERE o.slug = 'globex' AND i.accepted_by IS NOT NULL`); n != 0 {
		t.Error("the attacker's invitation was accepted")
	}
}
