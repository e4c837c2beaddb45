package redirect_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"orglogin/redirect"
	"orglogin/store"
)

// TestTrace holds the four entries, in the order of the steps, as
// "verdict reason" each, with a star where the entry needed a lookup.
func TestTrace(t *testing.T) {
	for _, r := range []struct {
		name string
		row
		want [4]string
	}{
		{
			"a URL",
			row{who: memberOf("acme"), redirect: "https://acme.example.test/"},
			[4]string{"taken ok*", "not_reached not_given", "not_reached not_given", "not_reached not_given"},
		},
		{
			"a URL that needs no lookup",
			row{redirect: "https://docs.partner.test/"},
			[4]string{"taken ok", "not_reached not_given", "not_reached not_given", "not_reached not_given"},
		},
		{
			"an invitation that is accepted although the redirect decides",
			row{invitation: "pending", redirect: "https://docs.partner.test/"},
			[4]string{"taken ok", "passed ok*", "not_reached not_given", "not_reached not_given"},
		},
		{
			"an invitation",
			row{invitation: "pending"},
			[4]string{"passed not_given", "taken ok*", "not_reached not_given", "not_reached not_given"},
		},
		{
			"an invitation that does not hold, a good redirect beside it",
			row{invitation: "expired", redirect: "/x"},
			[4]string{"passed ok", "refused expired*", "not_reached not_given", "not_reached not_given"},
		},
		{
			"an organization",
			row{who: memberOf("acme")},
			[4]string{"passed not_given", "passed not_given", "taken ok*", "not_reached not_given"},
		},
		{
			"an organization after a refused redirect",
			row{who: memberOf("acme"), redirect: "//evil.test"},
			[4]string{"refused malformed", "passed not_given", "taken ok*", "not_reached not_given"},
		},
		{
			"a page of the redirect",
			row{who: memberOf("acme"), redirect: "https://globex.example.test/"},
			[4]string{"refused not_a_member*", "not_reached not_given", "not_reached not_given", "not_reached not_given"},
		},
		{
			"a page of the organization, a path waiting",
			row{who: memberOf("acme"), redirect: "/x", host: "globex"},
			[4]string{"passed not_a_member*", "passed not_given", "refused not_a_member*", "not_reached not_given"},
		},
		{
			"the chooser, a path waiting",
			row{who: memberOf("acme", "globex"), redirect: "/x"},
			[4]string{"passed choose*", "passed not_given", "taken choose*", "not_reached not_given"},
		},
		{
			"the fallback without a place",
			row{redirect: "/x"},
			[4]string{"refused no_organization*", "passed not_given", "passed no_organization*", "taken no_organization"},
		},
		{
			"the fallback of a place that is not verified",
			row{invitation: "unverified"},
			[4]string{"passed not_given", "refused subdomain_not_verified*", "refused subdomain_not_verified*", "taken subdomain_not_verified"},
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			var got [4]string
			for i, e := range resolve(t, r.row).Trace {
				got[i] = string(e.Verdict) + " " + string(e.Reason)
				switch {
				case e.Source == store.FromDatabase && e.Age == 1500*time.Millisecond:
					got[i] += "*"
				case e.Source != "" || e.Age != 0:
					t.Errorf("%s was answered from %q, %s ago", e.Step, e.Source, e.Age)
				}
			}
			if got != r.want {
				t.Errorf("the trace is\n\t%q, want\n\t%q", got, r.want)
			}
		})
	}
}

func TestTheTraceTellsNoSecret(t *testing.T) {
	const secret = "s3cret-s3cret-s3cret-s3cret"
	for _, r := range []row{
		{redirect: "https://acme.example.test/?token=" + secret, who: memberOf("acme")},
		{redirect: "https://globex.example.test/" + secret, who: memberOf("acme")},
		{redirect: "/x#" + secret},
		{redirect: "https://" + secret + "@acme.example.test/"},
		{redirect: "https://" + secret + ".example.test/"},
		{redirect: "\x00" + secret},
		{invitation: secret},
		{host: "../" + secret},
		{host: secret},
	} {
		d := resolve(t, r)
		for _, e := range d.Trace {
			if strings.Contains(e.Detail, secret) {
				t.Errorf("%+v: %s tells %q", r, e.Step, e.Detail)
			}
		}
	}
}

func TestDecisionJSON(t *testing.T) {
	d := resolve(t, row{who: memberOf("acme"), redirect: "https://acme.example.test/?a=1&b=<2>"})
	if d.RefusedRedirect != store.Malformed {
		t.Fatalf("an angle bracket passed: %+v", d)
	}
	d = resolve(t, row{who: memberOf("acme"), redirect: "https://acme.example.test/?a=1&b=2"})
	d.Receipt = "abcdefghijklmnop"
	got, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
  "outcome": "land",
  "status": 302,
  "url": "https://acme.example.test/?a=1\u0026b=2",
  "step": "explicit",
  "reason": "ok",
  "receipt": "abcdefghijklmnop",
  "trace": [
    {
      "step": "explicit",
      "verdict": "taken",
      "reason": "ok",
      "detail": "a page of acme, which is open to the person",
      "source": "database",
      "age_seconds": 1.5
    },
    {
      "step": "invitation",
      "verdict": "not_reached",
      "reason": "not_given",
      "detail": "no invitation was brought",
      "source": "",
      "age_seconds": 0
    },
    {
      "step": "organization",
      "verdict": "not_reached",
      "reason": "not_given",
      "detail": "decided before",
      "source": "",
      "age_seconds": 0
    },
    {
      "step": "fallback",
      "verdict": "not_reached",
      "reason": "not_given",
      "detail": "decided before",
      "source": "",
      "age_seconds": 0
    }
  ]
}`
	if string(got) != want {
		t.Errorf("writes\n%s\nwant\n%s", got, want)
	}

	var back redirect.Decision
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	d.Organization = nil // not part of it
	if !reflect.DeepEqual(back, d) {
		t.Errorf("reads back as\n%+v, want\n%+v", back, d)
	}
}

func TestDecisionJSONRefuses(t *testing.T) {
	for _, r := range []struct{ name, text string }{
		{"what is no JSON", `{`},
		{"a status that is no number", `{"status":"302"}`},
		{"an age before its time", `{"trace":[{"age_seconds":-1}]}`},
		{"an age beyond all ages", `{"trace":[{"age_seconds":1e300}]}`},
	} {
		t.Run(r.name, func(t *testing.T) {
			var d redirect.Decision
			if err := json.Unmarshal([]byte(r.text), &d); err == nil {
				t.Errorf("%s is read as %+v", r.text, d)
			}
		})
	}
}
