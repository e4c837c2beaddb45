package config

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"orglogin/handlers"
	"orglogin/redirect"
)

func TestShow(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"a value is quoted", "fast", `"fast"`},
		{"control characters are escaped", "a\r\nb\x1b[2J", `"a\r\nb\x1b[2J"`},
		{"characters outside ASCII are escaped", "a\u202eb", `"a\u202eb"`},
		{"a password in a URL is cut", "postgres://svc:hush@db/x", `"postgres://svc:...@db/..."`},
		{"a user without a password is cut", "rediss://hush@cache:6379", `"rediss://...@cache"`},
		{"of a URL that is not valid only the scheme is shown", "postgres://svc:S3@hu/sh@db/x", `"postgres://..."`},
		{"a query of a URL is cut", "postgres://svc@db?password=hush", `"postgres://...@db/..."`},
		{"a password in place of the port is cut", "rediss://default:12345678", `"rediss://default"`},
		{"a scheme that may be a password is cut", "Hush1://sh@:x", `"...://..."`},
		{"an IPv6 host", "https://[::1]:8080", `"https://[::1]"`},
		{"much is cut", strings.Repeat("a", 200), `"` + strings.Repeat("a", 120) + `…"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Show(test.value); got != test.want {
				t.Errorf("got %s, not %s", got, test.want)
			}
		})
	}
}

func FuzzShow(f *testing.F) {
	f.Add("svc", "hush", "db/x")
	f.Add("", "hu/sh@?", "[::1]:5432/x?y=z")
	f.Fuzz(func(t *testing.T, user, password, rest string) {
		const secret = "qv7zXw2k"
		shown := Show("postgres://" + user + ":" + secret + password + "@" + rest)
		if strings.Contains(shown, secret) {
			t.Errorf("it shows the password: %s", shown)
		}
		if strings.ContainsAny(shown, "\r\n\x1b") {
			t.Errorf("it is more than a line: %q", shown)
		}
		if len(Show(rest)) > 12*longestShown {
			t.Errorf("%d bytes", len(Show(rest)))
		}
	})
}

func TestParseRateLimit(t *testing.T) {
	for text, want := range map[string]handlers.Limit{
		"off":       {},
		"1/s":       {Count: 1, Per: time.Second},
		"120/m":     {Count: 120, Per: time.Minute},
		"1000000/h": {Count: 1000000, Per: time.Hour},
	} {
		if got, err := parseRateLimit(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "120", "/m", "120/", "120/d", "120/M", "120/m/m", "+1/m", "-1/m", "0/m", " 1/m", "1 /m", "1e3/m", "0x1/m", "1_0/m",
		"1000001/h", "99999999999999999999/m", "OFF",
	} {
		if got, err := parseRateLimit(text); err == nil {
			t.Errorf("%q is taken as %+v", text, got)
		}
	}
}

func FuzzParseRateLimit(f *testing.F) {
	for _, seed := range []string{"off", "120/m", "0/s", "-1/h", "1/d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limit, err := parseRateLimit(text)
		switch {
		case err != nil && limit != (handlers.Limit{}):
			t.Errorf("%q: a limit beside an error", text)
		case err == nil && text != "off" && (limit.Count < 1 || limit.Count > maxRate || limit.Per < time.Second):
			t.Errorf("%q is taken as %+v", text, limit)
		}
	})
}

func FuzzParseAllowedHost(f *testing.F) {
	for _, seed := range []string{"docs.example.org", "*.preview.example.com", "*", "*.com", "a.*.b", "https://x", "x:80", "[::1]", "*.*.example.org"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		host, problem, fix := parseAllowedHost(entry, "example.com")
		if (problem == "") != (fix == "") {
			t.Fatalf("%q: problem %q, fix %q", entry, problem, fix)
		}
		if problem != "" {
			return
		}
		// What is allowed is one host, or one label under a registered domain.
		suffix := strings.TrimPrefix(host, "*.")
		u, err := url.Parse("https://" + suffix + "/")
		if err != nil || u.Host != suffix || strings.Contains(suffix, "*") || suffix != strings.ToLower(suffix) {
			t.Errorf("%q is taken as %q", entry, host)
		}
		if host != suffix && (suffix == "example.com" || isPublicSuffix(suffix)) {
			t.Errorf("%q allows %q", entry, host)
		}
	})
}

func TestReserved(t *testing.T) {
	site := redirect.Site{
		Public: redirect.Origin{Scheme: "https", Host: "login.example.com"}, BaseDomain: "example.com",
	}
	for host, want := range map[string]string{
		"app.example.com":   "login app",
		"example.com":       "login",
		"app.example.org":   "login",
		"a.b.example.com":   "login",
		"notexample.com":    "login",
		"login.example.com": "login login",
	} {
		site.App = redirect.Origin{Scheme: "https", Host: host}
		if got := strings.Join(Reserved(site), " "); got != want {
			t.Errorf("app at %s: got %q, not %q", host, got, want)
		}
	}
	if got := Reserved(redirect.Site{}); len(got) != 0 {
		t.Errorf("the zero site reserves %q", got)
	}
}
