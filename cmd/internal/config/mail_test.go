package config

import (
	"strings"
	"testing"
)

func TestMailSettings(t *testing.T) {
	for _, test := range []struct{ url, from, want string }{
		{"", "", ""},
		{"smtp://mail.example.com", "login@example.com", ""},
		{"smtps://ann:s%2Fecret@mail.example.com:465", "Example <login@example.com>", ""},
		{"", "login@example.com", "MAIL_FROM"},
		{"smtp://mail.example.com", "", "MAIL_FROM is required"},
		{"smtp://mail.example.com", "not an address", "MAIL_FROM"},
		{"smtp://mail.example.com", "Example <login@example.com> and more", "MAIL_FROM"},
		{"smtp://mail.example.com", "\"a\" <login@example.com>", "MAIL_FROM"},
		{"smtp://mail.example.com", "a\r\nBcc: b@example.com <login@example.com>", "MAIL_FROM"},
		{"https://mail.example.com", "login@example.com", "not smtp or smtps"},
		{"smtp://mail.example.com/path", "login@example.com", "SMTP_URL"},
		{"smtp://mail.example.com:0", "login@example.com", "port"},
		{"smtp://ann:s/ecret@mail.example.com", "login@example.com", "SMTP_URL"},
		{"mail.example.com", "login@example.com", "SMTP_URL"},
	} {
		var got Mail
		c := read(t, &got, "--smtp-url="+test.url, "--mail-from="+test.from)
		c.Use(&got)
		err := c.Err()
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%q from %q: %v", test.url, test.from, err)
		case test.want == "" && (got.Server != nil) != (test.url != ""):
			t.Errorf("%q from %q: got %+v", test.url, test.from, got)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%q from %q: got %v, want %q", test.url, test.from, err, test.want)
		case err != nil && strings.Contains(err.Error(), "ecret"):
			t.Errorf("the password is in %v", err)
		}
	}
}
