package redirect_test

import (
	"net/url"
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ name, asked, want string }{
		{"what a URL may hold stays", "/r/s;t=1?a=1&b=2%2F&c=&d=~!$'()*,@:/?", "/r/s;t=1?a=1&b=2%2F&c=&d=~!$'()*,@:/?"},
		{"brackets of a query", "/r?ids[]=1&ids[]=2", "/r?ids%5B%5D=1&ids%5B%5D=2"},
		{"brackets of a path", "/r[1]", "/r%5B1%5D"},
		{"what else browsers leave as it was typed", `/r?a|b^c{d}` + "`" + `"<>`, "/r?a%7Cb%5Ec%7Bd%7D%60%22%3C%3E"},
		{"an escape is one already", "/r?a=%5B%7c", "/r?a=%5B%7c"},
		{"a percent sign that begins none", "/r?p=100%&q=%zz&r=%4", "/r?p=100%25&q=%25zz&r=%254"},
		{"a backslash is no slash", `/\evil.test`, "/%5Cevil.test"},
		{"what is beyond ASCII is the judge's", "/é", "/é"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := redirect.Escape(c.asked); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzEscape(f *testing.F) {
	for _, asked := range []string{"/r?ids[]=1", "/100%", "/%%32%65", `/\x`, "/é?\xff"} {
		f.Add(asked)
	}
	f.Fuzz(func(t *testing.T, asked string) {
		escaped := redirect.Escape(asked)
		if redirect.Escape(escaped) != escaped {
			t.Errorf("%q is escaped twice: %q", asked, escaped)
		}
		if strings.ContainsAny(escaped, "\"<>[\\]^`{|}") {
			t.Errorf("%q becomes %q", asked, escaped)
		}
		// An app that decodes it finds what was typed.
		meant, err := url.PathUnescape(escaped)
		if err != nil {
			t.Fatalf("%q becomes %q: %v", asked, escaped, err)
		}
		if typed, err := url.PathUnescape(asked); err == nil && typed != meant {
			t.Errorf("%q means %q and became %q", asked, typed, meant)
		}
		// What passed as it was is left as it was.
		if _, reason := site().Parse([]string{asked}); reason == store.OK && escaped != asked {
			t.Errorf("%q passes, and yet becomes %q", asked, escaped)
		}
	})
}
