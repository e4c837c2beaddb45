package store_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"orglogin/store"
)

func TestValidEmail(t *testing.T) {
	long := strings.Repeat("a", 63)
	for name, c := range map[string]struct {
		email string
		want  bool
	}{
		"a plain address is one":              {"ann@acme.test", true},
		"case, digits and marks are plain":    {"A.n_n+tag'1@Acme-1.test", true},
		"a host without a dot is one":         {"ann@localhost", true},
		"nothing is none":                     {"", false},
		"no at sign is none":                  {"ann.acme.test", false},
		"two at signs are none (F4)":          {"ann@acme.test@evil.test", false},
		"a list is none (K12)":                {"ann@acme.test,bob@acme.test", false},
		"a display name is none":              {"Ann <ann@acme.test>", false},
		"a comment is none":                   {"ann(x)@acme.test", false},
		"quotes are none":                     {`"ann"@acme.test`, false},
		"a blank is none":                     {"ann @acme.test", false},
		"a line end is none":                  {"ann@acme.test\n", false},
		"NUL is none":                         {"ann\x00@acme.test", false},
		"an accent is none (F5)":              {"victím@acme.test", false},
		"a Cyrillic letter is none (F5)":      {"аnn@acme.test", false},
		"a host beyond ASCII is none":         {"ann@acmé.test", false},
		"invalid UTF-8 is none":               {"ann\xff@acme.test", false},
		"a dot first is none":                 {".ann@acme.test", false},
		"a dot last is none":                  {"ann.@acme.test", false},
		"two dots are none":                   {"a..n@acme.test", false},
		"no local part is none":               {"@acme.test", false},
		"no host is none":                     {"ann@", false},
		"a host with an empty label is none":  {"ann@acme..test", false},
		"a host that ends in a dot is none":   {"ann@acme.test.", false},
		"a label that begins - is none":       {"ann@-acme.test", false},
		"a label that ends - is none":         {"ann@acme-.test", false},
		"a literal is none":                   {"ann@[127.0.0.1]", false},
		"a local part of 64 is the longest":   {long + "a@a.test", true},
		"a local part of 65 is too long":      {long + "ab@a.test", false},
		"a label of 64 is too long":           {"ann@" + long + "a.test", false},
		"254 bytes are the longest address":   {strings.Repeat("a", 62) + "@" + long + "." + long + "." + long[:63], true},
		"255 bytes are too long":              {long + "@" + long + "." + long + "." + long, false},
		"an escape is no way to an at sign":   {`ann\@acme.test`, false},
		"a semicolon separates nothing":       {"ann@acme.test;bob@acme.test", false},
		"a percent route is one plain letter": {"ann%evil.test@acme.test", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := store.ValidEmail(c.email); got != c.want {
				t.Errorf("ValidEmail(%q) = %v (%d bytes)", c.email, got, len(c.email))
			}
		})
	}
}

func TestValidSlug(t *testing.T) {
	for _, s := range []string{"a", "0", "acme", "acme-2", "a--b", strings.Repeat("a", 63), store.NewSlug(), "wwww", "x-n--a"} {
		if !store.ValidSlug(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{
		"", "-", "-a", "a-", "A", "acmé", "а", "a.b", "a_b", "a b", "a\n", "a\x00", "xn--e1afmkfd", "xn--", strings.Repeat("a", 64),
		"www", "api", "auth", "login", "app", "admin", "mail", "static", "cdn", "idp", "ns", "smtp", "assets",
	} {
		if store.ValidSlug(s) {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestLowerASCII(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "ann@acme.test": "ann@acme.test", "ANN@Acme.TEST": "ann@acme.test", "@[`{AZ": "@[`{az",
		"İK\u212a": "İk\u212a", "ÀÉ": "ÀÉ", "\xffA": "\xffa", // İ and the Kelvin sign fold to ASCII in Unicode
	} {
		if got := store.LowerASCII(in); got != want {
			t.Errorf("LowerASCII(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestIDsAreValidAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id, receipt, slug := store.NewID(), store.NewReceiptID(), store.NewSlug()
		if !store.ValidID(id) || id[14] != '4' || !strings.ContainsRune("89ab", rune(id[19])) {
			t.Errorf("NewID() = %q", id)
		}
		if !store.ValidReceiptID(receipt) {
			t.Errorf("NewReceiptID() = %q", receipt)
		}
		if !store.ValidSlug(slug) || !strings.HasPrefix(slug, "org-") || len(slug) != 14 {
			t.Errorf("NewSlug() = %q", slug)
		}
		for _, s := range []string{id, receipt, slug} {
			if seen[s] {
				t.Errorf("%q came twice", s)
			}
			seen[s] = true
		}
	}
	for _, s := range []string{"", "0", strings.ToUpper(store.NewID()), store.NewID() + "\n", "{" + store.NewID() + "}"} {
		if store.ValidID(s) {
			t.Errorf("ValidID(%q)", s)
		}
	}
	for _, s := range []string{"", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa1", "AAAAAAAAAAAAAAAA", "aaaaaaaaaaaaaaaa\n"} {
		if store.ValidReceiptID(s) {
			t.Errorf("ValidReceiptID(%q)", s)
		}
	}
}

func TestValidRoleIsOneWordOfAHeader(t *testing.T) {
	for _, s := range []string{"owner", "admin", "member", "billing-admin", "team:read", "ops/eu", "Level.2", strings.Repeat("a", 64)} {
		if !store.ValidRole(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{"", "a b", "a,b", "a;b", "-a", "a\nb", "rôle", "a\"b", strings.Repeat("a", 65)} {
		if store.ValidRole(s) {
			t.Errorf("%q is taken", s)
		}
	}
}

func TestHashTokenIsSHA256(t *testing.T) {
	want := "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad"
	if got := string(store.HashToken("abc")); got != want || !store.ValidHash([]byte(got)) {
		t.Errorf("got %x", got)
	}
}

func FuzzValidEmail(f *testing.F) {
	for _, s := range []string{"ann@acme.test", "a@b@c", `"a b"@c.d`, "a,b@c.d", "A@B.C", "\x00@\xff", "a@b."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !store.ValidEmail(s) {
			return
		}
		if strings.Count(s, "@") != 1 || len(s) > store.MaxEmail {
			t.Fatalf("%q is taken", s)
		}
		if i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune(`,;:<>()[]\"`, r) }); i >= 0 {
			t.Fatalf("%q is taken", s)
		}
		if lower := store.LowerASCII(s); !store.ValidEmail(lower) || lower != strings.ToLower(s) {
			t.Fatalf("%q in lower case is %q", s, lower)
		}
	})
}

func FuzzValidSlug(f *testing.F) {
	for _, s := range []string{"acme", "xn--a", "www", "-", "a-", "A", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if store.ValidSlug(s) && (len(s) > 63 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || s[0] == '-' || s[len(s)-1] == '-' || !store.ValidEmail("a@"+s)) {
			t.Fatalf("%q is taken", s)
		}
	})
}

func FuzzLowerASCII(f *testing.F) {
	f.Add("Ann@ACME.test")
	f.Add("İ\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := store.LowerASCII(s)
		if len(got) != len(s) || store.LowerASCII(got) != got || utf8.ValidString(got) != utf8.ValidString(s) {
			t.Fatalf("LowerASCII(%q) = %q", s, got)
		}
		if slices.ContainsFunc([]byte(got), func(b byte) bool { return 'A' <= b && b <= 'Z' }) {
			t.Fatalf("LowerASCII(%q) = %q", s, got)
		}
	})
}
