package redirect_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/store"
)

func FuzzParse(f *testing.F) {
	for _, h := range hostile(f, "testdata/redirect_hostile.txt") {
		if len(h.value) <= 4096 { // beyond the limit, longer teaches nothing
			f.Add(h.value)
		}
	}
	for _, g := range good(f) {
		f.Add(g.value)
	}
	f.Add("http://acme.example.localhost:8080/x")
	f.Add("https://pr-7.preview.partner.test/x")
	for _, value := range []string{"/r[]?ids[]=1&a={b}|c^`#[]", "/100%", "/%%32%65", "/a/%%32e", "/%%%32%35%32f"} {
		f.Add(value)
	}
	// Found by fuzzing: each reached a branch that the corpora do not.
	for _, value := range []string{
		"A:%a0", "A://%0A%0A", "A://0:0", "http://0:", "https://0.eXAmple.test/?#%21", "/\U000e8001", "/0%252520%252520", "/ʊ#%00",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, s := range []redirect.Site{site(), demo()} {
			// Nothing panics, and what does not pass leaves nothing behind.
			target, reason := s.Parse([]string{value})
			if reason != store.OK {
				if !target.IsZero() {
					t.Fatalf("%q is refused (%s), and yet a target: %q", value, reason, target)
				}
				continue
			}
			location := target.String()
			base := place{s.Public.Scheme, "acme." + s.BaseDomain, s.Public.Port}

			// What passed lands on an allowed host as a browser reads it, and
			// is ASCII without control characters, space or backslash.
			checkLocation(t, s, base, location)

			// A path stays a path for whoever decodes it once more, and again.
			if target.IsPath() {
				checkDecoded(t, base, location)
			}

			// Passing is idempotent: the target reads back as itself. Only
			// what encoding made too long is refused, and for that alone.
			again, reason := s.Parse([]string{location})
			switch {
			case len(location) > 2048:
				if reason != store.Malformed || len(value) > 2048 {
					t.Fatalf("%q of %d bytes is %s", location, len(location), reason)
				}
			case reason != store.OK || again.String() != location || again.Slug() != target.Slug():
				t.Fatalf("%q reads back as %q (%s)", location, again, reason)
			}

			// Two readings of one value agree.
			if same, _ := s.Parse([]string{value}); same != target {
				t.Fatalf("%q reads as %#v and as %#v", value, target, same)
			}
		}
	})
}

// checkDecoded decodes the path as proxies and apps do, until nothing changes,
// and reads it as a browser would each time.
func checkDecoded(t *testing.T, base place, location string) {
	t.Helper()
	path, _, _ := strings.Cut(location, "#")
	path, _, _ = strings.Cut(path, "?")
	for {
		if p, ok := browserReads(base, path); !ok || p != base {
			t.Fatalf("decoded to %q, %q leads a browser to %+v", path, location, p)
		}
		for segment := range strings.SplitSeq(path, "/") {
			if name, _, _ := strings.Cut(segment, ";"); name == "." || name == ".." {
				t.Fatalf("decoded to %q, %q has a dot segment", path, location)
			}
		}
		decoded := decodeOnce(path)
		if decoded == path {
			return
		}
		path = decoded
	}
}

