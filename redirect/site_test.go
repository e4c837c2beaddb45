package redirect_test

import (
	"strings"
	"testing"

	"orglogin/redirect"
)

func TestParseOrigin(t *testing.T) {
	for _, r := range []struct{ name, value, want string }{
		{"https", "https://login.example.test", "https://login.example.test"},
		{"http with a port", "http://login.example.localhost:8080", "http://login.example.localhost:8080"},
		{"a slash behind it", "https://login.example.test/", "https://login.example.test"},
		{"capitals", "HTTPS://Login.Example.TEST", "https://login.example.test"},
		{"the default port of https", "https://a.test:443", "https://a.test"},
		{"the default port of http", "http://a.test:80", "http://a.test"},
		{"the default port of the other scheme", "https://a.test:80", "https://a.test:80"},
		{"one label", "http://localhost:3000", "http://localhost:3000"},
		{"an IPv4 address", "http://127.0.0.1:3000", "http://127.0.0.1:3000"},
		{"an IPv6 address", "http://[::1]:3000", "http://[::1]:3000"},
		{"an IPv6 address as browsers write it", "http://[0:0:0:0:0:0:0:1]", "http://[::1]"},
		{"an A-label", "https://xn--mnchen-3ya.test", "https://xn--mnchen-3ya.test"},
		{"nothing", "", ""},
		{"no scheme", "login.example.test", ""},
		{"another scheme", "ftp://a.test", ""},
		{"no host", "https://", ""},
		{"no host but a port", "https://:443", ""},
		{"a path", "https://a.test/x", ""},
		{"two slashes behind it", "https://a.test//", ""},
		{"a query", "https://a.test?x", ""},
		{"an empty query", "https://a.test?", ""},
		{"a fragment", "https://a.test#", ""},
		{"a user name", "https://ann@a.test", ""},
		{"a blank", " https://a.test", ""},
		{"a backslash", `https://a.test\x`, ""},
		{"an empty port", "https://a.test:", ""},
		{"port zero", "https://a.test:0", ""},
		{"a port with a zero before it", "https://a.test:0443", ""},
		{"a port with a sign", "https://a.test:+443", ""},
		{"a port beyond all ports", "https://a.test:65536", ""},
		{"a dot behind the host", "https://a.test.", ""},
		{"an empty label", "https://a..test", ""},
		{"a label of 64 characters", "https://" + strings.Repeat("a", 64) + ".test", ""},
		{"a host of 254 bytes", "https://" + strings.Repeat("a.", 126) + "ab", ""},
		{"a hyphen at the front", "https://-a.test", ""},
		{"an underscore", "https://a_b.test", ""},
		{"letters beyond ASCII", "https://münchen.test", ""},
		{"half an IPv4 address", "https://127.1", ""},
		{"an IPv4 address in hexadecimal", "https://0x7f.0.0.1", ""},
		{"an IPv4 address in octal", "https://0177.0.0.1", ""},
		{"an IPv4 address in brackets", "https://[127.0.0.1]", ""},
		{"an IPv4 address as an IPv6 one", "https://[::ffff:127.0.0.1]", ""},
		{"a zone", "https://[fe80::1%25eth0]", ""},
		{"half a bracket", "https://[::1", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			o, err := redirect.ParseOrigin(r.value)
			switch {
			case r.want == "" && err == nil:
				t.Errorf("%q is read as %q", r.value, o)
			case r.want != "" && (err != nil || o.String() != r.want):
				t.Errorf("%q is read as %q (%v), want %q", r.value, o, err, r.want)
			case err != nil && strings.Contains(err.Error(), "ann"):
				t.Errorf("the error tells the user: %v", err)
			}
		})
	}
}

func TestParseAllowedHost(t *testing.T) {
	for _, r := range []struct{ name, value, want string }{
		{"a host", "docs.partner.test", "docs.partner.test"},
		{"capitals", "Docs.Partner.TEST", "docs.partner.test"},
		{"one label under a suffix", "*.Preview.partner.test", "*.preview.partner.test"},
		{"one label of its own", "localhost", "localhost"},
		{"an address", "[::1]", "[::1]"},
		{"nothing", "", ""},
		{"everything", "*", ""},
		{"everything under a top level", "*.test", ""},
		{"half a label", "pr-*.partner.test", ""},
		{"two wildcards", "*.*.partner.test", ""},
		{"a wildcard inside", "docs.*.test", ""},
		{"a wildcard over addresses", "*.0.0.1", ""},
		{"a port", "docs.partner.test:8443", ""},
		{"a URL", "https://docs.partner.test", ""},
		{"a dot at the front", ".partner.test", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := redirect.ParseAllowedHost(r.value)
			if got != r.want || (err == nil) != (r.want != "") {
				t.Errorf("%q is read as %q (%v), want %q", r.value, got, err, r.want)
			}
		})
	}
}

func TestSlugOfHost(t *testing.T) {
	for _, r := range []struct{ name, host, want string }{
		{"one label under the base domain", "acme.example.test", "acme"},
		{"in any case", "ACME.Example.test", "acme"},
		{"not the base domain", "example.test", ""},
		{"not two labels", "a.acme.example.test", ""},
		{"not with a dot behind", "acme.example.test.", ""},
		{"not a host that ends alike", "acmeexample.test", ""},
		{"not the login host", "login.example.test", ""},
		{"not the app", "app.example.test", ""},
		{"not a reserved label", "www.example.test", ""},
		{"not an A-label", "xn--cme-7na.example.test", ""},
		{"not an empty label", ".example.test", ""},
		{"not a foreign host", "acme.evil.test", ""},
		{"not a host with its port", "acme.example.test:443", ""},
		{"nothing", "", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			if slug, ok := site().SlugOfHost(r.host); slug != r.want || ok != (r.want != "") {
				t.Errorf("the slug of %q is %q (%t), want %q", r.host, slug, ok, r.want)
			}
		})
	}
	renamed := site()
	renamed.Public.Host, renamed.App.Host = "signin.example.test", "console.example.test"
	for _, host := range []string{renamed.Public.Host, renamed.App.Host} {
		if slug, ok := renamed.SlugOfHost(host); ok {
			t.Errorf("%s, which is configured, is taken for the organization %q", host, slug)
		}
	}
}

func TestURLs(t *testing.T) {
	for _, r := range []struct{ name, got, want string }{
		{"an organization", site().OrganizationURL("acme", "/x?y"), "https://acme.example.test/x?y"},
		{"an organization where the login host has a port", demo().OrganizationURL("acme", "/x"), "http://acme.example.localhost:8080/x"},
		{"the chooser", site().ChooserURL(""), "https://login.example.test/organizations"},
		{"the chooser with a path", demo().ChooserURL("/a b+c"), "http://login.example.localhost:8080/organizations?redirect=%2Fa+b%2Bc"},
	} {
		if r.got != r.want {
			t.Errorf("%s is %q, want %q", r.name, r.got, r.want)
		}
	}
}
