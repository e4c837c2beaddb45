package redirect_test

import (
	"bufio"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"orglogin/redirect"
	"orglogin/redirect/redirecttest"
	"orglogin/store"
)

// publicList is a corpus adapted from public lists, which this repository
// does not carry; it is read where it was put beside the checkout.
const publicList = "../../shared/data/redirect_public.txt"

// nowAllowed are values of the public lists of class strict that contract section 2
// allows since it takes the characters that browsers leave unencoded. Each lands
// exactly there, on the organization's own host.
var nowAllowed = map[string]string{
	"/c|/foo/bar": "https://acme.example.test/c%7C/foo/bar",
}

type hostileValue struct{ class, line, value string }

// hostile reads a corpus and checks that it holds as many values as it says.
func hostile(t testing.TB, path string) []hostileValue {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var values []hostileValue
	class, want := "", 0
	lines := bufio.NewScanner(strings.NewReader(string(text)))
	for lines.Scan() {
		line := lines.Text()
		if section, ok := strings.CutPrefix(line, "# @section class="); ok {
			class, _, _ = strings.Cut(section, " ")
		} else if count, ok := strings.CutPrefix(line, "# COUNT. "); ok {
			count, _, _ = strings.Cut(count, " ")
			want, _ = strconv.Atoi(count)
		} else if !strings.HasPrefix(line, "#") {
			values = append(values, hostileValue{class, line, redirecttest.Unescape(line)})
		}
	}
	if len(values) == 0 || len(values) != want {
		t.Fatalf("%s holds %d values, its head says %d", path, len(values), want)
	}
	return values
}

func TestHostileValues(t *testing.T) {
	t.Run("ours", func(t *testing.T) { checkHostile(t, "testdata/redirect_hostile.txt") })
	if _, err := os.Stat(publicList); !errors.Is(err, fs.ErrNotExist) {
		t.Run("the public lists", func(t *testing.T) { checkHostile(t, publicList) })
	}
}

func checkHostile(t *testing.T, path string) {
	for _, h := range hostile(t, path) {
		d := lands(t, h.value)
		if want, ok := nowAllowed[h.value]; ok && h.class == "strict" {
			if d.URL != want || d.RefusedRedirect != "" {
				t.Errorf("%q: lands on %q, want %q", h.line, d.URL, want)
			}
			continue
		}
		switch h.class {
		case "must-reject", "strict":
			if !turnedDown(d) {
				t.Errorf("%s %q: %d to %q", h.class, h.line, d.Status, d.URL)
			}
		case "safe":
			if !turnedDown(d) && d.URL != kept(h.value) {
				t.Errorf("safe %q: lands on %q, want %q", h.line, d.URL, kept(h.value))
			}
		default:
			t.Errorf("%q is of the class %q, which is none", h.line, h.class)
		}
		// A value that arrives encoded once more is no path and no URL.
		if d := lands(t, url.QueryEscape(h.value)); h.class != "safe" && !turnedDown(d) {
			t.Errorf("%s %q encoded twice: %d to %q", h.class, h.line, d.Status, d.URL)
		}
		// One that was never encoded loses an escape on the way, and becomes
		// another value: whatever it is now, it stays with us.
		if once, err := url.QueryUnescape(h.value); err == nil {
			lands(t, once)
		}
	}
}

// lands is where a member of acme lands with a redirect. Wherever it is, a
// browser must find it on a host of ours.
func lands(t *testing.T, value string) redirect.Decision {
	t.Helper()
	req := redirect.Request{Session: session, Redirect: []string{value}}
	d, _, err := redirect.Resolve(t.Context(), site(), memberOf("acme"), req, now)
	if err != nil {
		t.Fatal(err)
	}
	if d.Status == 302 {
		checkLocation(t, site(), place{"https", "login.example.test", ""}, d.URL)
	}
	return d
}

// turnedDown says that the redirect was refused and the login ended on the
// page it ends on without one, or on the one that says whose place it is not.
func turnedDown(d redirect.Decision) bool {
	if d.RefusedRedirect == "" {
		return false
	}
	return d.Status == 403 && d.Reason == store.NotAMember ||
		d.Status == 302 && d.URL == "https://acme.example.test/dashboard"
}

// kept is a good value as it must arrive: byte for byte behind the host, percent-encoded
// what is not ASCII, what browsers leave unencoded, and a % without two digits.
func kept(value string) string {
	var b strings.Builder
	const host = "https://acme.example.test"
	b.WriteString(host)
	rest := strings.TrimPrefix(value, host)
	for i := range len(rest) {
		half := rest[i] == '%' && decodeOnce(rest[i:min(i+3, len(rest))])[0] == '%' && !strings.HasPrefix(rest[i:], "%25")
		if rest[i] < 0x80 && !half && !strings.ContainsRune("[]{}|^`", rune(rest[i])) {
			b.WriteByte(rest[i])
		} else {
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(rest[i]), 16)))
		}
	}
	// The default port is the one thing that is dropped.
	return strings.Replace(b.String(), host+":443", host, 1)
}

type goodValue struct{ value, location, note string }

func good(t testing.TB) []goodValue {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "redirect_ok.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var values []goodValue
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 3 {
			t.Fatalf("%.80q has %d fields, want 3", line, len(fields))
		}
		value := redirecttest.Unescape(fields[0])
		if value == "(empty)" {
			value = ""
		}
		values = append(values, goodValue{value, fields[1], fields[2]})
	}
	if len(values) != 57 {
		t.Fatalf("%d good values, the head of the file says 57", len(values))
	}
	return values
}

func TestGoodValues(t *testing.T) {
	for _, g := range good(t) {
		t.Run(g.note, func(t *testing.T) {
			if d := lands(t, g.value); d.URL != g.location || d.RefusedRedirect != "" {
				t.Errorf("%q lands on %q (refused: %q), want %q", g.value, d.URL, d.RefusedRedirect, g.location)
			}
		})
	}
}