// decodeOnce decodes every whole escape and leaves the rest alone.
func decodeOnce(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		const digits = "0123456789abcdef"
		if s[i] == '%' && i+2 < len(s) {
			high := strings.IndexByte(digits, s[i+1]|0x20)
			low := strings.IndexByte(digits, s[i+2]|0x20)
			if high >= 0 && low >= 0 && s[i+1] >= '0' && s[i+2] >= '0' {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func FuzzDecide(f *testing.F) {
	slugs := []string{"acme", "globex", "initech", "crooked", "squatter"}
	f.Add("/x", "", "", uint8(1))
	f.Add("https://globex.example.test/", "pending", "globex", uint8(0b001_00011))
	f.Add("https://old-acme.example.test/é", "expired", "", uint8(0b010_00100))
	f.Add("//evil.test", "for-bob", "nosuch", uint8(0b011_11000))
	f.Fuzz(func(t *testing.T, value, invitation, host string, bits uint8) {
		var who person
		for i, slug := range slugs {
			if bits>>i&1 != 0 {
				who.memberOf = append(who.memberOf, slug)
			}
		}
		if len(who.memberOf) > 0 && bits>>5&1 != 0 {
			who.lastUsed = who.memberOf[0]
		}
		who.unverified, who.disabled = bits>>6&1 != 0, bits>>7&1 != 0

		// Whatever is asked, the trace is whole, and a 302 leads to a host of
		// ours where the person, if it is an organization's, is a member or
		// about to be.
		d := resolve(t, row{who: who, redirect: value, invitation: invitation, host: host})
		if (d.Status == 302) != (d.URL != "") {
			t.Fatalf("status %d with the URL %q", d.Status, d.URL)
		}
		if d.URL == "" {
			return
		}
		checkLocation(t, site(), place{"https", "login.example.test", ""}, d.URL)
		p, _ := browserReads(place{}, d.URL)
		slug, isOrganization := site().SlugOfHost(p.host)
		if !isOrganization {
			return
		}
		mine := d.AcceptPending && d.Invitation.Organization.Slug == slug
		for _, m := range who.memberOf {
			mine = mine || organizations()[m].Slug == slug
		}
		if !mine || organizations()[slug].Status != store.Verified {
			t.Fatalf("%+v lands on %s", who, d.URL)
		}
	})
}

func FuzzDecisionJSON(f *testing.F) {
	for _, r := range []row{{}, {redirect: "/x", who: memberOf("acme")}, {invitation: "expired"}, {redirect: "/?a=<b>&c"}} {
		out, err := json.Marshal(resolveForFuzz(f, r))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(out)
	}
	f.Add([]byte(`{"trace":[{"age_seconds":1e300}]}`))
	f.Add([]byte(`{"trace":[{"age_seconds":0.0005},{"age_seconds":-1}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d redirect.Decision
		if json.Unmarshal(data, &d) != nil {
			return
		}
		// What was read is written, and what was written reads back as itself.
		first, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var again redirect.Decision
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s does not read back: %v", first, err)
		}
		second, err := json.Marshal(again)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s reads back as %s (%v)", first, second, err)
		}
	})
}

func resolveForFuzz(f *testing.F, r row) redirect.Decision {
	f.Helper()
	req := redirect.Request{Session: session, Redirect: []string{r.redirect}, Invitation: r.invitation}
	snapshot, err := r.who.AccessSnapshot(f.Context(), site().AccessQuery(req))
	if err != nil {
		f.Fatal(err)
	}
	return redirect.Decide(site(), req, snapshot, now)
}

func FuzzParseOrigin(f *testing.F) {
	for _, s := range []string{
		"https://login.example.test", "http://login.example.localhost:8080/", "HTTP://[::1]:80", "https://[::ffff:127.0.0.1]",
		"https://0x7f.1", "https://a.b.:443", "https://user@host", "ftp://host", "https://host?", "https://host:0443",
		// Found by fuzzing: hosts that are nearly addresses.
		"http://[::0.]", "http://[:%0:1", "hTTP://[0:::1", "http://[0:0.:1", "http://0.700", "http://10.00", "http://A.0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := redirect.ParseOrigin(s)
		if err != nil {
			return
		}
		// An origin reads back as itself, and a browser reads it alike.
		if again, err := redirect.ParseOrigin(o.String()); err != nil || again != o {
			t.Fatalf("%q reads back as %+v (%v)", o, again, err)
		}
		if p, ok := browserReads(place{}, o.String()+"/x"); !ok || p != (place{o.Scheme, o.Host, o.Port}) {
			t.Fatalf("a browser reads %q as %+v", o, p)
		}
	})
}

// A Host is ours in one spelling of letters, or not ours.
func FuzzHost(f *testing.F) {
	for _, h := range []string{"login.example.test", "ACME.example.test:443", "a.b.example.test", "example.test", "login.example.test.", "[::1]:80", "evil.test", ".example.test", "x@login.example.test", "acme.example.test:x", "evilexample.test"} {
		f.Add(h)
	}
	site := site()
	f.Fuzz(func(t *testing.T, host string) {
		name := redirect.HostName(host)
		p, label := site.HostOf(name)
		if p == redirect.ForeignHost {
			return
		}
		if name != store.LowerASCII(name) || strings.ContainsAny(name, ":/@%\\[] ") || strings.HasSuffix(name, ".") {
			t.Fatalf("%q is %d as %q", host, p, name)
		}
		u, err := url.Parse("https://" + host + "/")
		if err == nil && store.LowerASCII(u.Hostname()) != name {
			t.Fatalf("%q: %q here, %q to net/url", host, name, u.Hostname())
		}
		if p == redirect.OrganizationHost && (label == "" || name != label+"."+site.BaseDomain) || p == redirect.LoginHost && name != site.Public.Host {
			t.Fatalf("%q is %d, %q", host, p, label)
		}
	})
}
