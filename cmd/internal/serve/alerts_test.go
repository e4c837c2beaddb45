package serve

import (
	"strings"
	"testing"
	"time"
)

// alertCases are series, in the notation of promtool with a sample a minute, that make an alert fire at their end, and
// others near them that must not.
func alertCases() map[string]struct{ fires, silent [][]string } {
	const landed = `orglogin_logins_total{outcome="landed",step="organization",reason="ok"} `
	const fallback = `orglogin_logins_total{outcome="landed",step="fallback",reason="subdomain_not_verified"} `
	const failed = `orglogin_logins_total{outcome="failed",step="",reason="provider_away"} `
	const refused = `orglogin_logins_total{outcome="refused",step="",reason="no_cookie"} `
	const requests = `orglogin_requests_total{route="/login",status="2xx"} `
	up := func(store, values string) []string {
		return []string{`orglogin_store_up{store="` + store + `"} ` + values}
	}
	type series = [][]string
	return map[string]struct{ fires, silent [][]string }{
		"OrgloginDown":           {series{{`orglogin_verify_total{result="ok"} 1x10`}}, series{up("database", "0x10")}},
		"OrgloginDatabaseDown":   {series{up("database", "1x5 0x3")}, series{up("database", "1x10"), up("database", "1x10 0"), up("redis", "0x10")}},
		"OrgloginReadinessFlaps": {series{up("database", "1 0 1 0 1 1 1")}, series{up("database", "1x10 0x10 1"), up("redis", "1 0 1 0 1 0 1")}},
		"OrgloginRedisDown":      {series{up("redis", "1x5 0x7")}, series{up("redis", "1x10 0x3"), up("database", "0x10")}},
		"OrgloginProviderDown": {
			series{{`orglogin_connection_up{connection="default"} 1x5 0x4`, `orglogin_connection_up{connection="github"} 1x9`}},
			series{{`orglogin_connection_up{connection="default"} 1x9`}, {`orglogin_connection_up{connection="default"} 1x9 0`}},
		},
		"OrgloginProviderSlow": {
			series{slow(`orglogin_provider_request_duration_seconds_bucket{endpoint="token",le=%}`, "5")},
			series{slow(`orglogin_provider_request_duration_seconds_bucket{endpoint="token",le=%}`, "0.5"), slow(`orglogin_organization_provider_request_duration_seconds_bucket{endpoint="token",le=%}`, "5")},
		},
		"OrgloginLoginsFail": {
			series{{landed + "0+90x10", failed + "0+10x10"}},
			series{{landed + "0+990x10", failed + "0+10x10"}, {landed + "0x10", failed + "0x9 1"}, {landed + "0+90x10", refused + "0+90x10", failed + "0x10"}},
		},
		"OrgloginLoginsRefused": {
			series{{landed + "0+50x25", refused + "0+50x25"}},
			series{{landed + "0+90x25", refused + "0+10x25"}, {landed + "0+0x25", refused + "0x20 1 2 3 4 5"}},
		},
		"OrgloginLandingsFallBack": {
			series{{landed + "0+10x1600", fallback + "0x1580 5+5x20"}},
			series{
				{landed + "0+10x1600", fallback + "0+5x1600"},      // as always
				{landed + "0+10x1600", fallback + "0x1590 1+0x10"}, // one person
				{landed + "0x1580 10+10x20", fallback + "0x1600"},
			},
		},
		"OrgloginServerErrors": {
			series{{requests + "0+90x10", `orglogin_requests_total{route="/login",status="5xx"} 0+10x10`}},
			series{{requests + "0+9990x10", `orglogin_requests_total{route="/login",status="5xx"} 0+10x10`}, {requests + "0+1x10", `orglogin_requests_total{route="/login",status="5xx"} 0x9 1`}},
		},
		"OrgloginVerifyDegraded": {
			series{{`orglogin_verify_total{result="degraded"} 0x5 1+1x5`}},
			series{{`orglogin_verify_total{result="ok"} 0+10x10`, `orglogin_verify_total{result="degraded"} 7x10`}},
		},
		"OrgloginVerifySlow": {
			series{slow(`orglogin_request_duration_seconds_bucket{route="/auth/verify",le=%}`, "0.5")},
			series{slow(`orglogin_request_duration_seconds_bucket{route="/auth/verify",le=%}`, "0.005"), slow(`orglogin_request_duration_seconds_bucket{route="/login",le=%}`, "5")},
		},
		"OrgloginLoginSlow": {
			series{slow(`orglogin_request_duration_seconds_bucket{route="/auth/callback/:connection",le=%}`, "5")},
			series{slow(`orglogin_request_duration_seconds_bucket{route="/auth/callback",le=%}`, "0.5"), slow(`orglogin_request_duration_seconds_bucket{route="/auth/verify",le=%}`, "5")},
		},
		"OrgloginRateLimited": {
			series{{requests + "0+90x15", `orglogin_requests_total{route="/auth/start",status="429"} 0+10x15`}},
			series{{requests + "0+990x15", `orglogin_requests_total{route="/auth/start",status="429"} 0+10x15`}, {requests + "0+90x15", `orglogin_requests_total{route="/auth/start",status="4xx"} 0+10x15`}},
		},
		"OrgloginProxyNotTrusted": {
			series{{`orglogin_verify_total{result="untrusted"} 0+5x10`}},
			series{{`orglogin_verify_total{result="untrusted"} 0x9 1`}, {`orglogin_verify_total{result="forbidden"} 0+5x10`}},
		},
		"OrgloginRedirectsRefused": {
			series{{`orglogin_redirects_refused_total{reason="host"} 0+10x15`}},
			series{{`orglogin_redirects_refused_total{reason="host"} 0+1x15`}, {`orglogin_redirects_refused_total{reason="not_a_member"} 0+10x15`}},
		},
		"OrgloginMailStuck": {
			series{{`orglogin_mail_attempts_total{result="queued"} 0+1x40`, `orglogin_mail_attempts_total{result="sent"} 9x40`}},
			series{{`orglogin_mail_attempts_total{result="queued"} 0+1x40`, `orglogin_mail_attempts_total{result="sent"} 0+1x40`}, {`orglogin_mail_attempts_total{result="queued"} 3x40`, `orglogin_mail_attempts_total{result="sent"} 0x40`}},
		},
		"OrgloginMailFails": {
			series{{`orglogin_mail_attempts_total{result="failed"} 0x10 1`}}, series{{`orglogin_mail_attempts_total{result="failed"} 4x10`}},
		},
		"OrgloginDomainRecordGone": {
			series{{`orglogin_domain_checks_total{verdict="missing"} 0x10 1`}},
			series{{`orglogin_domain_checks_total{verdict="missing"} 1x10`}, {`orglogin_domain_checks_total{verdict="unanswered"} 0+1x10`}},
		},
		"OrgloginApiCertificateExpires": {
			series{{`orglogin_api_certificate_expiry_timestamp_seconds 864000x10`}}, // the series begin in 1970
			series{{`orglogin_api_certificate_expiry_timestamp_seconds 2592000x10`}},
		},
		"OrgloginApiErrors": {
			series{{`orglogin_api_requests_total{route="GET /v1/people",status="503"} 0+2x10`}},
			series{{`orglogin_api_requests_total{route="GET /v1/people",status="503"} 0x9 1`}, {`orglogin_api_requests_total{route="GET /v1/people",status="422"} 0+5x10`}},
		},
	}
}

