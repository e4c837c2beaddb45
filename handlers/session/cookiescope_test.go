package session

import (
	"slices"
	"strings"
	"testing"
)

func TestDomains(t *testing.T) {
	for _, c := range []struct {
		sentence, host, base string
		want                 []string
	}{
		{"a host under the base", "login.example.com", "example.com", []string{"example.com", "login.example.com"}},
		{"with a port and capitals", "LOGIN.example.com:8443", "example.com", []string{"example.com", "login.example.com"}},
		{"a host two labels down", "login.eu.example.com", "example.com", []string{"example.com", "login.eu.example.com", "eu.example.com"}},
		{"a base below a domain", "login.apps.example.com", "apps.example.com", []string{"apps.example.com", "login.apps.example.com", "example.com"}},
		{"a base on localhost", "login.example.localhost:8080", "example.localhost", []string{"example.localhost", "login.example.localhost"}},
		{"the base itself", "example.com", "example.com", []string{"example.com"}},
		{"a host that only ends alike", "evilexample.com", "example.com", []string{"example.com"}},
		{"a foreign host", "127.0.0.1:80", "example.com", []string{"example.com"}},
		{"no more than a few", "a.b.c.d.e.f.example.com", "example.com", []string{"example.com", "a.b.c.d.e.f.example.com", "b.c.d.e.f.example.com", "c.d.e.f.example.com"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			if got := domains(c.host, c.base); !slices.Equal(got, c.want) {
				t.Errorf("domains = %q, want %q", got, c.want)
			}
		})
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		sentence, path string
		want           []string
	}{
		{"the root", "/", []string{"/"}},
		{"nothing", "", []string{"/"}},
		{"one segment", "/login", []string{"/", "/login"}},
		{"two segments", "/auth/callback", []string{"/", "/auth", "/auth/", "/auth/callback"}},
		{"a slash at the end", "/auth/", []string{"/", "/auth", "/auth/"}},
		{"no more than a few", "/a/b/c/d", []string{"/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c"}},
		{"nothing long", "/a/" + strings.Repeat("b", 200), []string{"/", "/a", "/a/"}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			if got := paths(c.path); !slices.Equal(got, c.want) {
				t.Errorf("paths = %q, want %q", got, c.want)
			}
		})
	}
}
