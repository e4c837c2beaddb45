package web

import (
	"strings"
	"testing"

	"orglogin/store"
)

// An Accept header prefers JSON or it does not; a page is never given to who
// named JSON alone, nor JSON to who named HTML alone.
func FuzzPrefersJSON(f *testing.F) {
	for _, a := range []string{"", "*/*", "application/json", "text/html, application/json;q=0.9", "application/json;q=2", "APPLICATION/JSON ; q=0.1", "text/html;q=nan,application/json;q=0", ",;,"} {
		f.Add(a)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		got := PrefersJSON(accept)
		if got && !strings.Contains(store.LowerASCII(accept), "json") {
			t.Fatalf("%q", accept)
		}
		if got && !strings.ContainsAny(accept, ";,") && PrefersJSON("text/html,"+accept) {
			t.Fatalf("%q beats HTML that weighs the same", accept)
		}
	})
}