// slow is a histogram of ten calls a minute, all of which took as long as the bucket.
func slow(name, bucket string) []string {
	var all []string
	below := true
	for _, le := range []string{"0.0025", "0.005", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"} {
		if le == bucket {
			below = false
		}
		values := " 0+10x30"
		if below {
			values = " 0x30"
		}
		all = append(all, strings.Replace(name, "%", `"`+le+`"`, 1)+values)
	}
	return all
}

func TestEachAlertFiresWhenItShould(t *testing.T) {
	rules, cases := alerts(t), alertCases()
	for name, rule := range rules {
		c := cases[name]
		if len(c.fires) == 0 || len(c.silent) == 0 {
			t.Errorf("%s has no case that fires, or none that is silent", name)
		}
		for _, series := range c.fires {
			if !fires(t, rule.Expr, rule.For, series) {
				t.Errorf("%s is silent with %q", name, series)
			}
		}
		for _, series := range c.silent {
			if fires(t, rule.Expr, rule.For, series) {
				t.Errorf("%s fires with %q", name, series)
			}
		}
	}
	for name := range cases {
		if rules[name].Alert == "" {
			t.Errorf("there is no alert %s", name)
		}
	}
}

// fires reports whether an expression has had an answer for so long at the end of the series.
func fires(t *testing.T, expr string, wait time.Duration, series []string) bool {
	t.Helper()
	d, from := newTimeSeries(t), time.Unix(0, 0)
	d.load(t, from, series...)
	var end int64
	for _, s := range d.series {
		end = max(end, s.Floats[len(s.Floats)-1].T)
	}
	last := time.UnixMilli(end)
	for at := last.Add(-wait); !at.After(last); at = at.Add(time.Minute) {
		if len(d.eval(t, expr, at)) == 0 {
			return false
		}
	}
	return true
}
