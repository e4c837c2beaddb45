package domains

import (
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for _, c := range []struct{ text, want, refused string }{
		{"acme.test", "acme.test", ""},
		{"ACME.Test", "acme.test", ""},
		{"sub.acme.test", "sub.acme.test", ""},
		{"bücher.example.org", "xn--bcher-kva.example.org", ""},
		{"acme.test.", "", "no DNS name"},
		{"acme", "", "public suffix"},
		{"com", "", "public suffix"},
		{"co.uk", "", "public suffix"},
		{"github.io", "", "public suffix"},
		{"ours.example.com", "", "the service's own"},
		{"example.com", "", "the service's own"},
		{"base.example.com", "", "the service's own"},
		{"acme.base.example.com", "", "the service's own"},
		{"127.0.0.1", "", "IP address"},
		{"[::1]", "", "IP address"},
		{"acme test", "", ""},
		{"acme.test/x", "", ""},
		{"", "", ""},
		{"-acme.test", "", ""},
		{strings.Repeat("a", 64) + ".test", "", ""},
		{"xn--a.test", "", "A-label"},
	} {
		base := "base.example.com"
		if c.text == "ours.example.com" {
			base = "example.com"
		}
		got, err := Name(c.text, base)
		if got != c.want || (err == nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%q: got %q, %v; want %q or an error with %q", c.text, got, err, c.want, c.refused)
		}
	}
}

func TestMailProvider(t *testing.T) {
	for domain, want := range map[string]bool{"gmail.com": true, "126.com": true, "acme.test": false, "ail.com": false} {
		if MailProvider(domain) != want {
			t.Errorf("%s: %v", domain, !want)
		}
	}
}

func TestNameServer(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "127.0.0.1:53",
		"# nameserver 1.1.1.1\n":                "127.0.0.1:53",
		"search x\nnameserver 10.0.0.1":         "10.0.0.1:53",
		"nameserver ::1\nnameserver 10.0.0.1\n": "[::1]:53",
	} {
		if got := nameServer(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
