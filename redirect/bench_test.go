package redirect_test

import (
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

func BenchmarkParse(b *testing.B) {
	for _, r := range []struct{ name, value string }{
		{"a short path", "/dashboard/reports"},
		{"an absolute URL", "https://acme.example.test/dashboard?tab=2"},
		{"2048 bytes of path", "/" + strings.Repeat("a", 2047)},
		{"2048 bytes of nested escapes", "/%" + strings.Repeat("25", 1022) + "20"},
		{"2048 bytes beyond ASCII", "/" + strings.Repeat("日本", 341) + "a"},
	} {
		b.Run(r.name, func(b *testing.B) {
			s, values := site(), []string{r.value}
			b.ReportAllocs()
			for b.Loop() {
				if _, reason := s.Parse(values); reason != store.OK {
					b.Fatal(reason)
				}
			}
		})
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, r := range []row{
		{name: "an absolute URL", who: memberOf("acme", "globex"), redirect: "https://acme.example.test/dashboard?tab=2"},
		{name: "a path", who: memberOf("acme"), redirect: "/dashboard/reports"},
		{name: "nothing asked", who: memberOf("acme")},
		{name: "a refused redirect", who: memberOf("acme"), redirect: "https://evil.test/"},
	} {
		b.Run(r.name, func(b *testing.B) {
			s := site()
			req := redirect.Request{Session: session, Redirect: []string{r.redirect}}
			snapshot, err := r.who.AccessSnapshot(b.Context(), s.AccessQuery(req))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if d := redirect.Decide(s, req, snapshot, now); d.URL == "" {
					b.Fatal(d)
				}
			}
		})
	}
}
