package redirect_test

import (
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

// TestParse is contract section 2, step 1, as far as form and configuration
// go: one row a sentence.
func TestParse(t *testing.T) {
	full := "/" + strings.Repeat("a", 2047)
	for _, r := range []struct {
		name  string
		value string
		want  string // the target, or with a colon before it the reason
	}{
		// Form.
		{"a path has one leading slash", "/a/b", "/a/b"},
		{"not two", "//a", ":malformed"},
		{"nor a slash and a backslash", `/\a`, ":malformed"},
		{"a relative path is no path", "a/b", ":malformed"},
		{"nor is a query alone", "?a", ":malformed"},
		{"a value of 2,048 bytes", full, full},
		{"not one more", full + "a", ":malformed"},
		{"every character of RFC 3986 for a path", "/az-AZ.09_~!$&'()*+,;=:@/%41", "/az-AZ.09_~!$&'()*+,;=:@/%41"},
		{"every character of RFC 3986 for a query", "/?az-AZ.09_~!$&'()*+,;=:@/?%41", "/?az-AZ.09_~!$&'()*+,;=:@/?%41"},
		{"every character of RFC 3986 for a fragment", "/#az-AZ.09_~!$&'()*+,;=:@/?%41", "/#az-AZ.09_~!$&'()*+,;=:@/?%41"},
		{"no space", "/a b", ":malformed"},
		{"no quote", `/a"b`, ":malformed"},
		{"no angle bracket in a query", "/?<", ":malformed"},
		{"what browsers leave as typed is percent-encoded in a path", "/a[1]{2}|3^4`", "/a%5B1%5D%7B2%7D%7C3%5E4%60"},
		{"in a query", "/?a[]=1&b={2}|3^4`", "/?a%5B%5D=1&b=%7B2%7D%7C3%5E4%60"},
		{"in a fragment", "/#a[]{}|^`", "/#a%5B%5D%7B%7D%7C%5E%60"},
		{"a query may be longer encoded than the limit", "/?" + strings.Repeat("[", 2000), "/?" + strings.Repeat("%5B", 2000)},
		{"no backslash in a query", `/?\`, ":malformed"},
		{"no brace in a host", "https://{acme}.example.test/", ":malformed"},
		{"no square bracket in a user name", "https://[@acme.example.test/", ":malformed"},
		{"no percent sign without an escape in a host", "https://acme%.example.test/", ":malformed"},
		{"no second number sign", "/#a#b", ":malformed"},
		{"no tab, which browsers drop", "/\t/evil.test", ":malformed"},
		{"no line break", "/a\r\nSet-Cookie:a", ":malformed"},
		{"no NUL", "/\x00", ":malformed"},
		{"no DEL", "/\x7f", ":malformed"},
		{"what is not UTF-8 is malformed", "/\xff", ":malformed"},
		{"so is an overlong slash", "/\xc0\xaf", ":malformed"},
		{"and half a surrogate", "/\xed\xa0\x80", ":malformed"},

		// Beyond ASCII.
		{"a letter beyond ASCII is percent-encoded in a path", "/é", "/%C3%A9"},
		{"in a query", "/?é", "/?%C3%A9"},
		{"in a fragment", "/#é", "/#%C3%A9"},
		{"beyond the first plane too", "/\U0001F600", "/%F0%9F%98%80"},
		{"no C1 control", "/\u0085", ":malformed"},
		{"nothing of category Cf", "/\u200b", ":malformed"},
		{"no bidirectional control", "/?\u202e", ":malformed"},
		{"nothing of category Zs", "/\u3000", ":malformed"},
		{"nothing of category Zl", "/#\u2028", ":malformed"},
		{"nothing of category Zp", "/\u2029", ":malformed"},
		{"no private use", "/?\ue000", ":malformed"},
		{"no noncharacter of the first plane", "/\ufdd0", ":malformed"},
		{"no noncharacter", "/\U0001ffff", ":malformed"},
		{"no replacement character", "/\ufffd", ":malformed"},
		{"no tag", "/\U000e0041", ":malformed"},
		{"no letter beyond ASCII in a host", "https://acmé.example.test/", ":malformed"},
		{"nor in a scheme", "httpſ://acme.example.test/", ":malformed"},
		{"nor in a user name", "https://é@acme.example.test/", ":malformed"},

		// The path, decoded for good.
		{"an escaped slash inside stays as it is", "/a%2Fb", "/a%2Fb"},
		{"an escaped slash behind the first is a second", "/%2fevil.test", ":malformed"},
		{"escaped twice", "/%252fevil.test", ":malformed"},
		{"escaped ten times", "/%" + strings.Repeat("25", 9) + "2fevil.test", ":malformed"},
		{"escaped as often as there is room", "/%" + strings.Repeat("25", 1000) + "2fevil.test", ":malformed"},
		{"escaped digit by digit", "/%25%32%66evil.test", ":malformed"},
		{"an escaped percent sign stays", "/%25", "/%25"},
		{"what it spells with plain text behind stays when harmless", "/%2541", "/%2541"},
		{"two slashes at the front of a URL's path", "https://acme.example.test//evil.test", ":malformed"},
		{"two slashes further behind", "/a//b", "/a//b"},
		{"no backslash", `/a\b`, ":malformed"},
		{"nor an escaped one", "/a%5cb", ":malformed"},
		{"no escaped control octet", "/a%0d%0ab", ":malformed"},
		{"no escaped NUL", "/%00", ":malformed"},
		{"nor the last of the control octets", "/%1f", ":malformed"},
		{"no escaped DEL, escaped", "/%257F", ":malformed"},
		{"an escaped space stays", "/%20", "/%20"},
		{"an escaped octet that is not UTF-8 stays", "/%FF", "/%FF"},
		{"half an escape is a percent sign", "/%2", "/%252"},
		{"a percent sign that begins no escape is escaped", "/%", "/%25"},
		{"before other letters too", "/%zz", "/%25zz"},
		{"before an escape", "/100%%41", "/100%25%41"},
		{"nor a dot behind a percent sign that begins no escape", "/a/%%32e/b", ":malformed"},
		{"nor a slash there", "/%%32fevil.test", ":malformed"},
		{"no segment of one dot", "/a/./b", ":malformed"},
		{"no segment of two dots", "/a/../b", ":malformed"},
		{"not at the end", "/a/..", ":malformed"},
		{"nor escaped", "/a/%2e%2E/b", ":malformed"},
		{"nor half escaped", "/a/.%2e/b", ":malformed"},
		{"nor behind an escaped slash", "/a%2f..%2fb", ":malformed"},
		{"nor with a parameter", "/a/..;x=1/b", ":malformed"},
		{"nor with an escaped semicolon", "/a/..%3bx/b", ":malformed"},
		{"three dots are a name", "/.../b", "/.../b"},
		{"dots inside a name are a name", "/a..b/.c", "/a..b/.c"},
		{"dots behind the semicolon are a parameter", "/a;../b", "/a;../b"},

		// Query and fragment are data.
		{"escapes in a query are data", "/?a=%2F%2Fevil.test%0d%0a%5c", "/?a=%2F%2Fevil.test%0d%0a%5c"},
		{"escapes in a fragment are data", "/#%2F..%00", "/#%2F..%00"},
		{"dots and slashes in a query are data", "/?//../", "/?//../"},
		{"half an escape in a query", "/?p=100%&q=%2", "/?p=100%25&q=%252"},
		{"half an escape in a fragment", "/#%g0", "/#%25g0"},
		{"query and fragment survive byte for byte", "/?b=2&a=1&a=&+%7e#x=~", "/?b=2&a=1&a=&+%7e#x=~"},
		{"an empty query is kept", "/a?", "/a?"},
		{"an empty fragment is kept", "/a#", "/a#"},
		{"both", "/a?#", "/a?#"},
		{"a question mark in a fragment begins no query", "/a#?", "/a#?"},

		// Scheme.
		{"scheme and host are written in lower case", "HTTPS://ACME.Example.TEST/A", "https://acme.example.test/A"},
		{"another scheme", "http://acme.example.test/", ":scheme"},
		{"a script is a URL of another scheme", "javascript:alert(1)", ":scheme"},
		{"data is a URL of another scheme", "data:text/html;base64,PHNjcmlwdD4=", ":scheme"},
		{"a host and port without slashes is a URL of another scheme", "acme.example.test:443", ":scheme"},
		{"a script that is not well formed is malformed first", "javascript:alert(\"1\")", ":malformed"},
		{"a scheme begins with a letter", "1https://acme.example.test/", ":malformed"},
		{"an empty scheme", "://acme.example.test/", ":malformed"},
		{"https without slashes is no URL", "https:acme.example.test/", ":malformed"},
		{"https with one slash", "https:/acme.example.test/", ":malformed"},
		{"https with three", "https:///acme.example.test/", ":malformed"},
		{"http without slashes is malformed before its scheme is asked", "http:acme.example.test", ":malformed"},
		{"https and nothing", "https://", ":malformed"},

		// Userinfo.
		{"a user name", "https://ann@acme.example.test/", ":userinfo"},
		{"an empty one", "https://@acme.example.test/", ":userinfo"},
		{"a password", "https://ann:secret@acme.example.test/", ":userinfo"},
		{"our host as the user name of another", "https://acme.example.test@evil.test/", ":userinfo"},
		{"another scheme is reported before the user name", "ftp://ann@acme.example.test/", ":scheme"},
		{"two at signs", "https://a@b@acme.example.test/", ":malformed"},
		{"an at sign in a path is a character", "/@evil.test", "/@evil.test"},

		// Port.
		{"the default port is dropped", "https://acme.example.test:443/a", "https://acme.example.test/a"},
		{"another port", "https://acme.example.test:8443/", ":port"},
		{"another port of the app", "https://app.example.test:8443/", ":port"},
		{"another port of an allowed host", "https://docs.partner.test:8443/", ":port"},
		{"the default port with a zero before it", "https://acme.example.test:0443/", ":port"},
		{"an empty port", "https://acme.example.test:/", ":port"},
		{"a port beyond all ports", "https://acme.example.test:65979/", ":port"},
		{"a port that is no number", "https://acme.example.test:+443/", ":malformed"},
		{"two ports", "https://acme.example.test:443:443/", ":malformed"},
		{"the user name is reported before the port", "https://a@acme.example.test:1/", ":userinfo"},
		{"the port is reported before the host", "https://evil.test:1/", ":port"},

		// Host.
		{"the app", "https://app.example.test/x", "https://app.example.test/x"},
		{"a host alone", "https://app.example.test", "https://app.example.test"},
		{"a host and a query", "https://app.example.test?x", "https://app.example.test?x"},
		{"an allowed host", "https://docs.partner.test/x", "https://docs.partner.test/x"},
		{"one label under an allowed suffix", "https://pr-7.preview.partner.test/", "https://pr-7.preview.partner.test/"},
		{"two labels under an allowed suffix", "https://a.b.preview.partner.test/", ":host"},
		{"no label under an allowed suffix", "https://preview.partner.test/", ":host"},
		{"an empty label under an allowed suffix", "https://.preview.partner.test/", ":host"},
		{"an allowed suffix that begins inside a label", "https://evilpreview.partner.test/", ":host"},
		{"a label with an escape under an allowed suffix", "https://evil%2f.preview.partner.test/", ":host"},
		{"an A-label under an allowed suffix", "https://xn--cme-7na.preview.partner.test/", ":host"},
		{"under an allowed exact host", "https://a.docs.partner.test/", ":host"},
		{"one label under the base domain is left for the lookup", "https://globex.example.test/", "https://globex.example.test/"},
		{"two labels under the base domain", "https://a.b.example.test/", ":host"},
		{"the base domain itself", "https://example.test/", ":host"},
		{"a host that ends like the base domain", "https://evilexample.test/", ":host"},
		{"a host that begins like the base domain", "https://example.test.evil.test/", ":host"},
		{"a dot at the end", "https://acme.example.test./", ":host"},
		{"a dot at the front", "https://.example.test/", ":host"},
		{"an escape in the host", "https://%61cme.example.test/", ":host"},
		{"an escaped dot in the host", "https://acme%2eexample.test/", ":host"},
		{"a bang in the host", "https://acme!.example.test/", ":host"},
		{"an IPv4 address", "https://127.0.0.1/", ":host"},
		{"an IPv6 address", "https://[::1]/", ":host"},
		{"half a bracket", "https://[::1/", ":malformed"},
		{"something behind the bracket", "https://[::1].example.test/", ":malformed"},
		{"empty brackets", "https://[]/", ":malformed"},
		{"a reserved label", "https://www.example.test/", ":unknown_organization"},
		{"a label with an underscore", "https://_acme.example.test/", ":unknown_organization"},
		{"an A-label", "https://xn--cme-7na.example.test/", ":unknown_organization"},
		{"a label of 64 characters", "https://" + strings.Repeat("a", 64) + ".example.test/", ":unknown_organization"},

		// The login host.
		{"the chooser", "https://login.example.test/organizations", "https://login.example.test/organizations"},
		{"the chooser with what it keeps", "https://login.example.test/organizations?redirect=%2Fx", "https://login.example.test/organizations?redirect=%2Fx"},
		{"the chooser with a fragment", "https://login.example.test/organizations#x", ":host"},
		{"the chooser with a slash behind", "https://login.example.test/organizations/", ":host"},
		{"the chooser, escaped", "https://login.example.test/%6frganizations", ":host"},
		{"the login host alone", "https://login.example.test", ":host"},
		{"another page of the login host", "https://login.example.test/metrics", ":host"},

		// Loops.
		{"login as a path", "/login", ":loop"},
		{"login with a query", "/login?redirect=/", ":loop"},
		{"login with a slash behind", "/login/", ":loop"},
		{"login with a parameter", "/login;x=1", ":loop"},
		{"login, escaped", "/%6cogin", ":loop"},
		{"login, escaped twice", "/%256cogin", ":loop"},
		{"login with an escaped slash behind", "/login%2fx", ":loop"},
		{"logout", "/logout", ":loop"},
		{"auth and all below", "/auth/callback?code=x", ":loop"},
		{"login further behind is a page like any other", "/a/login", "/a/login"},
		{"a word that begins with login is a page like any other", "/logins", "/logins"},
		{"login in capitals is a page like any other", "/Login", "/Login"},
		{"login on the login host", "https://login.example.test/login", ":loop"},
		{"login on an organization's host", "https://acme.example.test/login", ":loop"},
		{"login on a host without an organization", "https://www.example.test/login", ":loop"},
		{"login on the app's host under the base domain", "https://app.example.test/login", ":loop"},
		{"login on a host of the operator is not ours", "https://docs.partner.test/login", "https://docs.partner.test/login"},
		{"login on a foreign host is a foreign host", "https://evil.test/login", ":host"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := parsed(site(), r.value); got != r.want {
				t.Errorf("Parse(%.80q) is %.80q, want %.80q", r.value, got, r.want)
			}
		})
	}
}

// parsed is the target of a value, or with a colon before it the reason.
func parsed(s redirect.Site, values ...string) string {
	target, reason := s.Parse(values)
	if reason != store.OK {
		return ":" + string(reason)
	}
	return target.String()
}

func TestParseCountsValues(t *testing.T) {
	for _, r := range []struct {
		name   string
		values []string
		want   string
	}{
		{"no value is not given", nil, ":not_given"},
		{"an empty value is not given", []string{""}, ":not_given"},
		{"one value is judged", []string{"/a"}, "/a"},
		{"two values are malformed", []string{"/a", "/b"}, ":malformed"},
		{"the same value twice is malformed", []string{"/a", "/a"}, ":malformed"},
		{"an empty value and another are malformed", []string{"", "/a"}, ":malformed"},
		{"two empty values are malformed", []string{"", ""}, ":malformed"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := parsed(site(), r.values...); got != r.want {
				t.Errorf("is %s, want %s", got, r.want)
			}
		})
	}
}

func TestParseWhereThePortIsNotTheDefault(t *testing.T) {
	for _, r := range []struct{ name, value, want string }{
		{"scheme and port of the login host", "http://acme.example.localhost:8080/x", "http://acme.example.localhost:8080/x"},
		{"the app", "http://app.example.localhost:8080/x", "http://app.example.localhost:8080/x"},
		{"the chooser", "http://login.example.localhost:8080/organizations", "http://login.example.localhost:8080/organizations"},
		{"no port", "http://acme.example.localhost/x", ":port"},
		{"the scheme's default port", "http://acme.example.localhost:80/x", ":port"},
		{"a better scheme is another scheme", "https://acme.example.localhost:8080/x", ":scheme"},
		{"a path", "/x", "/x"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := parsed(demo(), r.value); got != r.want {
				t.Errorf("Parse(%q) is %s, want %s", r.value, got, r.want)
			}
		})
	}
}

func TestParseWhereTheAppIsNotUnderTheBaseDomain(t *testing.T) {
	s := site()
	s.App.Host = "app.other.test"
	if got, want := parsed(s, "https://app.other.test/login"), "https://app.other.test/login"; got != want {
		t.Errorf("a login page that is the app's own is %s, want %s", got, want)
	}
	s.App.Host = s.BaseDomain
	if got, want := parsed(s, "https://example.test/login"), "https://example.test/login"; got != want {
		t.Errorf("a login page on the base domain, which is not ours to serve, is %s, want %s", got, want)
	}
}

func TestParseWhereTheOperatorAllowsAHostUnderTheBaseDomain(t *testing.T) {
	s := site()
	s.AllowedHosts = []string{"static.example.test", "a.b.example.test", "*.example.test"}
	for _, r := range []struct{ name, value, want string }{
		{"a reserved label is theirs to allow", "https://static.example.test/x", "https://static.example.test/x"},
		{"and so are two labels", "https://a.b.example.test/x", "https://a.b.example.test/x"},
		{"a loop is a loop all the same", "https://static.example.test/login", ":loop"},
		{"the login host is not theirs to open", "https://login.example.test/metrics", ":host"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got := parsed(s, r.value); got != r.want {
				t.Errorf("Parse(%q) is %s, want %s", r.value, got, r.want)
			}
		})
	}
}

func TestTarget(t *testing.T) {
	for _, r := range []struct {
		name, value  string
		zero, path   bool
		organization string
	}{
		{"none given", "", true, false, ""},
		{"a path", "/x", false, true, ""},
		{"the host of an organization", "https://acme.example.test/x", false, false, "acme"},
		{"the host of an organization alone", "https://ACME.example.test", false, false, "acme"},
		{"the app", "https://app.example.test", false, false, ""},
		{"an allowed host", "https://docs.partner.test/", false, false, ""},
		{"one that did not pass", "//evil.test", true, false, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			target, _ := site().Parse([]string{r.value})
			if target.IsZero() != r.zero || target.IsPath() != r.path || target.Slug() != r.organization {
				t.Errorf("IsZero %t, IsPath %t, Slug %q", target.IsZero(), target.IsPath(), target.Slug())
			}
		})
	}
}
