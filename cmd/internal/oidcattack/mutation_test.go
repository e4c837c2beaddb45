package oidcattack_test

import (
	"bufio"
	"math/rand/v2"
	"net/url"
	"os"
	"strings"
	"testing"

	"orglogin/redirect/redirecttest"
)

// mutations is how many values are made of those in the lists.
const mutations = 24_000

// lists are the hostile and the good values of the judge's own tests, and those
// of public lists where they were put beside the checkout.
func lists(t testing.TB) (values []string) {
	t.Helper()
	const beside = "../../../../shared/data/redirect_public.txt"
	for _, name := range []string{"redirect_hostile.txt", "redirect_ok.txt", beside} {
		path := name
		if name != beside {
			path = "../../../redirect/testdata/" + name
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) && name == beside {
			continue
		}
		must(t, err)
		before := len(values)
		lines := bufio.NewScanner(strings.NewReader(string(text)))
		for lines.Scan() {
			line := lines.Text()
			if strings.HasPrefix(line, "#") {
				continue
			}
			value, _, _ := strings.Cut(line, "\t") // the good ones have two fields more
			values = append(values, redirecttest.Unescape(value))
		}
		if len(values)-before < 50 {
			t.Fatalf("%s holds %d values", name, len(values)-before)
		}
	}
	return values
}

// mutator makes values out of others, the same ones in every run.
type mutator struct {
	random *rand.Rand
	seeds  []string
}

// mutate changes one value in one to three places. Two of three begin with a
// place where a redirect may lead, so that many come through.
func (m mutator) mutate() string {
	v := m.seeds[m.random.IntN(len(m.seeds))]
	if m.random.IntN(3) > 0 {
		v = m.pick(origins) + m.pick(paths)
	}
	if len(v) > 300 {
		v = v[:300]
	}
	for range 1 + m.random.IntN(3) {
		v = m.change(v)
	}
	return v
}

// distinct makes n different values.
func (m mutator) distinct(n int) []string {
	seen := map[string]bool{}
	values := make([]string, 0, n)
	for len(values) < n {
		if v := m.mutate(); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

func (m mutator) pick(from []string) string { return from[m.random.IntN(len(from))] }

func (m mutator) change(v string) string {
	at := m.random.IntN(len(v) + 1)
	end := at + m.random.IntN(min(4, len(v)-at)+1)
	switch m.random.IntN(10) {
	case 0:
		return v[:at] + v[end:]
	case 1, 2, 3:
		return v[:at] + m.pick(pieces) + v[at:]
	case 4:
		return v[:at] + m.pick(pieces) + v[end:]
	case 5:
		return v[:at] + url.QueryEscape(v[at:end]) + v[end:]
	case 6:
		return v[:end] + v[at:]
	case 7:
		return v[:at] + strings.ToUpper(v[at:])
	case 8:
		other := m.seeds[m.random.IntN(len(m.seeds))]
		if len(other) > 200 {
			other = other[:200]
		}
		return v[:at] + other[m.random.IntN(len(other)+1):]
	}
	return v[:at] + string(rune(m.random.IntN(0x180))) + v[at:]
}

var (
	origins = []string{
		"", "", "https://acme.example.test", "https://app.example.test", "https://docs.partner.test", "https://one.preview.partner.test",
		"https://globex.example.test", "https://login.example.test", "HTTPS://ACME.example.test:443", "https://acme.example.test:", "//acme.example.test",
	}
	paths = []string{
		"/", "/a/b", "/reports?q=1&r=2#top", "/a%2Fb", "/é/ü", "/~x;y=1", "?q=https://evil.test/", "#/evil.test", "/@evil.test", "/:80", "/login",
		"/organizations", "/a?b=//evil.test", "/%E2%82%AC", "",
	}
	// pieces are what parsers have disagreed about.
	pieces = []string{
		"/", "//", `\`, `/\`, "@", ":", "?", "#", "%", "%2f", "%5c", "%2e%2e", "..", ".", ";", "&", "=", "[", "]", "[::1]", "%00", "%09", "%0d%0a", "\t", "\n", "\r", " ", "\x00",
		"evil.test", "evil.test/", "@evil.test", ".evil.test", "https://", "http://", "javascript:", "data:", "https:", "acme.example.test", ".example.test", "example.test", "0", ":443", ":0443", ":80",
		"%25", "%252f", "%E3%80%82", "\u3002", "\uff0e", "\uff0f", "\u2044", "\u00ad", "\u200b", "\u202e", "\ufeff", "\u2028", "\u0130", "\u017f", "\u212a", "ß", "é", "xn--", "xn--e1a4c", "127.0.0.1", "0x7f.1", "1", "*", "|", "^", "`", "{", "<", "\"", "'", "~", "_", "-", "+", ",",
	}
)
