package redirect_test

import (
	"net/url"
	"strings"
	"testing"

	"orglogin/redirect"
)

// place is where a browser goes.
type place struct{ scheme, host, port string }

// browserReads follows a Location as the URL Standard does, as far as scheme,
// host and port go: tabs and line breaks vanish, blanks around it too, a
// backslash is a slash, any number of slashes stands before a host, the user
// ends at the last at sign, the host is decoded. It is written apart from the
// judge and knows nothing of it. ok is false where the browser fails.
func browserReads(base place, location string) (p place, ok bool) {
	s := strings.TrimFunc(location, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(s)
	scheme, rest, found := strings.Cut(s, ":")
	if found && isScheme(scheme) {
		p.scheme = strings.ToLower(scheme)
		switch p.scheme {
		case "http", "https", "ws", "wss", "ftp":
		default:
			return p, true // a script, a file, an app: not a host of ours
		}
		if p.scheme == base.scheme && !strings.HasPrefix(rest, "//") {
			return base, true // the standard reads it as relative
		}
		rest = strings.TrimLeft(rest, "/")
	} else {
		if !strings.HasPrefix(s, "//") {
			return base, true
		}
		p.scheme = base.scheme
		rest = strings.TrimLeft(s, "/")
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	p.host = rest
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, ']') {
		p.host, p.port = rest[:i], strings.TrimLeft(rest[i+1:], "0")
	}
	if p.scheme == "https" && p.port == "443" || p.scheme == "http" && p.port == "80" {
		p.port = ""
	}
	host, err := url.PathUnescape(p.host)
	if err != nil || host == "" || strings.ContainsAny(host, "\x00\t\n\r #%/:<>?@\\^|") && host[0] != '[' {
		return p, false
	}
	p.host = strings.ToLower(host)
	return p, true
}

func isScheme(s string) bool {
	for i, c := range []byte(strings.ToLower(s)) {
		letter := 'a' <= c && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(c))) {
			return false
		}
	}
	return s != ""
}

// mayLand says which places of the site a redirect may end at, membership
// aside. It repeats in plain words what the judge must not get wrong.
func mayLand(s redirect.Site, p place) bool {
	if p.scheme != s.Public.Scheme || p.port != s.Public.Port {
		return false
	}
	label, under := strings.CutSuffix(p.host, "."+s.BaseDomain)
	preview, isPreview := strings.CutSuffix(p.host, ".preview.partner.test")
	switch {
	case p.host == s.App.Host, p.host == s.Public.Host:
		return true
	case under:
		_, ok := s.SlugOfHost(p.host)
		return ok && !strings.Contains(label, ".")
	case len(s.AllowedHosts) == 0:
		return false
	case isPreview:
		return preview != "" && !strings.Contains(preview, ".")
	}
	return p.host == "docs.partner.test"
}

// checkLocation holds a Location to all that is promised of one.
func checkLocation(t *testing.T, s redirect.Site, base place, location string) {
	t.Helper()
	for i := range len(location) {
		if c := location[i]; c <= ' ' || c >= 0x7F || c == '\\' {
			t.Fatalf("%q holds the octet %#x", location, c)
		}
	}
	p, ok := browserReads(base, location)
	if !ok || !mayLand(s, p) {
		t.Fatalf("a browser reads %q as %+v", location, p)
	}
	u, err := url.Parse(location)
	if err != nil {
		t.Fatalf("net/url does not read %q: %v", location, err)
	}
	if u = (&url.URL{Scheme: base.scheme, Host: base.host}).ResolveReference(u); u.Scheme != p.scheme ||
		u.Hostname() != p.host || u.User != nil {
		t.Fatalf("net/url reads %q as %s, a browser as %+v", location, u, p)
	}
}

func TestBrowserReads(t *testing.T) {
	base := place{"https", "acme.example.test", ""}
	for location, want := range map[string]string{
		"/x":                             "acme.example.test",
		"//evil.test":                    "evil.test",
		`/\evil.test`:                    "evil.test",
		"/\t/evil.test":                  "evil.test",
		" \n//evil.test":                 "evil.test",
		`\\evil.test`:                    "evil.test",
		"https:////evil.test":            "evil.test",
		"https:evil.test":                "acme.example.test",
		"http:evil.test":                 "evil.test",
		"https://a@b@evil.test:443/":     "evil.test",
		"https://evil.test#@b":           "evil.test",
		`https://evil.test\@b`:           "evil.test",
		"https://%65vil.test/":           "evil.test",
		"HTTPS://EVIL.test?.example.com": "evil.test",
	} {
		if p, ok := browserReads(base, location); !ok || p.host != want {
			t.Errorf("%q is read as %+v, want the host %s", location, p, want)
		}
	}
}
