package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// lines are the log's, parsed, that have msg.
func (d *service) lines(msg string) []map[string]any {
	d.t.Helper()
	var found []map[string]any
	for line := range strings.Lines(d.log.String()) {
		var m map[string]any
		must(d.t, json.Unmarshal([]byte(line), &m))
		if m["msg"] == msg {
			found = append(found, m)
		}
	}
	return found
}

// O4: each of these is one structured event with what an auditor asks for. That
// no line holds a secret or an address (O2) and all is escaped (O3) is checked
// when any service of this package closes.
func TestEachStepIsOneEvent(t *testing.T) {
	for _, c := range []struct {
		sentence string
		do       func(d *service, c *http.Client)
		msg      string
		want     map[string]string // "*": anything but empty
	}{
		{
			"a login that lands", func(d *service, c *http.Client) { d.loginAs(c, "ann-1", "") }, "login",
			map[string]string{"outcome": "landed", "step": "organization", "reason": "ok", "user_id": "*", "organization_id": "*", "receipt": "*", "client": "192.0.2.7"},
		},
		{
			"a login that ends in a page", func(d *service, c *http.Client) { d.loginAs(c, "ann-1", "?organization=globex") }, "login",
			map[string]string{"outcome": "page", "step": "organization", "reason": "not_a_member", "user_id": "*", "organization_id": "*", "receipt": "*"},
		},
		{
			"a person who may not come in", func(d *service, c *http.Client) { d.loginAs(c, "dis-1", "") }, "login",
			map[string]string{"outcome": "refused", "reason": "disabled"},
		},
		{
			"an address that is not verified", func(d *service, c *http.Client) { d.loginAs(c, "unv-1", "") }, "login",
			map[string]string{"outcome": "refused", "reason": "email_not_verified"},
		},
		{
			"why that address was refused", func(d *service, c *http.Client) { d.loginAs(c, "unv-1", "") }, "request refused",
			map[string]string{"status": "403", "error": "email_not_verified: email_verified is false in the ID token; only the JSON value true is accepted"},
		},
		{
			"consent denied", func(d *service, c *http.Client) { d.loginAs(c, "den-1", "") }, "login",
			map[string]string{"outcome": "refused", "reason": "denied"},
		},
		{
			"an answer without a flow", func(d *service, c *http.Client) { get(d.t, c, public+"/auth/callback?code=x&state=y") }, "login",
			map[string]string{"outcome": "refused", "reason": "bad_state"},
		},
		{
			"an invitation accepted by a login", func(d *service, c *http.Client) { d.loginAs(c, "bob-1", "?invitation="+bobsToken) }, "invitation",
			map[string]string{"reason": "ok", "user_id": "*"},
		},
		{
			"an invitation refused", func(d *service, c *http.Client) { d.loginAs(c, "new-1", "?invitation="+bobsToken) }, "invitation",
			map[string]string{"reason": "email_mismatch", "user_id": "*"},
		},
		{"an invitation accepted by a form", func(d *service, c *http.Client) {
			d.loginAs(c, "ann-1", "")
			do(d.t, c, http.MethodPost, public+"/login", url.Values{"invitation": {"for-ann-at-beta-0123456789ab"}})
		}, "invitation", map[string]string{"reason": "ok", "user_id": "*"}},
		{"a logout", func(d *service, c *http.Client) {
			d.loginAs(c, "ann-1", "")
			do(d.t, c, http.MethodPost, public+"/logout", url.Values{})
		}, "logout", map[string]string{"user_id": "*", "session_id": "*", "sessions": "1"}},
		{"a request turned away behind a proxy", func(d *service, c *http.Client) {
			d.loginAs(c, "ann-1", "")
			get(d.t, c, "https://globex.example.test/auth/verify", "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: globex.example.test", "X-Forwarded-For: 198.51.100.7")
		}, "verify denied", map[string]string{"result": "forbidden", "reason": "not_a_member", "user_id": "*", "organization_id": "*", "client": "198.51.100.7"}},
		{"a proxy that is not trusted", func(d *service, c *http.Client) {
			get(d.t, c, "https://acme.example.test/auth/forward/x")
		}, "verify denied", map[string]string{"result": "untrusted", "reason": "host"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			d := newRealService(t)
			c.do(d, d.browser())
			lines := d.lines(c.msg)
			if len(lines) != 1 {
				t.Fatalf("%d lines: %v", len(lines), lines)
			}
			for name, want := range c.want {
				b, err := json.Marshal(lines[0][name])
				must(t, err)
				got := strings.Trim(string(b), `"`)
				if got != want && (want != "*" || got == "" || got == "null") {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if id, _ := lines[0]["request_id"].(string); len(id) != 16 {
				t.Errorf("request_id %q", id)
			}
		})
	}
}

func TestOnlyFailedRequestsAreLoggedWhereThatIsSet(t *testing.T) {
	d := newRealService(t)
	d.server.LogErrorsOnly = true
	c := d.browser()
	get(t, c, public+"/login")
	get(t, c, public+"/auth/start?prompt=login")
	if lines := d.lines("request"); len(lines) != 0 {
		t.Errorf("a request that succeeded is logged: %v", lines)
	}
	get(t, c, public+"/auth/session")
	get(t, c, public+"/nowhere")
	d.loginAs(c, "ann-1", "")
	if lines := d.lines("request"); len(lines) != 2 || lines[0]["status"] != 401.0 || lines[1]["status"] != 404.0 {
		t.Errorf("%v, want one line for 401 and one for 404", lines)
	}
	if lines := d.lines("login"); len(lines) != 1 {
		t.Errorf("%d lines of a login, want 1", len(lines))
	}
}

// Of what everybody does all day there is no line, only a number: verify's 200
// and 401, and forward's redirect.
func TestTheEverydayAnswersOfVerifyAreCountedNotLogged(t *testing.T) {
	d := newRealService(t)
	ann := d.browser()
	d.loginAs(ann, "ann-1", "")
	before := len(d.lines("request"))
	for _, c := range []*http.Client{ann, d.browser()} {
		for _, path := range []string{"/auth/verify", "/auth/forward"} {
			for _, mode := range []string{"navigate", "cors"} {
				get(t, c, "https://acme.example.test"+path, "Test-Peer: 127.0.0.1:1", "X-Forwarded-Host: acme.example.test", "Sec-Fetch-Mode: "+mode)
			}
		}
	}
	if n := len(d.lines("request")); n != before {
		t.Errorf("%d lines", n-before)
	}
	want := `
# HELP orglogin_verify_total Answers of /auth/verify and /auth/forward.
# TYPE orglogin_verify_total counter
orglogin_verify_total{result="degraded"} 0
orglogin_verify_total{result="failed"} 0
orglogin_verify_total{result="forbidden"} 0
orglogin_verify_total{result="ok"} 4
orglogin_verify_total{result="unauthenticated"} 4
orglogin_verify_total{result="untrusted"} 0
`
	if err := testutil.GatherAndCompare(d.registry, strings.NewReader(want), "orglogin_verify_total"); err != nil {
		t.Error(err)
	}
}

// O3, O6: what a client sends is in no line and no label, however it is sent.
func TestNothingOfARequestIsRepeatedInALine(t *testing.T) {
	d := newRealService(t)
	const mark = "attacker-was-here"
	for _, what := range []string{mark, mark + "\u2028\u202e\x1b[31m", mark + `","level":"ERROR`} {
		q := url.QueryEscape(what)
		for _, path := range []string{"/login?redirect=", "/login?organization=", "/login?invitation=", "/auth/callback?code=x&error=", "/auth/callback?state=", "/auth/start?login_hint=", "/", "/auth/why/"} {
			get(t, d.browser(), public+path+q, "User-Agent: "+mark, "Referer: https://"+mark, "X-Request-Id: "+mark, "X-Forwarded-For: "+mark, "Cookie: __Secure-session="+mark)
			get(t, d.browser(), public+path+q, "Test-Peer: 127.0.0.1:1", "X-Forwarded-For: "+mark)
		}
		do(t, d.browser(), http.MethodPost, public+"/login", url.Values{"invitation": {what}, "redirect": {what}})
	}
	do(t, d.browser(), strings.ToUpper(mark), public+"/login", nil)
	get(t, d.browser(), "https://"+mark+".example.test/login")
	get(t, d.browser(), "https://"+mark+".test/login")
	if log := strings.ToLower(d.log.String()); strings.Contains(log, mark) {
		t.Error(log)
	}
	families, err := d.registry.Gather()
	must(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if strings.Contains(l.GetValue(), mark) || len(l.GetValue()) > 40 {
					t.Errorf("%s{%s=%q}", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
}
